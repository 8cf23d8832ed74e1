"""What a test may expect of a turn that was observed: everything that it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from router.checks.rasa_names import DEFAULT_SLOTS
from router.dialogue.commands import Clarify, Command, SetSlot, StartFlow, commands_from_dicts
from router.e2e.observed import BotMessage, ObservedTurn
from router.flows.model import END, PATTERN_PREFIX
from router.understanding.command_language import command_as_text
from router.understanding.command_syntax import WITHOUT_ARGUMENTS

__all__ = ["DETAILS", "Detail", "Mask", "Proposal", "proposals", "steps_of", "unmasked"]

Detail = Literal["texts", "responses", "all"]
DETAILS: tuple[Detail, ...] = get_args(Detail)
Mask = Callable[[Any], Any]
Place = Literal["user", "assertion", "step"]

_WRITTEN = (StartFlow, SetSlot, Clarify, *WITHOUT_ARGUMENTS)
_OF_ONE_CHANGE = ("slot", "active_loop")


@dataclass(frozen=True)
class Proposal:
    """One thing to expect: a map of one key, in the user's step, an assertion or a step behind.

    `is_chosen` says whether it's to be written.
    """

    place: Place
    key: str
    value: Any
    is_chosen: bool = True

    def chosen(self, yes: bool) -> Proposal:
        """The same, to be written or not."""
        return replace(self, is_chosen=yes)


def unmasked(value: Any) -> Any:
    """The mask of those that have nothing to hide."""
    return value


def proposals(
    turn: ObservedTurn, detail: Detail = "all", mask: Mask = unmasked
) -> tuple[Proposal, ...]:
    """All that may be expected of a turn; chosen is what belongs to the detail.

    `texts` are the messages word by word, `responses` the names of the responses they came
    from (their words, where they came from none), `all` who answered, commands, flows, slots
    and the reset besides.

    Args:
        turn: as observed; an opening (its `user` empty) has messages only.
        detail: what is chosen.
        mask: what to write instead of a text or a value of the conversation.
    """
    everything = detail == "all" and bool(turn.user)
    around = tuple(_around(turn, mask)) if turn.user else ()
    found = [each.chosen(everything) for each in around if each.key != "routing_reset"]
    for message in turn.messages:
        found += _said(message, detail, everything, mask)
    found += [each.chosen(everything) for each in around if each.key == "routing_reset"]
    return tuple(found)


def steps_of(user: str, chosen: Iterable[Proposal]) -> list[dict[str, Any]]:
    """The steps of a turn: the user's with its assertions, then plain checks.

    Args:
        user: the message; empty for the opening, which has no step of the user.
        chosen: those that aren't chosen are left out.
    """
    given = [each for each in chosen if each.is_chosen]
    step: dict[str, Any] = {"user": user}
    step |= {each.key: each.value for each in given if each.place == "user"}
    assertions = [{each.key: each.value} for each in given if each.place == "assertion"]
    if assertions:
        step["assertions"] = assertions
    behind = [{each.key: each.value} for each in given if each.place == "step"]
    return [step, *behind] if user else behind


def _around(turn: ObservedTurn, mask: Mask) -> Iterator[Proposal]:
    """What is no message."""
    commands = _commands(turn, mask)
    if commands:
        yield Proposal("user", "commands", commands)
    if turn.decision is not None:
        if _asked(turn, "route", "read"):
            yield Proposal("user", "route", turn.decision.outcome)
        yield Proposal("assertion", "routed_to", turn.decision.outcome)
    yield from _flows(turn)
    slots = {name: value for name, value in _slots(turn).items() if value is not None}
    if slots:
        listed = [{"name": name, "value": mask(value)} for name, value in slots.items()]
        yield Proposal("assertion", "slot_was_set", listed)
    if turn.resets:
        yield Proposal("assertion", "routing_reset", True)


def _said(message: BotMessage, detail: Detail, everything: bool, mask: Mask) -> Iterator[Proposal]:
    by_name = message.utter is not None and detail != "texts"
    if message.utter is not None and everything:
        yield Proposal("assertion", "bot_uttered", {"utter_name": message.utter})
    elif message.utter is not None:
        yield Proposal("step", "utter", message.utter, by_name)
    if message.text:
        yield Proposal("step", "bot", mask(message.text), not by_name)
    if message.utter is None and message.buttons and all(b.get("title") for b in message.buttons):
        buttons = [
            {key: mask(button[key]) for key in ("title", "payload") if button.get(key)}
            for button in message.buttons
        ]
        yield Proposal("assertion", "bot_uttered", {"buttons": buttons}, everything)


def _flows(turn: ObservedTurn) -> Iterator[Proposal]:
    seen: dict[tuple[str, str], None] = {}
    for step in turn.trace:
        kind = str(step.kind)
        if kind == "left":
            kind = "completed" if step.target == END else ""
        if kind and not step.flow.startswith(PATTERN_PREFIX):
            seen.setdefault((kind, step.flow))
    for kind, flow in seen:
        value = flow if kind == "started" else {"flow_id": flow}
        yield Proposal("assertion", f"flow_{kind}", value)


def _slots(turn: ObservedTurn) -> Mapping[str, Any]:
    """The values that slots were given, the last of each; not those that a reset gave them."""
    given_back = _given_back(turn)
    values: dict[str, Any] = {}
    for position, name, value in turn.slots_set:
        if position not in given_back and name not in DEFAULT_SLOTS and value is not None:
            values[name] = value
    return values


def _given_back(turn: ObservedTurn) -> set[int]:
    """The positions of what resets restore: the events straight before the route's."""
    found: set[int] = set()
    for position in turn.resets:
        while position and turn.events[position - 1].get("event") in _OF_ONE_CHANGE:
            position -= 1
            found.add(position)
    return found


def _commands(turn: ObservedTurn, mask: Mask) -> list[str]:
    """The lines that a model wrote, as far as they can be read from the tracker."""
    if not _asked(turn, "commands", "read", "unreadable"):
        return []
    given = [each for each in commands_from_dicts(turn.commands) if isinstance(each, _WRITTEN)]
    return [
        command_as_text(_masked(command, mask))
        for command in given
        if not (isinstance(command, SetSlot) and command.source != "llm")
    ]


def _masked(command: Command, mask: Mask) -> Command:
    if isinstance(command, SetSlot):
        return replace(command, value=mask(command.value))
    return command


def _asked(turn: ObservedTurn, purpose: str, *outcomes: str) -> bool:
    """Whether a model was asked for it, and its answer came to one of these."""
    return any(
        purpose in str(call.get("for")) and call.get("outcome") in outcomes
        for call in turn.llm_calls
    )
