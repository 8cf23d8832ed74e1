"""Flows that are written and don't run yet: by the plan, the NLU system still answers."""

from __future__ import annotations

from collections.abc import Mapping

from router.flows.model import Flow
from router.plan.routing import UsedPlan

__all__ = ["active_flows"]


def active_flows(flows: Mapping[str, Flow], plan: UsedPlan | None) -> dict[str, Flow]:
    """Those that CALM may run now: all, unless their area waits and no active flow runs them.

    Args:
        flows: by their ids.
        plan: what the router reads; None if it has lists of its own.
    """
    if plan is None:
        return dict(flows)
    found: dict[str, Flow] = {}
    next_ones = [
        flow
        for flow in flows.values()
        if not plan.is_waiting(flow.id, [trigger.intent for trigger in flow.nlu_triggers])
    ]
    while next_ones:
        flow = next_ones.pop()
        if flow.id not in found:
            found[flow.id] = flow
            targets = (getattr(step, "flow", "") for step in flow.steps)
            next_ones += [flows[target] for target in targets if target in flows]
    return {name: flow for name, flow in flows.items() if name in found}
