"""Which slots Rasa's own slot filling may touch, by who answers the turn."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from rasa.shared.core.domain import Domain

from router.dialogue.cleaning import asked_slot
from router.dialogue.state import DialogueState
from router.flows.assistant import Assistant
from router.flows.slots import SlotSpec
from router.routing.decision import Route
from router.understanding.nlu_adapter import conditions_hold

_VIEWS = "_coexistence_views"  # kept on the domain: hashing one costs milliseconds


def domain_for_slot_filling(
    domain: Domain, route: Route, state: DialogueState, assistant: Assistant
) -> Domain:
    """`domain` with only the slots that may be filled on a turn that `route` answers.

    On NLU turns those of the NLU system; on CALM turns those that a custom action fills for
    a flow on the stack (commands fill the rest); shared ones on both.
    """
    fills = _on_nlu_turns if route is Route.NLU else _on_calm_turns
    names = frozenset(
        slot.name for slot in domain.slots if fills(assistant.slots[slot.name], state, assistant)
    )
    views: dict[frozenset[str], Domain] = domain.__dict__.setdefault(_VIEWS, {})
    if names not in views:
        view = copy.copy(domain)
        view.slots = [slot for slot in domain.slots if slot.name in names]
        views[names] = view
    return views[names]


def _on_nlu_turns(slot: SlotSpec, state: DialogueState, assistant: Assistant) -> bool:
    if slot.name not in assistant.flow_slots:
        return True
    return slot.shared and not (slot.mappings and all(map(_is_for_flows, slot.mappings)))


def _on_calm_turns(slot: SlotSpec, state: DialogueState, assistant: Assistant) -> bool:
    if slot.name not in assistant.flow_slots:
        return slot.shared
    flows = [frame.flow_id for frame in state.user_frames]
    asked = asked_slot(state)
    return any(
        mapping.get("type") == "custom"
        and mapping.get("action")
        and (
            conditions_hold(mapping, asked, flows)
            if mapping.get("conditions")
            else any(slot.name in assistant.collected_by(flow) for flow in flows)
        )
        for mapping in slot.mappings
    )


def _is_for_flows(mapping: Mapping[str, Any]) -> bool:
    """Whether a mapping counts in some flow only."""
    conditions = mapping.get("conditions") or ()
    return bool(conditions) and all("active_flow" in condition for condition in conditions)
