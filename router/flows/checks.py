"""Checks of flows against each other and against the domain, before they are trained."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from router.errors import Location, Problem
from router.flows.call_cycles import call_cycles, call_step
from router.flows.conditions import Condition
from router.flows.model import (
    PATTERN_PREFIX,
    ActionStep,
    CallStep,
    CollectStep,
    Flow,
    LinkStep,
    SetSlotsStep,
)
from router.flows.reading import NOT_OFFERED_PATTERNS
from router.flows.slots import RESERVED_SLOTS
from router.flows.spelling import did_you_mean

__all__ = ["CONTEXT_VALUE", "NOT_OFFERED_ACTIONS", "Known", "check_flows"]

PATTERNS = frozenset(
    PATTERN_PREFIX + name
    for name in (
        "cancel_flow",
        "cannot_handle",
        "chitchat",
        "clarification",
        "code_change",
        "collect_information",
        "completed",
        "continue_interrupted",
        "correction",
        "human_handoff",
        "internal_error",
        "repeat_bot_messages",
        "restart",
        "search",
        "session_start",
        "skip_question",
    )
)
LINKABLE_PATTERNS = frozenset({"pattern_human_handoff", "pattern_search"})
LINKABLE_FROM_PATTERNS = LINKABLE_PATTERNS | {"pattern_chitchat"}
TRIGGERED_PATTERNS = frozenset(
    PATTERN_PREFIX + name
    for name in (
        "cancel_flow",
        "cannot_handle",
        "chitchat",
        "restart",
        "search",
        "session_start",
        "skip_question",
    )
)
#: Default actions that flows may run elsewhere -> what to do here.
NOT_OFFERED_ACTIONS: Mapping[str, str] = {
    "action_hangup": "Remove it: no channel here ends a call.",
    "action_trigger_chitchat": "Write a response or a custom action that makes small talk.",
    "action_trigger_search": "Write a custom action that searches, or a response.",
}
#: What stands for a value that a pattern was started with; nothing else is put in.
CONTEXT_VALUE = re.compile(r"{{\s*(context\.\w+)\s*}}")
_TEMPLATE = "{{"
_NAMESPACE = "slots."


@dataclass(frozen=True)
class Known:
    """The names that flows may use.

    `slots` maps a slot's name to its type, `actions` has the default actions too, and
    `patterns` the ids of the default patterns.
    """

    slots: Mapping[str, str]
    actions: frozenset[str]
    responses: frozenset[str]
    intents: frozenset[str]
    patterns: frozenset[str]


def check_flows(flows: Mapping[str, Flow], known: Known) -> list[Problem]:
    """What is wrong between flows, and with the names they use: links, calls, triggers.

    Of a flow that can't be read in full only what its errors don't explain is told.
    """
    problems: list[Problem] = []
    for flow in flows.values():
        problems += _flow_problems(flow, flows, known)
        problems += _call_problems(flow, flows, known)
    problems += _cycle_problems(flows)
    problems += _trigger_problems(flows, known)
    return problems


def _flow_problems(flow: Flow, flows: Mapping[str, Flow], known: Known) -> Iterator[Problem]:
    yield from _condition_problems(flow.guard, flow.place("if"), flow, known)
    if flow.is_pattern and flow.id not in PATTERNS:
        message = f"There is no pattern '{flow.id}': nothing would start it."
        advice = did_you_mean(flow.id, PATTERNS, "Call it otherwise: pattern_ is reserved.")
        yield Problem(flow.location, "unknown-pattern", message, advice, is_warning=True)
    for step in flow.steps:
        for branch in step.next:
            yield from _condition_problems(branch.condition, branch.location, flow, known)
        if isinstance(step, CollectStep):
            yield from _collect_problems(step, flow, known)
        elif isinstance(step, ActionStep):
            yield from _action_problems(step, flow, known)
        elif isinstance(step, SetSlotsStep):
            for name, _, place in step.placed_values():
                yield from _change_problems(name, place, flow, known)
        elif isinstance(step, LinkStep):
            yield from _link_problems(step, flow, flows, known)
    yield from _persistence_problems(flow, flows, known)


def _slot_problems(name: str, place: Location, flow: Flow, known: Known) -> Iterator[Problem]:
    if name not in known.slots:
        message = f"Flow '{flow.id}' uses the slot '{name}', which isn't in the domain."
        advice = did_you_mean(name, known.slots, "Add it to the domain's slots.")
        yield Problem(place, "unknown-slot", message, advice)


def _change_problems(name: str, place: Location, flow: Flow, known: Known) -> Iterator[Problem]:
    if name in RESERVED_SLOTS:
        message = f"Flow '{flow.id}' can't change '{name}': only routing itself does."
        yield Problem(place, "reserved-slot", message, "Use a slot of your own.")
    else:
        yield from _slot_problems(name, place, flow, known)


def _condition_problems(
    condition: Condition | None, place: Location, flow: Flow, known: Known
) -> Iterator[Problem]:
    for name in sorted(condition.names if condition else ()):
        if name.startswith(_NAMESPACE):
            slot = name.removeprefix(_NAMESPACE).split(".")[0]
            yield from _slot_problems(slot, place, flow, known)


def _action_problems(step: ActionStep, flow: Flow, known: Known) -> Iterator[Problem]:
    name = step.action
    is_template = _TEMPLATE in name and _TEMPLATE not in CONTEXT_VALUE.sub("", name)
    if is_template or name in known.actions or name in known.responses:
        return
    if name in NOT_OFFERED_ACTIONS:
        message = f"Flow '{flow.id}' runs '{name}', which isn't part of this package."
        yield Problem(step.location, "not-offered", message, NOT_OFFERED_ACTIONS[name])
    else:
        message = f"Flow '{flow.id}' runs '{name}', which isn't an action or a response."
        advice = did_you_mean(
            name, known.actions | known.responses, "Add it to the domain's actions or responses."
        )
        yield Problem(step.location, "unknown-action", message, advice)


def _collect_problems(step: CollectStep, flow: Flow, known: Known) -> Iterator[Problem]:
    for rejection in step.rejections:
        yield from _condition_problems(rejection.condition, rejection.location, flow, known)
        utter = rejection.utter
        if utter and _TEMPLATE not in utter and utter not in known.responses:
            message = f"A rejection of '{step.slot}' utters '{utter}', which isn't a response."
            advice = did_you_mean(utter, known.responses, "Add it to the domain's responses.")
            yield Problem(rejection.utter_location, "unknown-response", message, advice)
    if step.slot not in known.slots or step.slot in RESERVED_SLOTS:
        yield from _change_problems(step.slot, step.location, flow, known)
        return
    if known.slots[step.slot] == "list":
        message = f"The slot '{step.slot}' is a list, which a flow can't collect."
        advice = "Collect a slot of another type, or fill the list by a custom action."
        yield Problem(step.location, "list-slot", message, advice)
    has_response, has_action = step.utter in known.responses, step.ask_action in known.actions
    if has_response and has_action:
        message = f"Both '{step.utter}' and '{step.ask_action}' could ask for '{step.slot}'."
        yield Problem(
            step.location, "collect-with-two-questions", message, "Remove one from the domain."
        )
    elif step.utter and not has_response and not has_action and _TEMPLATE not in step.utter:
        message = f"Nothing asks for '{step.slot}': the domain has no '{step.utter}'."
        advice = f"Add the response '{step.utter}' or the action '{step.ask_action}'."
        yield Problem(step.location, "collect-without-question", message, advice)


def _persistence_problems(flow: Flow, flows: Mapping[str, Flow], known: Known) -> Iterator[Problem]:
    if not flow.persisted_slots:
        return
    unused = _unused_slots(flow, flows)
    for index, name in enumerate(flow.persisted_slots):
        place = flow.place(f"persisted_slots.{index}")
        if name not in known.slots:
            yield from _slot_problems(name, place, flow, known)
        elif name in unused:
            message = f"Flow '{flow.id}' persists '{name}', but never collects or sets it."
            advice = "Remove it from 'persisted_slots'."
            yield Problem(place, "persisted-slot-unused", message, advice, is_warning=True)


def _unused_slots(flow: Flow, flows: Mapping[str, Flow]) -> frozenset[str]:
    """The persisted slots that neither the flow nor one it calls collects or sets.

    None if one of these flows isn't there or can't be read in full.
    """
    unused = frozenset(flow.persisted_slots)
    seen: set[str] = set()
    waiting = [flow.id]
    while waiting and unused:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current not in flows or "steps" in flows[current].unread:
            return frozenset()
        unused -= flows[current].collected_slots | flows[current].set_slots
        waiting += flows[current].called_flows
    return unused


def _link_problems(
    step: LinkStep, flow: Flow, flows: Mapping[str, Flow], known: Known
) -> Iterator[Problem]:
    allowed = LINKABLE_FROM_PATTERNS if flow.is_pattern else LINKABLE_PATTERNS
    if not _exists(step.flow, flows, known):
        yield _unknown_flow(step, flow, flows, "links to")
    elif step.flow.startswith(PATTERN_PREFIX) and step.flow not in allowed:
        message = f"Flow '{flow.id}' can't link to '{step.flow}'."
        advice = f"Patterns it may link to: {', '.join(sorted(allowed))}."
        yield Problem(step.location, "forbidden-link", message, advice)


def _call_problems(flow: Flow, flows: Mapping[str, Flow], known: Known) -> Iterator[Problem]:
    for step in flow.steps:
        if not isinstance(step, CallStep):
            continue
        if not _exists(step.flow, flows, known):
            yield _unknown_flow(step, flow, flows, "calls")
        elif step.flow.startswith(PATTERN_PREFIX):
            message = f"Flow '{flow.id}' calls '{step.flow}', and patterns can't be called."
            yield Problem(step.location, "forbidden-call", message, "Call a flow of your own.")
        else:
            for link in flows[step.flow].steps if step.flow in flows else ():
                if isinstance(link, LinkStep):
                    message = (
                        f"Flow '{flow.id}' calls '{step.flow}', which links to '{link.flow}' "
                        f"at {link.location} and so would never come back."
                    )
                    advice = "Replace that 'link' by a 'call', or this 'call' by a 'link'."
                    yield Problem(step.location, "link-in-called-flow", message, advice)


def _exists(flow_id: str, flows: Mapping[str, Flow], known: Known) -> bool:
    return flow_id in flows or flow_id in known.patterns or flow_id in NOT_OFFERED_PATTERNS


def _unknown_flow(
    step: LinkStep | CallStep, flow: Flow, flows: Mapping[str, Flow], verb: str
) -> Problem:
    message = f"Flow '{flow.id}' {verb} '{step.flow}', which isn't a flow."
    targets = {*flows, *(LINKABLE_PATTERNS if isinstance(step, LinkStep) else ())}
    advice = did_you_mean(step.flow, targets, "Write the id of a flow.")
    return Problem(step.location, "unknown-flow", message, advice)


def _cycle_problems(flows: Mapping[str, Flow]) -> Iterator[Problem]:
    for cycle in call_cycles(flows):
        step = call_step(flows[cycle[0]], cycle[1])
        message = f"These flows call each other in a circle: {' -> '.join(cycle)}."
        advice = "Remove one of the calls, or go on with a 'link'."
        yield Problem(step.location, "call-cycle", message, advice)


def _trigger_problems(flows: Mapping[str, Flow], known: Known) -> Iterator[Problem]:
    first: dict[str, tuple[Flow, Location]] = {}
    for flow in flows.values():
        if flow.nlu_triggers and flow.is_pattern and flow.id not in TRIGGERED_PATTERNS:
            place = flow.nlu_triggers[0].location
            message = f"No intent can start '{flow.id}': it is part of what flows do."
            advice = f"Patterns with triggers: {', '.join(sorted(TRIGGERED_PATTERNS))}."
            yield Problem(place, "forbidden-trigger", message, advice)
        for trigger in flow.nlu_triggers:
            intent, place = trigger.intent, trigger.location
            if intent not in known.intents:
                message = f"Flow '{flow.id}' is triggered by '{intent}', which isn't an intent."
                advice = did_you_mean(intent, known.intents, "Add it to the domain's intents.")
                yield Problem(place, "unknown-intent", message, advice)
            other, first_place = first.setdefault(intent, (flow, place))
            if other is not flow:
                message = (
                    f"The intent '{intent}' triggers two flows: '{other.id}' at "
                    f"{first_place} and '{flow.id}'."
                )
                advice = "Let it trigger one, which can branch or link."
                yield Problem(place, "trigger-conflict", message, advice)
