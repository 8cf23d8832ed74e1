"""What a flow that exists already brings to its skill."""

from __future__ import annotations

from collections.abc import Iterator

from router.errors import Location
from router.flows.conditions import Condition
from router.flows.model import ActionStep, CallStep, CollectStep, Flow, LinkStep, SetSlotsStep
from router.planner.inventory.contents import Contents
from router.planner.inventory.domain import BotDomain
from router.planner.model import Source

__all__ = ["add_flow", "flows_after"]

_SLOTS = "slots."


def add_flow(skill: Contents, flow: Flow, domain: BotDomain) -> None:
    """Adds what a flow asks, does and says, and its conditions."""
    skill.sources[Source("flow", flow.id, flow.location)] = None
    for condition, place in _conditions(flow):
        for name in sorted(condition.names):
            if name.startswith(_SLOTS):
                skill.read(name.removeprefix(_SLOTS).partition(".")[0], place)
    for step in flow.steps:
        if isinstance(step, ActionStep):
            skill.do(step.action, step.location)
        elif isinstance(step, CollectStep):
            skill.write(step.slot, step.location)
            _ask(skill, step, domain)
            for rejection in step.rejections:
                skill.do(rejection.utter, rejection.utter_location)
        elif isinstance(step, SetSlotsStep):
            for slot, _, place in step.placed_values():
                skill.write(slot, place)


def _ask(skill: Contents, step: CollectStep, domain: BotDomain) -> None:
    if step.utter in domain.reads or step.ask_action not in domain.actions:
        skill.do(step.utter, step.location)
    else:
        skill.do(step.ask_action, step.location)
    if f"validate_{step.slot}" in domain.actions:
        skill.do(f"validate_{step.slot}", step.location)


def flows_after(flow: Flow) -> Iterator[tuple[str, str, Location]]:
    """The flows that it calls or links to: how, which, and where."""
    for step in flow.steps:
        if isinstance(step, CallStep):
            yield "calls", step.flow, step.location
        elif isinstance(step, LinkStep):
            yield "links to", step.flow, step.location


def _conditions(flow: Flow) -> Iterator[tuple[Condition, Location]]:
    if flow.guard is not None:
        yield flow.guard, flow.place("if")
    for step in flow.steps:
        for branch in step.next:
            if branch.condition is not None:
                yield branch.condition, branch.location
        for rejection in step.rejections if isinstance(step, CollectStep) else ():
            yield rejection.condition, rejection.location
