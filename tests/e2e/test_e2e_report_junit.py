"""JUnit XML: what CI servers make of a run."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import e2e_results as made
import pytest

from router.e2e.reports.junit import as_junit
from router.e2e.results import SuiteResult


def parsed(suite: SuiteResult, *, flaky_fails: bool = True) -> ET.Element:
    return ET.fromstring(as_junit(suite, flaky_fails=flaky_fails))


def found(root: ET.Element, name: str) -> ET.Element:
    return next(case for case in root.iter("testcase") if case.get("name") == name)


def outcomes(case: ET.Element) -> list[str]:
    return [each.tag for each in case if each.tag not in ("properties", "system-out")]


def test_there_is_one_suite_a_file_with_its_counts() -> None:
    root = parsed(made.example())
    counts = [
        [suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")]
        for suite in root
    ]
    assert counts == [
        [made.FILE, "3", "2", "0", "1"],
        ["e2e_tests/nlu/test_hours.yml", "3", "0", "1", "0"],
    ]
    totals = [root.get(key) for key in ("tests", "failures", "errors", "skipped", "time")]
    assert totals == ["6", "2", "1", "1", "1.500"]


def test_a_case_has_its_place_and_time() -> None:
    case = found(parsed(made.example()), "asks twice")
    values = [case.get(key) for key in ("classname", "file", "line", "time")]
    assert values == ["e2e_tests.calm.test_transfer", made.FILE, "20", "1.000"]
    tags = found(parsed(made.example()), "sends money").findall("properties/property[@name='tag']")
    assert [tag.get("value") for tag in tags] == ["transfers", "smoke"]


def test_a_failure_says_expected_got_record_and_rerun() -> None:
    failure = found(parsed(made.example()), "sends money").find("failure")
    assert failure is not None
    expected = "slot_was_set: expected amount = 50, got amount = 5, recipient = Anna"
    assert (failure.get("message"), failure.get("type")) == (expected, "slot_was_set")
    for said in (f"{made.FILE}:17", "router: IntentBasedRouter", "rerun: coexist test"):
        assert said in (failure.text or "")


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("a greeting", []),
        ("sends money", ["failure"]),
        ("too slow", ["error"]),
        ("gives reasons", ["skipped"]),
        ("asks twice", ["failure", "flakyFailure"]),
    ],
)
def test_each_status_has_its_element(name: str, tags: list[str]) -> None:
    assert outcomes(found(parsed(made.example()), name)) == tags


def test_a_flaky_case_that_may_be_is_no_failure_but_flaky_all_the_same() -> None:
    root = parsed(made.example(), flaky_fails=False)
    assert outcomes(found(root, "asks twice")) == ["flakyFailure"]
    assert root[0].get("failures") == "1"


def test_further_attempts_of_a_failed_case_are_reruns() -> None:
    failed, broken = made.attempt(made.failing_turn()), made.attempt(error="gone")
    case = found(parsed(made.suite(made.case("never", failed, broken, failed))), "never")
    assert outcomes(case) == ["failure", "rerunError", "rerunFailure"]


def test_the_transcript_is_the_output() -> None:
    output = found(parsed(made.example()), "sends money").findtext("system-out")
    assert output == "user: hi\nbot: Hello!\nuser: send 50 to Anna\nbot: How much is it?"


def test_a_run_of_no_case_is_valid() -> None:
    assert parsed(made.suite()).get("tests") == "0"
