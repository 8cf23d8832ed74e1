"""Which slots Rasa's own slot filling may touch, by who answers the turn."""

from __future__ import annotations

import copy

from rasa.shared.core.domain import Domain
from rasa.shared.core.slots import Slot

from router.flows.assistant import Assistant
from router.routing.decision import Route

_VIEWS = "_coexistence_views"  # kept on the domain: hashing one costs milliseconds


def domain_for_slot_filling(domain: Domain, route: Route, assistant: Assistant) -> Domain:
    """`domain` with only the slots that may be filled on a turn that `route` answers.

    On NLU turns those of the NLU system, on CALM turns those of flows that a custom action
    fills (commands fill the rest); shared ones on both.
    """
    views: dict[Route, Domain] = domain.__dict__.setdefault(_VIEWS, {})
    if route not in views:
        view = copy.copy(domain)
        view.slots = [slot for slot in domain.slots if _may_fill(slot, route, assistant)]
        views[route] = view
    return views[route]


def _may_fill(slot: Slot, route: Route, assistant: Assistant) -> bool:
    of_flows = slot.name in assistant.flow_slots
    if route is Route.NLU:
        return not of_flows or slot.name in assistant.shared_slots
    if of_flows:
        return any(m.get("type") == "custom" and m.get("action") for m in slot.mappings)
    return slot.name in assistant.shared_slots
