"""From a bot's skills to areas, in the order of their migration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import count

from router.planner.model import Edge, Inventory, Proposal, ProposedArea, Skill, Traffic
from router.planner.proposal.both import answered_in_one_turn, used_from_everywhere
from router.planner.proposal.costs import cohesion, cut, cut_in_words, shared_slots
from router.planner.proposal.graph import interruption_graph
from router.planner.proposal.grouping import group
from router.planner.proposal.wishes import Constraints, Wishes, constraints_of

__all__ = ["propose"]


def propose(
    inventory: Inventory, traffic: Traffic | None = None, wishes: Wishes | None = None
) -> Proposal:
    """Areas of skills that interrupt one another, those to move first in front.

    An area's place is by `cut + risk + effort - traffic / 4`, each a share of the whole from
    0 to 1: small ones that little else hangs on come first, and of equal ones the most used.

    Raises:
        InvalidConfig: the wishes name what the bot doesn't have, or contradict one another.
    """
    constraints = constraints_of(wishes or Wishes(), inventory)
    edges = interruption_graph(inventory, traffic)
    both = {
        name: reason
        for name, reason in answered_in_one_turn(inventory)
        if name not in constraints.skills
    }
    groups = group(inventory.skills.keys() - both.keys(), edges, constraints)
    everywhere = {
        name: reason
        for name, reason in used_from_everywhere(groups, edges, inventory)
        if name not in constraints.skills
    }
    if everywhere:
        both |= everywhere
        groups = group(inventory.skills.keys() - both.keys(), edges, constraints)
    names = _names(groups, inventory.skills, traffic, constraints)
    areas = [
        _area(name, skills, inventory, edges, traffic, both)
        for name, skills in zip(names, groups, strict=True)
    ]
    effort = sum(area.effort for area in areas) or 1.0
    areas.sort(
        key=lambda a: (a.cut + a.risk + a.effort / effort - a.traffic / 4, a.name),
    )
    return Proposal(tuple(areas), dict(sorted(both.items())), edges)


def _area(
    name: str,
    skills: tuple[str, ...],
    inventory: Inventory,
    edges: Sequence[Edge],
    traffic: Traffic | None,
    both: Collection[str],
) -> ProposedArea:
    own = [inventory.skills[skill] for skill in skills]
    kept = [edge for edge in edges if edge.first not in both and edge.second not in both]
    return ProposedArea(
        name=name,
        skills=skills,
        cohesion=round(cohesion(skills, kept), 4),
        cut=round(cut(skills, kept, traffic), 4),
        effort=sum(skill.effort for skill in own),
        risk=round(_risk(own, inventory.skills.values()), 4),
        traffic=round(_share(skills, traffic), 4),
        shared_slots=shared_slots(skills, kept),
        costs=cut_in_words(skills, kept, traffic, both),
    )


def _risk(skills: Sequence[Skill], everything: Collection[Skill]) -> float:
    """The share of the bot's actions that the area runs: what can go wrong outside the chat."""
    actions = {action for skill in everything for action in skill.actions}
    own = {action for skill in skills for action in skill.actions}
    return len(own) / len(actions) if actions else 0.0


def _share(skills: Collection[str], traffic: Traffic | None) -> float:
    if traffic is None:
        return 0.0
    total = sum(used.conversations for used in traffic.skills.values())
    own = sum(traffic.skills[name].conversations for name in skills if name in traffic.skills)
    return own / total if total else 0.0


def _names(
    groups: Sequence[tuple[str, ...]],
    skills: Mapping[str, Skill],
    traffic: Traffic | None,
    constraints: Constraints,
) -> list[str]:
    """A name for each area: the planner's, a word that most of its skills have, or a skill's."""
    taken: set[str] = set()
    names = []
    for members in groups:
        pinned = next((constraints.pins[name] for name in members if name in constraints.pins), "")
        name = pinned or _common_word(members) or _main_skill(members, skills, traffic)
        choices = (name, *(f"{name}_{number}" for number in range(2, len(groups) + 2)))
        name = next(choice for choice in choices if choice not in taken)
        taken.add(name)
        names.append(name)
    return names


def _common_word(members: Sequence[str]) -> str:
    """The word that most of several skills share; empty if there's none."""
    order = count()
    words: Counter[str] = Counter()
    first: dict[str, int] = {}
    for member in members:
        for word in dict.fromkeys(member.split("_")):
            words[word] += 1
            first.setdefault(word, next(order))
    if len(members) < 2 or not words:
        return ""
    best = min(words, key=lambda word: (-words[word], -len(word), first[word]))
    return best if words[best] > len(members) / 2 and len(best) > 2 else ""


def _main_skill(
    members: Sequence[str], skills: Mapping[str, Skill], traffic: Traffic | None
) -> str:
    used = traffic.skills if traffic else {}

    def weight(name: str) -> tuple[int, int, int]:
        conversations = used[name].conversations if name in used else 0
        return -conversations, -skills[name].examples, -len(skills[name].sources)

    return min(members, key=lambda name: (weight(name), name))
