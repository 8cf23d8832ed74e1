"""Results of runs that never were, for tests of what is made from them."""

from __future__ import annotations

from typing import Any

from router.e2e.coverage.model import Area, Coverage, Handoff, Item
from router.e2e.places import Place
from router.e2e.results import (
    AttemptResult,
    CaseResult,
    CheckResult,
    CommandScore,
    SaidMessage,
    Status,
    SuiteResult,
    TurnResult,
)

FILE = "e2e_tests/calm/test_transfer.yml"
RULE = "Exit code 1: a case failed."
#: A bell, an escape sequence, half a surrogate pair, a mark of direction, markup of all kinds.
NASTY = "\a\x1b[31mred\x1b[0m \x00\ud83d \u202eevil ]]> </script><b>&amp;| `x` *y* 🎉👩\u200d🚀"


def check(name: str, expected: str, got: str = "", line: int = 9, **more: Any) -> CheckResult:
    status = "failed" if got else "passed"
    place = Place(file=more.pop("file", FILE), line=line)
    return CheckResult(
        name=name,
        place=place,
        expected=f"{name}: {expected}",
        got=got,
        **{"status": status, **more},
    )


def turn(user: str, *answers: str, line: int = 8, **more: Any) -> TurnResult:
    """A turn that failed if one of its checks did."""
    failed = any(each.status == "failed" for each in more.get("checks", ()))
    values = {
        "status": "failed" if failed else "passed",
        "latency_ms": 20.0,
        "route": "calm",
        "events": (f"user: {user}", *(f"bot: {answer}" for answer in answers)),
        **more,
    }
    messages = tuple(SaidMessage(text=answer) for answer in answers)
    place = Place(file=values.pop("file", FILE), line=line)
    return TurnResult(user=user, place=place, **{"messages": messages, **values})


def attempt(*turns: TurnResult, status: Status | None = None, error: str = "") -> AttemptResult:
    failed = any(each.status == "failed" for each in turns)
    found: Status = status or ("error" if error else "failed" if failed else "passed")
    return AttemptResult(status=found, seconds=0.5, turns=turns, error=error)


def case(
    name: str,
    *attempts: AttemptResult,
    status: Status | None = None,
    file: str = FILE,
    line: int = 5,
    tags: tuple[str, ...] = (),
) -> CaseResult:
    """A case that ended as its attempts say."""
    attempts = attempts or (attempt(turn("hi", "Hello!")),)
    ends: set[Status] = {each.status for each in attempts}
    found = ends.pop() if len(ends) == 1 else "flaky" if "passed" in ends else "failed"
    return CaseResult(
        name=name,
        place=Place(file=file, line=line),
        tags=tags,
        status=status or found,
        attempts=attempts,
        rerun=f"coexist test '{file}::{name}'",
    )


def suite(*cases: CaseResult, **more: Any) -> SuiteResult:
    values = {
        "started": "2024-05-01T10:00:00+00:00",
        "seconds": 1.5,
        "target": "models/bank.tar.gz",
    }
    return SuiteResult(**{**values, "cases": cases, **more})


def failing_turn(user: str = "send 50 to Anna", **more: Any) -> TurnResult:
    """The user gave an amount, and the bot took another one; all that's known of it."""
    values = {
        "line": 14,
        "latency_ms": 131.7,
        "messages": (
            SaidMessage(text="How much is it?", utter="utter_ask_amount", buttons=("10", "50")),
        ),
        "checks": (
            check("flow_started", "transfer_money", line=16),
            check("slot_was_set", "amount = 50", "amount = 5, recipient = Anna", line=17),
            check("generative_response_is_relevant", "0.8", line=18, status="skipped").model_copy(
                update={"reason": "no judge is configured"}
            ),
        ),
        "route_before": None,
        "route_after": True,
        "decision": {
            "route": "calm",
            "sticky": True,
            "reason": "in calm_entry.sticky",
            "router": "IntentBasedRouter",
            "intent": "transfer_money",
            "confidence": 0.934567,
            "latency_ms": 0.4,
        },
        "reason": "in calm_entry.sticky",
        "intent": "transfer_money",
        "commands": ("StartFlow(transfer_money)", "SetSlot(amount, 5)"),
        "command_score": CommandScore(
            expected=("StartFlow(transfer_money)", "SetSlot(amount, 50)"),
            given=("StartFlow(transfer_money)", "SetSlot(amount, 5)"),
            right=1,
        ),
        "policies": ("FlowPolicy", "FlowPolicy"),
        "actions": ("action_check", "utter_ask_amount"),
        "slots_changed": {"amount": 5, "recipient": "Anna"},
        "stack": ("transfer_money at ask_amount", "pattern_collect_information at ask"),
        "llm_calls": ({"for": "commands", "model": "small", "outcome": "read", "replayed": True},),
        "events": tuple(f"event {number}" for number in range(1, 15)),
        **more,
    }
    return turn(user, **values)


def coverage() -> Coverage:
    flows = Area(items=(Item(name="transfer_money", cases=("a",)), Item(name="block_card")))
    return Coverage(
        areas={"flows": flows, "rules": Area()},
        handoffs=(
            Handoff(kind="nlu_to_calm", source="greet", target="transfer_money", cases=("a", "b")),
            Handoff(kind="nlu_to_calm", source="opening_hours", target="transfer_money"),
            Handoff(kind="nlu_to_calm", source="greet", target="block_card"),
            Handoff(kind="calm_to_nlu", source="transfer_money", target="greet", cases=("c",)),
            Handoff(kind="reset", source="transfer_money", cases=("c",)),
            Handoff(kind="one_turn", source="opening_hours"),
        ),
    )


def example() -> SuiteResult:
    """One case of each status, in two files, with coverage."""
    greeting = turn("hi", "Hello!", line=7, route="nlu", route_after=False)
    failed = attempt(greeting, failing_turn())
    judged = check("generative_response_is_grounded", "0.7", line=30, status="skipped")
    unjudged = turn("why?", "So.", checks=(judged.model_copy(update={"reason": "no judge"}),))
    nlu = "e2e_tests/nlu/test_hours.yml"
    return suite(
        case("sends money", failed, tags=("transfers", "smoke")),
        case("asks twice", attempt(greeting, failing_turn()), attempt(greeting), line=20),
        case("gives reasons", attempt(unjudged), status="skipped", line=28),
        case("opening hours", file=nlu, tags=("smoke",)),
        case("too slow", attempt(greeting, error="no answer within 10 s"), file=nlu, line=40),
        case("a greeting", attempt(greeting), file=nlu, line=50),
        coverage=coverage(),
        llm="replay",
        seed=7,
        workers=4,
    )
