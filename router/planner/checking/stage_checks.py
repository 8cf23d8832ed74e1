"""What a stage promises, and the bot's files don't keep."""

from __future__ import annotations

from collections.abc import Iterator

from router.errors import Problem
from router.plan.model import Area
from router.planner.checking.comparison import Comparison

__all__ = ["stage_problems"]

_NOT_ACTIVE = frozenset({"shadow", "canary"})


def stage_problems(it: Comparison) -> Iterator[Problem]:
    """Stages that do nothing yet, and areas of CALM's that no flow, or no message, reaches."""
    for name, area in it.plan.areas.items():
        if area.stage in _NOT_ACTIVE:
            message = f"The stage '{area.stage}' isn't active yet: '{name}' routes like 'nlu'."
            place = it.places.value("areas", name, "stage")
            advice = "Write 'nlu', or 'calm' to move it."
            yield Problem(place, "stage-not-active", message, advice, is_warning=True)
    for name, area in it.moved.items():
        if not area.flows:
            message = f"'{name}' is at '{area.stage}', and has no flows to answer it."
            advice = "Write them and list them under `flows`, or set the stage back to 'nlu'."
            yield Problem(
                it.places.value("areas", name, "stage"), "calm-without-flows", message, advice
            )
        elif not it.project.setup.has_generator:
            yield from _unreachable(it, name, area)


def _unreachable(it: Comparison, name: str, area: Area) -> Iterator[Problem]:
    """Without a language model, intents start flows, and nothing else does."""
    if any("nlu_trigger" in flow.unread for flow in it.flows.values()):
        return
    for index, flow_id in enumerate(area.flows):
        flow = it.flows.get(flow_id)
        if flow is not None and not flow.nlu_triggers and flow_id not in it.called:
            message = f"Nothing starts the flow '{flow_id}' of '{name}'."
            advice = "Give it an nlu_trigger, or add `- name: LLMCommandGenerator`."
            place = it.places.value("areas", name, "flows", index)
            yield Problem(place, "calm-without-trigger", message, advice)
    for index, intent in enumerate(area.intents):
        if intent in it.assistant.intents and intent not in it.assistant.triggers:
            message = f"'{intent}' of '{name}' goes to CALM, and no flow has it as nlu_trigger."
            advice = "Add it to a flow, or add `- name: LLMCommandGenerator`."
            place = it.places.value("areas", name, "intents", index)
            yield Problem(place, "calm-without-trigger", message, advice)
