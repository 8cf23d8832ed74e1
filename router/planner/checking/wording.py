"""How messages name several things."""

from __future__ import annotations

from collections.abc import Sequence

from router.errors import Location

__all__ = ["lines", "some"]

_SHOWN = 3


def some(items: Sequence[object], shown: int = _SHOWN) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(items) - shown} more" if len(items) > shown else ""
    return ", ".join(map(str, items[:shown])) + more


def lines(places: Sequence[Location]) -> str:
    """Files with lines, the first of them."""
    return some([f"{place.file}:{place.line}" for place in places])
