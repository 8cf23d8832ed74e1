"""Are the names in tests those of the bot? Told from its files, before anything runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from router.checks.consequences import without_consequences
from router.checks.project import Project
from router.checks.rasa_names import CONTROL_INTENTS, DEFAULT_ACTIONS
from router.checks.router_keys import short_name
from router.e2e.assertions import ASSERTIONS
from router.e2e.assertions.base import Named, NamedKind
from router.e2e.cases import Stub, TestCase, Turn
from router.errors import InvalidFile, Location, Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION
from router.flows.spelling import did_you_mean
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import location_of
from router.routing.payloads import parse_set_slots
from router.understanding.command_language import unreadable_lines

__all__ = ["check_names"]

# What decides on a message that a button sends.
_PAYLOAD = "payload"
_NAMED_BY_EVENTS: Mapping[str, NamedKind] = {"slot": "slot", "followup": "action"}
_INTENT = re.compile(r"/(?P<name>[^{@\s]+)\s*(?:[@{].*)?", re.DOTALL)
# The policies that Rasa adds to a config.yml that names none.
_RASAS_POLICIES = ("MemoizationPolicy", "RulePolicy", "TEDPolicy", "UnexpecTEDIntentPolicy")


class _Kind(NamedTuple):
    code: str
    noun: str
    otherwise: str


_KINDS: Mapping[NamedKind, _Kind] = {
    "flow": _Kind("unknown-flow", "flow", "Write a flow's id."),
    "step": _Kind("unknown-step", "step", "Give the step an id in the flow."),
    "slot": _Kind("unknown-slot", "slot", "Add it to the domain's slots."),
    "action": _Kind("unknown-action", "action", "Add it to the domain's actions."),
    "response": _Kind("unknown-response", "response", "Add it to the domain's responses."),
    "intent": _Kind("unknown-intent", "intent", "Add it to the domain's intents."),
    "policy": _Kind("unknown-policy", "policy", "Add it to the policies of config.yml."),
    "router": _Kind("unknown-router", "router", "Write the name of config.yml's router."),
}


def check_names(cases: Iterable[TestCase], project: Project) -> list[Problem]:
    """What test cases name that the bot doesn't have: sorted by place, each once.

    Flows, their steps, slots (of fixtures too), actions (stubs and what they give too),
    responses, intents, policies, routers, and what command lines name. Of what messages name
    (`/intent`, `/SetSlots`) it only warns. What only follows from a file of the bot that can't
    be read is left out.
    """
    known = _known(project)
    found = [problem for case in cases for problem in _case_problems(case, known)]
    return sorted(without_consequences(dict.fromkeys(found), project))


@dataclass(frozen=True)
class _Known:
    """The bot's names by kind; a kind that isn't there can't be told."""

    assistant: Assistant
    names: Mapping[NamedKind, frozenset[str]]
    custom_actions: frozenset[str]
    unread_flows: frozenset[str]

    def problem(self, kind: NamedKind, name: str, place: Location) -> Problem | None:
        """The error of a name that the bot doesn't have."""
        if kind == "step":
            return self._step_problem(name, place)
        if kind == "intent":
            name = name.partition("/")[0]
        names = self.names.get(kind)
        return None if names is None or name in names else _unknown(kind, name, names, place)

    def _step_problem(self, name: str, place: Location) -> Problem | None:
        flow_id, _, step = name.partition("/")
        flow = self.assistant.flow(flow_id)
        steps = {each.id for each in flow.steps} if flow else set()
        if flow is None or flow_id in self.unread_flows or step in steps:
            return None
        return _unknown("step", step, steps, place, f" in flow '{flow_id}'")


def _known(project: Project) -> _Known:
    assistant = project.assistant()
    actions = assistant.actions | DEFAULT_FLOW_ACTIONS | DEFAULT_ACTIONS | {RESET_ACTION}
    names: dict[NamedKind, frozenset[str]] = {
        "flow": frozenset(assistant.all_flows).union(project.broken_flows),
        "slot": frozenset(assistant.slots),
        "action": actions | assistant.responses,
        "response": assistant.responses,
        "intent": assistant.intents | CONTROL_INTENTS,
    }
    config = _policies(Path(project.setup.file))
    if config is not None:
        names["policy"] = config
        entry = project.setup.entry
        names["router"] = frozenset({_PAYLOAD, *([short_name(entry)] if entry else [])})
    return _Known(assistant, names, actions, frozenset(project.broken_flows))


def _policies(config: Path) -> frozenset[str] | None:
    """The policies of config.yml; None if it can't be read, which is told elsewhere."""
    try:
        data = read_yaml(config, collect=[])
    except InvalidFile:
        return None
    given = data.get("policies") if isinstance(data, Mapping) else None
    entries: list[Any] = given if isinstance(given, list) else []
    named = frozenset(short_name(entry) for entry in entries if isinstance(entry, Mapping))
    return named or frozenset(_RASAS_POLICIES)


def _case_problems(case: TestCase, known: _Known) -> Iterator[Problem]:
    for slot in case.slots:
        place = case.slot_places.get(slot, case.location)
        yield from _told(known.problem("slot", slot, place))
    for stub in case.stubs.values():
        if stub.action not in known.custom_actions:
            yield _unknown("action", stub.action, known.custom_actions, stub.location)
        yield from _stub_problems(stub, known)
    for turn in case.turns:
        yield from _message_problems(turn, known)
        yield from _command_problems(turn, known)
    for check in (*case.opening, *(check for turn in case.turns for check in turn.checks)):
        for each in ASSERTIONS[check.name].names(check.value):
            yield from _named_problems(each, known)


def _named_problems(named: Named, known: _Known) -> Iterator[Problem]:
    return _told(known.problem(named.kind, named.name, named.location))


def _stub_problems(stub: Stub, known: _Known) -> Iterator[Problem]:
    """What the events and responses of a stub name."""
    for event in stub.events:
        if kind := _NAMED_BY_EVENTS.get(event["event"]):
            yield from _told(known.problem(kind, event["name"], location_of(event, "name")))
    for each in stub.responses:
        if "response" in each:
            place = location_of(each, "response")
            yield from _told(known.problem("response", each["response"], place))


def _message_problems(turn: Turn, known: _Known) -> Iterator[Problem]:
    """What a message names: warnings, for a user may send what he likes, and a test too."""
    payload = parse_set_slots(turn.user)
    match = None if payload else _INTENT.fullmatch(turn.user.strip())
    found = [known.problem("intent", match["name"], turn.location)] if match else []
    for slot, _ in payload.slots if payload else ():
        found.append(known.problem("slot", slot, turn.location))
    for problem in found:
        if problem:
            yield replace(problem, is_warning=True)


def _command_problems(turn: Turn, known: _Known) -> Iterator[Problem]:
    for number, line in enumerate(turn.commands or ()):
        for each in unreadable_lines(line, known.assistant):
            place = dict(enumerate(turn.command_places)).get(number, turn.location)
            message = f"The command {each.text!r} can't be read, or names what the bot hasn't got."
            advice = f"Did you mean {each.nearest!r}?" if each.nearest else "Correct or remove it."
            if each.text.count("(") > each.text.count(")"):  # a list in brackets ends it there
                advice = "Put quotes round a line that holds a comma."
            yield Problem(place, "unreadable-command", message, advice)


def _unknown(
    kind: NamedKind, name: str, known: Iterable[str], place: Location, where: str = ""
) -> Problem:
    code, noun, otherwise = _KINDS[kind]
    message = f"The bot has no {noun} '{name}'{where}."
    return Problem(place, code, message, did_you_mean(name, known, otherwise))


def _told(problem: Problem | None) -> Iterator[Problem]:
    if problem:
        yield problem
