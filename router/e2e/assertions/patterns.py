"""Regular expressions of tests: read and sought by one engine, which can be given up.

Syntax: https://pypi.org/project/regex
"""

from __future__ import annotations

import functools
from typing import Any

import regex

from router.e2e.assertions.reading import refuse_value, text_in
from router.errors import Location

__all__ = ["PATTERN_SECONDS", "is_found", "pattern_in"]

PATTERN_SECONDS = 1.0  # that a regular expression may take on one text


def pattern_in(value: Any, location: Location, key: str) -> str:
    """A regular expression.

    Raises:
        InvalidTest: it's none.
    """
    pattern = text_in(value, location, key)
    try:
        regex.compile(pattern)
    except regex.error as error:
        advice = f"It is a regular expression: {error}. Put \\ before a character that is meant."
        refuse_value(value, location, key, advice)
    return pattern


# The same text is looked at for the check, and again for telling what's wrong with it.
@functools.lru_cache(maxsize=1000)
def is_found(pattern: str, text: str) -> bool | None:
    """Whether the expression is found in the text; None if that can't be said in time."""
    try:
        return regex.search(pattern, text, timeout=PATTERN_SECONDS) is not None
    except TimeoutError:
        return None
