"""What each event of a conversation means for its skills, told by the events before it.

Skills are numbers from 1, 0 is none, so that "the latest before this event" is the greatest of
`position * size + number` so far: a running maximum is what every database can do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from router.planner.conversations.kinds import Kind

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["steps_of"]


def steps_of(told: ir.Table, size: int) -> ir.Table:
    """Steps in skills.

    Args:
        told: what `kinds_of` gives.
        size: more than the greatest number of a skill.

    Returns:
        A row for each event that counts: `sender`, `session` (of the sender, from 0), `skill`
        (that it falls into), `opened` (by it), `interrupted` (by `opened`, in its form or
        flow), `stray` (its intent, if it's an unknown one), pairs `first * size + second`:
        `returned` (gone back to, interrupted by), `followed` and `handed_over`; and as 0 or 1
        `turn`, `fallback`, `restart`, `repeated`, `cut` (its conversation's beginning is
        missing) and `lost` (it has no sender).
    """
    return _with_returns(_with_past(_in_order(told), size), size)


def _in_order(told: ir.Table) -> ir.Table:
    """With each event's place in its conversation; of the questions, repeated ones only."""
    order = [told["at"], told["nth"]]
    is_question = told.kind.isin([Kind.QUESTION, Kind.ACTION]) & told.text.notnull()
    is_talk = (told.kind <= Kind.MISSED) | is_question
    in_order = ibis.window(group_by="sender", order_by=order)
    talk = ibis.window(group_by=["sender", is_talk], order_by=order)
    repeated = (
        is_question
        & (told.kind.lag(1).over(talk) <= Kind.MISSED)
        & (told.text.lag(2).over(talk) == told.text)
    )
    ordered = told.select(
        "sender",
        "kind",
        "number",
        "text",
        position=ibis.row_number().over(in_order).cast("int32"),
        repeated=repeated.fill_null(False),
    )
    is_first = ordered.position == 0
    return ordered.filter((ordered.kind != Kind.QUESTION) | ordered.repeated | is_first)


def _with_past(rows: ir.Table, size: int) -> ir.Table:
    """With what was going on, as far as the events before tell it by themselves."""
    kind = rows.kind
    is_message = kind <= Kind.MISSED
    opens = (rows.number > 0) & (kind == Kind.MESSAGE)
    touches = opens | ((rows.number > 0) & (kind == Kind.ACTION))
    ends = kind.isin([Kind.SESSION, Kind.RESTART])
    message = ibis.cases((kind == Kind.MISSED, 2), (opens, 1), else_=0)
    upto = ibis.window(group_by="sender", order_by="position", rows=(None, -1))
    past = rows.mutate(
        session=_flag(kind == Kind.SESSION).sum().over(upto).fill_null(0).cast("int32"),
        touched=ibis.ifelse(touches, rows.number, 0),
        under_way=_latest(
            rows, size, (touches, rows.number), (ends | (kind == Kind.RESET), 0)
        ),
        previous=_latest(rows, size, (touches, rows.number), (ends, 0)),
        message=_latest(rows, 3, (is_message, message)),
        is_done=_latest(
            rows,
            2,
            ((kind == Kind.LOOP) | opens, 0),
            (kind == Kind.LOOP_END, 1),
        )
        == 1,
        route=_latest(rows, 3, (kind == Kind.ROUTE, rows.number), (ends, 0)),
    )  # fmt: skip
    return past.select(
        "sender",
        "session",
        "position",
        "kind",
        "number",
        "touched",
        "under_way",
        "previous",
        "repeated",
        stray=ibis.ifelse(is_message, past.text, ibis.null("string")),
        current=ibis.ifelse(past.is_done, 0, past.under_way),
        fallback=(kind == Kind.MISSED) | ((kind == Kind.FALLBACK) & (past.message != 2)),
        switches=(kind == Kind.ROUTE)
        & (past.route > 0)
        & (past.route != rows.number)
        & (past.message == 1),
        cut=(rows.position == 0) & (kind > Kind.SESSION) & (kind != Kind.LOST),
    )


def _with_returns(rows: ir.Table, size: int) -> ir.Table:
    """With what also takes the pasts of the events before."""
    kind, touched = rows.kind, rows.touched
    ends = kind.isin([Kind.SESSION, Kind.RESTART])
    owner = ibis.ifelse(rows.number > 0, rows.number, rows.under_way)
    is_open = _flag(rows.current > 0)
    told = rows.mutate(
        in_loop=_latest(
            rows,
            size,
            (kind == Kind.LOOP, owner),
            (ends | kind.isin([Kind.LOOP_END, Kind.RESET]), 0),
        ),
        visit=_latest(
            rows,
            2 * size * size,
            (
                (touched > 0) & (touched != rows.previous),
                (touched * size + rows.previous) * 2 + is_open,
            ),
            (ends, 0),
        ),
    )
    visited = told.visit // (2 * size)
    before = told.visit // 2 % size
    is_opening = (told.kind == Kind.MESSAGE) & (told.touched > 0)
    comes_back = (
        (told.touched > 0)
        & (told.touched == before)
        & (told.touched != visited)
        & (told.under_way == visited)
        & (told.visit % 2 == 1)
    )
    follows = is_opening & (told.previous > 0) & (told.previous != told.touched)
    is_interrupted = is_opening & (told.in_loop != told.touched)
    hands_over = told.switches & (before > 0)
    return told.select(
        "sender",
        "session",
        "stray",
        skill=ibis.ifelse(told.in_loop > 0, told.in_loop, told.current),
        opened=ibis.ifelse(is_opening, told.touched, 0),
        interrupted=ibis.ifelse(is_interrupted, told.in_loop, 0),
        returned=ibis.ifelse(comes_back, told.touched * size + visited, 0),
        followed=ibis.ifelse(follows, told.previous * size + told.touched, 0),
        handed_over=ibis.ifelse(hands_over, before * size + visited, 0),
        turn=_flag(told.kind <= Kind.MISSED),
        fallback=_flag(told.fallback),
        restart=_flag(told.kind == Kind.RESTART),
        repeated=_flag(told.repeated),
        cut=_flag(told.cut),
        lost=_flag(told.kind == Kind.LOST),
    )


def _latest(
    rows: ir.Table, size: int, *cases: tuple[ir.BooleanValue, ir.IntegerValue | int]
) -> ir.IntegerColumn:
    """The number of the latest event before that one of the cases fits; 0 if none does."""
    before = ibis.window(group_by="sender", order_by="position", rows=(None, -1))
    place = rows.position.cast("int64") * size
    mark = ibis.cases(*[(fits, place + number) for fits, number in cases])
    latest = mark.max().over(before).fill_null(0) % size
    return latest.cast("int64" if size > 2**15 else "int32")


def _flag(holds: ir.BooleanValue) -> ir.IntegerValue:
    """1 or 0: not every database can add up what is true."""
    return ibis.ifelse(holds, 1, 0)
