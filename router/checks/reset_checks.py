"""Where the reset stands in flows, rules and stories: last, once, and with a router."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from router.checks.router_checks import ROUTER_OR_NOT
from router.checks.training_data import Dialogue, TrainingData
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION
from router.flows.model import ActionStep, CallStep, Flow, Step

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
    resetting = _resetting_flows(assistant.flows)
    for flow in assistant.flows.values():
        if "steps" not in flow.unread:
            yield from _after_resets(flow, resetting)
    for dialogue in training.dialogues:
        yield from _after_reset_in(dialogue)


def _resets(flow: Flow) -> Iterator[Step]:
    for step in flow.steps:
        if _is_reset(step):
            yield step


def _resetting_flows(flows: Mapping[str, Flow]) -> frozenset[str]:
    """The flows that reset whichever way they take, be it in a flow that they call."""
    callers: dict[str, list[Flow]] = {}
    for flow in flows.values():
        for called in flow.called_flows:
            callers.setdefault(called, []).append(flow)
    found: set[str] = set()
    waiting = [flow for flow in flows.values() if any(_resets(flow))]
    while waiting:
        flow = waiting.pop()
        if flow.id not in found and _always_resets(flow, found):
            found.add(flow.id)
            waiting += callers.get(flow.id, ())
    return frozenset(found)


def _always_resets(flow: Flow, resetting: Collection[str]) -> bool:
    if "steps" in flow.unread:
        return False
    has_reset = False
    seen: set[str] = set()
    waiting = [step.id for step in flow.steps[:1]]
    while waiting:
        step = flow.step(waiting.pop())
        if step is None:  # the end, without a reset
            return False
        if step.id in seen:
            continue
        seen.add(step.id)
        if _is_reset(step) or _calls_one_of(step, resetting):
            has_reset = True
        else:
            waiting += [branch.target for branch in step.next]
    return has_reset


def _is_reset(step: Step) -> bool:
    return isinstance(step, ActionStep) and step.action == RESET_ACTION


def _calls_one_of(step: Step, flows: Collection[str]) -> bool:
    return isinstance(step, CallStep) and step.flow in flows


def _after_resets(flow: Flow, resetting: Collection[str]) -> Iterator[Problem]:
    for reset in flow.steps:
        if not _is_reset(reset) and not _calls_one_of(reset, resetting):
            continue
        what = f"the call of '{reset.flow}', which resets" if isinstance(reset, CallStep) else ""
        for branch in reset.next:
            following = flow.step(branch.target)
            if following is None or _is_listening(following):
                continue
            if _is_reset(following):
                yield _double(following.location)
            else:
                yield _never_run(following.location, f"flow '{flow.id}'", what or RESET_ACTION)
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


def _never_run(place: Location, where: str, what: str = RESET_ACTION) -> Problem:
    message = f"This step of {where} comes after {what}, so it never runs."
    advice = "Move it before the reset, or remove it."
    return Problem(place, "steps-after-reset", message, advice, is_warning=True)


def _double(place: Location) -> Problem:
    message = f"{RESET_ACTION} twice in a row: the first one ends the turn."
    return Problem(place, "double-reset", message, "Remove one.", is_warning=True)
