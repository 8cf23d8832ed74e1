"""What changed between two runs of the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Literal

from router.e2e.places import Place, Result
from router.e2e.reports.facts import failure, tally
from router.e2e.results import CaseResult, SuiteResult, TurnResult

__all__ = [
    "CaseChange",
    "ChangeKind",
    "Difference",
    "LatencyChange",
    "RouteChange",
    "compare",
]

ChangeKind = Literal["newly_failing", "newly_flaky", "newly_skipped", "fixed", "added", "removed"]
SLOWER = 1.5
LEAST_MS = 20.0


class CaseChange(Result):
    """A case that ended otherwise, or is in one run only; `why` is what went wrong.

    `before` and `after` are statuses; empty where the case wasn't there.
    """

    kind: ChangeKind
    case: str
    place: Place
    before: str
    after: str
    why: str = ""


class RouteChange(Result):
    """A turn, counted from 1, that another system answered: `calm`, `nlu`, `calm_once`, ..."""

    case: str
    place: Place
    turn: int
    user: str
    before: str
    after: str


class LatencyChange(Result):
    """Median milliseconds a turn, of a case or of all."""

    case: str = ""
    before_ms: float
    after_ms: float

    @property
    def ratio(self) -> float:
        """The later one by the earlier one."""
        return self.after_ms / self.before_ms if self.before_ms else 1.0


class Difference(Result):
    """From one run to a later one.

    `before` and `after` say how each ended; `notes`, what makes them hard to compare.
    `interrupted` is of the later run. `latency` is of the cases that both have; `slower` and
    `faster` are cases.
    """

    before: str
    after: str
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    cases: tuple[CaseChange, ...] = ()
    routes: tuple[RouteChange, ...] = ()
    latency: LatencyChange | None = None
    slower: tuple[LatencyChange, ...] = ()
    faster: tuple[LatencyChange, ...] = ()

    def of(self, kind: ChangeKind) -> list[CaseChange]:
        """The cases that changed so."""
        return [change for change in self.cases if change.kind == kind]

    @property
    def is_worse(self) -> bool:
        """Whether a case newly fails or is newly flaky, or the later run didn't get to its end."""
        return self.interrupted or bool(self.of("newly_failing") or self.of("newly_flaky"))


def compare(before: SuiteResult, after: SuiteResult, *, slower: float = SLOWER) -> Difference:
    """What changed; a new case that fails is newly failing too.

    Args:
        before: the earlier run.
        after: the later run.
        slower: from which ratio on, either way, a case's latency is worth telling, if it is
            20 ms or more.
    """
    old, new = _by_id(before), _by_id(after)
    both = [(id, old[id], new[id]) for id in new if id in old]
    latencies = [(id, _latencies(a), _latencies(b)) for id, a, b in both]
    told = [
        LatencyChange(case=id, before_ms=median(a), after_ms=median(b))
        for id, a, b in latencies
        if a and b and abs(median(a) - median(b)) >= LEAST_MS
    ]
    return Difference(
        before=tally(before),
        after=tally(after),
        notes=tuple(_notes(before, after)),
        interrupted=after.interrupted,
        cases=tuple(_case_changes(old, new)),
        routes=tuple(change for id, a, b in both for change in _route_changes(id, a, b)),
        latency=_overall(latencies),
        slower=tuple(
            sorted((c for c in told if c.ratio >= slower), key=lambda c: c.ratio, reverse=True)
        ),
        faster=tuple(sorted((c for c in told if c.ratio <= 1 / slower), key=lambda c: c.ratio)),
    )


def _by_id(suite: SuiteResult) -> dict[str, CaseResult]:
    return {f"{case.place.file}::{case.name}": case for case in suite.cases}


def _notes(before: SuiteResult, after: SuiteResult) -> Iterator[str]:
    if before.llm != after.llm:
        yield f"Models answered otherwise: {before.llm}, then {after.llm}."
    if before.target != after.target:
        yield f"The targets differ: {before.target}, then {after.target}."
    if before.workers != after.workers:
        workers = f"{before.workers}, then {after.workers}"
        yield f"Latencies can't be compared: workers were {workers}."
    for suite, which in ((before, "earlier"), (after, "later")):
        if suite.interrupted:
            yield f"The {which} run was interrupted: cases that it lacks may not have run."


def _case_changes(old: dict[str, CaseResult], new: dict[str, CaseResult]) -> Iterator[CaseChange]:
    for id, case in new.items():
        earlier = old[id].status if id in old else ""
        found = failure(case)
        why = found.message if found else ""
        for kind in _kinds(earlier, case.status):
            yield CaseChange(
                kind=kind, case=id, place=case.place, before=earlier, after=case.status, why=why
            )
    for id, case in old.items():
        if id not in new:
            yield CaseChange(
                kind="removed", case=id, place=case.place, before=case.status, after=""
            )


def _kinds(before: str, after: str) -> Iterator[ChangeKind]:
    if not before:
        yield "added"
    if after in ("failed", "error") and before not in ("failed", "error"):
        yield "newly_failing"
    elif after == "flaky" and before != "flaky":
        yield "newly_flaky"
    elif after == "skipped" and before not in ("skipped", ""):
        yield "newly_skipped"
    elif after == "passed" and before in ("failed", "error", "flaky"):
        yield "fixed"


def _turns(case: CaseResult) -> tuple[TurnResult, ...]:
    """The user's, without the session's opening."""
    return tuple(turn for turn in case.last.turns if turn.user) if case.last else ()


def _latencies(case: CaseResult) -> list[float]:
    return [turn.latency_ms for turn in _turns(case) if turn.latency_ms > 0]


def _overall(latencies: list[tuple[str, list[float], list[float]]]) -> LatencyChange | None:
    before = [each for _, earlier, _ in latencies for each in earlier]
    after = [each for _, _, later in latencies for each in later]
    if not before or not after:
        return None
    return LatencyChange(before_ms=median(before), after_ms=median(after))


def _route_changes(id: str, before: CaseResult, after: CaseResult) -> Iterator[RouteChange]:
    pairs = zip(_turns(before), _turns(after), strict=False)
    for number, (old, new) in enumerate(pairs, start=1):
        if old.user == new.user and _route(old) != _route(new):
            yield RouteChange(
                case=id,
                place=new.place,
                turn=number,
                user=new.user,
                before=_route(old),
                after=_route(new),
            )


def _route(turn: TurnResult) -> str:
    once = turn.decision is not None and not turn.decision.get("sticky")
    return f"{turn.route}{'_once' if once else ''}" if turn.route else "none"
