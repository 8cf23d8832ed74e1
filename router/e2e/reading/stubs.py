"""What stands for custom actions in tests: checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.e2e.cases import Stub
from router.e2e.reading.definitions import defined
from router.flows.sections import Findings, Section, quote
from router.flows.spelling import did_you_mean
from router.flows.yaml_values import key_location_of, location_of

__all__ = ["CASE_OF_STUB", "EVENTS", "read_stubs"]

CASE_OF_STUB = "::"
_STUB_KEYS = frozenset({"events", "responses"})
# The names of Rasa's events, each with the keys that it can't be read without; a test compares
# the names with Rasa's own.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "action": ("name",),
    "action_execution_rejected": ("name",),
    "active_loop": ("name",),
    "agent": (),
    "bot": (),
    "cancel_reminder": (),
    "entities": ("entities",),
    "export": (),
    "followup": ("name",),
    "form": ("name",),
    "form_validation": (),
    "loop_interrupted": (),
    "pause": (),
    "reminder": ("intent", "date_time"),
    "reset_slots": (),
    "restart": (),
    "resume": (),
    "rewind": (),
    "session_started": (),
    "slot": ("name",),
    "undo": (),
    "user": ("parse_data",),
    "user_featurization": (),
}
# Without a name, these end the loop that is active.
_MAY_BE_NAMELESS = frozenset({"active_loop", "form"})


def read_stubs(section: Section) -> dict[str, Stub]:
    """Action, or `test case::action`, -> what stands for it."""
    return {
        name: stub
        for name, container, key in defined(section, "stub_custom_actions")
        if (stub := _stub(name, container, key, section.findings))
    }


def _stub(name: str, container: Mapping[Any, Any], key: Any, findings: Findings) -> Stub | None:
    content = container[key]
    if content is None:
        content = {}
    if not isinstance(content, Mapping):
        message = f"The stub '{name}' can't be {quote(content)}."
        advice = "Write a map with 'events' and 'responses', each a list."
        findings.error("invalid-value", location_of(container, key), message, advice)
        return None
    section = Section(content, f"the stub '{name}'", findings)
    section.check_keys(_STUB_KEYS)
    events = _maps(section, "events", "- event: slot, with 'name' and 'value'", "event")
    responses = _maps(section, "responses", "- text: ...")
    for number, event in enumerate(events, 1):
        _check_event(Section(event, f"event {number} of the stub '{name}'", findings))
    for number, response in enumerate(responses, 1):
        _check_response(Section(response, f"response {number} of the stub '{name}'", findings))
    return Stub(
        action=name.rpartition(CASE_OF_STUB)[2],
        location=key_location_of(container, key),
        events=events,
        responses=responses,
    )


def _check_event(event: Section) -> None:
    kind = event.data["event"]
    if not isinstance(kind, str) or kind not in EVENTS:
        message = f"Rasa has no event {quote(kind)}."
        advice = did_you_mean(kind, EVENTS, f"Known are: {', '.join(sorted(EVENTS))}.")
        event.findings.error("unknown-event", event.at("event"), message, advice)
        return
    for key in EVENTS[kind]:
        event.require(key, f"An event '{kind}' needs it.")
    if "name" in EVENTS[kind] and not (kind in _MAY_BE_NAMELESS and event.data.get("name") is None):
        event.text("name", "Write a name.")


def _check_response(response: Section) -> None:
    if "response" in response:
        response.text("response", "Write the name of a response of the domain.")
    buttons = response.data.get("buttons") or []
    if not isinstance(buttons, list) or not all(isinstance(each, Mapping) for each in buttons):
        response.invalid("buttons", "Write a list of maps with 'title' and 'payload'.")


def _maps(
    section: Section, key: str, example: str, needed: str | None = None
) -> tuple[Mapping[str, Any], ...]:
    given = section.data.get(key)
    items = [] if given is None else given
    are_maps = isinstance(items, list) and all(isinstance(each, Mapping) for each in items)
    if are_maps and (needed is None or all(needed in each for each in items)):
        return tuple(items)
    section.invalid(key, f"Write a list of maps, like: {example}.")
    return ()
