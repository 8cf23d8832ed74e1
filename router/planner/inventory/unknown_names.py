"""Names that the domain doesn't have, and intents that nothing uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from router.checks.rasa_names import DEFAULT_INTENTS
from router.checks.training_data import Dialogue
from router.errors import Location
from router.flows.model import Flow
from router.planner.inventory.domain import BotDomain
from router.planner.inventory.parts import GENERAL_ACTIONS
from router.planner.inventory.wording import place

__all__ = ["unknown_names", "unused_intents"]


def unknown_names(dialogues: Iterable[Dialogue], domain: BotDomain) -> Iterator[str]:
    """Intents and actions of rules and stories that aren't in the domain, each name once."""
    if not domain.exists:
        return
    retrieval = {name.partition("/")[0] for name in domain.reads if "/" in name}
    actions = {*domain.actions, *domain.forms, *domain.reads, *retrieval, *GENERAL_ACTIONS}
    known = {"user": {*domain.intents, *DEFAULT_INTENTS}, "action": actions}
    found: dict[tuple[str, str], list[Location]] = {}
    for dialogue in dialogues:
        for step in dialogue.steps:
            for name in step.names if step.kind in known else ():
                if name and name not in known[step.kind]:
                    found.setdefault((step.kind, name), []).append(step.location)
    for (kind, name), places in found.items():
        word = "intent" if kind == "user" else "action"
        more = f" (and {len(places) - 1} more times)" if len(places) > 1 else ""
        yield f"{place(places[0])}: the {word} '{name}'{more} isn't in the domain."


def unused_intents(
    dialogues: Iterable[Dialogue], domain: BotDomain, flows: Collection[Flow]
) -> Iterator[str]:
    """Intents of the domain that no rule, story, form or flow has."""
    used = {n for d in dialogues for s in d.steps if s.kind == "user" for n in s.names}
    used |= {trigger.intent for flow in flows for trigger in flow.nlu_triggers}
    for mapped in domain.mappings:
        used.update(mapped.intents)
    for intent, where in domain.intents.items():
        if intent not in used and intent not in DEFAULT_INTENTS:
            yield f"{place(where)}: the intent '{intent}' is in no rule, story, form or flow."
