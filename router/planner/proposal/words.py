"""The words in a skill's name."""

from __future__ import annotations

import regex

__all__ = ["telling_words", "words_of"]

_WORD = regex.compile(r"\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+")
#: Words that tell nothing of what a skill is about.
_EMPTY = frozenset(
    regex.findall(
        r"\w+",
        """
        a about action add an and answer ask book buy by cancel change check create delete do edit
        faq find flow for form from get give i in info intent is it list look lookup make me my
        new of on or please query remove request search see set show skill start stop submit tell
        the to update utter view want what when where which who with your
        """,
    )
)


def words_of(name: str) -> tuple[str, ...]:
    """In lower case, without digits: `block_cardForm2` is block, card, form."""
    return tuple(word.lower() for word in _WORD.findall(name))


def telling_words(name: str) -> tuple[str, ...]:
    """Those that say what it's about, as they are and each only once: `find_my_cards` is cards."""
    return tuple(dict.fromkeys(word for word in words_of(name) if word not in _EMPTY))
