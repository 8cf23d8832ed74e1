"""`passed.yml` and `failed.yml`: test files that read as what they were made from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import e2e_results as made
import pytest

from router.e2e.cases import TestCase
from router.e2e.reading import read_suite
from router.e2e.reports.case_files import as_test_file, failed_file, passed_file
from router.e2e.results import CaseResult, Status
from router.e2e.writing.yaml_out import as_yaml
from router.errors import Location, NoTestsFound

FIRST = """\
fixtures:
  - premium: [{membership: premium}, {points: 10}]
metadata:
  - device: {channel: web}
stub_custom_actions:
  action_pay:
    events: [{event: slot, name: paid, value: true}]
    responses: [{text: "Paid \\U0001F389"}]
  "sends money::action_check": {events: [], responses: [{text: checked}]}
tags: [money]
strict: true
test_cases:
  - test_case: sends money
    fixtures: [premium]
    metadata: device
    steps:
      - slot_was_set: [{points: 10}]
      - user: hi
        metadata: device
      - bot: "007"
      - user: "yes"
        commands: ["set slot amount 1e3"]
        route: calm
        assertion_order_enabled: true
        assertions:
          - flow_started: transfer_money
          - slot_was_set: [{name: code, value: "0o17"}]
      - user: 007
      - bot: |
          Two lines: one
          # and two
  - test_case: "odd: names # and [31m 🎉"
    steps:
      - user: "a \\x1b[31m \\u2028 tab\\t 🎉 : # - {"
      - utter: utter_greet
"""
SECOND = """\
fixtures:
  - premium: [{membership: gold}]
metadata:
  - device: {channel: phone}
test_cases:
  - test_case: sends money
    fixtures: [premium]
    steps:
      - user: hi
        metadata: [device]
      - bot: Hello!
  - test_case: other
    fixtures: [premium]
    steps: [{user: bye}, {bot: Bye.}]
"""


@pytest.fixture
def cases(tmp_path: Path) -> tuple[TestCase, ...]:
    for name, text in (("first", FIRST), ("second", SECOND)):
        (tmp_path / "suite" / name).mkdir(parents=True)
        (tmp_path / "suite" / name / "test_it.yml").write_text(text, encoding="utf-8")
    return read_suite([tmp_path / "suite"]).cases


def meaning(value: Any) -> Any:
    """What a case says, wherever it stands."""
    if isinstance(value, Location):
        return None
    if dataclasses.is_dataclass(value):
        return {
            each.name: meaning(getattr(value, each.name))
            for each in dataclasses.fields(value)
            if each.compare and each.name not in ("file", "name", "slot_places")
        }
    if isinstance(value, Mapping):
        return {key: meaning(each) for key, each in value.items()}
    return [meaning(each) for each in value] if isinstance(value, list | tuple) else value


def test_cases_of_many_files_read_back_from_one(
    cases: tuple[TestCase, ...], tmp_path: Path
) -> None:
    file = tmp_path / "all.yml"
    file.write_text(as_test_file(cases), encoding="utf-8")
    again = read_suite([file]).cases
    assert list(map(meaning, again)) == list(map(meaning, cases))
    names = [case.name for case in again]
    assert names == [cases[0].name, cases[1].name, "sends money (2)", "other"]
    assert as_test_file(again).count("membership: gold") == 1


def test_a_file_written_twice_is_the_same(cases: tuple[TestCase, ...], tmp_path: Path) -> None:
    file = tmp_path / "all.yml"
    file.write_text(as_test_file(cases[:2]), encoding="utf-8")

    def yaml_of(text: str) -> list[str]:
        return [line for line in text.splitlines() if not line.lstrip().startswith("# ")]

    assert yaml_of(as_test_file(read_suite([file]).cases)) == yaml_of(as_test_file(cases[:2]))


def test_what_passed_and_what_did_not_go_apart(cases: tuple[TestCase, ...]) -> None:
    ends: list[Status] = ["passed", "failed", "flaky", "skipped"]
    pairs: list[tuple[TestCase, CaseResult]] = [
        (case, made.case(case.name, status=status))
        for case, status in zip(cases, ends, strict=True)
    ]
    passed, failed = passed_file(pairs), failed_file(pairs)
    assert passed.count("test_case:") == 1
    assert "utter_greet" not in passed
    assert failed.count("test_case:") == 2
    assert "utter_greet" in failed
    assert "membership: premium" not in failed
    assert "Bye." not in passed + failed


def test_a_file_of_no_case_has_no_test(tmp_path: Path) -> None:
    file = tmp_path / "failed.yml"
    file.write_text(failed_file([]), encoding="utf-8")
    with pytest.raises(NoTestsFound):
        read_suite([file])


def test_a_case_stands_there_as_other_commands_write_it(cases: tuple[TestCase, ...]) -> None:
    long = "word " * 60 + "\n\nand \x85 another\n\n"
    source = {"test_case": "long", "steps": [{"user": long}, {"bot": "1_000"}]}
    case = dataclasses.replace(cases[3], name="long", source={"test_case": source})
    written = as_yaml([source]).removeprefix("test_cases:\n")
    assert as_test_file([case]).endswith(f"\n{written}")
