"""Evaluating Rasa's component graph so that components may be asynchronous.

Rasa's own runner is synchronous: a component that waits stalls every conversation. Here
the same nodes run in the same order, and an awaitable output is awaited.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from rasa.engine.exceptions import GraphComponentException
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.exceptions import RasaException

Plan = Sequence[tuple[str, GraphNode, tuple[str, ...]]]

_plans: WeakKeyDictionary[DaskGraphRunner, dict[str, Plan]] = WeakKeyDictionary()


async def run_graph(runner: DaskGraphRunner, inputs: Mapping[str, Any], target: str) -> Any:
    """The output of the node `target`; nodes it doesn't need aren't run.

    Raises:
        GraphComponentException: an asynchronous component failed (as Rasa's runner does
            for synchronous ones).
    """
    outputs: dict[str, Any] = dict(inputs)
    for name, node, needs in _plan(runner, target):
        _, output = node(*((need, outputs[need]) for need in needs))
        if inspect.isawaitable(output):
            output = await _awaited(name, output)
        outputs[name] = output
    return outputs[target]


def node_component(runner: DaskGraphRunner, name_prefix: str) -> Any | None:
    """The loaded component of the first node whose name starts so, or None."""
    for name, node in runner._instantiated_nodes.items():
        if name.startswith(name_prefix):
            return node._component
    return None


async def _awaited(name: str, output: Any) -> Any:
    try:
        return await output
    except RasaException:
        raise
    except Exception as error:
        raise GraphComponentException(f"Error running graph component for node {name}.") from error


def _plan(runner: DaskGraphRunner, target: str) -> Plan:
    plans = _plans.setdefault(runner, {})
    if target not in plans:
        plans[target] = _ordered(runner, target)
    return plans[target]


def _ordered(runner: DaskGraphRunner, target: str) -> Plan:
    """The nodes `target` depends on, each after those it needs."""
    schema = runner._graph_schema.nodes
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in order or name not in schema:
            return
        for need in schema[name].needs.values():
            visit(need)
        order[name] = None

    visit(target)
    return [
        (name, runner._instantiated_nodes[name], tuple(schema[name].needs.values()))
        for name in order
    ]
