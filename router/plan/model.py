"""The plan as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "CALM_STAGES",
    "Area",
    "Decision",
    "KeptInBoth",
    "MigrationPlan",
    "OneTurn",
    "Stage",
]

#: Where an area stands. `shadow` and `canary` aren't active yet: they route like `nlu`.
Stage = Literal["nlu", "shadow", "canary", "calm", "done"]
CALM_STAGES: frozenset[Stage] = frozenset({"calm", "done"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Part):
    """Skills that interrupt one another, and so move together.

    `description` completes the sentence "this system ..." for a router that asks a language
    model (`handles lost and stolen cards`). `intents` open the area's skills, `flows` are
    CALM's versions of them. `examples` are messages for a router by meaning, beside those of
    the NLU training data.
    """

    description: str = ""
    stage: Stage = "nlu"
    skills: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    notes: str = ""

    @property
    def is_calm(self) -> bool:
        """Whether CALM answers it."""
        return self.stage in CALM_STAGES


class OneTurn(_Part):
    """Skills that stay in the NLU system, or are kept in both, and take no route: small talk."""

    description: str = ""
    skills: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    reason: str = ""


class KeptInBoth(_Part):
    """A skill of several turns that both systems need, and why.

    It is in an area like any other, which says who answers it; its rules and stories stay in
    the NLU system all the same, since skills there are interrupted by it.
    """

    skill: str
    reason: str = ""


class Decision(_Part):
    """What was decided by whom, and why; `date` is written YYYY-MM-DD."""

    date: str
    text: str
    author: str = ""


class MigrationPlan(_Part):
    """The file `migration.yml`; areas are in the order of their migration."""

    version: Literal[1] = 1
    areas: Mapping[str, Area] = {}
    one_turn: OneTurn = OneTurn()
    keep_in_both: tuple[KeptInBoth, ...] = ()
    shared_slots: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()

    def area_of(self, intent: str) -> str | None:
        """The area that an intent opens; None for one-turn and unplanned intents."""
        return next((name for name, area in self.areas.items() if intent in area.intents), None)
