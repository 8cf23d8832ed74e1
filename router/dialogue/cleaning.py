"""Which of a turn's commands count: what can't apply is dropped, before anything moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    Clarify,
    Command,
    CorrectSlots,
    ErrorCommand,
    Restart,
    SessionStart,
    SetSlot,
    StartFlow,
)
from router.dialogue.frames import COLLECT
from router.dialogue.state import START, DialogueState, Frame
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.model import PATTERN_PREFIX, CollectStep
from router.flows.slots import SlotSpec

INVALID = CannotHandle(reason="cannot_handle_invalid_command")
_NEVER_DROPPED = (ErrorCommand, Restart, SessionStart)
FILLED_BY_NLU = "filled_by_nlu"  # key of a user flow's context: slots that commands may not correct


def clean(commands: Sequence[Command], state: DialogueState, assistant: Assistant) -> list[Command]:
    """The commands that apply, in their order; at least one if no flow is active.

    Dropped: duplicates, a start of the active flow or of one whose guard is false, a slot
    nobody asks for or whose value doesn't change. An answer given before becomes one
    correction for the turn. What names an unknown slot, or may not fill one, and a cancel
    with nothing to cancel, becomes `cannot handle`, which is itself dropped beside commands
    that do something; so is a clarification, which with one flow left is that flow's start.
    """
    commands = _only_the_forced_slot(_single_slots(commands), state, assistant)
    wanted = _wanted_slots(commands, state, assistant)
    by_nlu = {c.slot for c in commands if isinstance(c, SetSlot) and c.source == "nlu"}
    kept: list[Command] = []
    for command in commands:
        if isinstance(command, SetSlot) and command.source == "llm" and command.slot in by_nlu:
            continue  # of the two, the NLU pipeline's value counts
        checked = _check(command, state, assistant, wanted)
        if checked is not None and checked not in kept:
            kept.append(checked)
    kept = _one_correction(kept)
    for weak in (CannotHandle, Clarify):
        strong = [command for command in kept if not isinstance(command, weak)]
        kept = strong or kept[:1]
    return kept if kept or state.active_frame is not None else [CannotHandle()]


def asked_slot(state: DialogueState) -> str | None:
    """The slot the assistant is asking for, if it waits for an answer."""
    frame = state.top
    return str(frame.context.get("collect")) if frame and frame.type == COLLECT else None


def active_root(state: DialogueState) -> Frame | None:
    """The user flow in progress that answers, corrections and a cancel are about.

    From the top, the first that isn't a call; flows started in this very turn don't count.
    """
    return next(
        (
            frame
            for frame in reversed(state.user_frames)
            if frame.frame_type != "call" and frame.step_id != START
        ),
        None,
    )


def cancellable(state: DialogueState) -> Frame | None:
    """What a `cancel flow` stops: the flow in progress, else a pattern that asks a question."""
    root = active_root(state)
    if root is not None or asked_slot(state) is None:
        return root
    return next((f for f in state.stack if not f.is_user_flow and f.type != COLLECT), None)


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
    if isinstance(command, Clarify):
        return _check_clarify(command, state, assistant)
    if isinstance(command, CancelFlow) and cancellable(state) is None:
        return INVALID
    return command


def _check_start(
    command: StartFlow, state: DialogueState, assistant: Assistant
) -> StartFlow | None:
    active = (state.active_frame, active_root(state))  # a called flow, and the one that called
    if any(frame is not None and frame.flow_id == command.flow for frame in active):
        return None
    return command if is_startable(command.flow, state, assistant) else None


def _check_clarify(command: Clarify, state: DialogueState, assistant: Assistant) -> Command | None:
    valid = tuple(
        option
        for option in dict.fromkeys(command.options)
        if is_startable(option, state, assistant) and not option.startswith(PATTERN_PREFIX)
    )
    if len(valid) == 1:
        return _check_start(StartFlow(valid[0]), state, assistant)
    return Clarify(valid) if valid else INVALID


def _check_set_slot(
    command: SetSlot, state: DialogueState, assistant: Assistant, wanted: frozenset[str]
) -> Command | None:
    spec = assistant.slots.get(command.slot)
    if spec is None or not spec.accepts(command.source):
        return INVALID
    if command.slot == asked_slot(state):
        return command
    if command.slot not in wanted:
        return None
    current = state.slots.get(command.slot)
    try:
        value = spec.coerce(command.value)
    except InvalidSlotValue:
        if current is None:
            return None
        changed = _changed(command, None, spec, state, assistant)
        return (
            replace(changed, rejected=(spec.name,)) if isinstance(changed, CorrectSlots) else None
        )
    if type(value) is type(current) and value == current:
        return None
    return command if current is None else _changed(command, value, spec, state, assistant)


def _changed(
    command: SetSlot, value: Any, spec: SlotSpec, state: DialogueState, assistant: Assistant
) -> Command | None:
    """A slot of the flow in progress is corrected, if `command` may do that."""
    root = active_root(state)
    if root is None or spec.name not in assistant.collected_by(root.flow_id):
        return command
    by_nlu = spec.name in root.context.get(FILLED_BY_NLU, ())
    if by_nlu and command.source == "llm" and not spec.may_correct_nlu:
        return None
    return CorrectSlots({spec.name: value})


def _single_slots(commands: Iterable[Command]) -> list[Command]:
    """A correction given as a command is checked like the set-slots it stands for."""
    single: list[Command] = []
    for command in commands:
        if isinstance(command, CorrectSlots):
            single += [SetSlot(name, value) for name, value in command.corrected_slots.items()]
        else:
            single.append(command)
    return single


def _one_correction(commands: Sequence[Command]) -> list[Command]:
    """All corrections of the turn as one, where the first of them stands."""
    found = [command for command in commands if isinstance(command, CorrectSlots)]
    values: dict[str, Any] = {}
    rejected: dict[str, None] = {}
    for correction in found:
        for name, value in correction.corrected_slots.items():
            if name not in values:  # of two values for a slot the first counts
                values[name] = value
                rejected.update(dict.fromkeys(correction.rejected))
    merged = [CorrectSlots(values, tuple(rejected))] if found else []
    first = commands.index(found[0]) if found else 0
    others = [[c for c in part if c not in found] for part in (commands[:first], commands[first:])]
    return [*others[0], *merged, *others[1]]


def _wanted_slots(
    commands: Iterable[Command], state: DialogueState, assistant: Assistant
) -> frozenset[str]:
    """Slots that the active flow, one started this turn, or a pattern at work asks for."""
    flows = {
        command.flow
        for command in commands
        if isinstance(command, StartFlow) and is_startable(command.flow, state, assistant)
    }
    root = active_root(state)
    if root is not None:
        flows.add(root.flow_id)
    flows |= {frame.flow_id for frame in state.stack if not frame.is_user_flow}
    return frozenset().union(*(assistant.collected_by(flow_id) for flow_id in flows))


def _only_the_forced_slot(
    commands: Sequence[Command], state: DialogueState, assistant: Assistant
) -> Sequence[Command]:
    """With `force_slot_filling`, a question listens to nothing but its answer.

    A restart, a new session and errors pass: nobody may be locked in.
    """
    frame = state.active_frame
    flow = assistant.flow(frame.flow_id) if frame else None
    step = flow.step(frame.step_id) if flow and frame else None
    if not isinstance(step, CollectStep) or not step.force_slot_filling:
        return commands
    if step.slot != asked_slot(state):
        return commands
    answers = [c for c in commands if isinstance(c, SetSlot) and c.slot == step.slot]
    return [c for c in commands if c in answers or isinstance(c, _NEVER_DROPPED)]
