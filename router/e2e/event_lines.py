"""An event of the tracker in one line, for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from router.dialogue.state import Frame, stack_from_data
from router.flows.slots import ROUTE_SLOT, STACK_SLOT

__all__ = ["event_line", "frame_line"]

_UNTOLD = frozenset({"event", "timestamp", "metadata", "parse_data", "hide_rule_turn"})


def event_line(event: Mapping[str, Any]) -> str:
    """Such as `action utter_greet (RulePolicy 1.00)`, `slot amount = 50`, `user "hi" -> greet`.

    Args:
        event: as JSON; names of events:
            https://rasa.com/docs/rasa/reference/rasa/shared/core/events/
    """
    kind = str(event.get("event"))
    write = _LINES.get(kind)
    if write is not None:
        return f"{kind} {write(event)}"
    rest = [f"{key} {_json(value)}" for key, value in event.items() if _is_told(key, value)]
    return " ".join([kind, *rest])


def frame_line(frame: Frame) -> str:
    """Such as `transfer_money at ask_amount`."""
    return f"{frame.flow_id} at {frame.step_id}"


def _user(event: Mapping[str, Any]) -> str:
    parsed = event.get("parse_data") or {}
    intent = parsed.get("intent") or {}
    return _joined(
        _json(event.get("text") or ""),
        *(("->", intent["name"], _share(intent.get("confidence"))) if intent.get("name") else ()),
        f"route {parsed['route']}" if parsed.get("route") else "",
    )


def _bot(event: Mapping[str, Any]) -> str:
    utter = (event.get("metadata") or {}).get("utter_action")
    data = {key: value for key, value in (event.get("data") or {}).items() if value}
    return _joined(
        _json(event.get("text") or ""), f"({utter})" if utter else "", _json(data) if data else ""
    )


def _action(event: Mapping[str, Any]) -> str:
    name = event.get("name") or event.get("action_text")
    policy = str(event.get("policy") or "").rpartition("_")[2]  # Rasa: policy_2_RulePolicy
    by = _joined(policy, _share(event.get("confidence")))
    return _joined(name, f"({by})" if policy else "")


def _slot(event: Mapping[str, Any]) -> str:
    name, value = event.get("name"), event.get("value")
    metadata = event.get("metadata") or {}
    if name == STACK_SLOT:
        frames = map(frame_line, stack_from_data(value))
        return f"{name} = {' > '.join(frames) or 'empty'}"
    why = ""
    if name == ROUTE_SLOT:
        record = metadata.get("routing_decision") or metadata.get("release") or {}
        why = f"({record['reason']})" if record.get("reason") else ""
    return _joined(name, "=", _json(value), why)


_LINES = {"user": _user, "bot": _bot, "action": _action, "slot": _slot}


def _is_told(key: str, value: Any) -> bool:
    return key not in _UNTOLD and value is not None


def _share(confidence: Any) -> str:
    return f"{confidence:.2f}" if isinstance(confidence, int | float) else ""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _joined(*parts: Any) -> str:
    texts: Iterable[str] = map(str, parts)
    return " ".join(filter(None, texts))
