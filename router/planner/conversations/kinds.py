"""What an event tells by itself, as a number: rows have to be narrow, there are millions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import ibis

from router.flows.default_patterns import RESET_ACTION
from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.planner.conversations.events import REQUESTED_SLOT

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Kind", "Skills", "kinds_of"]

_FALLBACK_INTENT = "nlu_fallback"
_FALLBACK_ACTION = "action_default_fallback"
_LOOPS = ("active_loop", "form")  # the second is what it was called before 2.0
_STARTED_FLOW = r'"command":\s*"start flow",\s*"flow":\s*"([^"]+)"'
_CANNOT_HANDLE = r'"command":\s*"cannot handle"'
_TOP_FLOW = (
    r'.*"flow_id":\s*"([^"]+)",\s*"step_id":\s*"[^"]*",\s*'
    r'"type":\s*"flow",\s*"frame_type":\s*"(?:regular|interrupt|link)"'
)


class Kind(IntEnum):
    """Kinds of events; those up to `MISSED` are the user's, up to `SESSION` what may come first.

    `ACTION` is one that belongs to a skill; `QUESTION` any other that says something. `LOOP` is
    a form that is activated, or flows that are in progress; `LOST` has no sender.
    """

    MESSAGE = 1
    MISSED = 2
    SESSION = 3
    RESTART = 4
    RESET = 5
    ACTION = 6
    QUESTION = 7
    FALLBACK = 8
    LOOP = 9
    LOOP_END = 10
    ROUTE = 11
    LOST = 12


@dataclass(frozen=True)
class Skills:
    """Which skill intents and flows open, and which one actions and forms belong to.

    `known` are all intents of the bot; empty if they aren't known.
    """

    names: tuple[str, ...]
    intents: Mapping[str, str]
    flows: Mapping[str, str] = field(default_factory=dict)
    actions: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """More than the greatest number of a skill: they are counted from 1, by name."""
        return len(self.names) + 1

    def number(self, column: ir.StringValue, skills: Mapping[str, str]) -> ir.IntegerValue:
        """Of the skill that a column's value stands for; 0 if it stands for none."""
        keys: dict[str, list[str]] = {}
        for key, skill in sorted(skills.items()):
            keys.setdefault(skill, []).append(key)
        numbers = {name: number for number, name in enumerate(self.names, 1)}
        cases = [(column.isin(some), numbers[skill]) for skill, some in keys.items()]
        if not cases:
            return ibis.literal(0, "int32")
        return ibis.cases(*cases, else_=0).cast("int32")


def kinds_of(events: ir.Table, skills: Skills) -> ir.Table:
    """The events that tell anything.

    Columns: `sender`, `at`, `nth`, `kind`, `number` (of the skill that a message opens, that an
    action belongs to, or whose flow is in progress; a route: 1 NLU, 2 CALM) and `text` (what a
    question is known by; the intent of a message, if it's unknown).
    """
    kind = _kind(events, skills)
    text = ibis.cases(
        (events.type == "slot", events.value),
        (_utters(events), events.name),
        (_is_stray(events, skills), events.intent),
    )
    told = events.select(
        "sender", "at", "nth", kind=kind, number=_number(events, skills), text=text
    )
    return told.filter(told.kind > 0)


def _kind(events: ir.Table, skills: Skills) -> ir.IntegerValue:
    name, kind = events.name, events.type
    is_user, is_action, is_slot = kind == "user", kind == "action", kind == "slot"
    missed = events.intent == _FALLBACK_INTENT
    if skills.flows:
        missed |= events.commands.re_search(_CANNOT_HANDLE)
    is_loop, is_stack = kind.isin(_LOOPS), is_slot & (name == STACK_SLOT)
    routes = events.value.isin(["true", "false"])
    cases = [
        (events.sender.isnull(), Kind.LOST),
        (is_user & missed, Kind.MISSED),
        (is_user, Kind.MESSAGE),
        (is_action & (name == RESET_ACTION), Kind.RESET),
        (is_action & (name == _FALLBACK_ACTION), Kind.FALLBACK),
        (is_action & name.isin(sorted(skills.actions)), Kind.ACTION),
        (_utters(events), Kind.QUESTION),
        (is_slot & (name == REQUESTED_SLOT) & events.value.startswith('"'), Kind.QUESTION),
        (is_loop & (name.length() > 0), Kind.LOOP),
        (is_loop, Kind.LOOP_END),
        (is_stack & events.value.contains('"flow"'), Kind.LOOP),
        (is_stack, Kind.LOOP_END),
        (is_slot & (name == ROUTE_SLOT) & routes, Kind.ROUTE),
        (kind == "session_started", Kind.SESSION),
        (kind == "restart", Kind.RESTART),
    ]
    numbers = [(holds, int(each)) for holds, each in cases]
    return ibis.cases(*numbers, else_=0).cast("int8")


def _number(events: ir.Table, skills: Skills) -> ir.IntegerValue:
    opened = skills.number(events.intent, skills.intents)
    cases = [(events.type == "action", skills.number(events.name, skills.actions))]
    if skills.flows:
        started = skills.number(events.commands.re_extract(_STARTED_FLOW, 1), skills.flows)
        opened = ibis.ifelse(started > 0, started, opened)
        stack = skills.number(events.value.re_extract(_TOP_FLOW, 1), skills.flows)
        cases.append(((events.type == "slot") & (events.name == STACK_SLOT), stack))
    is_route = (events.type == "slot") & (events.name == ROUTE_SLOT)
    route = ibis.ifelse(events.value == "true", 2, 1)
    cases = [(events.type == "user", opened), *cases, (is_route, route)]
    return ibis.cases(*cases, else_=0).cast("int32")


def _utters(events: ir.Table) -> ir.BooleanValue:
    return (events.type == "action") & events.name.startswith("utter_")


def _is_stray(events: ir.Table, skills: Skills) -> ir.BooleanValue:
    known = {*skills.intents, *skills.known, _FALLBACK_INTENT}
    is_stray = (events.type == "user") & events.intent.notin(sorted(known))
    return is_stray & ibis.literal(bool(skills.known))
