"""What a skill's forms bring, and which slots its users fill."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from router.planner.inventory.contents import Contents
from router.planner.inventory.domain import BotDomain, Mapped
from router.planner.inventory.examples import IntentExamples

__all__ = ["add_forms", "add_mappings", "entities_of"]


def add_forms(skill: Contents, domain: BotDomain) -> None:
    """Adds the slots, questions, validation and answers of the forms it activates."""
    for name, place in skill.forms.items():
        form = domain.forms.get(name)
        if form is None:
            continue
        for slot in form.required:
            skill.write(slot, form.location)
            for asked in (f"{name}_{slot}", slot):
                if f"utter_ask_{asked}" in domain.reads:
                    skill.do(f"utter_ask_{asked}", form.location)
                if f"action_ask_{asked}" in domain.actions:
                    skill.do(f"action_ask_{asked}", form.location)
        if f"validate_{name}" in domain.actions:
            skill.do(f"validate_{name}", place)


def add_mappings(
    skill: Contents, entries: Collection[str], entities: Collection[str], domain: BotDomain
) -> None:
    """Adds the slots that its users fill: while its forms are active, or when they open it.

    A skill that neither acts, asks nor reads makes nothing of an entity.
    """
    makes_use = bool(skill.forms or skill.custom_actions)
    for mapped in domain.mappings:
        place = domain.slots.get(mapped.slot)
        if mapped.forms:
            form = next((domain.forms.get(f) for f in mapped.forms if f in skill.forms), None)
            if form is not None:
                skill.write(mapped.slot, place or form.location)
                for intent in mapped.intents:
                    if intent not in entries and mapped.kind == "from_intent":
                        skill.inside.setdefault(intent, form.location)
        elif (
            place is not None
            and _fills_at_opening(mapped, entries, entities)
            and (makes_use or mapped.slot in skill.reads or mapped.kind == "from_intent")
        ):
            skill.write(mapped.slot, place)


def _fills_at_opening(mapped: Mapped, entries: Collection[str], entities: Collection[str]) -> bool:
    if mapped.kind in ("from_intent", "from_trigger_intent"):
        return any(intent in entries for intent in mapped.intents)
    if mapped.kind != "from_entity" or mapped.entity not in entities:
        return False
    wanted = [i for i in entries if i not in mapped.not_intents]
    return any(not mapped.intents or intent in mapped.intents for intent in wanted)


def entities_of(
    examples: Iterable[IntentExamples], forms: Collection[str], domain: BotDomain
) -> tuple[str, ...]:
    """The entities that the examples name, then those that fill the forms."""
    found = [entity for each in examples for entity in each.entities]
    return tuple(dict.fromkeys((*found, *_of_forms(forms, domain))))


def _of_forms(forms: Collection[str], domain: BotDomain) -> Iterator[str]:
    required = {s for name in forms if name in domain.forms for s in domain.forms[name].required}
    for mapped in domain.mappings:
        in_form = any(form in forms for form in mapped.forms)
        if mapped.entity and (in_form or (not mapped.forms and mapped.slot in required)):
            yield mapped.entity
