"""The flow engine: from one point where something must happen outside to the next.

A stored state always stands at such a point: its stack is empty, or the top frame is at
an action step (`action_listen` means waiting for the user). `advance` brings any state
there; it does no I/O and gives the same result for the same input.
Semantics: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from router.dialogue.frames import (
    COLLECT,
    COMPLETED,
    CONTINUE,
    INTERNAL_ERROR,
    collect_frame,
    flow_frame,
    pattern_frame,
    readable_name,
)
from router.dialogue.slot_validation import with_refused
from router.dialogue.state import START, DialogueState, Frame
from router.dialogue.trace import note_cancelled, note_left, note_started
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION
from router.flows.model import (
    END,
    ActionStep,
    CallStep,
    CollectStep,
    Flow,
    LinkStep,
    SetSlotsStep,
    Step,
)

LISTEN = "action_listen"
RUN_REJECTIONS = "action_run_slot_rejections"
VALIDATE_PREFIX = "validate_"
MAX_STEPS = 250

_CONTEXT_VALUE = re.compile(r"{{\s*context\.(\w+)\s*}}")


def pending_action(state: DialogueState, assistant: Assistant) -> str | None:
    """The name of the action the state stands at; None with an empty stack."""
    frame = state.top
    if frame is None:
        return None
    flow = assistant.flow(frame.flow_id)
    step = flow.step(frame.step_id) if flow else None
    return _action_name(step, frame) if isinstance(step, ActionStep) else None


def is_listening(state: DialogueState, assistant: Assistant) -> bool:
    """Whether the state waits for the user in the middle of a flow."""
    return pending_action(state, assistant) == LISTEN


def resumed(before: DialogueState, now: DialogueState, assistant: Assistant) -> DialogueState:
    """On from the action at which `before` stood and which left the state `now`.

    An action may have moved the stack itself (a cancel, a correction): then that counts.
    """
    past = step_past(now, assistant) if _place(before) == _place(now) else now
    return advance(with_refused(before.slots, past, assistant), assistant)


def _place(state: DialogueState) -> tuple[str, str, str] | None:
    frame = state.top
    return (frame.frame_id, frame.flow_id, frame.step_id) if frame else None


def step_past(state: DialogueState, assistant: Assistant) -> DialogueState:
    """The top frame leaves the step it stands at; what comes next isn't run yet."""
    frame = state.top
    flow = assistant.flow(frame.flow_id) if frame else None
    step = flow.step(frame.step_id) if flow and frame else None
    if frame is None or step is None:
        return state
    return _left(step, state, assistant)


def advance(state: DialogueState, assistant: Assistant) -> DialogueState:
    """On to the next action, the next question, or an empty stack.

    More than 250 steps on the way end in `pattern_internal_error` on a clean stack.
    """
    for _ in range(MAX_STEPS + 1):
        frame = state.top
        if frame is None:
            return state
        flow = assistant.flow(frame.flow_id)
        if flow is None:  # the flow was removed from the files since
            state = _drop_vanished(state, assistant)
            continue
        step_id = flow.steps[0].id if frame.step_id == START else frame.step_id
        step = flow.step(step_id)
        if step is None:  # END, or a step a newer version of the flow doesn't have
            state = _end_top(state, flow, assistant)
            continue
        if frame.step_id != step_id:
            note_started(frame)
            state = state.with_top(frame.at(step_id))
        if isinstance(step, ActionStep) and not _is_skipped(step, state, assistant):
            return state
        state = _run(step, state, assistant)
    return failed(state, assistant, "too_many_steps")


def failed(state: DialogueState, assistant: Assistant, reason: str) -> DialogueState:
    """A clean stack with `pattern_internal_error` on it; the flows' slots are reset.

    If that pattern is what failed, the stack stays empty.
    """
    clean = without_flows(state, assistant)
    if any(frame.flow_id == INTERNAL_ERROR for frame in state.stack):
        return clean
    error = pattern_frame(INTERNAL_ERROR, error_type=reason)
    return advance(clean.push(error), assistant)


def without_flows(state: DialogueState, assistant: Assistant) -> DialogueState:
    """An empty stack; slots of the flows that were on it are back at their initial value."""
    note_cancelled(state.stack)
    for frame in state.stack:
        state = _reset_slots(state, frame.flow_id, assistant)
    return DialogueState(stack=(), slots=state.slots)


def needs_rejections(frame: Frame) -> bool:
    """Whether a collect frame has anything an answer could be refused for."""
    return bool(frame.context.get("rejections") or frame.context.get("rejected_type"))


def _run(step: Step, state: DialogueState, assistant: Assistant) -> DialogueState:
    """Does one step that needs nothing from outside."""
    if isinstance(step, CollectStep):
        return _collect(step, state, assistant)
    if isinstance(step, CallStep):
        return state.push(flow_frame(assistant, step.flow, "call"))
    if isinstance(step, LinkStep):
        return _link(step, state, assistant)
    after = state
    if isinstance(step, SetSlotsStep):
        after = state.with_slots(_coerced(dict(step.values), assistant))
    after = _left(step, after, assistant)
    return with_refused(state.slots, after, assistant)


def _collect(step: CollectStep, state: DialogueState, assistant: Assistant) -> DialogueState:
    if step.ask_before_filling:
        return state.with_slots({step.slot: None}).push(collect_frame(step, assistant))
    if state.slots.get(step.slot) is None or _has_checks(step, assistant):
        return state.push(collect_frame(step, assistant))
    return _left(step, state, assistant)


def _has_checks(step: CollectStep, assistant: Assistant) -> bool:
    spec = assistant.slots.get(step.slot)
    validated = bool(spec and spec.rejections)
    return (
        bool(step.rejections) or validated or f"{VALIDATE_PREFIX}{step.slot}" in assistant.actions
    )


def _link(step: LinkStep, state: DialogueState, assistant: Assistant) -> DialogueState:
    """The linking flow ends; what the other collects too keeps its value."""
    frame = state.stack[-1]
    note_left(frame, step.id)
    kept = assistant.collected_by(step.flow)
    state = _reset_slots(state, frame.flow_id, assistant, kept)
    return state.pop().push(flow_frame(assistant, step.flow, "link"))


def _end_top(state: DialogueState, flow: Flow, assistant: Assistant) -> DialogueState:
    """The top frame is done: off the stack, and what follows from that."""
    frame = state.stack[-1]
    state = state.pop()
    if frame.type == COLLECT:
        return _answered(state, frame, assistant)
    if frame.frame_type == "call":  # its slots belong to the caller
        return step_past(state, assistant)
    state = _reset_slots(state, frame.flow_id, assistant)
    return _after_flow(state, flow, assistant) if frame.is_user_flow else state


def cancelled(state: DialogueState, assistant: Assistant, frame_id: str) -> DialogueState:
    """Without the user flow in frame `frame_id` and all it had under way.

    Its slots are reset. Frames put above it in the same turn stay: a flow started along
    with the cancelling, and the pattern that says so.
    """
    index = next((i for i, f in enumerate(state.stack) if f.frame_id == frame_id), None)
    if index is None:
        return state
    frame, above = state.stack[index], state.stack[index + 1 :]
    kept = tuple(f for i, f in enumerate(above) if _is_new(f) or i == len(above) - 1)
    note_cancelled((frame, *(f for f in above if f not in kept)))
    flow = assistant.flow(frame.flow_id)
    below = _reset_slots(DialogueState(state.stack[:index], state.slots), frame.flow_id, assistant)
    if flow is not None and frame.is_user_flow and len(kept) < 2:
        below = _after_flow(below, flow, assistant)
    return DialogueState((*below.stack, *kept), below.slots)


def _is_new(frame: Frame) -> bool:
    return frame.is_user_flow and frame.step_id == START


def _after_flow(state: DialogueState, flow: Flow, assistant: Assistant) -> DialogueState:
    """What is said once a user flow is over, if anything.

    What waits below at its own start wasn't interrupted: it begins, and speaks for itself.
    """
    live = [frame for frame in state.user_frames if frame.step_id != END]
    if live and state.stack[-1].step_id != START:
        # What a called flow does is for its caller, which is the one the user knows.
        root = next((f for f in reversed(live) if f.frame_type != "call"), live[-1])
        name = readable_name(assistant, root.flow_id)
        return state.push(pattern_frame(CONTINUE, previous_flow_name=name))
    if not state.stack and flow.run_pattern_completed:
        return state.push(pattern_frame(COMPLETED, previous_flow_name=flow.readable_name))
    return state


def _answered(state: DialogueState, done: Frame, assistant: Assistant) -> DialogueState:
    """A question is over: the flow goes on if that is what it waited for, and it has a value."""
    frame, slot = state.top, str(done.context.get("collect"))
    flow = assistant.flow(frame.flow_id) if frame else None
    step = flow.step(frame.step_id) if flow and frame else None
    asked = isinstance(step, CollectStep) and step.slot == slot
    return step_past(state, assistant) if asked and state.slots.get(slot) is not None else state


def _drop_vanished(state: DialogueState, assistant: Assistant) -> DialogueState:
    frame = state.stack[-1]
    dropped = state.pop()
    return step_past(dropped, assistant) if frame.frame_type == "call" else dropped


def successor(step: Step, frame: Frame, state: DialogueState, assistant: Assistant) -> str:
    """The id of the step after `step`, or `END`: the first branch whose condition holds."""
    index = _branch(step, frame, state, assistant)
    return END if index is None else step.next[index].target


def _branch(step: Step, frame: Frame, state: DialogueState, assistant: Assistant) -> int | None:
    for index, branch in enumerate(step.next):
        if branch.condition is None or branch.condition.evaluate(
            state.slots, frame.context, assistant.categorical
        ):
            return index
    return None


def _left(step: Step, state: DialogueState, assistant: Assistant) -> DialogueState:
    """The top frame, which is at `step`, goes on to the one after it."""
    frame = state.stack[-1]
    index = _branch(step, frame, state, assistant)
    target = END if index is None else step.next[index].target
    chosen = -1 if index is None or len(step.next) == 1 else index
    note_left(frame, step.id, chosen, target)
    return state.with_top(frame.at(target))


def _is_skipped(step: ActionStep, state: DialogueState, assistant: Assistant) -> bool:
    """Whether an action step has nothing to do here.

    Patterns name what may exist (`validate_<slot>`, one of two ways to ask): what doesn't
    is passed over, as are the checks of an answer while there is none.
    """
    frame = state.stack[-1]
    name = _action_name(step, frame)
    if frame.type != COLLECT or name == LISTEN:
        return False
    answer = state.slots.get(str(frame.context.get("collect")))
    if name == RUN_REJECTIONS and name not in assistant.actions:
        rejected = frame.context.get("rejected_type")
        return not rejected and (answer is None or not needs_rejections(frame))
    exists = (
        name in assistant.actions
        or name in assistant.responses
        or name in DEFAULT_FLOW_ACTIONS
        or name == RESET_ACTION
    )
    return not exists or (name.startswith(VALIDATE_PREFIX) and answer is None)


def _action_name(step: ActionStep, frame: Frame) -> str:
    parts = _parts(step.action)
    if len(parts) == 1:
        return step.action
    context = frame.context
    return "".join(str(context.get(p, "")) if i % 2 else p for i, p in enumerate(parts))


@lru_cache(maxsize=4096)
def _parts(action: str) -> list[str]:
    """Text and names of context values in turn; only the text if it has none."""
    return _CONTEXT_VALUE.split(action)


def _reset_slots(
    state: DialogueState,
    flow_id: str,
    assistant: Assistant,
    kept: frozenset[str] = frozenset(),
) -> DialogueState:
    names = assistant.reset_with(flow_id) - kept
    return state.with_slots({name: assistant.initial_value(name) for name in names})


def _coerced(values: dict[str, Any], assistant: Assistant) -> dict[str, Any]:
    """Literals of a flow in the slots' types; those that don't fit stay as written."""
    for name, value in values.items():
        spec = assistant.slots.get(name)
        if spec is not None:
            try:
                values[name] = spec.coerce(value)
            except InvalidSlotValue:
                continue
    return values
