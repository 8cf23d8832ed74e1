"""A user's turn: from commands to a changed stack.

The order is fixed: a changed flow first, then the commands are cleaned, then pushed in
reverse, so that the first command ends on top. Each kind of command has one handler.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from router.dialogue.cleaning import FILLED_BY_NLU, cancellable, clean
from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Clarify,
    Command,
    CorrectSlots,
    ErrorCommand,
    HumanHandoff,
    Knowledge,
    RepeatBotMessages,
    Restart,
    SessionStart,
    SetSlot,
    SkipQuestion,
    StartFlow,
)
from router.dialogue.correction import push_correction
from router.dialogue.engine import advance, is_listening, step_past, successor
from router.dialogue.frames import (
    CANCEL,
    CANNOT_HANDLE,
    CHITCHAT,
    CLARIFICATION,
    CODE_CHANGE,
    COLLECT,
    CONTINUE,
    HUMAN_HANDOFF,
    INTERNAL_ERROR,
    REPEAT,
    RESTART,
    SEARCH,
    SESSION_START,
    SKIP_QUESTION,
    flow_frame,
    pattern_frame,
    readable_name,
)
from router.dialogue.slot_validation import with_refused
from router.dialogue.state import START, DialogueState, Frame
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.model import END

Handler = Callable[[Command, DialogueState, Assistant], DialogueState]


def begin_turn(
    state: DialogueState, commands: Sequence[Command], assistant: Assistant
) -> DialogueState:
    """The state after the user's `commands`, at the next action to take."""
    if _flow_changed(state, assistant) and not _is_at_work(CODE_CHANGE, state):
        return advance(state.push(pattern_frame(CODE_CHANGE)), assistant)
    state = without_done_pattern(state, assistant)
    cleaned = clean(commands, state, assistant)
    before = state.slots
    for command in reversed(cleaned):
        if isinstance(command, SetSlot):  # values first: what's pushed looks at them
            state = _set_slot(command, state, assistant)
    if is_listening(state, assistant):
        state = step_past(state, assistant)
    for command in reversed(cleaned):
        handler = HANDLERS.get(type(command))
        if handler is not None:
            state = handler(command, state, assistant)
    state = _noting_nlu(cleaned, state, assistant)
    return advance(with_refused(before, state, assistant), assistant)


def without_done_pattern(state: DialogueState, assistant: Assistant) -> DialogueState:
    """Without a pattern on top whose last step was to listen: now the user has spoken."""
    frame = state.top
    if frame is None or frame.is_user_flow or not is_listening(state, assistant):
        return state
    flow = assistant.flow(frame.flow_id)
    step = flow.step(frame.step_id) if flow else None
    is_last = step is None or successor(step, frame, state, assistant) == END
    return step_past(state, assistant).pop() if is_last else state


def _is_at_work(pattern: str, state: DialogueState) -> bool:
    return any(frame.flow_id == pattern for frame in state.stack)


def _flow_changed(state: DialogueState, assistant: Assistant) -> bool:
    for frame in state.user_frames:
        flow = assistant.flow(frame.flow_id)
        if flow is None or flow.fingerprint != frame.fingerprint:
            return True
    return False


def _set_slot(command: SetSlot, state: DialogueState, assistant: Assistant) -> DialogueState:
    spec = assistant.slots[command.slot]
    frame = state.top
    try:
        return state.with_slots({command.slot: spec.coerce(command.value)})
    except InvalidSlotValue:
        if frame is None or frame.type != COLLECT or frame.context.get("collect") != spec.name:
            return state
        return state.with_top(frame.with_context(rejected_type=spec.type))


def _noting_nlu(
    commands: Sequence[Command], state: DialogueState, assistant: Assistant
) -> DialogueState:
    """With a note, in each flow that asks for it, of the slots the NLU pipeline filled."""
    filled = {c.slot for c in commands if isinstance(c, SetSlot) and c.source == "nlu"}
    if not filled:
        return state

    def noted(frame: Frame) -> Frame:
        known = frame.context.get(FILLED_BY_NLU, ())
        own = {*known, *(filled & assistant.collected_by(frame.flow_id))}
        return frame.with_context(filled_by_nlu=sorted(own)) if own != set(known) else frame

    stack = tuple(noted(frame) if frame.is_user_flow else frame for frame in state.stack)
    return replace(state, stack=stack)


def _start(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    assert isinstance(command, StartFlow)
    lower = next((f for f in state.user_frames if f.flow_id == command.flow), None)
    if lower is not None:
        return _resume(state, lower, assistant)
    kind = "interrupt" if _in_progress(state) is not None else "regular"
    return state.push(flow_frame(assistant, command.flow, kind))


def _in_progress(state: DialogueState) -> Frame | None:
    """The active user flow, if it was started before this turn."""
    frame = state.active_frame
    return None if frame is None or frame.step_id == START else frame


def _resume(state: DialogueState, wanted: Frame, assistant: Assistant) -> DialogueState:
    """The frame and all that belongs to it (calls, its question) come to the top."""
    groups: list[list[Frame]] = []
    for frame in state.stack:
        if groups and (frame.frame_type == "call" or not frame.is_user_flow):
            groups[-1].append(frame)
        else:
            groups.append([frame])
    chosen = next(group for group in groups if wanted in group)
    others = [frame for group in groups if group is not chosen for frame in group]
    root = replace(chosen[0], frame_type="interrupt") if others else chosen[0]
    resumed = DialogueState((*others, root, *chosen[1:]), state.slots)
    if root.step_id == START:  # it was waiting for its turn: there is nothing to go on with
        return resumed
    name = readable_name(assistant, root.flow_id)
    return resumed.push(pattern_frame(CONTINUE, previous_flow_name=name))


def _cancel(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    frame = cancellable(state)
    if frame is None or any(f.context.get("canceled_frame") == frame.frame_id for f in state.stack):
        return state  # a pattern that asks whether to cancel is told so again
    name = readable_name(assistant, frame.flow_id)
    return state.push(pattern_frame(CANCEL, canceled_name=name, canceled_frame=frame.frame_id))


def _clarify(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    assert isinstance(command, Clarify)
    names = [readable_name(assistant, flow_id) for flow_id in command.options]
    flow_ids = [*command.options]
    return state.push(pattern_frame(CLARIFICATION, names=names, flow_ids=flow_ids))


def _cannot_handle(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    assert isinstance(command, CannotHandle)
    return state.push(pattern_frame(CANNOT_HANDLE, reason=command.reason))


def _error(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
    assert isinstance(command, ErrorCommand)
    frame = pattern_frame(INTERNAL_ERROR, error_type=command.error_type, info=dict(command.info))
    return state.push(frame)


def _pushing(pattern: str) -> Handler:
    """The handler of a command that says nothing but which pattern runs.

    One that asks a question of its own at the moment just asks it again.
    """

    def push(command: Command, state: DialogueState, assistant: Assistant) -> DialogueState:
        asks = len(state.stack) > 1 and state.stack[-1].type == COLLECT
        if asks and state.stack[-2].flow_id == pattern:
            return state
        return state.push(pattern_frame(pattern))

    return push


HANDLERS: dict[type[Command], Handler] = {
    StartFlow: _start,
    CancelFlow: _cancel,
    CorrectSlots: push_correction,
    Clarify: _clarify,
    ChitChat: _pushing(CHITCHAT),
    Knowledge: _pushing(SEARCH),
    SkipQuestion: _pushing(SKIP_QUESTION),
    HumanHandoff: _pushing(HUMAN_HANDOFF),
    RepeatBotMessages: _pushing(REPEAT),
    CannotHandle: _cannot_handle,
    ErrorCommand: _error,
    SessionStart: _pushing(SESSION_START),
    Restart: _pushing(RESTART),
}
