"""Where the reset stands in flows, rules and stories: last, once, and with a router."""

from __future__ import annotations

from collections.abc import Iterator

from router.checks.router_checks import ROUTER_OR_NOT
from router.checks.training_data import Dialogue, TrainingData
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION
from router.flows.model import ActionStep, Flow, Step

__all__ = ["reset_problems"]

_LISTEN = "action_listen"


def reset_problems(assistant: Assistant, training: TrainingData) -> Iterator[Problem]:
    """Resets that have nothing to reset, and steps that they keep from running."""
    places = [
        *(step.location for flow in assistant.flows.values() for step in _resets(flow)),
        *(
            step.location
            for dialogue in training.dialogues
            for step in dialogue.steps
            if step.kind == "action" and RESET_ACTION in step.names
        ),
    ]
    if not assistant.has_router:
        for place in places:
            message = f"{RESET_ACTION} without a router: there is nothing to reset."
            yield Problem(place, "reset-without-router", message, ROUTER_OR_NOT)
    for flow in assistant.flows.values():
        yield from _after_resets(flow)
    for dialogue in training.dialogues:
        yield from _after_reset_in(dialogue)


def _resets(flow: Flow) -> Iterator[Step]:
    for step in flow.steps:
        if isinstance(step, ActionStep) and step.action == RESET_ACTION:
            yield step


def _after_resets(flow: Flow) -> Iterator[Problem]:
    for reset in _resets(flow):
        for branch in reset.next:
            following = flow.step(branch.target)
            if following is None or _is_listening(following):
                continue
            if isinstance(following, ActionStep) and following.action == RESET_ACTION:
                yield _double(following.location)
            else:
                yield _never_run(following.location, f"flow '{flow.id}'")
            break


def _is_listening(step: Step) -> bool:
    return isinstance(step, ActionStep) and step.action == _LISTEN


def _after_reset_in(dialogue: Dialogue) -> Iterator[Problem]:
    has_reset = False
    for step in dialogue.steps:
        if step.kind == "user":
            has_reset = False
        elif step.kind == "action" and RESET_ACTION in step.names:
            if has_reset:
                yield _double(step.location)
            has_reset = True
        elif has_reset and (
            (step.kind == "action" and _LISTEN not in step.names)
            or (step.kind == "loop" and step.names != ("",))
        ):
            yield _never_run(step.location, f"'{dialogue.name}'")
            has_reset = False


def _never_run(place: Location, where: str) -> Problem:
    message = f"This step of {where} comes after {RESET_ACTION}, so it never runs."
    advice = "Move it before the reset, or remove it."
    return Problem(place, "steps-after-reset", message, advice, is_warning=True)


def _double(place: Location) -> Problem:
    message = f"{RESET_ACTION} twice in a row: the first one ends the turn."
    return Problem(place, "double-reset", message, "Remove one.", is_warning=True)
