"""Questions of flows whose answer nothing could take: the user would be asked for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from router.checks.config_checks import RouterSetup
from router.checks.payload_checks import slots_of_buttons
from router.errors import Problem
from router.flows.assistant import Assistant
from router.flows.slots import SlotSpec

__all__ = ["filling_problems"]

_ONLY_COMMANDS = frozenset({"from_llm"})


def filling_problems(
    assistant: Assistant, setup: RouterSetup, responses: Mapping[str, Any]
) -> Iterator[Problem]:
    """The collect steps whose slot only a language model could fill, in a bot without one."""
    if setup.has_generator:
        return
    by_buttons = slots_of_buttons(responses)
    for flow in assistant.flows.values():
        for step in () if flow.unread else flow.collects:
            spec = assistant.slots.get(step.slot)
            if spec is None or not _needs_a_model(spec) or step.slot in by_buttons:
                continue
            if {f"validate_{step.slot}", step.ask_action} & assistant.actions:
                continue  # an action may fill it
            yield Problem(
                step.location,
                "unfillable-slot",
                f"No user's answer can fill '{step.slot}': without a language model its mappings "
                "say so.",
                "Give the slot a mapping such as from_entity, from_intent or from_text, or its "
                "question a button with /SetSlots.",
                is_warning=True,
            )


def _needs_a_model(spec: SlotSpec) -> bool:
    return spec.mapping_types == _ONLY_COMMANDS
