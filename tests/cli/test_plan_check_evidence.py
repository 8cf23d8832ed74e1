"""What the results of end-to-end tests say of flows and hand-offs."""

import os
from datetime import datetime, timezone
from pathlib import Path

import pytest

from router.cli.plan_evidence import test_evidence as evidence_of
from router.e2e.coverage.model import Area, Coverage, Handoff, Item
from router.e2e.places import Place
from router.e2e.results import AttemptResult, CaseResult, CheckResult, SuiteResult, TurnResult
from router.planner.checking import Outdated, ShownHandoff

AT = Place(file="e2e_tests/a.yml", line=3)
FLOWS = ("pay", "look_up", "balance")


def case(name="a case", status="passed", **turn):
    result = TurnResult(user="hi", place=AT, status=status, **turn)
    attempt = AttemptResult(status=status, seconds=0.1, turns=(result,))
    return CaseResult(name=name, place=AT, status=status, attempts=(attempt,))


def suite(*cases, started="2026-01-01T00:00:00+00:00", coverage=None):
    return SuiteResult(started=started, seconds=1.0, target="m", cases=cases, coverage=coverage)


def read(*suites, files=()):
    return evidence_of([(Path(f"{n}.json"), each) for n, each in enumerate(suites)], FLOWS, files)


def expecting(flow):
    return CheckResult(name="flow_started", place=AT, status="failed", expected=flow)


@pytest.mark.parametrize(
    "turn",
    [
        {"commands": ("set slot x 1", "start flow pay")},
        {"stack": ("pay at ask", "pattern_collect_information at listen")},
        {"events": ("slot dialogue_stack = balance at a > pay at ask",)},
    ],
    ids=["command", "stack", "events"],
)
def test_a_case_goes_through_the_flows_that_its_turns_show(turn):
    assert read(suite(case(**turn))).passing["pay"] == ("e2e_tests/a.yml::a case",)


def test_coverage_tells_of_flows_that_others_called():
    items = (Item(name="look_up/0_action", cases=("a", "b")), Item(name="balance/x"))
    coverage = Coverage(areas={"flows": Area(items=items)})
    assert read(suite(coverage=coverage)).passing == {"look_up": ("a", "b")}


@pytest.mark.parametrize("status", ["failed", "error", "flaky"])
def test_what_does_not_pass_fails(status):
    evidence = read(suite(case(status=status, commands=("start flow pay",))))
    assert evidence.failing == {"pay": ("e2e_tests/a.yml::a case",)}
    assert evidence.passing == {}


def test_a_flow_that_was_expected_in_vain_fails():
    evidence = read(suite(case(status="failed", checks=(expecting("pay, gone"),))))
    assert evidence.failing == {"pay": ("e2e_tests/a.yml::a case",)}


def test_a_skipped_case_shows_nothing():
    evidence = read(suite(case(status="skipped", commands=("start flow pay",))))
    assert (evidence.passing, evidence.failing) == ({}, {})


def test_names_that_are_no_flows_are_left_out():
    turn = {"stack": ("pattern_completed at 0",), "commands": ("start flow gone",)}
    assert read(suite(case(**turn))).passing == {}


def test_several_runs_are_put_together():
    def coverage(*cases):
        handoff = Handoff(kind="nlu_to_calm", source="greet", target="pay", cases=cases)
        return Coverage(areas={"flows": Area()}, handoffs=(handoff,))

    evidence = read(
        suite(case("a", commands=("start flow pay",)), coverage=coverage()),
        suite(case("b", commands=("start flow pay",)), coverage=coverage("b")),
        suite(case("c", "failed", commands=("start flow balance",))),
    )
    assert evidence.passing == {"pay": ("e2e_tests/a.yml::a", "e2e_tests/a.yml::b")}
    assert evidence.failing == {"balance": ("e2e_tests/a.yml::c",)}
    assert evidence.handoffs == (ShownHandoff("nlu_to_calm", "greet", "pay", ("b",)),)


def test_without_coverage_hand_offs_are_not_known():
    assert read(suite(case())).handoffs is None


def test_a_run_is_outdated_by_the_newest_file_written_after_it(tmp_path):
    began = datetime(2026, 1, 1, tzinfo=timezone.utc).timestamp()
    for name, seconds in (("old", -60), ("same", 0.4), ("new", 60), ("newest", 120)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (began, began + seconds))
    old, same, new, newest = (tmp_path / name for name in ("old", "same", "new", "newest"))
    assert read(suite(), files=[old, same]).outdated == ()
    found = read(suite(), files=[old, newest, new, tmp_path / "gone"]).outdated
    assert found == (Outdated("0.json", str(newest)),)
