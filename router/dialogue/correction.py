"""Corrections: an answer given earlier changes, and the flow goes back to where it counts.

Semantics: https://rasa.com/docs/pro/build/conversation-patterns (pattern_correction)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from router.dialogue.cleaning import active_root
from router.dialogue.commands import Command, CorrectSlots
from router.dialogue.engine import successor
from router.dialogue.frames import CORRECTION, collect_frame, pattern_frame
from router.dialogue.state import START, DialogueState, Frame
from router.flows.assistant import Assistant
from router.flows.model import CallStep, CollectStep, Flow, Step


def push_correction(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    """The pattern that says so, with the slots' new values; nothing is changed yet.

    `is_reset_only`: there are no new values to speak of, because the questions are asked
    again anyway (`ask_before_filling`) or the answers are taken back.
    """
    assert isinstance(command, CorrectSlots)
    frame = active_root(state)
    if frame is None:
        return state
    values = dict(command.corrected_slots)
    questions = _questions(frame.flow_id, assistant)
    asked_again = {step.slot for step in questions if step.ask_before_filling}
    reset_only = all(value is None or name in asked_again for name, value in values.items())
    context = {
        "corrected_slots": values,
        "new_slot_values": list(values.values()),
        "is_reset_only": reset_only,
        "corrected_frame": frame.frame_id,
        "rejected": list(command.rejected) or None,
    }
    return state.push(pattern_frame(CORRECTION).with_context(**context))


def corrected(state: DialogueState, assistant: Assistant) -> DialogueState:
    """The values of the correction on top, and its flow back at the earliest step they touch.

    What a flow it had called was doing is dropped with the way back; flows that wait above
    it for their turn stay. An answer given ahead of its question leads nowhere back. Where
    a value will be refused there is no change to speak of: the correction is over.
    """
    top = state.stack[-1]
    values: Mapping[str, Any] = top.context.get("corrected_slots") or {}
    if top.context.get("is_reset_only"):
        values = dict.fromkeys(values)
    root = _index(state, str(top.context.get("corrected_frame")))
    if root is None:
        return state
    slots = state.with_slots(values).slots
    refused = _is_refused(values, state.stack[root].flow_id, slots, assistant)
    last = () if refused else (top,)
    for index in range(root, len(state.stack) - 1):
        frame = state.stack[index]
        if index > root and frame.frame_type != "call":
            continue
        target = _earliest(frame, frozenset(values), state, assistant)
        if target is not None:
            above = state.stack[index + 1 : -1]
            kept = (f for f in above if f.is_user_flow and f.step_id == START)
            asking = _asking_again(frame, target, top, assistant)
            back = (*state.stack[:index], frame.at(target), *asking)
            return DialogueState((*back, *kept, *last), slots)
    return DialogueState((*state.stack[:-1], *last), slots)


def _asking_again(
    frame: Frame, step_id: str, correction: Frame, assistant: Assistant
) -> tuple[Frame, ...]:
    """The question of the step, if the new answer to it couldn't be read: it says so first."""
    flow = assistant.flow(frame.flow_id)
    step = flow.step(step_id) if flow else None
    if not isinstance(step, CollectStep) or step.slot not in correction.context.get("rejected", ()):
        return ()
    kind = assistant.slots[step.slot].type
    question = collect_frame(step, assistant).with_context(rejected_type=kind)
    return (question.changed(frame_id=str(int(correction.frame_id) + 1)),)


def _is_refused(
    names: Iterable[str], flow_id: str, slots: Mapping[str, Any], assistant: Assistant
) -> bool:
    """Whether a question of the flow, or a slot's own validation, takes none of the values."""
    conditions = [
        rejection.condition
        for step in _questions(flow_id, assistant)
        if step.slot in names
        for rejection in step.rejections
    ]
    conditions += [check for name in names for check, _ in assistant.slots[name].checks]
    return any(condition.evaluate(slots, {}, assistant.categorical) for condition in conditions)


def _earliest(
    frame: Frame, names: frozenset[str], state: DialogueState, assistant: Assistant
) -> str | None:
    """The first step on the frame's way so far that asks for one of the slots."""
    flow = assistant.flow(frame.flow_id)
    if flow is None:
        return None
    for step in _way_to(flow, frame, state, assistant):
        asked = {step.slot} if isinstance(step, CollectStep) else frozenset[str]()
        if isinstance(step, CallStep):
            asked = assistant.collected_by(step.flow)
        if names & asked:
            return step.id
    return None


def _way_to(flow: Flow, frame: Frame, state: DialogueState, assistant: Assistant) -> list[Step]:
    """The steps that lead to where the frame stands, by what the slots say now.

    Where they lead elsewhere by now (an action changed a slot), all steps written before.
    """
    way: list[Step] = []
    step: Step | None = flow.steps[0]
    while step is not None and step.id != frame.step_id and step not in way:
        way.append(step)
        step = flow.step(successor(step, frame, state, assistant))
    if step is not None and step.id == frame.step_id:
        return way
    ids = [step.id for step in flow.steps]
    return list(flow.steps[: ids.index(frame.step_id)]) if frame.step_id in ids else []


def _questions(flow_id: str, assistant: Assistant) -> list[CollectStep]:
    """The collect steps of the flow and of those it calls."""
    seen, waiting = [flow_id], [flow_id]
    found: list[CollectStep] = []
    while waiting:
        flow = assistant.flow(waiting.pop())
        if flow is not None:
            found += flow.collects
            new = [called for called in flow.called_flows if called not in seen]
            seen, waiting = seen + new, waiting + new
    return found


def _index(state: DialogueState, frame_id: str) -> int | None:
    return next((i for i, f in enumerate(state.stack) if f.frame_id == frame_id), None)
