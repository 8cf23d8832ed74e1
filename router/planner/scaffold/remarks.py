"""What to know of drafts that nobody needs to answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from router.planner.scaffold.bot import Bot
from router.planner.scaffold.model import DraftFlow

__all__ = ["expected_warnings", "missing_in_config", "old_forms"]


def expected_warnings(
    area: str, flows: Sequence[DraftFlow], shared: Collection[str], bot: Bot
) -> Iterator[str]:
    """What `coexist validate` warns of for a draft, and until when.

    Of flows that wait for their area by the plan that the router reads, nothing before.
    """
    plan = bot.project.setup.plan
    waits = plan is not None and all(plan.is_waiting(f.id, list(f.triggers)) for f in flows)
    config = bot.project.setup.config
    entry = config.nlu_entry if config else None
    listed = {*entry.sticky, *entry.non_sticky} if entry else set()
    intents = [intent for flow in flows for intent in flow.triggers if intent in listed]
    if intents and not waits:
        yield (
            f"Until {area} is at `calm`, `coexist validate` warns that nothing starts its flows "
            f"(intent-starts-nothing: {', '.join(intents)})."
        )
    in_nlu = {slot for form in bot.files.domain.forms.values() for slot in form.required}
    in_nlu.update(
        slot
        for dialogue in bot.dialogues
        for step in dialogue.steps
        if step.kind == "slots"
        for slot in step.names
    )
    collected = dict.fromkeys(slot for flow in flows for slot in flow.collected)
    both = [
        slot
        for slot in collected
        if slot in in_nlu and slot in bot.slots and not (bot.slots[slot].shared or slot in shared)
    ]
    if both:
        yield (
            f"{f'Once {area} is at `calm`, and until' if waits else 'Until'} the rules, stories "
            "and forms that its flows replace are deleted, `coexist validate` warns that both "
            f"systems use {', '.join(both)} (unshared-slot): nothing else needs their values, so "
            "they needn't be shared."
        )


def old_forms(bot: Bot) -> Iterator[str]:
    """Forms that hold the mappings of their slots: flows would have none."""
    for name, form in bot.project.domain.forms.items():
        if isinstance(form, Mapping) and _holds_mappings(form):
            yield (
                f"The mappings in {name}: a flow's slots have theirs below `slots`, where Rasa 3 "
                "has a form's too. Bring the domain to 3.x first (`rasa data migrate`), then "
                "draft again."
            )


def missing_in_config(bot: Bot, config: Path) -> Iterator[str]:
    """What keeps drafts from passing the checks, whatever they say."""
    setup = bot.project.setup
    given = {
        "the importer router.CoexistenceImporter": setup.lists_importer,
        "FlowPolicy": setup.has_flow_policy,
        "a router": setup.entry is not None,
        "NLUCommandAdapter or LLMCommandGenerator": setup.has_adapter or setup.has_generator,
    }
    missing = [name for name, is_there in given.items() if not is_there]
    if missing:
        yield f"{config} isn't changed, and lacks {', '.join(missing)}: flows don't run without."


def _holds_mappings(form: Mapping[str, Any]) -> bool:
    slots = form.get("required_slots", None if "required_slots" in form else form)
    return isinstance(slots, Mapping) and any(isinstance(each, list) for each in slots.values())
