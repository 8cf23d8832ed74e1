"""The words in a skill's name."""

from __future__ import annotations

import re

__all__ = ["words_of"]

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


def words_of(name: str) -> tuple[str, ...]:
    """In lower case, without digits: `block_cardForm2` is block, card, form."""
    return tuple(word.lower() for word in _WORD.findall(name))
