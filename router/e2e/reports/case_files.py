"""Cases as a test file that runs: the `passed.yml` and `failed.yml` of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from router.e2e.cases import TestCase
from router.e2e.reports.characters import one_line
from router.e2e.reports.facts import counted
from router.e2e.results import CaseResult, Status
from router.e2e.writing.yaml_out import free_name
from router.e2e.yaml_text import indented, yaml_of

__all__ = ["as_test_file", "failed_file", "passed_file"]

Pairs = Iterable[tuple[TestCase, CaseResult]]


def passed_file(played: Pairs) -> str:
    """A test file of the cases that passed."""
    return as_test_file([case for case, result in played if result.status == "passed"], "passed")


def failed_file(played: Pairs) -> str:
    """A test file of the cases that failed, couldn't be judged, or are flaky.

    Skipped cases are in neither file.
    """
    bad: tuple[Status, ...] = ("failed", "error", "flaky")
    return as_test_file([case for case, result in played if result.status in bad], "failed")


def as_test_file(cases: Sequence[TestCase], what: str = "") -> str:
    """The cases with all that their files and folders gave them: fixtures, metadata, stubs, tags.

    Names that mean something else in another case get a number.
    """
    fixtures, metadata = _Names(), _Names()
    stubs: dict[str, Any] = {}
    names: set[str] = set()
    written = []
    for case in cases:
        source = case.source
        renamed = fixtures.add(source.get("fixtures") or {})
        also_renamed = metadata.add(source.get("metadata") or {})
        name = free_name(case.name, names)
        names.add(name)
        data = _case(case, name, renamed, also_renamed)
        written.append(f"  # {one_line(str(case.location))}\n{indented(yaml_of([data]))}")
        for action, stub in (source.get("stub_custom_actions") or {}).items():
            stubs[f"{name}::{action}"] = stub
    shared = {
        "fixtures": [{name: _slots(slots)} for name, slots in fixtures.definitions.items()],
        "metadata": [{name: values} for name, values in metadata.definitions.items()],
        "stub_custom_actions": stubs,
    }
    number = counted(len(cases), f"{what} case".strip())
    head = f"# {number}, written by `coexist test`.\n"
    parts = [yaml_of({key: value}) for key, value in shared.items() if value]
    return "\n".join([head, *parts, "test_cases:" + ("" if written else " []"), *written])


class _Names:
    """Definitions from many files; those that differ get names that do."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def add(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Takes them up; gives old name -> new name."""
        renamed = {}
        for name, value in given.items():
            new = name
            if self.definitions.get(name, value) != value:
                same = (k for k, v in self.definitions.items() if v == value and _base(k) == name)
                new = next(same, "") or free_name(name, self.definitions)
            self.definitions[new] = value
            renamed[name] = new
        return renamed


def _base(name: str) -> str:
    return name.rpartition(" (")[0]


def _case(
    case: TestCase, name: str, fixtures: Mapping[str, str], metadata: Mapping[str, str]
) -> dict[str, Any]:
    data = {**case.source["test_case"], "test_case": name}
    if fixtures:
        data["fixtures"] = list(fixtures.values())
    if "metadata" in data:
        data["metadata"] = _renamed(data["metadata"], metadata)
    data["steps"] = [
        {**step, "metadata": _renamed(step["metadata"], metadata)} if "metadata" in step else step
        for step in data["steps"]
    ]
    return data


def _renamed(given: Any, names: Mapping[str, str]) -> Any:
    if isinstance(given, list):
        return [_renamed(each, names) for each in given]
    return names.get(given, given) if isinstance(given, str) else given


def _slots(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{slot: value} for slot, value in values.items()]
