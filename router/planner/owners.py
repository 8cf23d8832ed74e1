"""Which skill the names in conversations belong to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from router.planner.first_plan import flows_of
from router.planner.model import Inventory, Skill

__all__ = ["Owners", "owners_of"]


@dataclass(frozen=True)
class Owners:
    """The skill that an intent opens, a flow is, an action, response or form alone belongs to."""

    intents: dict[str, str]
    flows: dict[str, str]
    actions: dict[str, str]


def owners_of(inventory: Inventory) -> Owners:
    """The skills by what they are opened by and made of."""
    skills = inventory.skills.values()
    users = Counter(name for skill in skills for name in _does(skill))
    return Owners(
        intents={intent: skill.name for skill in skills for intent in skill.entry_intents},
        flows={flow: skill.name for skill in skills for flow in flows_of(skill)},
        actions={name: skill.name for skill in skills for name in _does(skill) if users[name] == 1},
    )


def _does(skill: Skill) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*skill.actions, *skill.responses, *skill.forms)))
