"""What an end-to-end test says: conversations with a bot, and what is expected of them.

Format: https://rasa.com/docs/pro/testing/evaluating-assistant, and docs/e2e_tests.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from router.errors import Location

__all__ = ["Check", "Stub", "TestCase", "Turn"]


@dataclass(frozen=True)
class Check:
    """One thing expected of a turn.

    `name` is that of a registered assertion, `value` what its `read` made of the YAML;
    `text` is how it was written, in one line.
    """

    name: str
    value: Any
    location: Location
    text: str = ""


@dataclass(frozen=True)
class Turn:
    """One message of the user and what is expected of the answer.

    With `in_order`, the assertions among the checks must be met one after the other. `commands` are
    the lines a command generator is expected to say (with scripted answers: says), `route`
    the outcome of a router that asks a model (`calm`, `calm_once`, `nlu`, `nlu_once`); None
    where the test says nothing of it. `metadata` is the message's, the case's included.
    `command_places` says where each of the commands stands.
    """

    user: str
    location: Location
    checks: tuple[Check, ...] = ()
    in_order: bool = False
    commands: tuple[str, ...] | None = None
    route: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    command_places: tuple[Location, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True)
class Stub:
    """What stands for a custom action: the events and responses it is to give."""

    action: str
    location: Location
    events: tuple[Mapping[str, Any], ...] = ()
    responses: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class TestCase:
    """One conversation: fresh, with `slots` set before it begins (the fixtures).

    `opening` are checks that stand before the first message. `stubs` go by the name of the
    action. `config` is the name of the only configuration that the case is for; empty if it is
    for any. `strict` makes messages of the bot that nothing expects a failure. `slot_places`
    says where the fixtures' slots stand.

    `source` is plain data from which the case is written anew, without its file:

        test_case: {...}            its map in the file, less its own stubs; `tags` and
                                    `strict` are those that count, the file's included
        fixtures: {name: {slot: value}}          those it names
        metadata: {name: {...}}                  those it and its steps name
        stub_custom_actions: {action: {events: [...], responses: [...]}}     all that count
    """

    __test__ = False  # not a test of pytest's

    name: str
    file: str
    location: Location
    turns: tuple[Turn, ...]
    opening: tuple[Check, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)
    stubs: Mapping[str, Stub] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    strict: bool = False
    config: str = ""
    source: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    slot_places: Mapping[str, Location] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        """How the case is named on the command line: `file.yml::name`."""
        return f"{self.file}::{self.name}"
