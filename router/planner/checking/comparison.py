"""A plan, and all that it is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Literal

from router.checks.project import Project
from router.checks.rasa_names import CONTROL_INTENTS, DEFAULT_INTENTS
from router.flows.assistant import Assistant
from router.flows.model import Flow
from router.plan.model import Area, MigrationPlan
from router.plan.places import PlanPlaces
from router.planner.checking.evidence import TestEvidence
from router.planner.model import Inventory, Skill

__all__ = ["ONE_TURN", "Comparison", "Path", "System", "flows_of"]

#: The part of a plan that is no area.
ONE_TURN = "one_turn"
System = Literal["calm", "nlu"]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What a check of a plan looks at. Parts of a plan are its areas, and `one_turn`.

    `tests` are files and folders of end-to-end tests.
    """

    plan: MigrationPlan
    places: PlanPlaces
    project: Project
    inventory: Inventory
    evidence: TestEvidence | None = None
    tests: Sequence[FilePath] = ()

    @cached_property
    def assistant(self) -> Assistant:
        """What the bot's files make."""
        return self.project.assistant()

    @cached_property
    def flows(self) -> Mapping[str, Flow]:
        """The bot's flows, those with errors too, and no patterns."""
        every = {**self.project.broken_flows, **self.project.flows}
        return {name: flow for name, flow in every.items() if not flow.is_pattern}

    @cached_property
    def moved(self) -> Mapping[str, Area]:
        """The areas that CALM answers by the plan."""
        return {name: area for name, area in self.plan.areas.items() if area.is_calm}

    @cached_property
    def part_of_intent(self) -> Mapping[str, str]:
        """Intent -> the part of the plan that lists it."""
        return {intent: part for part, _, intents in self.listed("intents") for intent in intents}

    @cached_property
    def part_of_flow(self) -> Mapping[str, str]:
        """Flow -> the area that lists it."""
        return {flow: name for name, area in self.plan.areas.items() for flow in area.flows}

    @cached_property
    def part_of_skill(self) -> Mapping[str, str]:
        """Skill -> its part of the plan: by its own name, its flows, or what opens it."""
        by_name = {skill: part for part, _, skills in self.listed("skills") for skill in skills}
        found = {}
        for skill in self.inventory.skills.values():
            choices = [
                by_name.get(skill.name),
                *(self.part_of_flow.get(flow) for flow in flows_of(skill)),
                *(self.part_of_intent.get(intent) for intent in skill.entry_intents),
            ]
            part = next((choice for choice in choices if choice), None)
            if part:
                found[skill.name] = part
        return found

    @cached_property
    def kept_in_both(self) -> frozenset[str]:
        """The skills that both systems have, whoever answers their area."""
        return frozenset(each.skill for each in self.plan.keep_in_both)

    @cached_property
    def triggered(self) -> frozenset[str]:
        """The intents that start a flow."""
        flows = self.flows.values()
        return frozenset(trigger.intent for flow in flows for trigger in flow.nlu_triggers)

    @cached_property
    def called(self) -> frozenset[str]:
        """The flows that others run: parts of them, that needn't be started."""
        return frozenset(
            target
            for flow in {**self.project.broken_flows, **self.project.flows}.values()
            for step in flow.steps
            if (target := getattr(step, "flow", ""))
        )

    def listed(self, key: Literal["skills", "intents"]) -> Iterator[tuple[str, Path, Path]]:
        """Part of the plan, the keys that lead to a list of it, and what the list has."""
        for name, area in self.plan.areas.items():
            yield name, ("areas", name, key), getattr(area, key)
        yield ONE_TURN, (ONE_TURN, key), getattr(self.plan.one_turn, key)

    def is_calm_intent(self, intent: str) -> bool:
        """Whether the part that lists an intent is CALM's."""
        return self.part_of_intent.get(intent) in self.moved

    def system_of(self, skill: str) -> System | None:
        """Who answers a skill by the plan; None if both may, or nobody planned it."""
        part = self.part_of_skill.get(skill)
        if part == ONE_TURN:
            return None
        if part is None:
            found = self.inventory.skills[skill]
            is_only_flow = found.is_flow and all(s.kind == "flow" for s in found.sources)
            return "calm" if is_only_flow else None
        return "calm" if part in self.moved else "nlu"

    @staticmethod
    def is_rasas(intent: str) -> bool:
        """Whether Rasa brings the intent, so that no plan needs to have it."""
        return intent in DEFAULT_INTENTS | CONTROL_INTENTS


def flows_of(skill: Skill) -> tuple[str, ...]:
    """The flows among what a skill was read from."""
    return tuple(source.name for source in skill.sources if source.kind == "flow")
