"""From a bot's files to its skills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from router.checks.training_data import DialogueStep
from router.errors import Location
from router.flows.model import Flow
from router.flows.yaml_source import collector_paused
from router.planner.inventory.arrivals import Arrivals
from router.planner.inventory.bot_files import BotFiles, read_bot_files
from router.planner.inventory.contents import Contents, gather
from router.planner.inventory.domain import BotDomain, Form
from router.planner.inventory.edges import shared_edges, start_edges
from router.planner.inventory.effort import effort_terms
from router.planner.inventory.entries import entries_of
from router.planner.inventory.examples import IntentExamples
from router.planner.inventory.flow_contents import add_flow
from router.planner.inventory.form_contents import add_forms, add_mappings, entities_of
from router.planner.inventory.grouping import Group, group_skills
from router.planner.inventory.naming import TEXT, skill_names
from router.planner.inventory.parts import parts_of
from router.planner.inventory.traits import Skills, skill_traits
from router.planner.inventory.unknown_names import unknown_names, unused_intents
from router.planner.inventory.walking import Walk, walk
from router.planner.inventory.wording import place
from router.planner.model import Inventory, Skill, Source

__all__ = ["read_inventory"]

_Examples = Mapping[str, Mapping[str, IntentExamples]]
"""Intent -> its full names (`faq`, or `faq/ask_hours`, ...) -> examples."""


@collector_paused()
def read_inventory(config: Path | None, domain: Path | None, data: Sequence[Path]) -> Inventory:
    """What a bot can do, by its files; nothing is trained, nothing of the bot is imported.

    A bot that is broken or unfinished gives what can be read, with reasons for the rest.
    The time grows with the stories, each times the skills that checkpoints lead into it.

    Args:
        config: config.yml, which says where flows are; without it they are those in `data`.
        domain: the domain file, or a folder of them.
        data: files and folders of training data.
    """
    bot = read_bot_files(config, domain, data)
    reasons = list(bot.reasons)
    reasons += unknown_names(bot.dialogues, bot.domain)
    reasons += unused_intents(bot.dialogues, bot.domain, bot.flows.values())
    bot = replace(bot, domain=_with_loops(bot))
    flows = {name: flow for name, flow in bot.flows.items() if not flow.is_pattern}
    examples = _by_intent(bot.examples)
    forms = bot.domain.forms
    parts = parts_of(bot.dialogues, _intents_of(bot), reasons)
    entries = entries_of(parts, bot.domain.answers())
    groups = group_skills(entries, forms, flows)
    traits = skill_traits(parts, entries, groups)
    walks = [walk(part, forms, entries, groups, traits) for part in parts]
    for each in walks:
        if not each.shares and not each.part.enters:
            told = f"'{each.part.dialogue.name}' begins without a user: it is in no skill."
            reasons.append(f"{place(each.part.dialogue.location)}: {told}")
    arrivals = Arrivals(walks, groups, forms)
    for form in arrivals.orphans:
        reasons.append(f"{place(forms[form].location)}: no rule or story activates '{form}'.")
    entry_intents = [frozenset(group.intents) for group in groups.groups]
    contents = gather(walks, arrivals, entry_intents, bot.domain, traits.lasting)
    for group, content in zip(groups.groups, contents, strict=True):
        _complete(content, group, bot.domain, flows, examples)
    titles = {o.turn.intents[0]: o.part.dialogue.name for o in reversed(entries.openings)}
    names = skill_names(groups.groups, contents, titles)
    skills = {
        name: _skill(name, group, content, bot.domain, examples)
        for name, group, content in zip(names, groups.groups, contents, strict=True)
    }
    used = dict(zip(names, contents, strict=True))
    skill_of = {f: n for n, group in zip(names, groups.groups, strict=True) for f in group.flows}
    return Inventory(
        skills=dict(sorted(skills.items())),
        edges=(
            *start_edges(walks, arrivals, names, flows.values(), skill_of),
            *shared_edges("shared_slot", {n: c.slots for n, c in used.items()}, reasons),
            *shared_edges("shared_action", {n: c.custom_actions for n, c in used.items()}, reasons),
        ),
        reasons=tuple(dict.fromkeys(reasons)),
        step_skills=_named(((walk, walk.owners) for walk in walks), arrivals, names),
        unsure_steps=_named(((walk, walk.unsure) for walk in walks), arrivals, names),
    )


def _named(
    found: Iterable[tuple[Walk, Mapping[Location, Skills]]],
    arrivals: Arrivals,
    names: Sequence[str],
) -> dict[Location, tuple[str, ...]]:
    """By the place of a step: the names of skills, with those that come into its part."""
    return {
        location: tuple(sorted(names[n] for n in arrivals.resolved(skills, walk)))
        for walk, owners in found
        for location, skills in owners.items()
    }


def _with_loops(bot: BotFiles) -> BotDomain:
    """The domain, with those forms that only rules and stories speak of."""
    forms = dict(bot.domain.forms)
    for dialogue in bot.dialogues:
        for step in (*dialogue.condition, *dialogue.steps):
            if step.kind == "loop" and step.names[0]:
                forms.setdefault(step.names[0], Form(step.names[0], step.location))
    return replace(bot.domain, forms=forms)


def _intents_of(bot: BotFiles) -> Callable[[DialogueStep], tuple[str, ...]]:
    """Reads a user's step: a text is the intent that has it as an example, or itself."""
    texts = {
        text.casefold(): name.partition("/")[0]
        for name, found in bot.examples.items()
        for text in found.texts
    }

    def intents_of(step: DialogueStep) -> tuple[str, ...]:
        if step.names or not step.text:
            return step.names
        text = step.text.strip()
        if text.startswith("/"):
            return (text[1:].partition("{")[0].partition("/")[0].strip(),)
        key = text.casefold()
        return (texts.get(key, TEXT + key),)

    return intents_of


def _by_intent(examples: Mapping[str, IntentExamples]) -> _Examples:
    found: dict[str, dict[str, IntentExamples]] = {}
    for name, each in examples.items():
        found.setdefault(name.partition("/")[0], {})[name] = each
    return found


def _complete(
    skill: Contents,
    group: Group,
    domain: BotDomain,
    flows: Mapping[str, Flow],
    examples: _Examples,
) -> None:
    """Adds what forms, flows, responses and mappings bring."""
    for form in group.forms:
        skill.forms.setdefault(form, domain.forms[form].location)
    add_forms(skill, domain)
    for flow in group.flows:
        add_flow(skill, flows[flow], domain)
    for form in skill.forms:
        skill.sources[Source("form", form, domain.forms[form].location)] = None
    for intent in group.intents:
        for name, found in examples.get(intent, {}).items():
            if "/" in name:
                skill.sources[Source("retrieval_intent", name, found.location)] = None
    for response, where in skill.responses.items():
        for slot in domain.reads.get(response, ()):
            skill.read(slot, where)
    if any(source.kind in ("rule", "story", "form") for source in skill.sources):
        entities = entities_of(_examples_of(group, examples), (), domain)
        add_mappings(skill, group.intents, entities, domain)


def _examples_of(group: Group, examples: _Examples) -> list[IntentExamples]:
    return [each for intent in group.intents for each in examples.get(intent, {}).values()]


def _skill(
    name: str, group: Group, content: Contents, domain: BotDomain, examples: _Examples
) -> Skill:
    own = _examples_of(group, examples)
    required = {slot for form in content.forms for slot in domain.forms[form].required}
    stories = [s for s in content.sources if s.kind in ("rule", "story")]
    counts = {
        "forms": len(content.forms),
        "required slots": len(required),
        "branches": content.branches,
        "answers": len(content.inside),
        "custom actions": len(content.custom_actions),
        "rules and stories": len(stories),
        "dead ends": content.dead_ends,
    }
    return Skill(
        name=name,
        entry_intents=tuple(i for i in group.intents if not i.startswith(TEXT)),
        inside=tuple(content.inside),
        actions=tuple(content.actions),
        forms=tuple(content.forms),
        slots_read=tuple(content.reads),
        slots_written=tuple(content.writes),
        responses=tuple(content.responses),
        entities=entities_of(own, content.forms, domain),
        examples=sum(len(each.texts) for each in own),
        sources=tuple(content.sources),
        endings=tuple(content.endings),
        is_flow=bool(group.flows),
        effort_terms=() if group.flows else effort_terms(counts),
    )
