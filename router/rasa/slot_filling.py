"""Which slots Rasa's own slot filling may touch, by who answers the turn."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import partial
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

    On NLU turns those of the NLU system, and while no flow is in progress also those of flows
    that its forms ask for: a form goes on as before when a flow is written that is to replace
    it. On CALM turns those that a custom action fills for a flow on the stack (commands fill
    the rest). Shared ones on both.
    """
    if route is Route.NLU:
        of_forms = frozenset() if state.stack else _slots_of_forms(domain)
        fills = partial(_on_nlu_turns, assistant=assistant, of_forms=of_forms)
    else:
        fills = partial(_on_calm_turns, assistant=assistant, state=state)
    names = frozenset(slot.name for slot in domain.slots if fills(assistant.slots[slot.name]))
    views: dict[frozenset[str], Domain] = domain.__dict__.setdefault(_VIEWS, {})
    if names not in views:
        view = copy.copy(domain)
        view.slots = [slot for slot in domain.slots if slot.name in names]
        views[names] = view
    return views[names]


def _slots_of_forms(domain: Domain) -> frozenset[str]:
    return frozenset(
        slot for form in domain.form_names for slot in domain.required_slots_for_form(form)
    )


def _on_nlu_turns(slot: SlotSpec, assistant: Assistant, of_forms: frozenset[str]) -> bool:
    if slot.name not in assistant.flow_slots:
        return True
    is_for_flows = bool(slot.mappings) and all(map(_is_for_flows, slot.mappings))
    return (slot.shared or slot.name in of_forms) and not is_for_flows


def _on_calm_turns(slot: SlotSpec, assistant: Assistant, state: DialogueState) -> bool:
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
