"""The router, the flows and the domain against each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from router.checks.config_checks import RouterSetup
from router.checks.domain_files import RawSlots
from router.checks.rasa_names import DEFAULT_INTENTS
from router.checks.router_keys import HYBRID_ROUTER, SEMANTIC_ROUTER, short_name
from router.errors import Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION
from router.flows.model import ActionStep
from router.flows.slots import ROUTE_SLOT
from router.flows.yaml_source import location_of
from router.routing.configuration import IntentRouterConfig, check_intents, nearest

__all__ = ["ROUTER_OR_NOT", "router_problems"]

ROUTER_OR_NOT = "Put a router into the pipeline, or remove this."
_COMPLETED = "pattern_completed"
# Routers that list flows, too.
BY_MEANING = frozenset({SEMANTIC_ROUTER, HYBRID_ROUTER})


def router_problems(assistant: Assistant, setup: RouterSetup, raw: RawSlots) -> Iterator[Problem]:
    """Intents that no list or no domain names, flows that no message would reach."""
    if assistant.triggers and not setup.has_adapter and assistant.flows:
        yield Problem(
            setup.place,
            "no-command-generator",
            "No component makes commands of messages: only buttons could start a flow.",
            "Add `- name: NLUCommandAdapter` at the end of the pipeline.",
            is_warning=True,
        )
    if setup.entry is None:
        if ROUTE_SLOT in raw:
            message = f"The slot {ROUTE_SLOT} without a router: nothing would set it."
            place = location_of(raw[ROUTE_SLOT])
            yield Problem(place, "route-without-router", message, ROUTER_OR_NOT)
        return
    completed = assistant.flows.get(_COMPLETED)
    if (
        completed is not None
        and not completed.unread
        and not any(
            isinstance(step, ActionStep) and step.action == RESET_ACTION for step in completed.steps
        )
    ):
        yield Problem(
            completed.location,
            "completed-without-reset",
            f"This '{_COMPLETED}' ends without the reset: what persists in CALM stays set.",
            f"Write `- action: {RESET_ACTION}` as its last step.",
            is_warning=True,
        )
    if setup.config is not None:
        yield from _list_problems(setup.config, setup, assistant)


def _list_problems(
    config: IntentRouterConfig, setup: RouterSetup, assistant: Assistant
) -> Iterator[Problem]:
    unlisted_is_fine = {*assistant.triggers, *DEFAULT_INTENTS}
    triggers_are_known = not any("nlu_trigger" in flow.unread for flow in assistant.flows.values())
    if not triggers_are_known:
        unlisted_is_fine |= assistant.intents
    unlisted_is_fine |= {*setup.out_of_scope}
    by_meaning = setup.entry is not None and short_name(setup.entry) in BY_MEANING
    known = (
        assistant.intents | setup.with_examples | (set(assistant.flows) if by_meaning else set())
    )
    yield from check_intents(
        config, known, unlisted_is_fine | (known - assistant.intents), setup.locate
    )
    for index, name in enumerate(setup.out_of_scope):
        if name not in known:
            message = f"out_of_scope lists the intent '{name}', which the domain doesn't have."
            advice = nearest(name, known) or "Add it to the domain, or give it examples here."
            yield Problem(setup.locate(("out_of_scope", index)), "unknown-intent", message, advice)
    for path, names in config.lists():
        for index, name in enumerate(names):
            flow = assistant.triggers.get(name)
            if path[0] == "calm_entry" and flow is None and name in assistant.intents:
                if setup.has_generator or not triggers_are_known:
                    continue
                message = f"The intent '{name}' goes to CALM, and no flow has it as nlu_trigger."
                advice = "Without one, CALM answers that it didn't understand."
            elif path[0] == "calm_entry" and name in assistant.flows:
                started = any(each.id == name for each, _ in assistant.triggers.values())
                if started or setup.has_generator or not triggers_are_known:
                    continue
                message = (
                    f"The flow '{name}' is listed {_where(name, setup)}, and nothing can start it."
                )
                advice = "Give it an nlu_trigger, or add `- name: LLMCommandGenerator`."
            elif path[0] == "nlu_entry" and flow is not None and not flow[0].is_pattern:
                if setup.plan is not None and setup.plan.is_waiting(flow[0].id, [name]):
                    continue
                message = f"'{name}' goes to the NLU system, so '{flow[0].id}' never starts."
                advice = _to_calm(name, flow[0].id, setup)
            else:
                continue
            place = setup.locate((*path, index))
            yield Problem(place, "intent-starts-nothing", message, advice, is_warning=True)


def _where(name: str, setup: RouterSetup) -> str:
    plan = setup.plan
    return "here" if plan is None or name in plan.own else f"in {Path(plan.file).name}"


def _to_calm(intent: str, flow: str, setup: RouterSetup) -> str:
    """How an intent starts its flow: by the router's lists, or by the plan that it reads."""
    plan, remove = setup.plan, "or remove the flow's nlu_trigger."
    if plan is None:
        return f"List it under calm_entry, {remove}"
    file = Path(plan.file).name
    if intent in plan.own:
        return f"Take it out of this list, so that {file} has it, {remove}"
    area = plan.area_of_flow(flow, [])
    if area:
        return f"Write it under `intents` of the area {area} in {file}, {remove}"
    return f"In {file}, write both into one area, and move that to 'calm', {remove}"
