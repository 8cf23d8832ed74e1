"""The examples of intents in Rasa's NLU training data, read without Rasa.

Format: https://rasa.com/docs/rasa/nlu-training-data
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.checks.files import yaml_files
from router.errors import Location
from router.evaluation.labelled import invalid
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import location_of

__all__ = ["Example", "nlu_examples"]

# `[two](amount)`, `[two](amount:2)`, `[two]{"entity": "amount"}`, `[two][{...}, {...}]`
_ENTITY = re.compile(r"\[([^\[\]]+)\](?:\([^()]+\)|\{[^{}]+\}|\[(?:\{[^{}]+\}[,\s]*)+\])")
_BULLET = re.compile(r"^\s*[-*]\s+", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A message, the intent it means (of a retrieval intent the part before `/`), its place."""

    text: str
    intent: str
    place: Location


def nlu_examples(paths: Iterable[Path]) -> list[Example]:
    """The examples in YAML files and folders of them, without marks of entities.

    Raises:
        InvalidFile: a path isn't there, or a file isn't YAML.
    """
    given = list(paths)
    for path in given:
        if not path.exists():
            message = "There is no such file or directory."
            raise invalid(Location(str(path)), "unreadable-file", message)
    return [each for file in yaml_files(given) for each in _examples(read_yaml(file, collect=[]))]


def _examples(data: Any) -> Iterator[Example]:
    items = data.get("nlu") if isinstance(data, Mapping) else None
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, Mapping) or "intent" not in item:
            continue  # synonyms, lookups and patterns
        intent = str(item["intent"]).partition("/")[0]
        for text in _texts(item.get("examples")):
            plain = _ENTITY.sub(r"\1", text).strip()
            if plain:
                yield Example(plain, intent, location_of(item, "examples"))


def _texts(examples: Any) -> Iterator[str]:
    if isinstance(examples, str):
        yield from (part.strip() for part in _BULLET.split(examples))
    for item in examples if isinstance(examples, list) else ():
        text = item.get("text") if isinstance(item, Mapping) else item
        if isinstance(text, str):
            yield _BULLET.sub("", text, count=1)
