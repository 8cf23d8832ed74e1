"""A conversation as rules and stories see it: the NLU system's turns since the last reset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from router.e2e.observed import Event, ObservedTurn
from router.flows.default_patterns import RESET_ACTION
from router.flows.slots import ROUTE_SLOT

__all__ = ["Happening", "Stretch", "nlu_stretches", "without_answers_to_forms", "without_hidden"]

_UNTOLD = frozenset({"action_extract_slots", "action_listen", "action_session_start"})
_SESSION_EVENTS = frozenset({"restart", "session_started"})


@dataclass(frozen=True)
class Happening:
    """A message's intent, or an action that was executed.

    `name` is None for a message without an intent and for a text predicted instead of an
    action. `loop_before` is the loop that was active then, `loops` those that became active
    behind it, in order, "" being none; the same as before if nothing changed. `policy`
    predicted it. `is_hidden` says that stories aren't to see it: only rules predicted it.
    """

    is_user: bool
    name: str | None
    loop_before: str = ""
    loops: tuple[str, ...] = ("",)
    policy: str = ""
    is_hidden: bool = False


Stretch = tuple[Happening, ...]


def nlu_stretches(turns: Sequence[ObservedTurn]) -> Iterator[Stretch]:
    """What happened from one reset, restart or new session to the next, CALM's turns left out."""
    done: list[Happening] = []
    loop, in_calm = "", False
    for event in (event for turn in turns for event in turn.events):
        kind = event.get("event")
        if kind == "user":
            in_calm = (event.get("parse_data") or {}).get("route") == "calm"
        if kind in _SESSION_EVENTS or _is_reset(event):
            if kind == "action" and not in_calm:
                done.append(_action(event, loop))
            yield tuple(done)
            done, loop = [], ""
        elif in_calm:
            continue
        elif kind == "user":
            done.append(_user(event, loop))
        elif kind == "action" and event.get("name") not in _UNTOLD:
            done.append(_action(event, loop))
        elif kind == "active_loop":
            name = str(event.get("name") or "")
            if done:
                told = done[-1].loops if done[-1].loops != (done[-1].loop_before,) else ()
                done[-1] = replace(done[-1], loops=(*told, name))
            loop = name
    yield tuple(done)


def without_answers_to_forms(stretch: Stretch) -> Stretch:
    """Without the messages that a form asked for: as in stories, it runs as one action."""
    kept: list[Happening] = []
    for each in stretch:
        form = each.loop_before
        if not each.is_user and form and each.name == form:
            asked = kept[:-1] if kept and kept[-1].is_user else kept
            if asked and not asked[-1].is_user and asked[-1].name == form:
                kept = [*asked[:-1], replace(asked[-1], loops=(*asked[-1].loops, *each.loops))]
                continue
        kept.append(each)
    return tuple(kept)


def without_hidden(stretch: Stretch) -> Stretch:
    """Without the messages that only rules answered, which stories needn't tell of."""
    turns: list[list[Happening]] = []
    for each in stretch:
        if each.is_user or not turns:
            turns.append([])
        turns[-1].append(each)
    shown = (turn for turn in turns if not _is_hidden(turn))
    return tuple(each for turn in shown for each in turn if not each.is_hidden)


def _is_hidden(turn: Sequence[Happening]) -> bool:
    actions = [each for each in turn if not each.is_user]
    return bool(actions) and all(each.is_hidden for each in actions)


def _is_reset(event: Event) -> bool:
    if event.get("event") == "action":
        return event.get("name") == RESET_ACTION
    is_route = event.get("event") == "slot" and event.get("name") == ROUTE_SLOT
    return is_route and bool(((event.get("metadata") or {}).get("release") or {}).get("reset"))


def _user(event: Event, loop: str) -> Happening:
    intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
    return Happening(True, None if intent is None else str(intent), loop, (loop,))


def _action(event: Event, loop: str) -> Happening:
    name = event.get("name")
    return Happening(
        is_user=False,
        name=None if name is None else str(name),
        loop_before=loop,
        loops=(loop,),
        policy=str(event.get("policy") or "").rpartition("_")[2],
        is_hidden=bool(event.get("hide_rule_turn")),
    )
