"""A plan as text: laid out for people, and so that git merges what two of them write.

Names stand one a line, and what is edited most has lines round it that nobody edits.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from router.errors import InvalidFile
from router.flows.yaml_source import parse_yaml
from router.plan.model import Area, MigrationPlan, OneTurn

__all__ = [
    "area_keys",
    "entry_lines",
    "in_brackets",
    "item_lines",
    "one_turn_keys",
    "plan_text",
    "scalar",
]

AREAS = ("areas",)
WIDTH = 96
_HEADER = """\
# What moves to CALM together, and where it stands. `coexist plan` has proposed this from the
# bot's files. It is yours to edit: `coexist plan` adds what is new and leaves all else alone.
# A router reads it where config.yml says `plan: migration.yml`; docs/migration_plan.md of
# rasa-coexistence explains the keys.
"""
_ABOVE = {
    "areas": "In the order of their migration. Stages: nlu, shadow, canary, calm, done.",
    "one_turn": "What the NLU system answers without keeping the conversation.",
    "keep_in_both": "Both systems have these, whoever answers: `- {skill: login, reason: ...}`",
    "shared_slots": "Survive the reset: `shared_for_coexistence: true` in the domain.",
    "decisions": 'What was decided, and why: `- {date: "2026-01-31", author: Robin, text: ...}`',
}
_DRAFT = 'A draft, from names: complete "This system ..." for a router that asks a model.'


def plan_text(plan: MigrationPlan) -> str:
    """The file of a new plan; the same plan gives the same bytes."""
    keys = {
        "version": plan.version,
        "areas": {name: area_keys(area) for name, area in plan.areas.items()},
        "one_turn": one_turn_keys(plan.one_turn),
        "keep_in_both": [kept.model_dump() for kept in plan.keep_in_both],
        "shared_slots": [*plan.shared_slots],
        "decisions": [decision.model_dump() for decision in plan.decisions],
    }
    sections = ("\n".join(entry_lines((key,), value)) for key, value in keys.items())
    return _HEADER + "\n\n".join(sections) + "\n"


def area_keys(area: Area) -> dict[str, Any]:
    """An area's keys in the order in which they're written; optional ones only if they say."""
    return _keys(area, "description", "stage", "skills", "intents", "flows")


def one_turn_keys(one_turn: OneTurn) -> dict[str, Any]:
    """The same of what takes one turn."""
    return _keys(one_turn, "description", "skills", "intents")


def _keys(part: Area | OneTurn, *always: str) -> dict[str, Any]:
    found = {key: getattr(part, key) for key in type(part).model_fields}
    ordered = {key: found[key] for key in always}
    ordered.update((key, value) for key, value in found.items() if value and key not in always)
    return {k: [*v] if isinstance(v, tuple) else v for k, v in ordered.items()}


def entry_lines(path: Sequence[str], value: Any, column: int = 0) -> Iterator[str]:
    """The lines of a key and its value.

    Args:
        path: the keys that lead to it, its own last.
        value: a map, a list of texts or of maps, a text or a number.
        column: of its key, from 0.
    """
    indent = " " * column
    is_draft = path[-1] == "description" and bool(value)
    above = _DRAFT if is_draft else _ABOVE.get(path[-1] if len(path) == 1 else "")
    if above:
        yield f"{indent}# {above}"
    key = f"{indent}{scalar(path[-1])}:"
    if isinstance(value, str):
        yield from _text_lines(key, value, column)
    elif not value or isinstance(value, int):
        yield f"{key} {value}"
    else:
        yield key
        if isinstance(value, Mapping):
            yield from _map_lines(path, value, column + 2)
        else:
            yield from item_lines(value, column + 2)
    if is_draft:
        yield ""


def _map_lines(path: Sequence[str], items: Mapping[str, Any], column: int) -> Iterator[str]:
    for number, (name, value) in enumerate(items.items()):
        if number and tuple(path) == AREAS:
            yield ""
        yield from entry_lines((*path, name), value, column)


def item_lines(items: Iterable[Any], column: int) -> Iterator[str]:
    """The lines of a list's items, texts or maps of texts, with their dashes at a column."""
    indent = " " * column
    for item in items:
        if isinstance(item, Mapping):
            pairs = [f"{scalar(key)}: {scalar(value)}" for key, value in item.items()]
        else:
            pairs = [scalar(item)]
        yield f"{indent}- {pairs[0]}"
        yield from (f"{indent}  {pair}" for pair in pairs[1:])


def in_brackets(value: Any) -> str:
    """A text, a number, a list or a map as it stands in brackets or braces."""
    if isinstance(value, Mapping):
        pairs = (f"{in_brackets(key)}: {in_brackets(each)}" for key, each in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(in_brackets, value))}]"
    return scalar(value, is_nested=True) if isinstance(value, str) else str(value)


def _text_lines(key: str, text: str, column: int) -> Iterator[str]:
    """A text on one line, folded where it's long, or with its own lines."""
    plain = f"{key} {scalar(text)}"
    indent = " " * (column + 2)
    lines: list[str] = []
    if "\n" in text:
        lines = [f"{key} |-", *(f"{indent}{line}" for line in text.split("\n"))]
    elif len(plain) > WIDTH:
        fold = textwrap.TextWrapper(
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines = [f"{key} >-", *fold.wrap(text)]
    reads_back = _read("\n".join(lines)) == {_read(key.strip()[:-1]): text}
    yield from lines if reads_back else [plain]


def scalar(text: str, *, is_nested: bool = False) -> str:
    """A text on one line, in quotes where YAML 1.1 or 1.2 would read something else."""
    around = "{0}: [{0}]" if is_nested else "{0}:\n- {0}"
    for style in (None, '"'):
        dumped: str = yaml.safe_dump(
            text, default_style=style, allow_unicode=True, width=float("inf")
        )
        written = dumped.removesuffix("\n").removesuffix("\n...")
        if _read(around.format(written)) == {text: [text]}:
            return written
    return written


def _read(text: str) -> Any:
    """What YAML reads; None if it can't, so that the text is written otherwise."""
    try:
        return parse_yaml(text, "")
    except InvalidFile:
        return None
