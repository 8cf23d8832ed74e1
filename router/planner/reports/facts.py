"""The one object that every report is made from, and what it says in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from router.plan.model import MigrationPlan
from router.planner.first_plan import flows_of
from router.planner.merging import Merged
from router.planner.model import Inventory, Proposal, ProposedArea, Skill, Traffic
from router.planner.reports.contents import contents, counted, places

__all__ = [
    "AreaRow",
    "PlanReport",
    "SkillRow",
    "area_rows",
    "change_in_words",
    "costs_of",
    "effort_in_words",
    "kept_in_both",
    "percent",
    "reasons",
    "skill_rows",
    "totals",
]


@dataclass(frozen=True)
class PlanReport:
    """What a run of `coexist plan` found, proposes, and does to the file.

    `remarks` are what the plan can't say of how the bot routes, and what Rasa refuses.
    `is_written` tells whether the file has been written.
    """

    inventory: Inventory
    proposal: Proposal
    merged: Merged
    traffic: Traffic | None = None
    remarks: tuple[str, ...] = ()
    is_written: bool = False


@dataclass(frozen=True)
class SkillRow:
    """A skill; `area` is the plan's, `traffic` and `dead_ends` are empty without conversations.

    `contents` are names by what they are, `places` the files and lines that it was read from.
    """

    name: str
    intents: str
    area: str
    examples: str
    traffic: str
    dead_ends: str
    points: str
    effort: str
    contents: Mapping[str, tuple[str, ...]]
    places: Sequence[str]


@dataclass(frozen=True)
class AreaRow:
    """A proposed area; `plan` is its stage, or says where else the plan has its skills."""

    number: str
    name: str
    skills: str
    plan: str
    cohesion: str
    cut: str
    risk: str
    effort: str
    traffic: str
    costs: tuple[str, ...]


def skill_rows(report: PlanReport) -> list[SkillRow]:
    """The skills, by traffic and name; those of flows alone, which are there already, last."""
    found = report.inventory.skills.values()
    used = report.traffic.skills if report.traffic else {}

    def order(skill: Skill) -> tuple[bool, int, str]:
        count = used[skill.name].conversations if skill.name in used else 0
        return skill.is_flow, -count, skill.name

    return [_skill_row(report, skill) for skill in sorted(found, key=order)]


def area_rows(report: PlanReport) -> list[AreaRow]:
    """The areas in the order of their migration."""
    return [
        AreaRow(
            number=str(number),
            name=area.name,
            skills=", ".join(area.skills),
            plan=_stages(report, area),
            cohesion=percent(area.cohesion),
            cut=percent(area.cut),
            risk=percent(area.risk),
            effort=f"{area.effort:g}",
            traffic=percent(area.traffic) if report.traffic else "",
            costs=costs_of(area),
        )
        for number, area in enumerate(report.proposal.areas, start=1)
    ]


def kept_in_both(proposal: Proposal, plan: MigrationPlan) -> dict[str, str]:
    """Skills that both systems keep, and why: by the plan, and else by the proposal."""
    planned = {kept.skill: kept.reason for kept in plan.keep_in_both}
    return {**proposal.keep_both, **planned}


def reasons(report: PlanReport) -> list[str]:
    """Why something of the bot, its conversations or its routing isn't in the plan."""
    traffic = report.traffic.reasons if report.traffic else ()
    return [*report.inventory.reasons, *traffic, *report.remarks]


def totals(report: PlanReport) -> str:
    """What was read, in one line."""
    skills = report.inventory.skills.values()
    effort = sum(skill.effort for skill in skills)
    parts = [
        counted(len(skills), "skill"),
        f"{sum(skill.is_flow for skill in skills)} of them with flows",
        f"{effort:g} point{'' if effort == 1 else 's'} of effort",
        counted(len(report.proposal.areas), "area"),
    ]
    if report.traffic:
        parts.append(
            f"{counted(report.traffic.conversations, 'conversation')} with "
            f"{counted(report.traffic.turns, 'turn')}"
        )
    return ", ".join(parts) + "."


def change_in_words(report: PlanReport) -> list[str]:
    """What's new in the plan, what the bot no longer has, and what has become of the file."""
    merged = report.merged
    lines = [f"new: {each}" for each in merged.added]
    lines += [f"{each} Nothing was removed." for each in merged.gone]
    if merged.before is None:
        done = "is written" if report.is_written else "isn't there; this would be its first text"
        lines.append(f"{merged.file} {done}.")
    elif not merged.changes:
        lines.append(f"{merged.file} has all of it: nothing to add.")
    elif report.is_written:
        lines.append(f"{merged.file} is written; what was in it is as it was.")
    else:
        lines.append(f"{merged.file} is as it was. Write the additions with --write.")
    return lines


def effort_in_words(skill: Skill) -> str:
    """Points, and the counts and weights that make them."""
    if not skill.effort_terms:
        return "0 (a flow)" if skill.is_flow else "0"
    terms = (f"{name} {count} x {weight:g}" for name, count, weight in skill.effort_terms)
    return f"{skill.effort:g} = {' + '.join(terms)}"


def percent(share: float) -> str:
    """A share of 0 to 1, as people write it."""
    return f"{share:.0%}"


def _skill_row(report: PlanReport, skill: Skill) -> SkillRow:
    traffic, dead_ends = "", ""
    if report.traffic:
        all_of_them = max(report.traffic.conversations, 1)
        used = report.traffic.skills.get(skill.name)
        count = used.conversations if used else 0
        traffic = f"{count} ({percent(count / all_of_them)})"
        dead_ends = str(used.fallbacks + used.restarts + used.repeated_questions if used else 0)
    return SkillRow(
        name=skill.name,
        intents=", ".join(skill.entry_intents) or _opened_by(skill),
        area=_home(report, skill.name),
        traffic=traffic,
        examples=str(skill.examples),
        dead_ends=dead_ends,
        points=f"{skill.effort:g}",
        effort=effort_in_words(skill),
        contents=contents(skill),
        places=places(skill),
    )


def _opened_by(skill: Skill) -> str:
    flows = ", ".join(flows_of(skill))
    return f"(flow {flows})" if flows else ""


def _home(report: PlanReport, skill: str) -> str:
    plan = report.merged.plan
    for name, area in plan.areas.items():
        if skill in area.skills:
            return f"{name}: {area.stage}"
    return "one turn" if skill in plan.one_turn.skills else "not planned"


def _stages(report: PlanReport, area: ProposedArea) -> str:
    homes = dict.fromkeys(_home(report, skill) for skill in area.skills)
    return ", ".join(home.removeprefix(f"{area.name}: ") for home in homes)


def costs_of(area: ProposedArea) -> tuple[str, ...]:
    """What moving it breaks, or the border breaks once it has moved, and slots to share."""
    shared = ", ".join(area.shared_slots)
    return (*area.costs, *([f"slots to share: {shared}"] if shared else []))
