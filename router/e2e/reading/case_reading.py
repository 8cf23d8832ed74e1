"""Reading one test case with what its file and the folders around it give it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from router.e2e.cases import TestCase
from router.e2e.reading.definitions import named
from router.e2e.reading.shared import Shared, read_tags
from router.e2e.reading.source import source_of
from router.e2e.reading.step_reading import metadata_of, read_steps
from router.e2e.reading.stubs import CASE_OF_STUB, read_stubs
from router.e2e.reading.written import as_text
from router.flows.sections import Section
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import key_location_of

__all__ = ["CASES", "read_cases"]

CASES = "test_cases"
NAME = "test_case"
CASE_KEYS = frozenset(
    {NAME, "fixtures", "metadata", "steps", "strict", "stub_custom_actions", "tags"}
)
# Control characters, ends of lines and halves of characters: no line of a shell can hold them.
_UNPRINTED = frozenset({"Cc", "Cs", "Zl", "Zp"})
_ADVICE = "Write a list of cases, each a map with 'test_case', its name, and 'steps'."


def read_cases(file: Section, shared: Shared, name: str) -> list[TestCase]:
    """The cases of a file called `name`; what's wrong with them goes to its findings.

    Args:
        file: the file's map.
        shared: what the file gives its cases, that of the folders included.
        name: the file's path, as the cases are to have it.
    """
    items = file.items(CASES, _ADVICE, may_be_empty=True)
    cases: dict[str, TestCase] = {}
    for index in range(len(items)):
        section = file.subsection(items, index, f"test case {index + 1}", _ADVICE)
        if section is None:
            continue
        case = _case(section, shared, name)
        if case.name in cases:
            place = section.at_key(NAME)
            first = cases[case.name].location
            message = f"Two test cases are called '{case.name}': at {first} and here."
            file.findings.error("duplicate-case", place, message, "Rename one.")
        elif case.name:
            cases[case.name] = case
    _check_stubs(file, cases)
    return list(cases.values())


def _case(section: Section, shared: Shared, file: str) -> TestCase:
    name = _name(section)
    if name:
        section.name = f"test case '{name}'"
    section.check_keys(CASE_KEYS)
    if "steps" not in section.misspelt:
        section.require("steps", "Write a list of steps, the first of them: - user: hello")
    fixtures = dict(named(section, "fixtures", "fixture", shared.fixtures))
    metadata = metadata_of(section, shared)
    steps = read_steps(section, shared, metadata)
    own = Shared(
        stubs=read_stubs(section),
        tags=read_tags(section),
        strict=section.flag("strict", False) if "strict" in section else None,
    )
    _check_stubs(section, {name})
    whole = own.inside(shared)
    stubs = whole.stubs_for(name)
    return TestCase(
        name=name,
        file=file,
        location=section.at_key(NAME),
        turns=tuple(steps.turns),
        opening=tuple(steps.opening),
        slots={slot: value for each in fixtures.values() for slot, value in each.content.items()},
        stubs=stubs,
        tags=whole.tags,
        strict=bool(whole.strict),
        config=whole.config,
        source=source_of(section.data, whole, fixtures, stubs),
        slot_places={slot: at for each in fixtures.values() for slot, at in each.places.items()},
    )


def _name(section: Section) -> str:
    if not section.require(NAME, "Write the name of the case."):
        return ""
    name = as_text(section.data, NAME)
    if not isinstance(name, str) or not name.strip():
        section.invalid(NAME, "Write the name of the case.")
        return ""
    name = name.strip()
    if any(unicodedata.category(character) in _UNPRINTED for character in name):
        section.invalid(NAME, "Write one line without control characters.")
        return ""
    return name


def _check_stubs(section: Section, cases: Collection[str]) -> None:
    """Notes stubs for single cases that aren't among `cases`."""
    given = section.data.get("stub_custom_actions")
    for each in given if isinstance(given, list) else [given]:
        for key in each if isinstance(each, Mapping) else ():
            case, separator, _ = str(key).rpartition(CASE_OF_STUB)
            if separator and case not in cases:
                message = f"The stub '{key}' is for a test case that isn't here."
                advice = did_you_mean(case, cases, "Write <test case>::<action>.")
                place = key_location_of(each, key)
                section.findings.error("unknown-case", place, message, advice)
