"""What reports say of a run, in words: its counts, a turn's decision record, what went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from router.e2e.places import Place
from router.e2e.results import CaseResult, CheckResult, Status, SuiteResult, TurnResult
from router.e2e.turn_results import NOT_KNOWN

__all__ = [
    "BAD",
    "ORDER",
    "CommandFigures",
    "Failure",
    "Skip",
    "SlowTurn",
    "attempts_in_words",
    "command_figures",
    "counted",
    "decision_record",
    "expectation",
    "failure",
    "model_call",
    "route_name",
    "skip_reasons",
    "skips",
    "slowest_turns",
    "tally",
    "turn_names",
]

#: Most urgent first.
ORDER: tuple[Status, ...] = ("failed", "error", "flaky", "skipped", "passed")
BAD: tuple[Status, ...] = ("failed", "error", "flaky")


class Failure(NamedTuple):
    """Why an attempt failed.

    `turn` is the one it failed in, or the last it came to; None if it came to none. `number`
    is its place among the attempt's, from 1, and `name` what reports call it.
    """

    place: Place
    turn: TurnResult | None
    number: int
    name: str
    checks: tuple[CheckResult, ...]
    error: str

    @property
    def message(self) -> str:
        """All of it in one line."""
        unmet = (f"{c.name}: expected {expectation(c)}, got {c.got}" for c in self.checks)
        return "; ".join([*filter(None, [self.error]), *unmet]) or "It failed without a word."


class SlowTurn(NamedTuple):
    """A turn and its case."""

    turn: TurnResult
    case: CaseResult


class Skip(NamedTuple):
    """Why something was skipped, and what: checks by name, or the whole case if there are none."""

    reason: str
    checks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ": ".join(filter(None, [", ".join(self.checks), self.reason]))


class CommandFigures(NamedTuple):
    """How many commands a model was expected to give, gave, and gave rightly."""

    expected: int
    given: int
    right: int

    @property
    def precision(self) -> str:
        """The share of those given that are right."""
        return f"{self.right / self.given:.3f}" if self.given else "-"

    @property
    def recall(self) -> str:
        """The share of those expected that were given."""
        return f"{self.right / self.expected:.3f}" if self.expected else "-"

    def __str__(self) -> str:
        counts = f"{self.right} right, {self.given} given, {self.expected} expected"
        return f"precision {self.precision}, recall {self.recall} ({counts})"


def counted(number: int, noun: str) -> str:
    """`1 case`, `2 cases`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def tally(suite: SuiteResult) -> str:
    """How many cases ended how, and how long it all took."""
    counts = [f"{suite.count(status)} {status}" for status in ORDER if suite.count(status)]
    cut = ", interrupted" if suite.interrupted else ""
    return f"{', '.join(counts) or 'no case ran'} in {suite.seconds:.1f} s{cut}"


def attempts_in_words(case: CaseResult) -> str:
    """`passed in 2 of 3 attempts`, `failed 3 of 3 attempts`; empty of a case played once."""
    total = len(case.attempts)
    if total < 2:
        return ""
    if case.status in ("failed", "error"):
        failed = sum(attempt.status in ("failed", "error") for attempt in case.attempts)
        return f"failed {failed} of {total} attempts"
    passed = sum(attempt.status == "passed" for attempt in case.attempts)
    return f"passed in {passed} of {total} attempts"


def failure(case: CaseResult, attempt_number: int | None = None) -> Failure | None:
    """What went wrong in an attempt, counted from 0, or in the one that `case.last` is.

    None if nothing did.
    """
    attempt = case.last if attempt_number is None else case.attempts[attempt_number]
    if attempt is None or attempt.status not in ("failed", "error"):
        return None
    names = turn_names(attempt.turns)
    for number, turn in enumerate(attempt.turns, start=1):
        unmet = tuple(check for check in turn.checks if check.status == "failed")
        if unmet or turn.status in ("failed", "error"):
            error = "; ".join(dict.fromkeys(filter(None, [turn.error, attempt.error])))
            place = unmet[0].place if unmet else turn.place
            return Failure(place, turn, number, names[number - 1], unmet, error)
    last, name = (attempt.turns[-1], names[-1]) if names else (None, "")
    return Failure(case.place, last, len(names), name, (), attempt.error)


def turn_names(turns: Sequence[TurnResult]) -> list[str]:
    """`turn 1`, `turn 2`, ... of the user's messages; `opening` of a session's."""
    said = count(1)
    return [f"turn {next(said)}" if turn.user else "opening" for turn in turns]


def expectation(check: CheckResult) -> str:
    """What a check expects, without the name before it."""
    return check.expected.removeprefix(f"{check.name}: ")


def skip_reasons(case: CaseResult) -> list[str]:
    """Why a case, or checks of it, were skipped, each reason once."""
    return list(map(str, skips([case])))


def skips(cases: Iterable[CaseResult]) -> list[Skip]:
    """Why cases, or checks of them, were skipped, each reason once."""
    found: dict[str, dict[str, None]] = {}
    for case in cases:
        for attempt in case.attempts:
            if attempt.status == "skipped" and attempt.error:
                found.setdefault(attempt.error, {})
        for turn in case.last.turns if case.last else ():
            for check in turn.checks:
                if check.status == "skipped":
                    found.setdefault(check.reason, {})[check.name] = None
    return [Skip(reason, tuple(checks)) for reason, checks in found.items()]


def slowest_turns(suite: SuiteResult, number: int = 3) -> list[SlowTurn]:
    """The slowest first, each once, as in its slowest attempt; none where nothing was measured."""
    found: dict[tuple[Place, str, int], SlowTurn] = {}
    for case in suite.cases:
        for attempt in case.attempts:
            for position, turn in enumerate(attempt.turns):
                known = found.get(which := (case.place, case.name, position))
                if turn.latency_ms > (known.turn.latency_ms if known else 0):
                    found[which] = SlowTurn(turn, case)
    return sorted(found.values(), key=lambda slow: -slow.turn.latency_ms)[:number]


def command_figures(suite: SuiteResult) -> CommandFigures | None:
    """Precision and recall of commands, every attempt counted; None if none were expected."""
    scores = [
        turn.command_score
        for case in suite.cases
        for attempt in case.attempts
        for turn in attempt.turns
        if turn.command_score is not None
    ]
    if not scores:
        return None
    return CommandFigures(
        sum(len(score.expected) for score in scores),
        sum(len(score.given) for score in scores),
        sum(score.right for score in scores),
    )


def route_name(value: bool | str | None) -> str:
    """Who answered, or the routing slot's value, in words."""
    return {True: "CALM", False: "NLU", None: "none", "calm": "CALM", "nlu": "NLU"}.get(
        value, str(value)
    )


def decision_record(turn: TurnResult) -> list[tuple[str, str]]:
    """All that's known of who answered a turn and why: names and values."""
    return [(name, value) for name, value in _record(turn) if value]


def _record(turn: TurnResult) -> Iterator[tuple[str, str]]:
    decision = turn.decision or {}
    once = " for this turn" if decision and not decision.get("sticky") else ""
    if turn.reason == NOT_KNOWN:
        yield "route", NOT_KNOWN
        yield "events", NOT_KNOWN
        yield "logged", "; ".join(turn.logged_errors)
        return
    yield "route", f"{route_name(turn.route)}{once} ({_change(turn)})"
    yield "reason", turn.reason or str(decision.get("reason", "")) or "none given"
    yield "router", _decided(decision)
    yield "intent", turn.intent or ""
    yield "commands", ", ".join(turn.commands) or "none"
    score = turn.command_score
    if score is not None and not score.right == len(score.given) == len(score.expected):
        yield "expected", ", ".join(score.expected) or "no command"
    yield "policy", " + ".join(dict.fromkeys(turn.policies)) or "none"
    yield "actions", ", ".join(turn.actions)
    yield "slots set", ", ".join(f"{name}={value!r}" for name, value in turn.slots_changed.items())
    yield "stack", " > ".join(turn.stack) or "empty"
    yield "released", turn.released or "no"
    yield "LLM calls", "; ".join(map(model_call, turn.llm_calls)) or "none"
    yield "logged", "; ".join(turn.logged_errors)


def _change(turn: TurnResult) -> str:
    before, after = route_name(turn.route_before), route_name(turn.route_after)
    return f"slot {before}" if before == after else f"slot {before} -> {after}"


def _decided(decision: Mapping[str, Any]) -> str:
    """The router, what it decided, and with what it knew; the rest of its record."""
    if not decision:
        return "not asked"
    outcome = f"{decision.get('route')}{'' if decision.get('sticky') else '_once'}"
    known = {"route", "sticky", "router", "reason", "llm", "config"}
    rest = [f"{key} {_short(value)}" for key, value in decision.items() if key not in known]
    return f"{decision.get('router')}: {', '.join([outcome, *rest])}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def model_call(call: Mapping[str, Any]) -> str:
    """One call of a language model: what for, which, what came of it, how long it took."""
    parts = [str(call.get("model", "")), str(call.get("outcome", ""))]
    if call.get("replayed"):
        parts.append("replayed")
    elif isinstance(call.get("latency_ms"), int | float):
        parts.append(f"{call['latency_ms']:.0f} ms")
    if isinstance(call.get("attempts"), int) and call["attempts"] > 1:
        parts.append(f"{call['attempts']} attempts")
    return f"{call.get('for', 'call')} ({', '.join(filter(None, parts))})"
