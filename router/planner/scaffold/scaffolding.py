"""From an area's name to everything that is drafted for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from router.checks.files import yaml_files
from router.checks.project import read_project
from router.errors import InvalidPlan, Location, Problem
from router.flows.spelling import did_you_mean
from router.flows.yaml_source import read_yaml
from router.plan.insertion import with_additions as with_plan_additions
from router.plan.model import MigrationPlan
from router.plan.reading import read_plan
from router.planner.inventory import read_inventory
from router.planner.inventory.bot_files import read_bot_files
from router.planner.model import Inventory, Skill
from router.planner.scaffold.bot import Bot, story_values
from router.planner.scaffold.domain_drafts import (
    domain_additions,
    domain_parts,
    domain_text,
    slot_additions,
    slots_to_share,
)
from router.planner.scaffold.e2e_drafts import tests_text
from router.planner.scaffold.flow_text import DRAFT, flows_text
from router.planner.scaffold.flows import flows_of, without_form
from router.planner.scaffold.model import DraftFlow, Edit, NewFile, Scaffold
from router.planner.scaffold.resets import reset_additions
from router.planner.scaffold.text_edits import Addition, with_additions

__all__ = ["scaffold"]

_NO_FILE_NAME = re.compile(r"[^\w-]+")


@dataclass(frozen=True)
class _Targets:
    flows: Path
    domain: Path | None
    tests: Path


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
    inventory = read_inventory(config, domain, data)
    area, names = _chosen(name, planned, inventory, plan)
    targets = _targets(area, config, domain, data, tests)
    bot = _bot(targets, inventory, config, domain, data)
    left_out: list[str] = []
    flows = _flows(area, names, planned, bot, left_out)
    staying = _staying(names, planned, bot)
    shared = slots_to_share(flows, [n for n in names if n in bot.inventory.skills], staying, bot)
    parts = domain_parts(flows)
    edits = _Edits(left_out)
    files = []
    if flows:
        files.append(_new(targets.flows, flows_text(flows, area)))
    if parts and targets.domain:
        files.append(_new(targets.domain, domain_text(parts, area)))
    elif parts:
        there = read_yaml(domain) or {}
        edits.add((str(domain), each) for each in domain_additions(parts, there))
    edits.add(slot_additions(flows, shared, bot))
    edits.add(_resets(names, planned, bot, left_out))
    files += (_new(targets.tests / f"test_{flow.id}.yml", tests_text(flow, bot)) for flow in flows)
    left_out += _missing_in_config(bot, config)
    changed = [*edits.made(), *_plan_edit(area, flows, planned, plan)]
    return Scaffold(
        area=area,
        files=tuple(files),
        edits=tuple(changed),
        questions=tuple(dict.fromkeys(_questions(flows))),
        left_out=tuple(dict.fromkeys(left_out)),
    )


def _chosen(
    name: str, planned: MigrationPlan, inventory: Inventory, file: Path
) -> tuple[str, tuple[str, ...]]:
    """The area, and the skills to draft."""
    if name in planned.areas:
        return name, planned.areas[name].skills
    if name in inventory.skills:
        areas = (each for each, area in planned.areas.items() if name in area.skills)
        return next(areas, without_form(name)), (name,)
    known = [*planned.areas, *inventory.skills]
    message = f"There is neither an area nor a skill '{name}'."
    listed = f"Areas are {', '.join(planned.areas)}." if planned.areas else "Run `coexist plan`."
    advice = did_you_mean(name, known, listed)
    raise InvalidPlan([Problem(Location(str(file)), "unknown-area", message, advice)])


def _targets(area: str, config: Path, domain: Path, data: Sequence[Path], tests: Path) -> _Targets:
    file = f"{_NO_FILE_NAME.sub('_', area)}.yml"
    setting = read_project(str(config) if config.exists() else None, None, []).setup.flows
    folder = config.parent / str(setting)
    if folder.suffix in (".yml", ".yaml") or isinstance(setting, list | tuple):
        folder = data[0] / "flows"  # flows may stand among the training data, too
    return _Targets(
        flows=folder / file,
        domain=domain / file if domain.is_dir() else None if domain.exists() else domain,
        tests=tests / file.removesuffix(".yml"),
    )


def _bot(
    targets: _Targets, inventory: Inventory, config: Path, domain: Path, data: Sequence[Path]
) -> Bot:
    own = [path for path in (targets.flows, targets.domain) if path and _is_draft(path)]
    project = read_project(
        str(config) if config.exists() else None, domain, data, folder=config.parent
    )
    return Bot(
        project=project,
        files=read_bot_files(config, domain, data),
        inventory=inventory,
        values=story_values(yaml_files(path for path in data if path.exists())),
        own=frozenset(map(str, own)),
    )


def _is_draft(path: Path) -> bool:
    return path.exists() and path.read_text("utf-8", errors="replace").startswith(DRAFT)


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


def _resets(
    names: Collection[str], planned: MigrationPlan, bot: Bot, left_out: list[str]
) -> Iterable[tuple[str, Addition]]:
    setup = bot.project.setup
    if setup.entry is None:
        left_out.append("Resets of rules and stories that stay: there's no router to be reset yet.")
        return ()
    sticky = set(setup.config.nlu_entry.sticky) if setup.config else set()
    if planned.areas:
        sticky = {i for a in planned.areas.values() if not a.is_calm for i in a.intents}
    sticky.difference_update(
        intent
        for name in names
        if name in bot.inventory.skills
        for intent in bot.inventory.skills[name].entry_intents
    )
    return reset_additions(sticky, bot, left_out)


def _missing_in_config(bot: Bot, config: Path) -> Iterable[str]:
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


def _plan_edit(
    area: str, flows: Sequence[DraftFlow], planned: MigrationPlan, file: Path
) -> Iterable[Edit]:
    """The area's new flows, in the plan."""
    if area not in planned.areas:
        return
    new = [flow.id for flow in flows if flow.id not in planned.areas[area].flows]
    if new:
        before = _text(file)
        yield Edit(
            file,
            before,
            with_plan_additions(before, str(file), {"areas": {area: {"flows": new}}}),
        )


class _Edits:
    """Additions by file."""

    def __init__(self, left_out: list[str]) -> None:
        self.left_out = left_out
        self.by_file: dict[str, list[Addition]] = {}

    def add(self, additions: Iterable[tuple[str, Addition]]) -> None:
        for file, addition in additions:
            self.by_file.setdefault(file, []).append(addition)

    def made(self) -> Iterable[Edit]:
        for file, additions in self.by_file.items():
            before = after = _text(Path(file))
            changed = with_additions(before, file, additions)
            if changed is None:  # one of them can't be put in: the others may
                for each in additions:
                    changed = with_additions(after, file, [each])
                    after = after if changed is None else changed
                    if changed is None:
                        self._leave_out(file, each)
            else:
                after = changed
            if after != before:
                yield Edit(Path(file), before, after)

    def _leave_out(self, file: str, addition: Addition) -> None:
        keys = ".".join(map(str, addition.path))
        key = f"{addition.key}: " if addition.key else ""
        self.left_out.append(
            f"{file}: `{key}{addition.value}` can't be put below {keys} as it's written there: "
            "add it by hand."
        )


def _text(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


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
