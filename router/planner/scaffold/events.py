"""What happens in a skill: what users say, what the bot does, forms, and slots."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

from router.errors import Location
from router.flows.model import NOWHERE

__all__ = ["Does", "Event", "Fills", "Says", "Supposes", "Way"]


@dataclass(frozen=True)
class Says:
    """The user's turn; `entities` are what a story says is in it."""

    intents: tuple[str, ...]
    entities: tuple[str, ...] = ()
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Does:
    """An action or response; `text` is what is said where there's no name."""

    action: str
    text: str = ""
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Supposes:
    """Slots with the values that they have here; a value may be `IS_SET`."""

    values: tuple[tuple[str, Any], ...]
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Fills:
    """A form, from the first question to the last answer."""

    form: str
    location: Location = field(default=NOWHERE, compare=False)


Event = Union[Says, Does, Supposes, Fills]


@dataclass(frozen=True)
class Way:
    """What happens from the entry intent on, to the end or a reset.

    `todos` are questions that it leaves. It `is_cut` if it ends within another skill.
    """

    entry: tuple[str, ...]
    events: tuple[Event, ...]
    location: Location
    todos: tuple[str, ...] = ()
    is_cut: bool = False
