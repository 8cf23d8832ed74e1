"""What a bot can do, how its skills hang together, and what follows for their migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from router.errors import Location

__all__ = [
    "Edge",
    "EdgeKind",
    "Evidence",
    "Inventory",
    "Proposal",
    "ProposedArea",
    "Skill",
    "SkillTraffic",
    "Source",
    "Traffic",
]

EdgeKind = Literal["stories", "conversations", "shared_slot", "shared_action"]


@dataclass(frozen=True)
class Source:
    """A rule, story, form or retrieval intent that a skill was read from."""

    kind: Literal["rule", "story", "form", "retrieval_intent", "flow"]
    name: str
    location: Location


@dataclass(frozen=True)
class Skill:
    """One thing that users can have done: what its entry intents lead to.

    `name` is that of its main entry intent (of its form, where one intent is shared). `inside`
    are intents that occur within it and open nothing. `endings` say how its rules and stories
    end (`listens`, `resets`, `form`, `checkpoint`). `effort` are points, from `effort_terms`:
    what is counted, how often, and what each one weighs.
    """

    name: str
    entry_intents: tuple[str, ...]
    inside: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    slots_read: tuple[str, ...] = ()
    slots_written: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    examples: int = 0
    sources: tuple[Source, ...] = ()
    endings: tuple[str, ...] = ()
    is_flow: bool = False
    effort_terms: tuple[tuple[str, int, float], ...] = ()

    @property
    def effort(self) -> float:
        """Points: the sum of its terms."""
        return sum(count * weight for _, count, weight in self.effort_terms)


@dataclass(frozen=True)
class Evidence:
    """Why there is an edge: a place in a file, or a count of conversations, and of what."""

    text: str
    location: Location | None = None
    count: int = 1


@dataclass(frozen=True)
class Edge:
    """Two skills that hang together; `first` is interrupted by, or shares with, `second`.

    For what they share the order is that of their names.
    """

    first: str
    second: str
    kind: EdgeKind
    weight: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Inventory:
    """A bot's skills by name, and how its files connect them.

    `reasons` say what couldn't be read, or isn't understood: the rest stands. `step_skills`
    name the skills of a step in a rule or story, by its place: several where files can't tell
    which goes on there. `unsure_steps` name those that a step may belong to, where its skill
    is a guess: nothing else has such a step.
    """

    skills: Mapping[str, Skill] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    reasons: tuple[str, ...] = ()
    step_skills: Mapping[Location, tuple[str, ...]] = field(default_factory=dict, repr=False)
    unsure_steps: Mapping[Location, tuple[str, ...]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class SkillTraffic:
    """How often a skill was used; dead ends are fallbacks, restarts and repeated questions."""

    conversations: int = 0
    starts: int = 0
    fallbacks: int = 0
    restarts: int = 0
    repeated_questions: int = 0


@dataclass(frozen=True)
class Traffic:
    """What real conversations show: traffic by skill, and in how many conversations what happened
    between two skills: interruptions, hand-offs, and successions (one right after the other).

    `reasons` say which conversations couldn't be used, and why.
    """

    conversations: int = 0
    turns: int = 0
    skills: Mapping[str, SkillTraffic] = field(default_factory=dict)
    interruptions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    successions: Mapping[tuple[str, str], int] = field(default_factory=dict)
    handoffs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProposedArea:
    """Skills to move together.

    `cohesion` is the share of their interruptions that stays among them, 0 to 1; `cut` the
    share of the area's conversations that moving it alone breaks, 0 to 1; `costs` say in words
    what moving it breaks. `risk` and `traffic` are shares of the whole, 0 to 1.
    """

    name: str
    skills: tuple[str, ...]
    cohesion: float
    cut: float
    effort: float
    risk: float
    traffic: float
    shared_slots: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """Areas in the order of their migration, and skills to keep in both systems, with reasons."""

    areas: tuple[ProposedArea, ...]
    keep_both: Mapping[str, str] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
