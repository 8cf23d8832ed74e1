"""Every error this package raises, in one tree.

CoexistenceError
├── InvalidFile            a file can't be read as what it should be
│   ├── InvalidFlow        ... a flow, a step, a flow's condition
│   ├── InvalidDomain      ... a slot or a response of the domain
│   ├── InvalidConfig      ... config.yml or endpoints.yml
│   ├── InvalidPlan        ... migration.yml
│   └── InvalidTest        ... an end-to-end test
├── InvalidCondition       the text of a condition can't be parsed
├── InvalidSlotValue       a value doesn't fit a slot's type
├── LLMError               a call to a language model gave no answer
│   ├── LLMTimeout         ... within its deadline
│   ├── LLMUnavailable     ... for lack of a connection, by a 5xx or 429, or its circuit is open
│   ├── LLMRefused         ... for the endpoint doesn't accept the key or the request
│   └── InvalidAnswer      ... that can be used: empty, too long, no JSON, not UTF-8
├── NotRecorded            a prompt that a cassette or a script has no answer for
├── BotUnreachable         a bot under test, over HTTP, doesn't answer
├── CaseNotPlayable        a test case that this bot under test can't play: it is skipped
├── NoTestsFound           a run of end-to-end tests has none
├── ActionFailed           a custom action raised, timed out, or isn't there
├── IncompatibleModel      a model that this version can't run
└── UnsupportedRasa        a Rasa outside 3.6.x, or none at all
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "ActionFailed",
    "BotUnreachable",
    "CaseNotPlayable",
    "CoexistenceError",
    "IncompatibleModel",
    "InvalidAnswer",
    "InvalidCondition",
    "InvalidConfig",
    "InvalidDomain",
    "InvalidFile",
    "InvalidFlow",
    "InvalidPlan",
    "InvalidSlotValue",
    "InvalidTest",
    "LLMError",
    "LLMRefused",
    "LLMTimeout",
    "LLMUnavailable",
    "Location",
    "NoTestsFound",
    "NotRecorded",
    "Problem",
    "UnsupportedRasa",
]


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file: path as given, line and column counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in a file, and what to write instead.

    `code` is stable and names the kind of problem (`unknown-key`); `message` says what
    is wrong and quotes the offending value; `advice` says what to write.
    """

    location: Location
    code: str
    message: str
    advice: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        kind = "warning" if self.is_warning else "error"
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.location}: {kind}[{self.code}]: {self.message}{advice}"


class CoexistenceError(Exception):
    """Base of all errors of this package."""


class InvalidFile(CoexistenceError):
    """One or more problems in files, all of them listed."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class InvalidFlow(InvalidFile):
    """A flow file with errors."""


class InvalidDomain(InvalidFile):
    """A domain whose slots or responses can't work."""


class InvalidConfig(InvalidFile):
    """config.yml or endpoints.yml with keys or values that can't work."""


class InvalidPlan(InvalidFile):
    """A plan of a migration that can't be read, or says what a plan can't say."""


class InvalidTest(InvalidFile):
    """An end-to-end test that can't be read, or names what the bot doesn't have."""


class InvalidCondition(CoexistenceError):
    """A condition that can't be parsed; `position` counts characters from 0."""

    def __init__(self, message: str, position: int = 0) -> None:
        self.position = position
        super().__init__(message)


class InvalidSlotValue(CoexistenceError):
    """A value that can't be turned into the slot's type."""


class LLMError(CoexistenceError):
    """A call to a language model gave no answer.

    The text names endpoint, model and what happened: no key, nothing of the prompt. It may be
    logged; `detail` may not.

    Attributes:
        endpoint: provider and host, such as `openai at api.openai.com`.
        model: the model as configured.
        retry_after: seconds the endpoint asks to wait, if it does.
        detail: what the endpoint said, cut and without keys; it may quote the user.
        attempts: how often an endpoint was asked; 0 if none was.
        latency_ms: milliseconds until it was given up, all attempts included.
    """

    attempts: int = 0
    latency_ms: float = 0.0

    def __init__(
        self,
        message: str,
        *,
        endpoint: str = "",
        model: str = "",
        retry_after: float | None = None,
        detail: str = "",
    ) -> None:
        self.endpoint = endpoint
        self.model = model
        self.retry_after = retry_after
        self.detail = detail
        where = f"{endpoint}, model {model}: " if endpoint else ""
        super().__init__(f"{where}{message}")


class LLMTimeout(LLMError):
    """No answer within the endpoint's time-out or the turn's deadline."""


class LLMUnavailable(LLMError):
    """No connection, an overloaded or failing server, or an open circuit: worth a retry."""


class LLMRefused(LLMError):
    """The endpoint doesn't accept the key, the model or the request: a retry won't help."""


class InvalidAnswer(LLMError):
    """The endpoint answered with what is no answer."""


class NotRecorded(CoexistenceError):
    """A test's cassette or script has no answer for a prompt.

    Not an `LLMError`: what copes with a dead model must not cover up a stale recording.
    """


class BotUnreachable(CoexistenceError):
    """A bot under test can't be reached, refuses, or went away; the text says which."""


class CaseNotPlayable(CoexistenceError):
    """A test case asks for what a bot under test can't do; the text says what. It is skipped."""


class NoTestsFound(CoexistenceError):
    """Nothing among the given paths holds an end-to-end test; the text names them."""


class ActionFailed(CoexistenceError):
    """A custom action raised, ran into its time-out, or couldn't be reached."""


class IncompatibleModel(CoexistenceError):
    """A trained model that lacks what this version needs."""


class UnsupportedRasa(CoexistenceError):
    """The installed Rasa isn't 3.6.x."""
