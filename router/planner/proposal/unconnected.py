"""Skills that nothing connects with others: what little tells where they belong."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from router.planner.model import Edge, Inventory
from router.planner.proposal.keeping import is_answer
from router.planner.proposal.words import telling_words

__all__ = ["unconnected_blocks"]


def unconnected_blocks(
    names: Collection[str],
    edges: Sequence[Edge],
    inventory: Inventory,
    wished: Collection[str] = (),
) -> Iterator[frozenset[str]]:
    """Groups of at least two: of answers, since they cost nothing, and of what a word connects.

    Those that are wished for stay as they are.
    """
    connected = {
        skill
        for edge in edges
        if edge.first in names and edge.second in names
        for skill in (edge.first, edge.second)
    }
    alone = sorted(set(names) - connected - set(wished))
    answers = [name for name in alone if is_answer(inventory.skills[name])]
    others = [name for name in alone if name not in answers]
    if len(answers) > 1:
        yield frozenset(answers)
    while others:
        first = others.pop(0)
        about = _stems(first)
        same = [name for name in others if _stems(name) & about]
        others = [name for name in others if name not in same]
        if same:
            yield frozenset([first, *same])


def _stems(name: str) -> set[str]:
    return {word.removesuffix("s") for word in telling_words(name)}
