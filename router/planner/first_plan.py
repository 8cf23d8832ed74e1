"""A first plan of a proposal: who answers what stays as it is, only in one file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from router.plan.model import Area, KeptInBoth, MigrationPlan, OneTurn
from router.planner.model import Inventory, Proposal, Skill
from router.planner.present import Present

__all__ = ["FirstPlan", "first_plan", "flows_of", "in_words"]

_FORM = re.compile(r"[_\- ]?form$")
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class FirstPlan:
    """The plan, and remarks on what of the bot a plan can't say."""

    plan: MigrationPlan
    remarks: tuple[str, ...] = ()


def first_plan(inventory: Inventory, proposal: Proposal, present: Present) -> FirstPlan:
    """The proposal's areas as a plan.

    An area is CALM's if the router's lists say so of its intents, or if it has flows only; then
    it comes first, for it has moved. One that's half CALM's becomes two, since an area has one
    stage; both have a note on it, and the larger one keeps the name.
    What the router answers for one turn does so in the plan, too, and so do skills to keep in
    both systems that have neither form nor flow, and intents that open no skill. Other skills to
    keep in both have an area of their own, and stand in `keep_in_both`.
    """
    draft = _Draft(inventory.skills, present)
    for area in proposal.areas:
        draft.add_area(area.name, area.skills)
    for name, reason in proposal.keep_both.items():
        draft.keep(name, reason)
    draft.add_answers()
    return draft.finished()


def flows_of(skill: Skill) -> tuple[str, ...]:
    """The flows that it has already."""
    return tuple(source.name for source in skill.sources if source.kind == "flow")


def in_words(skills: Iterable[str]) -> str:
    """What skills do, as far as their names tell: `handles block card and pay bill`."""
    names = [_NOT_A_WORD.sub(" ", _FORM.sub("", name) or name).strip() for name in skills]
    *others, last = dict.fromkeys(names) if names else [""]
    if not last:
        return ""
    return f"handles {', '.join(others)} and {last}" if others else f"handles {last}"


@dataclass
class _Half:
    """What of an area one system has; `opened` are the skills that users ask for by an intent."""

    skills: list[str] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)

    @property
    def main(self) -> str:
        """The first of its skills, as a name."""
        first = (self.opened or self.skills or self.intents)[0]
        return _FORM.sub("", first) or first

    def area(self, stage: str, notes: str) -> Area:
        return Area.model_validate(
            {
                "description": in_words(self.opened or self.skills or self.intents),
                "stage": stage,
                "skills": self.skills,
                "intents": self.intents,
                "flows": self.flows,
                "notes": notes,
            }
        )


@dataclass
class _Draft:
    skills: Mapping[str, Skill]
    present: Present
    areas: dict[str, Area] = field(default_factory=dict)
    one_turn: _Half = field(default_factory=_Half)
    reasons: list[str] = field(default_factory=list)
    kept: list[KeptInBoth] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add_area(self, name: str, skills: Sequence[str]) -> None:
        halves = {"calm": _Half(), "nlu": _Half()}
        for each in skills:
            self._add_skill(self.skills[each], halves)
        filled = {stage: half for stage, half in halves.items() if half.skills or half.intents}
        larger = max(filled.values(), key=lambda half: len(half.skills), default=None)
        names: dict[str, str] = {}
        for stage, half in filled.items():
            names[stage] = self._free(name if half is larger else half.main, names.values())
        for stage, half in filled.items():
            others = (names[other] for other in filled if other != stage)
            said = (f"Belongs together with {o}: only one of the two has moved." for o in others)
            self.areas[names[stage]] = half.area(stage, "\n".join(said))

    def keep(self, name: str, reason: str) -> None:
        """Puts a skill that both systems need where it takes no route, or else into an area."""
        skill = self.skills[name]
        is_listed = any(intent in self.present.routes for intent in skill.entry_intents)
        said = f"{name}: {reason}"
        if not is_listed and skill.entry_intents and not (skill.is_flow or skill.forms):
            self._add_once(name, skill.entry_intents)
            self.reasons.append(said)
        elif is_listed and set(self._routes(skill)) == {"nlu_once"}:
            self.add_area(name, [name])
            self.reasons.append(said)
        else:
            self.add_area(name, [name])
            self.kept.append(KeptInBoth(skill=name, reason=reason))

    def add_answers(self) -> None:
        """Adds the intents that occur, but open nothing: out of the blue they keep no route."""
        opening = {intent for skill in self.skills.values() for intent in skill.entry_intents}
        inside = (intent for skill in self.skills.values() for intent in skill.inside)
        listed = (name for name, to in self.present.routes.items() if to == "nlu_once")
        known = self.present.intents
        for intent in dict.fromkeys((*listed, *inside)):
            route = self.present.routes.get(intent, "nlu_once")
            if intent in known and intent not in opening and route == "nlu_once":
                self._add_once(None, [intent])

    def finished(self) -> FirstPlan:
        once = self.one_turn
        moved_first = sorted(self.areas.items(), key=lambda item: not item[1].is_calm)
        plan = MigrationPlan(
            areas=dict(moved_first),
            one_turn=OneTurn(
                description=in_words(once.skills or once.intents),
                skills=tuple(once.skills),
                intents=tuple(once.intents),
                reason="\n".join(self.reasons),
            ),
            keep_in_both=tuple(self.kept),
            shared_slots=self.present.shared_slots,
        )
        return FirstPlan(plan, (*self.remarks, *self._left_out(plan)))

    def _add_skill(self, skill: Skill, halves: Mapping[str, _Half]) -> None:
        routes = self._routes(skill)
        if set(routes) == {"nlu_once"} and not flows_of(skill):
            self._add_once(skill.name, skill.entry_intents)
            return
        home = next((to for to in routes if to in halves), "calm" if skill.is_flow else "nlu")
        halves[home].skills.append(skill.name)
        halves[home].flows.extend(flows_of(skill))
        halves[home].opened.extend([skill.name] if skill.entry_intents else [])
        for intent, to in zip(skill.entry_intents, routes, strict=True):
            if to in halves:
                halves[to].intents.append(intent)
            elif to == "nlu_once":
                self._add_once(None, [intent])

    def _free(self, name: str, taken: Collection[str]) -> str:
        numbered = (f"{name}_{number}" for number in count(2))
        known = {*self.areas, *taken}
        return next(each for each in chain([name], numbered) if each not in known)

    def _add_once(self, skill: str | None, intents: Iterable[str]) -> None:
        self.one_turn.skills.extend([skill] if skill else [])
        self.one_turn.intents.extend(i for i in intents if i not in self.one_turn.intents)

    def _routes(self, skill: Skill) -> list[str]:
        """Where each of its entry intents goes; `` for what a plan has no place for."""
        return [
            "" if intent in self.present.out_of_scope else self.present.route(intent, skill)
            for intent in skill.entry_intents
        ]

    def _left_out(self, plan: MigrationPlan) -> Iterator[str]:
        planned: set[str] = set(plan.one_turn.intents)
        planned.update(intent for area in plan.areas.values() for intent in area.intents)
        listed: dict[str, Collection[str]] = {
            "calm_entry.non_sticky": [
                name for name, to in self.present.routes.items() if to == "calm_once"
            ],
            "out_of_scope": sorted(self.present.out_of_scope),
        }
        for key, names in listed.items():
            if names:
                yield f"A plan has no place for {key} ({', '.join(names)}): keep it in config.yml."
        told = {name for names in listed.values() for name in names}
        rest = sorted(self.present.routes.keys() - planned - told)
        if rest:
            what = f"The router lists what opens no skill ({', '.join(rest)})"
            yield f"{what}: keep it in config.yml, or put it into an area."
