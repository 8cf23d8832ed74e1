"""What areas are called: by the words their skills have in common, or the most used of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from router.planner.proposal.words import telling_words

__all__ = ["area_names"]

#: A word names an area if it's in this share of its skills.
_COMMON = 0.5
_NOT_A_WORD = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")


def area_names(
    areas: Sequence[Sequence[str]], use: Mapping[str, tuple[int, ...]], fixed: Mapping[str, str]
) -> list[str]:
    """A name for each area, all different, in the same order.

    Args:
        areas: skills of each.
        use: skill -> how much it is used: figures, the most telling first.
        fixed: skill -> the name its area has.
    """
    names = [next((fixed[skill] for skill in area if skill in fixed), "") for area in areas]
    taken = set(fixed.values())
    for number, area in enumerate(areas):
        if not names[number]:
            names[number] = next(name for name in _choices(area, use) if name not in taken)
            taken.add(names[number])
    return names


def _choices(area: Sequence[str], use: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    most_used = min(area, key=lambda skill: ([-n for n in use[skill]], skill))
    words = Counter(word for skill in area for word in telling_words(skill))
    common = [word for word, times in words.items() if times > 1 and times >= _COMMON * len(area)]
    if common:
        yield max(common, key=lambda word: (words[word], -common.index(word)))
    name = _NOT_A_WORD.sub("_", most_used).strip("_").lower() or "area"
    name = name.removesuffix("_form") or name
    yield name
    yield from (f"{name}_{number}" for number in count(2))
