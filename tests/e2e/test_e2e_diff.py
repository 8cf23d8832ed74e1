"""What changed between two runs: `coexist test diff`."""

from __future__ import annotations

import json
from pathlib import Path

import e2e_results as made
import pytest
from click.testing import CliRunner

from router.cli.e2e_diff import diff
from router.e2e.diff import compare
from router.e2e.reports.diff_report import as_markdown, as_text
from router.e2e.reports.json_report import as_json
from router.e2e.results import CaseResult, Status, SuiteResult

PASSED = made.attempt(made.turn("hi", "Hello!"))
FAILED = made.attempt(made.failing_turn())
BY_STATUS = {
    "passed": (PASSED,),
    "failed": (FAILED,),
    "flaky": (FAILED, PASSED),
    "error": (made.attempt(error="gone"),),
    "skipped": (made.attempt(status="skipped", error="no judge"),),
}


def ended(status: Status) -> CaseResult:
    return made.case("a", *BY_STATUS[status])


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ("passed", "failed", ["newly_failing"]),
        ("passed", "error", ["newly_failing"]),
        ("skipped", "failed", ["newly_failing"]),
        ("flaky", "failed", ["newly_failing"]),
        ("failed", "error", []),
        ("failed", "failed", []),
        ("failed", "passed", ["fixed"]),
        ("flaky", "passed", ["fixed"]),
        ("skipped", "passed", []),
        ("passed", "flaky", ["newly_flaky"]),
        ("failed", "flaky", ["newly_flaky"]),
        ("flaky", "flaky", []),
        ("passed", "skipped", ["newly_skipped"]),
        ("failed", "skipped", ["newly_skipped"]),
        ("passed", "passed", []),
    ],
)
def test_a_case_that_ends_otherwise(before: Status, after: Status, kinds: list[str]) -> None:
    found = compare(made.suite(ended(before)), made.suite(ended(after)))
    assert [change.kind for change in found.cases] == kinds
    assert all((each.before, each.after) == (before, after) for each in found.cases)


def test_cases_come_and_go_by_file_and_name() -> None:
    here, there = made.case("a"), made.case("a", FAILED, file="other.yml")
    found = compare(made.suite(here), made.suite(there))
    assert [(each.kind, each.case) for each in found.cases] == [
        ("added", "other.yml::a"),
        ("newly_failing", "other.yml::a"),
        ("removed", f"{made.FILE}::a"),
    ]


def test_a_route_that_changed_is_told_by_turn() -> None:
    opening = made.turn("", "Welcome!", route=None)
    once = {"route": "nlu", "sticky": False, "reason": "r", "router": "IntentBasedRouter"}
    before = made.attempt(opening, made.turn("hi", route="nlu"), made.turn("pay", route="calm"))
    after = made.attempt(
        made.turn("hi", route="nlu", decision=once), made.turn("pay", route="calm")
    )
    found = compare(made.suite(made.case("a", before)), made.suite(made.case("a", after)))
    (route,) = found.routes
    assert (route.turn, route.user, route.before, route.after) == (1, "hi", "nlu", "nlu_once")


def test_other_messages_are_other_turns() -> None:
    before, after = made.turn("hi", route="nlu"), made.turn("hello", route="calm")
    found = compare(
        made.suite(made.case("a", made.attempt(before))),
        made.suite(made.case("a", made.attempt(after))),
    )
    assert found.routes == ()


def test_latency_is_compared_where_both_have_it() -> None:
    def run(*milliseconds: float) -> SuiteResult:
        return made.suite(
            *(
                made.case(f"c{n}", made.attempt(made.turn("hi", latency_ms=each)))
                for n, each in enumerate(milliseconds)
            )
        )

    found = compare(run(10, 100, 300, 50), run(19, 180, 100, 55, 9000))
    assert found.latency is not None
    assert (found.latency.before_ms, found.latency.after_ms) == (75, 77.5)
    assert [(each.case[-2:], each.ratio) for each in found.slower] == [("c1", 1.8)]
    assert [each.case[-2:] for each in found.faster] == ["c2"]
    assert compare(run(10, 100), run(10, 180), slower=2).slower == ()


def test_runs_that_are_hard_to_compare_say_so() -> None:
    later = made.suite(llm="replay", interrupted=True, target="http://bot", workers=8)
    found = compare(made.suite(llm="live"), later)
    assert found.latency is None
    text = as_text(found)
    assert "Models answered otherwise: live, then replay." in text
    assert "The later run was interrupted" in text
    assert "The targets differ: models/bank.tar.gz, then http://bot." in text
    assert "Latencies can't be compared: workers were 1, then 8." in text
    assert compare(made.suite(), made.suite()).notes == ()


def test_of_many_slower_cases_the_first_are_told_and_the_rest_counted() -> None:
    def run(milliseconds: float) -> SuiteResult:
        turn = made.turn("hi", latency_ms=milliseconds)
        return made.suite(*(made.case(f"c{n}", made.attempt(turn)) for n in range(13)))

    found = compare(run(100), run(300))
    text, comment = as_text(found), as_markdown(found)
    assert "Slower (13)\n" in text
    assert text.count("100 ms -> 300 ms (3.00 times)") == 10 + 1  # and that of all
    assert "  and 3 more\n" in text
    assert comment.count("100 ms -> 300 ms (3.00 times)") == 10 + 1
    assert "\nand 3 more" in comment


@pytest.mark.parametrize(
    ("after", "is_worse", "title"),
    [
        (made.suite(ended("passed")), False, "✅ End-to-end tests: nothing newly fails"),
        (made.suite(ended("flaky")), True, "❌ End-to-end tests: 1 case newly flaky"),
        (made.suite(ended("skipped")), False, "✅ End-to-end tests: nothing newly fails"),
        (
            made.suite(ended("failed"), interrupted=True),
            True,
            "❌ End-to-end tests: 1 case newly failing, the later run was interrupted",
        ),
    ],
)
def test_what_makes_the_later_run_worse(after: SuiteResult, is_worse: bool, title: str) -> None:
    found = compare(made.suite(ended("passed"), interrupted=True), after)
    assert found.is_worse is is_worse
    assert as_markdown(found).startswith(f"### {title}\n")


def changed() -> tuple[SuiteResult, SuiteResult]:
    before = made.suite(made.case("a", PASSED), made.case("b", FAILED), made.case("c"))
    after = made.suite(made.case("a", FAILED), made.case("b", PASSED), made.case("d"))
    return before, after


def test_the_text_has_a_heading_a_kind() -> None:
    text = as_text(compare(*changed()))
    assert f"Newly failing (1)\n  {made.FILE}::a (passed -> failed)\n      slot_was_set: " in text
    assert f"Fixed (1)\n  {made.FILE}::b (failed -> passed)" in text
    assert f"Added (1)\n  {made.FILE}::d (passed)" in text
    assert f"Removed (1)\n  {made.FILE}::c (was passed)" in text
    same = as_text(compare(changed()[0], changed()[0]))
    assert "Every case ended as before, by the same routes." in same
    assert "Newly failing" not in same


def test_the_comment_opens_what_newly_fails() -> None:
    text = as_markdown(compare(*changed()))
    assert text.startswith("### ❌ End-to-end tests: 1 case newly failing")
    assert "<details open><summary>Newly failing (1)</summary>" in text
    assert "<details><summary>Fixed (1)</summary>" in text
    assert as_markdown(compare(changed()[0], changed()[0])).startswith("### ✅")


@pytest.fixture
def reports(tmp_path: Path) -> tuple[str, str]:
    before, after = changed()
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for path, run in zip(paths, (before, after), strict=True):
        path.write_text(as_json(run), encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_the_command_exits_with_1_if_something_newly_fails(reports: tuple[str, str]) -> None:
    before, after = reports
    for arguments, code in (
        ([before, after], 1),
        ([before, after, "--exit-zero"], 0),
        ([before, before], 0),
    ):
        assert CliRunner().invoke(diff, arguments).exit_code == code


def test_the_command_exits_with_1_after_an_interrupted_or_newly_flaky_run(tmp_path: Path) -> None:
    before, after = tmp_path / "a.json", tmp_path / "b.json"
    before.write_text(as_json(made.suite(ended("passed"))), encoding="utf-8")
    for later in (made.suite(ended("flaky")), made.suite(ended("passed"), interrupted=True)):
        after.write_text(as_json(later), encoding="utf-8")
        assert CliRunner().invoke(diff, [str(before), str(after)]).exit_code == 1


def test_the_command_prints_text_markdown_or_json(reports: tuple[str, str]) -> None:
    def printed(*options: str) -> str:
        return CliRunner().invoke(diff, [*reports, *options]).output

    assert printed().startswith("before: ")
    assert printed("--markdown").startswith("### ❌")
    assert json.loads(printed("--json"))["cases"][0]["kind"] == "newly_failing"
