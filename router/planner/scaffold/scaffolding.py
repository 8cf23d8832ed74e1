"""From an area's name to everything that is drafted for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from router.flows.yaml_source import read_yaml
from router.plan.insertion import with_additions as with_plan_additions
from router.plan.model import MigrationPlan
from router.plan.reading import read_plan
from router.planner.model import Skill
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.domain_drafts import (
    domain_additions,
    domain_parts,
    domain_text,
    slot_additions,
    slots_to_share,
)
from router.planner.scaffold.e2e_drafts import tests_text
from router.planner.scaffold.edits import Edits, text_of
from router.planner.scaffold.flow_text import flows_text
from router.planner.scaffold.flows import flows_of
from router.planner.scaffold.handoff_drafts import handoffs_text
from router.planner.scaffold.model import DraftFlow, Edit, NewFile, Scaffold
from router.planner.scaffold.old_handoffs import old_handoffs
from router.planner.scaffold.reading import area_of, read_bot, skills_to_draft, targets_of
from router.planner.scaffold.remarks import expected_warnings, missing_in_config, old_forms
from router.planner.scaffold.resets import Resets, resets

__all__ = ["scaffold"]


def scaffold(
    name: str, *, config: Path, domain: Path, data: Sequence[Path], plan: Path, tests: Path
) -> Scaffold:
    """Drafts what moves an area, or a single skill, to CALM; nothing is written.

    Args:
        name: an area of the plan, or a skill of the bot.
        config: config.yml, which says where flows are.
        domain: a domain file or a folder of them.
        data: files and folders of training data.
        plan: migration.yml, be it there or not.
        tests: the folder of end-to-end tests.

    Raises:
        InvalidPlan: the plan can't be read, or there's neither area nor skill of that name.
        InvalidFile: a file that would be changed can't be read.
    """
    planned = read_plan(plan) if plan.exists() else MigrationPlan()
    area = area_of(name, planned)
    targets = targets_of(area, config, domain, data, tests)
    bot = read_bot(targets, config, domain, data)
    names = skills_to_draft(name, planned, bot.inventory, plan)
    left_out: list[str] = []
    flows = _flows(area, names, planned, bot, left_out)
    staying = _staying(names, planned, bot)
    kept = _kept(planned, bot)
    moving = [name for name in names if name in bot.inventory.skills]
    shared = slots_to_share(flows, moving, [*staying, *kept], bot)
    parts = domain_parts(flows)
    edits = Edits(left_out)
    files = []
    if flows:
        files.append(_new(targets.flows, flows_text(flows, area)))
    if parts and targets.domain:
        files.append(_new(targets.domain, domain_text(parts, area)))
    elif parts:
        there = read_yaml(domain) or {}
        edits.add((str(domain), each) for each in domain_additions(parts, there))
    edits.add(slot_additions(flows, shared, bot))
    sticky = _sticky(names, planned, bot)
    entered = {intent for skill in kept for intent in skill.entry_intents}
    entered -= set(planned.one_turn.intents)
    made = _resets(sticky | entered, [*staying, *kept], bot)
    edits.add(made.additions)
    left_out += made.left_out
    files += (_new(targets.tests / f"test_{f.id}.yml", tests_text(f, area, bot)) for f in flows)
    handed = handoffs_text(area, flows, staying, sticky - made.unreleased, bot)
    if handed:
        files.append(_new(targets.tests / "test_handoffs.yml", handed))
    left_out += (*old_forms(bot), *missing_in_config(bot, config))
    opening = {intent for flow in flows for intent in flow.triggers}
    left_out += old_handoffs(area, opening, tests, targets.tests, bot)
    changed = [*edits.made(), *_plan_edit(area, flows, planned, plan)]
    return Scaffold(
        area=area,
        files=tuple(files),
        edits=tuple(changed),
        questions=tuple(dict.fromkeys(_questions(flows))),
        left_out=tuple(dict.fromkeys(left_out)),
        remarks=(*made.remarks, *expected_warnings(area, flows, shared, bot)),
    )


def _flows(
    area: str, names: Iterable[str], planned: MigrationPlan, bot: Bot, left_out: list[str]
) -> list[DraftFlow]:
    elsewhere = {
        intent for name, other in planned.areas.items() for intent in other.intents if name != area
    }
    taken = set(bot.taken)
    flows: list[DraftFlow] = []
    for name in names:
        skill = bot.inventory.skills.get(name)
        if skill is None:
            left_out.append(f"{name}: the bot has no skill of this name.")
            continue
        there = [s for s in skill.sources if s.kind == "flow" and s.location.file not in bot.own]
        if there:
            left_out.append(f"{name}: {there[0].location} is its flow already.")
            continue
        flows += flows_of(skill, bot, elsewhere, taken, left_out)
    return flows


def _staying(names: Collection[str], planned: MigrationPlan, bot: Bot) -> list[Skill]:
    """The skills that the NLU system keeps."""
    gone = {s for area in planned.areas.values() if area.is_calm for s in area.skills}
    return [
        skill
        for name, skill in bot.inventory.skills.items()
        if name not in gone and name not in names and not skill.is_flow
    ]


def _kept(planned: MigrationPlan, bot: Bot) -> list[Skill]:
    """The skills whose rules and stories stay, wherever they are answered."""
    found = (bot.inventory.skills.get(each.skill) for each in planned.keep_in_both)
    return [skill for skill in found if skill]


def _sticky(names: Collection[str], planned: MigrationPlan, bot: Bot) -> set[str]:
    """The intents that bind a conversation to the NLU system, once these skills have moved."""
    config = bot.project.setup.config
    sticky = set(config.nlu_entry.sticky) if config else set()
    if planned.areas:
        sticky = {i for a in planned.areas.values() if not a.is_calm for i in a.intents}
    moving = (bot.inventory.skills[name] for name in names if name in bot.inventory.skills)
    return sticky.difference(intent for skill in moving for intent in skill.entry_intents)


def _resets(sticky: Collection[str], staying: Iterable[Skill], bot: Bot) -> Resets:
    if bot.project.setup.entry is None:
        told = "Resets of rules and stories that stay: there's no router to be reset yet."
        return Resets(left_out=(told,))
    forms = dict.fromkeys(form for skill in staying for form in skill.forms)
    return resets(sticky, tuple(forms), bot)


def _plan_edit(
    area: str, flows: Sequence[DraftFlow], planned: MigrationPlan, file: Path
) -> Iterable[Edit]:
    """The area's new flows, in the plan."""
    if area not in planned.areas:
        return
    new = [flow.id for flow in flows if flow.id not in planned.areas[area].flows]
    if new:
        before = text_of(file)
        yield Edit(
            file,
            before,
            with_plan_additions(before, str(file), {"areas": {area: {"flows": new}}}),
        )


def _new(path: Path, text: str) -> NewFile:
    return NewFile(path, text, path.exists())


def _questions(flows: Sequence[DraftFlow]) -> Iterable[str]:
    for flow in flows:
        yield f"{flow.id}: What does it do for the user? The router and the model read it."
        todos = [*flow.todos]
        for step in flow.all_steps():
            todos += step.todos
            todos += (todo for branch in step.branches for todo in branch.todos)
        yield from (f"{flow.id}: {todo}" for todo in todos)
        for name, text in flow.responses.items():
            if text.startswith("TODO"):
                yield f"{flow.id}: {name} has no text yet."
