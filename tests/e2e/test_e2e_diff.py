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
    found = compare(made.suite(llm="live"), made.suite(llm="replay", interrupted=True))
    assert found.latency is None
    text = as_text(found)
    assert "Models answered otherwise: live, then replay." in text
    assert "The later run was interrupted" in text


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


def test_the_command_prints_text_markdown_or_json(reports: tuple[str, str]) -> None:
    def printed(*options: str) -> str:
        return CliRunner().invoke(diff, [*reports, *options]).output

    assert printed().startswith("before: ")
    assert printed("--markdown").startswith("### ❌")
    assert json.loads(printed("--json"))["cases"][0]["kind"] == "newly_failing"
