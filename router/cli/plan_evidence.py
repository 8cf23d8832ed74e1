"""What the reports of `coexist test --json` say of flows and hand-offs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from router.e2e.results import CaseResult, SuiteResult, TurnResult
from router.planner.checking import Outdated, ShownHandoff, TestEvidence

__all__ = ["test_evidence"]

_START = "start flow "
_STACK = "slot dialogue_stack = "
_FRAME = re.compile(r"(?:^|> )(\S+) at ")
_ABOUT_FLOWS = frozenset({"flow_started", "flow_completed", "flow_cancelled"})


def test_evidence(
    runs: Sequence[tuple[Path, SuiteResult]], flows: Collection[str], files: Iterable[Path]
) -> TestEvidence:
    """The runs put together; a flow of failing cases fails, whatever other runs say.

    Args:
        runs: the reports, with the files they're from.
        flows: the ids of the bot's flows.
        files: the bot's files, to tell which run is older than them.
    """
    passing: dict[str, dict[str, None]] = {}
    failing: dict[str, dict[str, None]] = {}
    for _, suite in runs:
        for case in suite.cases:
            if case.status == "skipped":
                continue
            by_flow = passing if case.status == "passed" else failing
            for flow in sorted(_flows_of(case, flows)):
                by_flow.setdefault(flow, {})[_id(case)] = None
        for item in suite.coverage.areas["flows"].items if suite.coverage else ():
            for name in item.cases:
                passing.setdefault(item.name.partition("/")[0], {})[name] = None
    return TestEvidence(
        passing={flow: tuple(cases) for flow, cases in passing.items()},
        failing={flow: tuple(cases) for flow, cases in failing.items()},
        handoffs=_handoffs([suite for _, suite in runs]),
        outdated=tuple(_outdated(runs, list(files))),
    )


test_evidence.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


def _id(case: CaseResult) -> str:
    return f"{case.place.file}::{case.name}"


def _flows_of(case: CaseResult, flows: Collection[str]) -> set[str]:
    """The flows that a case went through, or that it expected and didn't come to."""
    turns = [turn for attempt in case.attempts for turn in attempt.turns]
    found = {flow for turn in turns for flow in _gone_through(turn)}
    for check in (check for turn in turns for check in turn.checks):
        if check.name in _ABOUT_FLOWS:
            found.update(re.findall(r"[\w-]+", check.expected))
    return found.intersection(flows)


def _gone_through(turn: TurnResult) -> Iterator[str]:
    for command in turn.commands:
        if command.startswith(_START):
            yield command.removeprefix(_START)
    stacks = (line.removeprefix(_STACK) for line in turn.events if line.startswith(_STACK))
    for frames in (*turn.stack, *stacks):
        yield from _FRAME.findall(frames)


def _handoffs(suites: Sequence[SuiteResult]) -> tuple[ShownHandoff, ...] | None:
    measured = [suite.coverage for suite in suites if suite.coverage is not None]
    if not measured:
        return None
    shown: dict[tuple[str, str, str], dict[str, None]] = {}
    for each in (handoff for coverage in measured for handoff in coverage.handoffs):
        cases = shown.setdefault((each.kind, each.source, each.target), {})
        cases.update(dict.fromkeys(each.cases))
    return tuple(ShownHandoff(*key, tuple(cases)) for key, cases in shown.items())


def _outdated(runs: Sequence[tuple[Path, SuiteResult]], files: list[Path]) -> Iterator[Outdated]:
    """Runs that began before one of the files was last written; with the newest of them."""
    changed = [(file.stat().st_mtime, str(file)) for file in files if file.exists()]
    if not changed:
        return
    when, newest = max(changed)
    for path, suite in runs:
        # Reports are dated to the second.
        if datetime.fromisoformat(suite.started).timestamp() < int(when):
            yield Outdated(str(path), newest)
