"""From what the NLU pipeline found to commands, without any model of its own.

At most one flow is started, and slots are set by their NLU mappings.
Follows https://rasa.com/docs/pro/customize/command-generator (NLUCommandAdapter) and
https://rasa.com/docs/rasa/domain#slot-mappings
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.dialogue.cleaning import asked_slot, is_startable
from router.dialogue.commands import (
    CancelFlow,
    CannotHandle,
    ChitChat,
    Command,
    Knowledge,
    Restart,
    SessionStart,
    SetSlot,
    SkipQuestion,
    StartFlow,
)
from router.dialogue.frames import (
    CANCEL,
    CANNOT_HANDLE,
    CHITCHAT,
    RESTART,
    SEARCH,
    SESSION_START,
    SKIP_QUESTION,
)
from router.dialogue.state import DialogueState
from router.flows.assistant import Assistant
from router.flows.slots import NLU_MAPPINGS, SlotSpec

# A pattern that an intent triggers is started by its command, where it has one.
_PATTERN_COMMANDS: dict[str, Command] = {
    CANCEL: CancelFlow(),
    CANNOT_HANDLE: CannotHandle(),
    CHITCHAT: ChitChat(),
    SEARCH: Knowledge(),
    SKIP_QUESTION: SkipQuestion(),
    SESSION_START: SessionStart(),
    RESTART: Restart(),
}


@dataclass(frozen=True)
class NluResult:
    """What the pipeline found in a message; `confidence` is the intent's, 0 to 1."""

    text: str = ""
    intent: str | None = None
    confidence: float = 0.0
    entities: tuple[Mapping[str, Any], ...] = ()


def triggered_flow(nlu: NluResult, state: DialogueState, assistant: Assistant) -> str | None:
    """The flow or pattern the intent starts: threshold reached, guard true."""
    if nlu.intent is None or nlu.intent not in assistant.triggers:
        return None
    flow, trigger = assistant.triggers[nlu.intent]
    if nlu.confidence < trigger.threshold:
        return None
    return flow.id if is_startable(flow.id, state, assistant) else None


def commands_from_nlu(nlu: NluResult, state: DialogueState, assistant: Assistant) -> list[Command]:
    """A start, if the intent triggers one, then a set-slot for each mapping that matches.

    While a question waits for its answer, mappings from the whole text or the intent
    only count for the slot asked for; without one, those from the text never do. A message that
    starts something else is no answer by its text, unless the mapping names its intent.
    """
    flow_id = triggered_flow(nlu, state, assistant)
    commands: list[Command] = []
    if flow_id is not None:
        commands.append(_PATTERN_COMMANDS.get(flow_id, StartFlow(flow_id)))
    asked = asked_slot(state)
    current = state.active_frame.flow_id if state.active_frame else None
    active = flow_id or current
    flows = {active} | {frame.flow_id for frame in state.user_frames}
    for slot in assistant.slots.values():
        if slot.name not in assistant.flow_slots:
            continue
        for value in _values(slot, nlu, asked, flows, starts=active != current):
            commands.append(SetSlot(slot.name, value, source="nlu"))
            break
    return commands


def _values(
    slot: SlotSpec, nlu: NluResult, asked: str | None, flows: set[str | None], *, starts: bool
) -> Iterator[Any]:
    for mapping in slot.mappings:
        kind = str(mapping.get("type"))
        if kind not in NLU_MAPPINGS or not _intent_fits(mapping, nlu.intent):
            continue
        if not conditions_hold(mapping, asked, flows):
            continue
        if kind == "from_entity":
            yield from _entity_values(mapping, nlu)
        elif kind == "from_intent" and asked in (None, slot.name):
            yield mapping.get("value")
        elif (
            kind == "from_text"
            and asked == slot.name
            and nlu.text
            and not (starts and "intent" not in mapping)
        ):
            yield nlu.text


def _intent_fits(mapping: Mapping[str, Any], intent: str | None) -> bool:
    wanted, unwanted = _names(mapping.get("intent")), _names(mapping.get("not_intent"))
    return (not wanted or intent in wanted) and intent not in unwanted


def _names(value: Any) -> list[Any]:
    if value is None or value == "None":
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def conditions_hold(
    mapping: Mapping[str, Any], asked: str | None, flows: Collection[str | None]
) -> bool:
    """Any of the mapping's conditions on flows holds; conditions on forms never do here."""
    conditions = mapping.get("conditions") or ()
    if not conditions:
        return True
    for condition in conditions:
        if "active_flow" not in condition and condition.get("active_loop") is not None:
            continue
        requested = condition.get("requested_slot")
        fits = condition.get("active_flow") in flows or "active_flow" not in condition
        if fits and requested in (None, asked):
            return True
    return False


def _entity_values(mapping: Mapping[str, Any], nlu: NluResult) -> Iterator[Any]:
    for entity in nlu.entities:
        if entity.get("entity") != mapping.get("entity"):
            continue
        # As in Rasa: a mapping without a role isn't for entities that have one.
        if all(entity.get(key) == mapping.get(key) for key in ("role", "group")):
            yield entity.get("value")
