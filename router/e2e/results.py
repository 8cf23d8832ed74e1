"""What came of a run, as data: one object that every report is made from.

`coexist test --json` writes it as it stands; its JSON schema is in docs/e2e_report.md.
Times are in seconds, latencies in milliseconds; lines count from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from router.e2e.coverage.model import Coverage
from router.e2e.places import Place, Result

__all__ = [
    "AttemptResult",
    "CaseResult",
    "CheckResult",
    "CommandScore",
    "SaidMessage",
    "SuiteResult",
    "TurnResult",
]

CheckStatus = Literal["passed", "failed", "skipped"]
Status = Literal["passed", "failed", "flaky", "skipped", "error"]
VERSION = 1


class CheckResult(Result):
    """One expectation and what became of it.

    `expected` is it as written, `got` what there was instead (where it isn't met); `reason`
    says why it was skipped. `measured` are numbers that it found, say `latency_ms`.
    """

    name: str
    place: Place
    status: CheckStatus
    expected: str = ""
    got: str = ""
    reason: str = ""
    measured: Mapping[str, float] = Field(default_factory=dict)


class SaidMessage(Result):
    """A message of the bot; `utter` is the response's name, if it came from one."""

    text: str
    utter: str | None = None
    buttons: tuple[str, ...] = ()
    data: Mapping[str, Any] = Field(default_factory=dict)


class CommandScore(Result):
    """How a model's commands compare with those expected of it."""

    expected: tuple[str, ...]
    given: tuple[str, ...]
    right: int


class TurnResult(Result):
    """One message of the user (empty: the session's opening) and all that's known of the answer.

    `route` is who answered; `route_before` and `route_after` are the routing slot's values.
    `decision` is the router's record, None where an active route made it needless. `stack`
    holds `flow at step` from the bottom. `events` are the turn's, a line each. `error` says
    why a turn wasn't judged: a time-out, a bot that is gone, a recording that lacks a prompt.
    """

    user: str
    place: Place
    status: Status
    latency_ms: float = 0.0
    messages: tuple[SaidMessage, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    error: str = ""
    route: str | None = None
    route_before: bool | None = None
    route_after: bool | None = None
    decision: Mapping[str, Any] | None = None
    reason: str = ""
    released: str | None = None
    intent: str | None = None
    commands: tuple[str, ...] = ()
    command_score: CommandScore | None = None
    policies: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    slots_changed: Mapping[str, Any] = Field(default_factory=dict)
    stack: tuple[str, ...] = ()
    llm_calls: tuple[Mapping[str, Any], ...] = ()
    events: tuple[str, ...] = ()
    logged_errors: tuple[str, ...] = ()


class AttemptResult(Result):
    """One time that a case was played; `turns` go up to the one after which it stopped."""

    status: Status
    seconds: float
    turns: tuple[TurnResult, ...] = ()
    error: str = ""


class CaseResult(Result):
    """A case, and all its attempts, the last one last.

    `passed`: every attempt passed. `flaky`: one passed, and one didn't. `skipped`: nothing
    failed, and a check that needs a judge wasn't made. `error`: it couldn't be judged.
    """

    name: str
    place: Place
    tags: tuple[str, ...] = ()
    status: Status
    attempts: tuple[AttemptResult, ...] = ()
    rerun: str = ""

    @property
    def last(self) -> AttemptResult | None:
        """The attempt that reports show: the last that failed, else the last."""
        failed = [each for each in self.attempts if each.status in ("failed", "error")]
        shown = failed or self.attempts
        return shown[-1] if shown else None


class SuiteResult(Result):
    """A whole run.

    `target` is the model's file or the server's address; `llm` how models answered. With
    `interrupted` only what ran until then is in it.
    """

    version: int = VERSION
    started: str
    seconds: float
    target: str
    llm: str = "live"
    seed: int = 0
    workers: int = 1
    interrupted: bool = False
    cases: tuple[CaseResult, ...] = ()
    coverage: Coverage | None = None

    def count(self, status: Status) -> int:
        """How many cases ended so."""
        return sum(case.status == status for case in self.cases)
