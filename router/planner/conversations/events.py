"""The events of conversations as a table: what has to be in it, and what is read of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import ibis

from router.flows.slots import ROUTE_SLOT, STACK_SLOT
from router.planner.conversations.refusal import refused

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COLUMNS", "REQUESTED_SLOT", "as_events"]

#: What a tracker store's table `events` has; `id` and `data` may be missing.
COLUMNS = ("sender_id", "type_name", "timestamp", "intent_name", "action_name")
_OPTIONAL = ("id", "data")

#: The slots whose values are looked at.
REQUESTED_SLOT = "requested_slot"
_SLOTS = (REQUESTED_SLOT, ROUTE_SLOT, STACK_SLOT)
# By the order in which Rasa writes an event: its metadata may have a "value" too.
_VALUE = rf'"name":\s*"(?:{"|".join(_SLOTS)})",\s*"value":\s*(.+)\}}\s*$'


def as_events(table: ir.Table, place: str) -> ir.Table:
    """A table of a tracker store's shape as what is analysed.

    Columns: `sender`, `at` and `nth` (both only for the order), `type`, `intent`, `name` (of an
    action, a slot or a form), `value` (of a slot that matters, as JSON) and `commands` (of a
    message, somewhere in this text). Unknown is null.

    Raises:
        InvalidConfig: a column is missing; all that are missing are named.
    """
    given = {name.lower(): name for name in table.columns}
    missing = [name for name in COLUMNS if name not in given]
    if missing:
        message = f"These events have no {_listed(missing)}; they have {_listed(given)}."
        advice = f"Name events as Rasa's tracker stores keep them: {', '.join(COLUMNS)}, and data."
        raise refused(place, message, advice=advice)
    columns = {name: table[given[name]] for name in (*COLUMNS, *_OPTIONAL) if name in given}
    unknown = ibis.null("string")
    data = columns["data"].cast("string") if "data" in columns else unknown
    is_slot = (columns["type_name"] == "slot") & columns["action_name"].isin(_SLOTS)
    return table.select(
        sender=columns["sender_id"].cast("string"),
        at=_in_order(columns["timestamp"]),
        nth=columns.get("id", ibis.literal(0)),
        type=columns["type_name"],
        intent=columns["intent_name"],
        name=columns["action_name"],
        value=ibis.ifelse(is_slot, data.re_extract(_VALUE, 1), unknown),
        commands=ibis.ifelse(columns["type_name"] == "user", data, unknown),
    )


def _in_order(timestamp: ir.Column) -> ir.Column:
    if timestamp.type().is_numeric():
        return timestamp.cast("float64").fill_null(0.0)
    return timestamp


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"
