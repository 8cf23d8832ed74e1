"""NLU training data, as far as it tells of skills.

Format: https://rasa.com/docs/rasa/training-data-format#nlu-training-data
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.errors import Location
from router.flows.yaml_values import key_location_of, location_of
from router.planner.inventory.wording import place

__all__ = ["IntentExamples", "plain_text", "read_examples"]

_ANNOTATION = re.compile(r"\[(?P<text>[^\]]*)\](?:\((?P<name>[^)]*)\)|\{(?P<keys>[^}]*)\})")
_ENTITY_KEY = re.compile(r"""["']?entity["']?\s*:\s*["']([^"']+)["']""")


@dataclass(frozen=True)
class IntentExamples:
    """An intent's training examples, without annotations, and the entities these name."""

    location: Location
    texts: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()


def read_examples(
    data: Mapping[str, Any], examples: dict[str, IntentExamples], reasons: list[str]
) -> None:
    """Adds the examples of what a file holds to those of other files."""
    items = data.get("nlu")
    if items is not None and not isinstance(items, list):
        reasons.append(f"{place(location_of(data, 'nlu'))}: `nlu` isn't a list.")
    for item in items if isinstance(items, list) else ():
        intent: Any = item.get("intent") if isinstance(item, Mapping) else None
        if not isinstance(intent, str):
            continue
        lines = list(_lines(item.get("examples")))
        before = examples.get(intent) or IntentExamples(key_location_of(item, "intent"))
        entities = [entity for line in lines for entity in _entities(line)]
        examples[intent] = IntentExamples(
            before.location,
            (*before.texts, *map(plain_text, lines)),
            tuple(dict.fromkeys((*before.entities, *entities))),
        )


def plain_text(example: str) -> str:
    """An example as a user says it."""
    return _ANNOTATION.sub(lambda found: found["text"], example).strip()


def _lines(examples: Any) -> Iterator[str]:
    if isinstance(examples, str):
        for line in map(str.strip, examples.splitlines()):
            if line.startswith("-") and line[1:].strip():
                yield line[1:].strip()
    for item in examples if isinstance(examples, list) else ():
        text = item.get("text") if isinstance(item, Mapping) else item
        if isinstance(text, str) and text.strip():
            yield text.strip().removeprefix("- ")


def _entities(example: str) -> Iterator[str]:
    for found in _ANNOTATION.finditer(example):
        if found["name"] is not None:
            yield found["name"].partition(":")[0]
        else:
            yield from _ENTITY_KEY.findall("{" + found["keys"])
