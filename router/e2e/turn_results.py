"""A turn's result: what the test says, what the bot did, and what became of the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from router.dialogue.commands import command_from_dict
from router.e2e.cases import Turn
from router.e2e.event_lines import event_line, frame_line
from router.e2e.observed import BotMessage, ObservedTurn
from router.e2e.places import Place
from router.e2e.results import CheckResult, CommandScore, SaidMessage, Status, TurnResult
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.understanding.command_language import command_as_text

__all__ = ["turn_result", "unanswered_turn", "worst"]

#: Slots that Rasa and this package keep their books in.
OWN_SLOTS = frozenset({ROUTE_SLOT, STACK_SLOT, "requested_slot", "session_started_metadata"})

#: The reason of a turn that nothing was recorded of.
NOT_KNOWN = "not known"

_WORST_FIRST: tuple[Status, ...] = ("error", "failed", "flaky", "skipped", "passed")


def worst(statuses: Sequence[Status]) -> Status:
    """The one that a whole takes from its parts; `passed` of nothing."""
    return next((status for status in _WORST_FIRST if status in statuses), "passed")


def turn_result(
    turn: Turn,
    observed: ObservedTurn,
    checks: Sequence[CheckResult] = (),
    score: CommandScore | None = None,
) -> TurnResult:
    """All that's known of a turn; one that wasn't gone through with is in error."""
    decision = observed.decision
    return TurnResult(
        user=turn.user,
        place=Place.of(turn.location),
        status="error" if observed.failure else worst([check.status for check in checks]),
        latency_ms=observed.latency_ms,
        messages=tuple(map(_said, observed.messages)),
        checks=tuple(checks),
        error=observed.failure,
        route=observed.route,
        route_before=observed.route_before,
        route_after=observed.route_after,
        decision=None if decision is None else decision.as_dict(),
        reason=_reason(observed),
        released=observed.released,
        intent=observed.intent,
        commands=tuple(map(_command, observed.commands)),
        command_score=score,
        policies=tuple(name for _, name in observed.policies),
        actions=tuple(name for _, name in observed.actions),
        slots_changed={
            name: value
            for name, value in observed.slots.items()
            if name not in OWN_SLOTS and value != observed.before.get(name)
        },
        stack=tuple(map(frame_line, observed.stack)),
        llm_calls=observed.llm_calls,
        events=tuple(map(event_line, observed.events)),
        logged_errors=tuple(each for each in observed.errors if each != observed.failure),
    )


def unanswered_turn(
    turn: Turn, error: str, elapsed_ms: float = 0.0, partly: ObservedTurn | None = None
) -> TurnResult:
    """A turn that wasn't answered.

    Args:
        turn: what the test says.
        error: why there's no answer.
        elapsed_ms: milliseconds until it was given up.
        partly: what it did until then; None if that isn't known.
    """
    if partly is not None and partly.events:
        return turn_result(turn, replace(partly, latency_ms=elapsed_ms, failure=error))
    return TurnResult(
        user=turn.user,
        place=Place.of(turn.location),
        status="error",
        latency_ms=elapsed_ms,
        error=error,
        reason=NOT_KNOWN,
        logged_errors=partly.errors if partly is not None else (),
    )


def _said(message: BotMessage) -> SaidMessage:
    return SaidMessage(
        text=message.text,
        utter=message.utter,
        buttons=tuple(str(each.get("title") or each.get("payload")) for each in message.buttons),
        data=message.data,
    )


def _command(data: Mapping[str, Any]) -> str:
    command = command_from_dict(data)
    return str(data.get("command")) if command is None else command_as_text(command)


def _reason(observed: ObservedTurn) -> str:
    """Why this system answered, in the router's words."""
    if observed.decision is not None:
        return observed.decision.reason
    if observed.route is None:
        return "no router" if observed.user else ""
    holds = observed.route_before is (observed.route == "calm")
    return "route is active" if holds else "no decision"
