"""Skills that both systems should keep: small talk, what is used from everywhere, high stakes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from router.planner.model import Edge, Inventory, Skill
from router.planner.proposal.graph import INTERRUPTIONS

__all__ = ["answered_in_one_turn", "used_from_everywhere"]

#: From so many areas a skill is used, none of which has most of it, to be kept in both.
AREAS = 3
MOST = 0.5
_BOOKKEEPING = frozenset({"action_reset_routing", "action_listen"})
_HIGH_STAKES = re.compile(r"hand_?off|human|agent|emergency|fraud|complain", re.IGNORECASE)


def answered_in_one_turn(inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Skills that say one thing and are over, with the reason for keeping them in both."""
    for name, skill in inventory.skills.items():
        if skill.entry_intents and _says_one_thing(skill) and "resets" not in skill.endings:
            yield name, "it says one thing and is over, so it takes no route"


def used_from_everywhere(
    areas: Sequence[Collection[str]], edges: Sequence[Edge], inventory: Inventory
) -> Iterator[tuple[str, str]]:
    """Skills that interrupt many areas evenly, or two if the stakes are high, with the reason."""
    home = {skill: number for number, area in enumerate(areas) for skill in area}
    for name in sorted(home):
        if inventory.skills[name].is_flow:
            continue
        shares: Counter[int] = Counter()
        for edge in edges:
            if edge.kind in INTERRUPTIONS and name in (edge.first, edge.second):
                other = edge.second if edge.first == name else edge.first
                if other in home:
                    shares[home[other]] += edge.weight  # type: ignore[assignment]
        others = [number for number in shares if number != home[name]]
        total = sum(shares.values())
        if total and len(others) >= AREAS and max(shares.values()) <= MOST * total:
            yield name, f"it starts inside, or is interrupted by, skills of {len(others)} areas"
        elif len(others) >= 1 and _HIGH_STAKES.search(name):
            yield name, "the stakes are high, and users need it wherever they are"


def _says_one_thing(skill: Skill) -> bool:
    actions = set(skill.actions) - _BOOKKEEPING
    return not (
        skill.is_flow or skill.forms or actions or skill.slots_written or len(skill.responses) > 1
    )
