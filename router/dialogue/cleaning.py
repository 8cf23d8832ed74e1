"""Which of a turn's commands count: what can't apply is dropped, before anything moves."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from router.dialogue.commands import CancelFlow, CannotHandle, Command, SetSlot, StartFlow
from router.dialogue.frames import COLLECT
from router.dialogue.state import START, DialogueState, Frame
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.model import CollectStep

logger = logging.getLogger(__name__)

INVALID = CannotHandle(reason="cannot_handle_invalid_command")


def clean(commands: Sequence[Command], state: DialogueState, assistant: Assistant) -> list[Command]:
    """The commands that apply, in their order; at least one if no flow is active.

    Dropped: duplicates, a start of the active flow or of one whose guard is false, a slot
    nobody asks for or whose value doesn't change. What names an unknown slot, or may not
    fill one, and a cancel with nothing to cancel, becomes `cannot handle`, which is itself
    dropped beside commands that do something.
    """
    commands = _only_the_forced_slot(commands, state, assistant)
    wanted = _wanted_slots(commands, state, assistant)
    kept: list[Command] = []
    for command in commands:
        checked = _check(command, state, assistant, wanted)
        if checked is not None and checked not in kept:
            kept.append(checked)
    real = [command for command in kept if not isinstance(command, CannotHandle)]
    kept = real or kept[:1]
    return kept if kept or state.active_frame is not None else [CannotHandle()]


def asked_slot(state: DialogueState) -> str | None:
    """The slot the assistant is asking for, if it waits for an answer."""
    frame = state.top
    return str(frame.context.get("collect")) if frame and frame.type == COLLECT else None


def cancellable(state: DialogueState) -> Frame | None:
    """The user flow a `cancel flow` stops: from the top, the first that isn't a call.

    Flows started in this very turn don't count.
    """
    return next(
        (
            frame
            for frame in reversed(state.user_frames)
            if frame.frame_type != "call" and frame.step_id != START
        ),
        None,
    )


def is_startable(flow_id: str, state: DialogueState, assistant: Assistant) -> bool:
    """Whether a flow exists and its guard, if it has one, holds or it is active already."""
    flow = assistant.flow(flow_id)
    if flow is None:
        return False
    guard = flow.guard
    return (
        guard is None
        or any(frame.flow_id == flow_id for frame in state.user_frames)
        or guard.evaluate(state.slots, {}, assistant.categorical)
    )


def _check(
    command: Command, state: DialogueState, assistant: Assistant, wanted: frozenset[str]
) -> Command | None:
    if isinstance(command, StartFlow):
        return _check_start(command, state, assistant)
    if isinstance(command, SetSlot):
        return _check_set_slot(command, state, assistant, wanted)
    if isinstance(command, CancelFlow) and cancellable(state) is None:
        return INVALID
    return command


def _check_start(
    command: StartFlow, state: DialogueState, assistant: Assistant
) -> StartFlow | None:
    active = state.active_frame
    if active is not None and active.flow_id == command.flow:
        return None
    return command if is_startable(command.flow, state, assistant) else None


def _check_set_slot(
    command: SetSlot, state: DialogueState, assistant: Assistant, wanted: frozenset[str]
) -> Command | None:
    spec = assistant.slots.get(command.slot)
    if spec is None or not spec.accepts(command.source):
        return INVALID
    if command.slot == asked_slot(state):
        return command
    current = state.slots.get(command.slot)
    try:
        if current is not None or spec.coerce(command.value) == current:
            if current is not None:
                logger.debug("slot %s already has a value, which stays", command.slot)
            return None
    except InvalidSlotValue:
        return None
    return command if command.slot in wanted else None


def _wanted_slots(
    commands: Iterable[Command], state: DialogueState, assistant: Assistant
) -> frozenset[str]:
    """Slots that the active flow, or one started this turn, asks for."""
    flows = {
        command.flow
        for command in commands
        if isinstance(command, StartFlow) and is_startable(command.flow, state, assistant)
    }
    root = cancellable(state)
    if root is not None:
        flows.add(root.flow_id)
    return frozenset().union(*(assistant.collected_by(flow_id) for flow_id in flows))


def _only_the_forced_slot(
    commands: Sequence[Command], state: DialogueState, assistant: Assistant
) -> Sequence[Command]:
    """With `force_slot_filling`, a question listens to nothing but its answer."""
    frame = state.active_frame
    flow = assistant.flow(frame.flow_id) if frame else None
    step = flow.step(frame.step_id) if flow and frame else None
    if not isinstance(step, CollectStep) or not step.force_slot_filling:
        return commands
    return [c for c in commands if isinstance(c, SetSlot) and c.slot == step.slot]
