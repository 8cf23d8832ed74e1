"""What end-to-end tests have shown of a bot, as far as a plan asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Outdated", "ShownHandoff", "TestEvidence"]


@dataclass(frozen=True)
class ShownHandoff:
    """A way from one system to the other that the bot makes possible; `cases` passed and took it.

    `kind` is `nlu_to_calm`, `calm_to_nlu`, `reset` or `one_turn`; `source` and `target` are a
    flow's id, or the intent that opens a skill of the NLU system.
    """

    kind: str
    source: str
    target: str = ""
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outdated:
    """Results that are older than a file of the bot."""

    results: str
    newer: str


@dataclass(frozen=True)
class TestEvidence:
    """The runs of end-to-end tests, put together.

    `passing` and `failing` are, by flow, the cases that went through it. `handoffs` are all
    that are possible; None if no run measured coverage.
    """

    __test__ = False  # not a test of pytest's

    passing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    failing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    handoffs: tuple[ShownHandoff, ...] | None = None
    outdated: tuple[Outdated, ...] = ()
