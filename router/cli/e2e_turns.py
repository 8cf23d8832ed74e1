"""Turns of the test harness as the terminal shows turns."""

from __future__ import annotations

from router.e2e.observed import BotMessage, ObservedTurn
from router.routing.decision import Route
from router.routing.turn_record import TurnRecord, reply_text

__all__ = ["as_record"]


def as_record(turn: ObservedTurn) -> TurnRecord:
    """What `rendering.turn` shows, as far as the events tell."""
    intent = turn.parse_data.get("intent") or {}
    flows = [frame.flow_id for frame in turn.stack if frame.is_user_flow]
    ended = [step.flow for step in turn.trace if step.flow not in flows and step.kind != "started"]
    policies = [name for _, name in turn.policies]
    return TurnRecord(
        user=turn.user,
        replies=tuple(filter(None, map(_reply, turn.messages))),
        route_before=turn.route_before,
        route_after=turn.route_after,
        route=None if turn.route is None else Route(turn.route),
        decision=turn.decision,
        intent=turn.intent,
        confidence=intent.get("confidence"),
        policies=tuple(dict.fromkeys(policies)),
        actions=tuple(name for _, name in turn.actions),
        active_flow=" > ".join(flows) or None,
        ended_flow=next((flow for flow in ended if not flow.startswith("pattern_")), None),
        slots_changed={name: value for _, name, value in turn.slots_set},
        released=turn.released,
        llm_calls=turn.llm_calls,
        errors=tuple(filter(None, (*turn.errors, turn.failure))),
    )


def _reply(message: BotMessage) -> str:
    return reply_text({"text": message.text, "buttons": message.buttons, **message.data})
