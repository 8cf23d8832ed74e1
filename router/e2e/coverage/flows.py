"""Which steps and branches of the flows, and which patterns, passing cases went through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.checks.project import Project
from router.e2e.coverage.cases_by_item import CasesBy, Passed, area
from router.e2e.coverage.model import Area
from router.e2e.places import Place
from router.flows.assistant import Assistant
from router.flows.model import Branch, CallStep, Flow, LinkStep

__all__ = ["flow_areas"]

# The engine runs these by itself, whatever makes commands of messages.
_OF_THE_ENGINE = frozenset(
    {
        "pattern_cannot_handle",
        "pattern_collect_information",
        "pattern_completed",
        "pattern_continue_interrupted",
        "pattern_correction",
        "pattern_internal_error",
    }
)
# It takes a model trained anew in the middle of a conversation.
_NEVER_IN_A_TEST = frozenset({"pattern_code_change"})


def flow_areas(passed: Sequence[Passed], project: Project, assistant: Assistant) -> dict[str, Area]:
    """The areas `flows` (an item a step), `branches` and `patterns`.

    A step counts once it is done: a question that is asked and never answered doesn't. A
    branch is a way on that has a condition, or the `else` of such ones. Patterns are those
    that something in this bot can run, the default ones included; each is one item.
    """
    steps = CasesBy.of(_steps_done(passed))
    branches = CasesBy.of(_branches_taken(passed))
    patterns = CasesBy.of(_flows_run(passed))
    flows = [flow for flow in project.flows.values() if not flow.is_pattern]
    return {
        "flows": area(
            (f"{flow.id}/{step.id}", Place.of(step.location), steps((flow.id, step.id)))
            for flow in flows
            for step in flow.steps
        ),
        "branches": area(
            (
                f"{flow.id}/{step.id} -> {branch.target} ({_condition(branch)})",
                Place.of(branch.location),
                branches((flow.id, step.id, index)),
            )
            for flow in flows
            for step in flow.steps
            if any(branch.condition is not None for branch in step.next)
            for index, branch in enumerate(step.next)
        ),
        "patterns": area(
            (
                pattern.id,
                Place.of(pattern.location) if pattern.id in project.flows else None,
                patterns(pattern.id),
            )
            for pattern in _patterns_in_use(project, assistant)
        ),
    }


def _steps_done(passed: Sequence[Passed]) -> Iterator[tuple[object, str]]:
    for case, turns in passed:
        for turn in turns:
            for step in turn.trace:
                if step.kind == "left":
                    yield (step.flow, step.step), case.id


def _branches_taken(passed: Sequence[Passed]) -> Iterator[tuple[object, str]]:
    for case, turns in passed:
        for turn in turns:
            for step in turn.trace:
                if step.kind == "left":
                    yield (step.flow, step.step, step.branch), case.id


def _flows_run(passed: Sequence[Passed]) -> Iterator[tuple[object, str]]:
    for case, turns in passed:
        for turn in turns:
            for step in turn.trace:
                yield step.flow, case.id


def _condition(branch: Branch) -> str:
    return "else" if branch.condition is None else branch.condition.text


def _patterns_in_use(project: Project, assistant: Assistant) -> Iterator[Flow]:
    if not project.flows:
        return
    named = {
        step.flow
        for flow in assistant.all_flows.values()
        for step in flow.steps
        if isinstance(step, CallStep | LinkStep)
    }
    for flow in assistant.all_flows.values():
        if flow.is_pattern and flow.id not in _NEVER_IN_A_TEST:
            by_itself = flow.id in _OF_THE_ENGINE or flow.id in named
            if by_itself or flow.nlu_triggers or project.setup.has_generator:
                yield flow
