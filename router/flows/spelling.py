"""Guessing which name was meant by a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever the case, or None if none is like it."""
    by_lower = {each.lower(): each for each in sorted(known, reverse=True)}
    found = get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: object, known: Iterable[str], otherwise: str = "") -> str:
    """Advice that proposes the nearest known name, or `otherwise` if there is none."""
    near = nearest(name, known)
    return f"Did you mean '{near}'?" if near else otherwise
