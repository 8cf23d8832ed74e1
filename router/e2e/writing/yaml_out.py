"""Test cases as YAML that people read, and that reads back to the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.e2e.yaml_text import indented, yaml_of
from router.errors import InvalidTest, Location, Problem
from router.flows.yaml_source import parse_yaml
from router.flows.yaml_values import YamlList, YamlMap

__all__ = ["as_yaml", "case_names", "free_name", "with_case"]

Case = Mapping[str, Any]

_INDENT = "  "


def as_yaml(cases: Iterable[Case], fixtures: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """A whole test file: block style, keys in the order given, a blank line between cases.

    Args:
        cases: as they stand below `test_cases`.
        fixtures: by name, the slots they set.
    """
    parts = []
    if fixtures:
        given = [
            {name: [{key: value} for key, value in slots.items()]}
            for name, slots in fixtures.items()
        ]
        parts.append(yaml_of({"fixtures": given}))
    blocks = [_block(case, _INDENT) for case in cases]
    parts.append("test_cases:\n" + "\n".join(blocks) if blocks else "test_cases: []\n")
    return "\n".join(parts)


def with_case(text: str, case: Case, file: str) -> str:
    """The text of a test file with a case added behind the others; the rest stays as it is.

    Raises:
        InvalidTest: the file holds something else than test cases in block style, or
            a case of that name.
        InvalidFile: it isn't YAML.
    """
    data = parse_yaml(text, file)
    if data is None:
        return text + ("" if not text or text.endswith("\n") else "\n") + as_yaml([case])
    if not isinstance(data, YamlMap):
        raise _refused(Location(file), "The file isn't a map.", "Write `test_cases:`.")
    if "test_cases" not in data:
        return _ended(text) + "\n" + as_yaml([case])
    found = data["test_cases"]
    place = data.value_location("test_cases")
    lines = text.splitlines(keepends=True)
    is_block = (
        isinstance(found, YamlList)
        and bool(found)
        and lines[found.span[0]][found.span[1] : found.span[1] + 1] == "-"
    )
    if not is_block:
        advice = "Write a first case below `test_cases:`, with a dash, or begin another file."
        raise _refused(place, "`test_cases` isn't a list in block style.", advice)
    if case["test_case"] in case_names(data):
        advice = "Give the new one another name."
        raise _refused(place, f"There is a case {case['test_case']!r} already.", advice)
    end = _end_of_list(found, lines)
    before, after = _ended("".join(lines[:end])), "".join(lines[end:])
    block = _block(case, " " * found.span[1])
    return f"{before}\n{block}" + (f"\n{after.lstrip(chr(10))}" if after.strip() else "")


def case_names(data: Any) -> set[str]:
    """The names of the cases in a test file, as read."""
    cases = data.get("test_cases") if isinstance(data, Mapping) else None
    listed = cases if isinstance(cases, list) else []
    return {str(case.get("test_case")) for case in listed if isinstance(case, Mapping)}


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that no other case has: as wanted, or with a number behind."""
    names = set(taken)
    number, name = 1, wanted
    while name in names:
        number += 1
        name = f"{wanted} ({number})"
    return name


def _end_of_list(cases: YamlList, lines: Sequence[str]) -> int:
    """The index of the line behind the last case; comments before the next key belong to that."""
    end = min(cases.span[2] + (cases.span[3] > 0), len(lines))
    while end and (not lines[end - 1].strip() or _is_comment(lines[end - 1], cases.span[1])):
        end -= 1
    return end


def _is_comment(line: str, indent: int) -> bool:
    stripped = line.lstrip(" ")
    return stripped.startswith("#") and len(line) - len(stripped) < max(indent, 1)


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _block(case: Case, indent: str) -> str:
    return indented(yaml_of([case]), indent)


def _refused(place: Location, message: str, advice: str) -> InvalidTest:
    return InvalidTest([Problem(place, "cannot-add", message, advice)])
