"""What it breaks to move some skills without others, in figures and in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from router.planner.model import Edge, Inventory, Traffic
from router.planner.proposal.graph import INTERRUPTIONS

__all__ = ["Share", "crossing", "cut_in_words", "cut_share", "shared_slots"]

_DIALOGUE = re.compile(r"(?:story|rule|flow) '[^']*'")


@dataclass(frozen=True)
class Share:
    """So many of so many; 0 of 0 is nothing."""

    part: int = 0
    whole: int = 0

    @property
    def value(self) -> float:
        """0 to 1."""
        return min(1.0, self.part / self.whole) if self.whole else 0.0


def crossing(edges: Iterable[Edge], some: Collection[str], others: Collection[str]) -> list[Edge]:
    """The edges between two groups of skills."""
    return [
        edge
        for edge in edges
        if (edge.first in some and edge.second in others)
        or (edge.second in some and edge.first in others)
    ]


def cut_share(
    some: Collection[str],
    others: Collection[str],
    edges: Sequence[Edge],
    inventory: Inventory,
    traffic: Traffic | None,
) -> Share:
    """Of the conversations of `some`, those in which one of `others` interrupts, or is.

    Without conversations, stories and rules are counted instead.
    """
    if traffic is not None and traffic.conversations:
        return _in_conversations(some, others, traffic)
    return _in_stories(some, others, edges, inventory)


def cut_in_words(
    some: Collection[str],
    others: Collection[str],
    edges: Sequence[Edge],
    inventory: Inventory,
    traffic: Traffic | None = None,
) -> str:
    """What moving `some` without `others` breaks; an empty text if nothing connects them.

    Such as: moving `transfer_money` without `check_balance` breaks 12 % of its conversations
    (interruptions), 2 shared slots.
    """
    parts = []
    between = crossing(edges, some, others)
    share = cut_share(some, others, edges, inventory, traffic)
    its = "its" if len(some) == 1 else "their"
    if share.part and traffic is not None and traffic.conversations:
        parts.append(f"{_percent(share.value)} of {its} conversations (interruptions)")
    followed = _next_to_each_other(some, others, traffic) if traffic else Share()
    if followed.part and not share.part:
        parts.append(f"{_percent(followed.value)} of {its} conversations in two")
    stories = _in_stories(some, others, edges, inventory)
    if stories.part:
        whole = f" {stories.whole}" if stories.whole > 1 else ""
        parts.append(f"{stories.part} of {its}{whole} {_dialogues(between)}")
    for number, kind in (
        (len(shared_slots(some, others, edges, inventory)), "slot"),
        (len(_shared_actions(some, others, edges, inventory)), "action"),
    ):
        if number:
            parts.append(f"{number} shared {kind}{'s' if number > 1 else ''}")
    if not parts:
        return ""
    return f"moving {_quoted(some)} without {_quoted(others)} breaks {', '.join(parts)}"


def shared_slots(
    some: Collection[str], others: Collection[str], edges: Iterable[Edge], inventory: Inventory
) -> list[str]:
    """The slots that connect two groups of skills, by name."""
    return _shared(crossing(edges, some, others), "shared_slot", inventory)


def _shared_actions(
    some: Collection[str], others: Collection[str], edges: Iterable[Edge], inventory: Inventory
) -> list[str]:
    return _shared(crossing(edges, some, others), "shared_action", inventory)


def _shared(edges: Iterable[Edge], kind: str, inventory: Inventory) -> list[str]:
    found: set[str] = set()
    for edge in edges:
        if edge.kind == kind:
            one, other = inventory.skills[edge.first], inventory.skills[edge.second]
            if kind == "shared_slot":
                found |= {*one.slots_read, *one.slots_written}.intersection(
                    (*other.slots_read, *other.slots_written)
                )
            else:
                found |= {*one.actions, *one.forms}.intersection((*other.actions, *other.forms))
    return sorted(found)


def _in_conversations(some: Collection[str], others: Collection[str], traffic: Traffic) -> Share:
    return Share(_between(some, others, traffic.interruptions), _conversations(some, traffic))


def _next_to_each_other(some: Collection[str], others: Collection[str], traffic: Traffic) -> Share:
    return Share(_between(some, others, traffic.successions), _conversations(some, traffic))
