"""Reading one flow: its own keys; its steps are read by `step_reading`.

Format: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from router.errors import Location
from router.flows.model import PATTERN_PREFIX, Flow, NluTrigger
from router.flows.sections import UNSUPPORTED_KEYS, UNUSED_KEYS, Findings, Section, quote
from router.flows.step_reading import read_steps
from router.flows.yaml_values import key_location_of, location_of, plain

__all__ = ["FLOW_KEYS", "read_flow"]

FLOW_KEYS = frozenset(
    {
        "always_include_in_prompt",
        "description",
        "if",
        "name",
        "nlu_trigger",
        "persisted_slots",
        "run_pattern_completed",
        "steps",
    }
)
_Read = TypeVar("_Read")
_FLOW_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


def read_flow(flow_id: Any, data: Mapping[Any, Any], findings: Findings) -> Flow:
    """The flow at `flow_id` of a map of flows, as far as it can be read.

    If there's an error in it, it has `unread` keys.
    """
    place = key_location_of(data, flow_id)
    before = findings.error_count
    if not isinstance(flow_id, str) or not _FLOW_ID.fullmatch(flow_id):
        message = f"A flow's id can't be {quote(flow_id)}."
        advice = "Use letters, digits, '_' and, but not in front, '-'."
        findings.error("invalid-value", place, message, advice)
    name = f"flow '{flow_id}'"
    content = data[flow_id]
    if not isinstance(content, Mapping) or not content:
        message = f"Flow '{flow_id}' can't be {quote(content)}."
        advice = "Write a map with 'description' and 'steps'."
        findings.error("invalid-value", location_of(data, flow_id), message, advice)
        return Flow(str(flow_id), "", (), location=place, unread=FLOW_KEYS)
    section = Section(content, name, findings)
    section.check_keys(FLOW_KEYS, unused=UNUSED_KEYS, unsupported=UNSUPPORTED_KEYS)
    _check_required(str(flow_id), section, place)
    unread = set(section.misspelt)

    def watched(key: str, read: Callable[[], _Read]) -> _Read:
        errors = findings.error_count
        value = read()
        if findings.error_count > errors:
            unread.add(key)
        return value

    flow = Flow(
        id=str(flow_id),
        description=section.text("description"),
        name=section.text("name"),
        guard=section.condition("if"),
        always_include_in_prompt=section.flag("always_include_in_prompt", False),
        nlu_triggers=watched("nlu_trigger", lambda: tuple(_triggers(section))),
        persisted_slots=tuple(_slot_names(section)),
        run_pattern_completed=section.flag("run_pattern_completed", True),
        steps=watched("steps", lambda: read_steps(section)),
        source=plain(content),
        location=place,
        places=dict(_places(section)),
    )
    if findings.error_count == before:
        return flow
    return replace(flow, unread=frozenset({*unread, *({"steps"} - section.data.keys()), "keys"}))


def _check_required(flow_id: str, section: Section, place: Location) -> None:
    findings = section.findings
    if "steps" not in section:
        message = f"Flow '{flow_id}' lacks 'steps'."
        findings.error("missing-key", place, message, "Write 'steps' and a list of steps.")
    if "description" not in section:
        message = f"Flow '{flow_id}' lacks 'description'."
        advice = "Write 'description' and a sentence that says what the flow is for."
        if flow_id.startswith(PATTERN_PREFIX):
            findings.warning("missing-description", place, message, advice)
        else:
            findings.error("missing-key", place, message, advice)


def _slot_names(section: Section) -> Iterator[str]:
    items = section.items("persisted_slots", "Write a list of slot names.", may_be_empty=True)
    for index, item in enumerate(items):
        if isinstance(item, str) and item:
            yield item
        else:
            message = f"'persisted_slots' of {section.name} can't hold {quote(item)}."
            place = location_of(items, index)
            section.findings.error("invalid-value", place, message, "Write the name of a slot.")


def _places(section: Section) -> Iterator[tuple[str, Location]]:
    if "if" in section:
        yield "if", section.at("if")
    names = section.data.get("persisted_slots")
    for index in range(len(names) if isinstance(names, list) else 0):
        yield f"persisted_slots.{index}", location_of(names, index)


def _triggers(section: Section) -> Iterator[NluTrigger]:
    advice = (
        "Write a list of '- intent: name' or "
        "'- intent: {name: name, confidence_threshold: 0.8}' items."
    )
    items = section.items("nlu_trigger", advice, may_be_empty=True)
    for index in range(len(items)):
        item = section.subsection(items, index, f"a trigger of {section.name}", advice)
        if item is None:
            continue
        item.check_keys({"intent"})
        if not item.require("intent", advice):
            continue
        intent = item.data["intent"]
        if not isinstance(intent, Mapping):
            if name := item.text("intent", advice):
                yield NluTrigger(name, location=item.at("intent"))
            continue
        details = Section(intent, f"an intent that triggers {section.name}", section.findings)
        details.check_keys({"name", "confidence_threshold"})
        details.require("name", "Write 'name' and the name of an intent.")
        name = details.text("name", "Write the name of an intent.")
        threshold = _threshold(details)
        if name:
            yield NluTrigger(name, threshold, details.at("name"))


def _threshold(section: Section) -> float:
    value = section.data.get("confidence_threshold", 0.0)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    section.invalid("confidence_threshold", "Write a number from 0 to 1.")
    return 0.0
