"""Which names of the domain the CALM side of an assistant uses."""

from __future__ import annotations

from collections.abc import Iterator

from router.flows.assistant import Assistant
from router.flows.default_patterns import default_responses
from router.flows.model import ActionStep, Flow
from router.flows.slots import NLU_MAPPINGS, SlotSpec

_RESPONSE_PREFIX = "utter_"


def names_used_by_calm(assistant: Assistant) -> frozenset[str]:
    """Responses that flows or patterns give, intents that start flows or fill their slots.

    What the default patterns say counts even where a flow replaces them.
    """
    slots = (slot for name, slot in assistant.slots.items() if name in assistant.flow_slots)
    return frozenset(default_responses()).union(
        assistant.triggers,
        *map(_responses, assistant.all_flows.values()),
        *map(_intents, slots),
    )


def _responses(flow: Flow) -> Iterator[str]:
    for step in flow.steps:
        if isinstance(step, ActionStep) and step.action.startswith(_RESPONSE_PREFIX):
            yield step.action
    for collect in flow.collects:
        yield collect.utter
        yield from (rejection.utter for rejection in collect.rejections)


def _intents(slot: SlotSpec) -> Iterator[str]:
    for mapping in slot.mappings:
        if mapping.get("type") in NLU_MAPPINGS:
            for found in (mapping.get("intent"), mapping.get("not_intent")):
                names = found if isinstance(found, list | tuple) else [found]
                yield from (name for name in names if isinstance(name, str))
