"""Reading a flow's steps: nested lists are flattened, every `next` is resolved.

Format: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Union

from router.errors import Location
from router.flows.conditions import Condition
from router.flows.model import END, Branch, NoopStep, Step
from router.flows.sections import UNSUPPORTED_KEYS, UNUSED_KEYS, Findings, Section, quote
from router.flows.spelling import did_you_mean
from router.flows.step_kinds import KIND_KEYS, build_step, target_of
from router.flows.yaml_values import location_of

__all__ = ["read_steps"]

START = "START"
COMMON_KEYS = frozenset({"id", "next", "metadata"})
NEXT_ADVICE = (
    f"Write a step id, {END}, or a list of '- if: ... then: ...' items closed by '- else: ...'."
)


@dataclass(eq=False)
class _Way:
    condition: Condition | None
    target: Union[str, _Draft]
    location: Location
    condition_location: Location | None = None


@dataclass(eq=False)
class _Draft:
    """A step before all ids are known; no `ways` means that it has no `next` of its own."""

    section: Section
    kind: str
    ways: list[_Way] | None = None
    id: str = ""


def read_steps(flow: Section) -> tuple[Step, ...]:
    """The steps of a flow, flattened in file order; what's wrong goes to its findings.

    A step that can't be read is one that does nothing, so that its branches are kept.
    """
    before = flow.findings.error_count
    reading = _StepReading(flow)
    reading.read_list(flow.items("steps", "Write a list of steps."), is_nested=False)
    reading.name_steps()
    steps = tuple(reading.build())
    if flow.findings.error_count == before:
        _warn_of_unreachable(steps, flow)
    return steps


@dataclass
class _StepReading:
    flow: Section
    drafts: list[_Draft] = field(default_factory=list)

    @property
    def findings(self) -> Findings:
        return self.flow.findings

    def read_list(self, items: list[Any], *, is_nested: bool) -> _Draft | None:
        """Reads one list of steps, adding to `drafts`; its first step is returned."""
        siblings: list[_Draft | None] = []
        for index in range(len(items)):
            draft = self._draft(items, index)
            siblings.append(draft)
            if draft:
                self.drafts.append(draft)
                draft.ways = self._ways(draft)
        for draft, following in pairwise([*siblings, None]):
            if draft is None:
                continue
            is_last = draft is siblings[-1]
            if draft.kind == "link":
                self._check_link(draft, is_last)
                draft.ways = []
            elif draft.ways is None:
                is_needed = (is_nested and is_last) or draft.kind == "noop"
                if is_needed and "next" not in draft.section.misspelt:
                    self._missing_next(draft)
                target = following or END
                draft.ways = [_Way(None, target, draft.section.at())]
        return siblings[0] if siblings else None

    def _draft(self, items: list[Any], index: int) -> _Draft | None:
        advice = "Write a map, like '- action: utter_greet'."
        name = f"a step of {self.flow.name}"
        section = self.flow.subsection(items, index, name, advice)
        if section is None:
            return None
        kinds = [kind for kind in KIND_KEYS if kind in section]
        if len(kinds) != 1:
            place = section.at_key(kinds[1]) if kinds else section.at()
            given = f"has {' and '.join(kinds)}" if kinds else "has none"
            self.findings.error(
                "step-kind",
                place,
                f"A step has exactly one of {', '.join(KIND_KEYS)}; this one {given}.",
                "Split it into several steps." if kinds else _kind_meant(section),
            )
        if len(kinds) == 1:
            section.name = f"the '{kinds[0]}' step of {self.flow.name}"
            section.check_keys(
                {kinds[0], *KIND_KEYS[kinds[0]], *COMMON_KEYS},
                unused=UNUSED_KEYS,
                unsupported=UNSUPPORTED_KEYS,
            )
        return _Draft(section, kinds[0] if len(kinds) == 1 else "", id=self._given_id(section))

    def _given_id(self, section: Section) -> str:
        given = section.text("id", "Write an id.")
        if given not in (START, END):
            return given
        message = f"The step id {quote(given)} is reserved."
        self.findings.error("reserved-step-id", section.at("id"), message, "Choose another.")
        return ""

    def _check_link(self, draft: _Draft, is_last: bool) -> None:
        section = draft.section
        if "next" in section:
            message = "A 'link' ends its flow, so it has no 'next'."
            advice = "Remove 'next', or use 'call' to come back."
            self.findings.error("link-with-next", section.at_key("next"), message, advice)
        if not is_last:
            message = "A 'link' ends its flow, so the steps after it never run."
            advice = "Move it to the end of its list, or use 'call' to come back."
            self.findings.error("link-not-last", section.at_key("link"), message, advice)

    def _missing_next(self, draft: _Draft) -> None:
        if draft.kind == "noop":
            message = "A 'noop' step needs a 'next'."
        else:
            message = "The last step of a nested list needs a 'next'."
        advice = f"Write 'next: {END}' or the id of the step to go on with."
        self.findings.error("missing-next", draft.section.at(), message, advice)

    def _ways(self, draft: _Draft) -> list[_Way] | None:
        section = draft.section
        if "next" not in section:
            return None
        value = section.data["next"]
        if isinstance(value, str) and value:
            return [_Way(None, value, section.at("next"))]
        branches = section.items("next", NEXT_ADVICE)
        ways = [way for index in range(len(branches)) for way in self._branch(branches, index)]
        maps = [branch for branch in branches if isinstance(branch, Mapping)]
        if any("if" in each for each in maps) and not any("else" in each for each in maps):
            message = "These branches don't say what happens when no condition holds."
            advice = f"Close the list with '- else: ...' ({END} or a step id)."
            self.findings.error("missing-else", location_of(branches), message, advice)
        return ways

    def _branch(self, branches: list[Any], index: int) -> Iterator[_Way]:
        name = f"a branch in {self.flow.name}"
        branch = self.flow.subsection(branches, index, name, NEXT_ADVICE)
        if branch is None:
            return
        if "else" in branch:
            if "if" in branch or "then" in branch or index < len(branches) - 1:
                message = "'else' is the last item of its list, and alone in it."
                advice = "Write '- else: ...' below the '- if: ... then: ...' items."
                self.findings.error("misplaced-else", branch.at_key("else"), message, advice)
            branch.check_keys({"if", "then", "else"})
            yield self._way(branch, "else", None)
        else:
            branch.check_keys({"if", "then"})
            condition = branch.condition("if")
            branch.require("if", "Write 'if' and a condition, or '- else: ...'.")
            if branch.require("then", f"Write 'then' and a step id, {END} or a list of steps."):
                yield self._way(branch, "then", condition)
            elif condition:
                yield _Way(condition, END, branch.at("if"))

    def _way(self, branch: Section, key: str, condition: Condition | None) -> _Way:
        value = branch.data[key]
        at_condition = branch.at("if") if condition else None
        if isinstance(value, str) and value:
            return _Way(condition, value, branch.at(key), at_condition)
        items = branch.items(key, f"Write a step id, {END} or a list of steps.")
        first = self.read_list(items, is_nested=True)
        return _Way(condition, first or END, branch.at(key), at_condition)

    def name_steps(self) -> None:
        """Gives an id to each step that has none."""
        taken: dict[str, _Draft] = {}
        for draft in self.drafts:
            if draft.id in taken:
                place = taken[draft.id].section.at("id")
                message = f"Two steps have the id {quote(draft.id)}: at {place} and here."
                location = draft.section.at("id")
                self.findings.error("duplicate-step-id", location, message, "Rename one.")
            elif draft.id:
                taken[draft.id] = draft
        for index, draft in enumerate(self.drafts):
            if not draft.id:
                target = target_of(draft.kind, draft.section)
                draft.id = f"{index}_{draft.kind}_{target}" if target else f"{index}_{draft.kind}"
                while draft.id in taken:
                    draft.id += "_"
                taken[draft.id] = draft

    def build(self) -> Iterator[Step]:
        """The finished steps, in file order."""
        known = {draft.id for draft in self.drafts}
        for draft in self.drafts:
            branches = tuple(self._resolved(way, known) for way in draft.ways or ())
            section = draft.section
            branches = branches or (Branch(None, END),)
            step = build_step(draft.kind, section, draft.id, branches)
            yield step or NoopStep(draft.id, branches, section.at())

    def _resolved(self, way: _Way, known: set[str]) -> Branch:
        place = way.condition_location or way.location
        if isinstance(way.target, _Draft):
            return Branch(way.condition, way.target.id, place)
        if way.target != END and way.target not in known:
            message = f"There is no step {quote(way.target)} in {self.flow.name}."
            advice = did_you_mean(way.target, {*known, END}, f"Write the id of a step, or {END}.")
            self.findings.error("unknown-step", way.location, message, advice)
        return Branch(way.condition, way.target, place)


def _kind_meant(section: Section) -> str:
    known = {*COMMON_KEYS, *UNUSED_KEYS, *(key for keys in KIND_KEYS.values() for key in keys)}
    guesses = (did_you_mean(key, KIND_KEYS) for key in section.data if key not in known)
    return next(filter(None, guesses), "Add the one that's meant.")


def _warn_of_unreachable(steps: tuple[Step, ...], flow: Section) -> None:
    by_id = {step.id: step for step in steps}
    reached: set[str] = set()
    open_ids = [step.id for step in steps[:1]]
    while open_ids:
        step_id = open_ids.pop()
        if step_id in by_id and step_id not in reached:
            reached.add(step_id)
            open_ids += [branch.target for branch in by_id[step_id].next]
    for step in steps:
        if step.id not in reached:
            message = f"No other step leads to the step {quote(step.id)} of {flow.name}."
            advice = "Name it in a 'next', or remove it."
            flow.findings.warning("unreachable-step", step.location, message, advice)
