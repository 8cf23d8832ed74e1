"""What areas are called: by the words their skills have in common, or the most used of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from router.planner.proposal.words import words_of

__all__ = ["area_names"]

#: Words that tell nothing of what a skill is about.
_EMPTY = frozenset(
    "a about action add an and answer ask by change check create delete do edit faq find flow "
    "for form from get give i in info intent is it list look lookup make me my new of on or "
    "please query request search see set show skill start stop submit tell the to update utter "
    "view want what when where which who with your".split()
)
_COMMON = 0.5


def area_names(
    areas: Sequence[Sequence[str]], use: Mapping[str, float], fixed: Mapping[str, str]
) -> list[str]:
    """A name for each area, all different, in the same order.

    Args:
        areas: skills of each.
        use: skill -> how much it is used.
        fixed: skill -> the name its area has.
    """
    names = [next((fixed[skill] for skill in area if skill in fixed), "") for area in areas]
    taken = set(fixed.values())
    for number, area in enumerate(areas):
        if not names[number]:
            names[number] = next(name for name in _choices(area, use) if name not in taken)
            taken.add(names[number])
    return names


def _choices(area: Sequence[str], use: Mapping[str, float]) -> Iterator[str]:
    most_used = min(area, key=lambda skill: (-use.get(skill, 0.0), skill))
    words = Counter(word for skill in area for word in dict.fromkeys(words_of(skill)))
    common = [word for word in words if word not in _EMPTY and words[word] > 1]
    if common and len(area) > 1:
        word = max(common, key=lambda word: (words[word], -common.index(word)))
        if words[word] >= _COMMON * len(area):
            yield word
    name = re.sub(r"[\W_]+", "_", "_".join(words_of(most_used))).strip("_") or "area"
    name = re.sub(r"(?<=.)_form$", "", name)
    yield name
    yield from (f"{name}_{number}" for number in count(2))
