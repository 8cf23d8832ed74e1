"""Guessing which name was meant by a misspelt one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from itertools import chain, pairwise

__all__ = ["did_you_mean", "nearest"]

# Comparing two names in full takes time: only so many that share most pairs of letters are.
_COMPARED = 24
_Pair = tuple[str, str]


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name most like `name`, whatever the case, or None if none is like it."""
    by_lower, by_pair = _index(frozenset(known))
    text = str(name).lower()
    candidates: Iterable[str] = by_lower
    if len(by_lower) > _COMPARED:
        shared = Counter(chain.from_iterable(by_pair.get(pair, ()) for pair in _pairs(text)))
        candidates = nlargest(
            _COMPARED, shared, key=lambda each: shared[each] / (len(each) + len(text))
        )
    found = get_close_matches(text, candidates, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: object, known: Iterable[str], otherwise: str = "") -> str:
    """Advice that proposes the nearest known name, or `otherwise` if there is none."""
    near = nearest(name, known)
    return f"Did you mean '{near}'?" if near else otherwise


@lru_cache(maxsize=32)
def _index(known: frozenset[str]) -> tuple[Mapping[str, str], Mapping[_Pair, list[str]]]:
    """Name in lower case -> name, and pair of letters -> the names in lower case with it."""
    by_lower = {each.lower(): each for each in sorted(known, reverse=True)}
    by_pair: dict[_Pair, list[str]] = {}
    if len(by_lower) > _COMPARED:
        for each in by_lower:
            for pair in _pairs(each):
                by_pair.setdefault(pair, []).append(each)
    return by_lower, by_pair


def _pairs(text: str) -> Iterable[_Pair]:
    return dict.fromkeys(pairwise(f"^{text}$"))
