"""What buttons of responses send: `/SetSlots(...)` and `/intent{...}`.

Follows https://rasa.com/docs/rasa/responses#buttons
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.checks.condition_checks import value_problem
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.slots import RESERVED_SLOTS
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import location_of
from router.routing.payloads import parse_set_slots

__all__ = ["payload_problems", "slots_of_buttons"]

_SET_SLOTS = "/SetSlots"
_INTENT = re.compile(r"/(?P<name>[^{@\s]+)\s*(?:[@{].*)?", re.DOTALL)


def payload_problems(responses: Mapping[str, Any], assistant: Assistant) -> Iterator[Problem]:
    """Buttons whose payload does nothing, or not what it says."""
    for payload, place in _payloads(responses):
        if payload.lower().startswith(_SET_SLOTS.lower()):
            yield from _set_slots_problems(payload, place, assistant)
        elif match := _INTENT.fullmatch(payload):
            name = match["name"]
            if name not in assistant.intents:
                message = f"This button sends the intent '{name}', which the domain doesn't have."
                advice = did_you_mean(name, assistant.intents, "Add it to the domain's intents.")
                yield Problem(place, "unknown-intent-payload", message, advice, is_warning=True)


def slots_of_buttons(responses: Mapping[str, Any]) -> frozenset[str]:
    """The slots that some button of the responses sets."""
    parsed = (parse_set_slots(payload) for payload, _ in _payloads(responses))
    return frozenset(name for each in parsed if each for name, _ in each.slots)


def _set_slots_problems(payload: str, place: Location, assistant: Assistant) -> Iterator[Problem]:
    parsed = parse_set_slots(payload)
    reason = parsed.problem if parsed else "it isn't of the form /SetSlots(slot=value)"
    if parsed is None or reason:
        message = f"The payload {payload!r} can't work: {reason}."
        yield Problem(place, "invalid-payload", message, "Write /SetSlots(slot=value, ...).")
        return
    for name, value in parsed.slots:
        if "{" in name:
            continue
        spec = assistant.slots.get(name)
        if name in RESERVED_SLOTS:
            message = f"A button can't set '{name}': only routing itself does."
            yield Problem(place, "reserved-slot", message, "Use a slot of your own.")
        elif spec is None:
            message = f"This button sets the slot '{name}', which isn't in the domain."
            advice = did_you_mean(name, assistant.slots, "Add it to the domain's slots.")
            yield Problem(place, "unknown-slot", message, advice)
        elif not spec.accepts("payload"):
            message = f"This button sets '{name}', whose mappings let only actions do so."
            advice = "Give the slot another mapping, such as from_llm, or set it by an action."
            yield Problem(place, "controlled-slot", message, advice)
        elif problem := value_problem(spec, value, place):
            yield problem


def _payloads(responses: Mapping[str, Any]) -> Iterator[tuple[str, Location]]:
    for variations in responses.values():
        for variation in variations if isinstance(variations, list) else ():
            for key in ("buttons", "quick_replies"):
                buttons = variation.get(key) if isinstance(variation, Mapping) else None
                for button in buttons if isinstance(buttons, list) else ():
                    payload = button.get("payload") if isinstance(button, Mapping) else None
                    if isinstance(payload, str):
                        yield payload.strip(), location_of(button, "payload")
