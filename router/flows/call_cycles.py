"""Flows that call each other in a circle, which would never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from router.flows.model import CallStep, Flow

__all__ = ["call_cycles"]


def call_cycles(flows: Mapping[str, Flow]) -> Iterator[tuple[str, ...]]:
    """The cycles of calls, each as flow ids that ends with the one it begins with.

    One cycle for each call that would have to be removed; it begins with the flow that
    comes first in `flows`.
    """
    order = {flow_id: index for index, flow_id in enumerate(flows)}
    calls = {flow.id: dict.fromkeys(flow.called_flows) for flow in flows.values()}
    while True:
        try:
            TopologicalSorter(calls).prepare()
        except CycleError as error:
            # It lists predecessors first, and what a flow calls counts as such.
            cycle = list(reversed(error.args[1]))[:-1]
            first = cycle.index(min(cycle, key=order.__getitem__))
            cycle = [*cycle[first:], *cycle[:first]]
            yield (*cycle, cycle[0])
            del calls[cycle[-1]][cycle[0]]
        else:
            return


def call_step(flow: Flow, called: str) -> CallStep:
    """The first step of `flow` that calls the flow `called`."""
    return next(step for step in flow.steps if isinstance(step, CallStep) and step.flow == called)
