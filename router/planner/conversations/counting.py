"""From what each event means to counts: nothing else leaves the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["by_conversation", "counts_of"]

_KEYS = (
    *("sender", "session", "skill", "opened", "stray"),
    *("interrupted", "returned", "followed", "handed_over"),
)
_COUNTED = ("turn", "fallback", "restart", "repeated", "cut", "lost")


def by_conversation(steps: ir.Table) -> ir.Table:
    """How often each kind of step was taken in each conversation.

    An aggregate, so that databases which keep what is used several times keep this.
    """
    return steps.group_by(*_KEYS).aggregate(
        times=steps.count(), **{name: steps[name].sum() for name in _COUNTED}
    )


def counts_of(told: ir.Table, size: int) -> ir.Table:
    """How often what happened.

    Args:
        told: what `by_conversation` gives.
        size: more than the greatest number of a skill.

    Returns:
        `what`, `pair` (`first * size + second`; a skill alone is the second), `intent`,
        `conversations` (in how many) and `times` (in all).
    """
    interruption = told.interrupted * size + told.opened
    facts = [
        _fact(told, "turn", told.turn > 0, times=told.turn),
        _fact(told, "start", told.opened > 0, told.opened),
        _fact(told, "fallback", told.fallback > 0, told.skill, times=told.fallback),
        _fact(told, "restart", told.restart > 0, told.skill, times=told.restart),
        _fact(told, "repeated", told.repeated > 0, told.skill, times=told.repeated),
        _fact(told, "interruption", told.interrupted > 0, interruption),
        _fact(told, "interruption", told.returned > 0, told.returned),
        _fact(told, "succession", told.followed > 0, told.followed),
        _fact(told, "handoff", told.handed_over > size, told.handed_over),
        _fact(told, "stray", told.stray.notnull(), intent=told.stray),
        _fact(told, "cut", told.cut > 0, times=told.cut),
        _fact(told, "lost", told.lost > 0, times=told.lost),
    ]
    what = ["what", "pair", "intent"]
    each = ibis.union(*facts).group_by("sender", "session", *what).aggregate(
        times=lambda table: table.times.sum()
    )  # fmt: skip
    return each.group_by(*what).aggregate(
        conversations=each.count().cast("int64"), times=each.times.sum().cast("int64")
    )


def _fact(
    told: ir.Table,
    what: str,
    holds: ir.BooleanValue,
    pair: ir.IntegerValue | None = None,
    *,
    times: ir.IntegerValue | None = None,
    intent: ir.StringValue | None = None,
) -> ir.Table:
    return told.filter(holds).select(
        "sender",
        "session",
        what=ibis.literal(what),
        pair=(ibis.literal(0) if pair is None else pair).cast("int64"),
        intent=ibis.null("string") if intent is None else intent,
        times=told.times if times is None else times,
    )
