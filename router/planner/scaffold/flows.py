"""The draft flows of a skill."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from router.checks.rasa_names import DEFAULT_INTENTS
from router.planner.model import Skill
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.drafting import add_steps
from router.planner.scaffold.events import Fills, Way
from router.planner.scaffold.model import DraftFlow, DraftStep
from router.planner.scaffold.ways import ways_of

__all__ = ["flows_of", "without_form"]

_FORM = re.compile(r"[_\- ]?form$")
_NO_ID = re.compile(r"[^A-Za-z0-9_-]")
_NO_WORD = re.compile(r"[\W_]+")


def flows_of(
    skill: Skill, bot: Bot, elsewhere: Collection[str], taken: set[str], left_out: list[str]
) -> list[DraftFlow]:
    """One flow, or more if its entry intents lead to different things.

    Args:
        skill: what to draft.
        bot: its files.
        elsewhere: intents that the plan has in other areas, which start nothing here.
        taken: ids of flows; those of the drafts are added.
        left_out: is told of what isn't carried over.
    """
    ways = ways_of(skill, bot, left_out)
    if not ways and skill.forms:
        fills = tuple(Fills(form) for form in skill.forms)
        ways = [Way(skill.entry_intents, fills, skill.sources[0].location)]
    if not ways:
        left_out.append(f"{skill.name}: no rule or story begins with it, so it has no draft.")
        return []
    flows = []
    groups = _by_entry(skill, ways)
    for number, (intents, same) in enumerate(groups):
        is_named = intents and (number or len(skill.entry_intents) == 1)
        name = intents[0] if is_named else skill.name
        flow = DraftFlow(
            id=_free_id(name, taken),
            skill=skill.name,
            description=f"TODO: what it does for the user ({_words(name)}).",
            triggers=tuple(_triggers(intents, bot, elsewhere, left_out)),
            sources=_sources(skill, same, is_one=len(groups) == 1),
            forms=tuple(
                dict.fromkeys(e.form for way in same for e in way.events if isinstance(e, Fills))
            ),
        )
        taken.add(flow.id)
        flow.todos += dict.fromkeys(todo for way in same for todo in way.todos)
        add_steps(flow, same, bot, left_out)
        if not flow.steps:
            flow.steps.append(_nothing(flow))
        if any(source.kind == "retrieval_intent" for source in skill.sources):
            flow.todos.append(
                "Its answers are chosen by a retrieval intent: keep it in the NLU system, for "
                "one turn, or write a response for each."
            )
        flows.append(flow)
    return flows


def without_form(name: str) -> str:
    """`block_card` for `block_card_form`."""
    return _FORM.sub("", name) or name


def _by_entry(skill: Skill, ways: Sequence[Way]) -> list[tuple[tuple[str, ...], list[Way]]]:
    """Intents that lead to the same ways, with these; those without any go with the first."""
    of_intent: dict[str | None, list[Way]] = {}
    for way in ways:
        for intent in way.entry or (None,):
            of_intent.setdefault(intent, []).append(way)
    groups: dict[frozenset[object], tuple[list[str], list[Way]]] = {}
    for intent, found in of_intent.items():
        same = groups.setdefault(frozenset(way.events for way in found), ([], []))
        same[0].extend([intent] if intent else [])
        same[1].extend(way for way in found if way not in same[1])
    first = next(iter(groups.values()))
    first[0].extend(i for i in skill.entry_intents if i not in of_intent)
    return [(tuple(intents), found) for intents, found in groups.values()]


def _sources(skill: Skill, ways: Sequence[Way], *, is_one: bool) -> tuple[str, ...]:
    """What a flow was made of; with several a skill, the rules and stories that begin it."""
    begin = {way.location for way in ways}
    return tuple(
        f"{source.kind} '{source.name}'"
        for source in skill.sources
        if source.kind in ("rule", "story", "form") and (is_one or source.location in begin)
    )


def _triggers(
    intents: Sequence[str], bot: Bot, elsewhere: Collection[str], left_out: list[str]
) -> list[str]:
    known = bot.project.domain.intents | DEFAULT_INTENTS
    found = []
    for intent in intents:
        if intent in bot.triggered:
            left_out.append(f"The intent {intent} triggers a flow already, and can't another.")
        elif intent in elsewhere:
            left_out.append(f"The intent {intent} is of another area, by the plan.")
        elif intent not in known:
            left_out.append(f"The domain doesn't have the intent {intent}: nothing triggers it.")
        else:
            found.append(intent)
    return found


def _nothing(flow: DraftFlow) -> DraftStep:
    name = f"utter_{flow.id}"
    flow.responses[name] = "TODO: what does the bot say here?"
    return DraftStep({"action": name}, ["Nothing of what happens here could be carried over."])


def _free_id(name: str, taken: Collection[str]) -> str:
    base = _NO_ID.sub("_", without_form(name)).lstrip("-") or "flow"
    base = f"start_{base}" if base.startswith("pattern_") else base
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


def _words(name: str) -> str:
    return _NO_WORD.sub(" ", without_form(name)).strip()
