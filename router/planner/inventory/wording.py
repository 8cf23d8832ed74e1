"""How reasons name places."""

from __future__ import annotations

from router.errors import Location

__all__ = ["place"]


def place(location: Location) -> str:
    """File and line."""
    return f"{location.file}:{location.line}"
