"""What the user wants done, one value a command.

Commands travel on the user message as plain dicts with the key `command`.
Format: https://rasa.com/docs/pro/customize/command-generator
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

_BY_NAME: dict[str, type[Command]] = {}


@dataclass(frozen=True)
class Command:
    """Base of all commands; `name` is what the dict's key `command` says."""

    name: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        _BY_NAME[cls.name] = cls

    def as_dict(self) -> dict[str, Any]:
        """The command as stored on the user message."""
        return {"command": self.name, **vars(self)}


@dataclass(frozen=True)
class StartFlow(Command):
    """Start a flow, or go back to one further down the stack."""

    name: ClassVar[str] = "start flow"
    flow: str


@dataclass(frozen=True)
class SetSlot(Command):
    """Give a slot a value. `source`: `llm`, `nlu`, or `payload` for buttons."""

    name: ClassVar[str] = "set slot"
    slot: str
    value: Any
    source: str = "llm"

    def as_dict(self) -> dict[str, Any]:
        """As the base, with the slot under the documented key `name`."""
        return {
            "command": "set slot",
            "name": self.slot,
            "value": self.value,
            "source": self.source,
        }


@dataclass(frozen=True)
class CancelFlow(Command):
    """Stop the active flow."""

    name: ClassVar[str] = "cancel flow"


@dataclass(frozen=True)
class CorrectSlots(Command):
    """Change answers already given: slot -> new value. Made while a turn is processed.

    `rejected` are those whose new value isn't one of the slot's type: they are None.
    """

    name: ClassVar[str] = "correct slot"
    corrected_slots: Mapping[str, Any] = field(default_factory=dict)
    rejected: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As the base, with the slots as the documented list of `name` and `value`."""
        slots = [{"name": name, "value": value} for name, value in self.corrected_slots.items()]
        return {"command": "correct slot", "corrected_slots": slots}


@dataclass(frozen=True)
class Clarify(Command):
    """Several flows could be meant: ask which one."""

    name: ClassVar[str] = "clarify"
    options: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As the base, with the flows as a list."""
        return {"command": "clarify", "options": list(self.options)}


@dataclass(frozen=True)
class ChitChat(Command):
    """Small talk that no flow is about."""

    name: ClassVar[str] = "chitchat"


@dataclass(frozen=True)
class Knowledge(Command):
    """A question whose answer has to be looked up."""

    name: ClassVar[str] = "knowledge"


@dataclass(frozen=True)
class SkipQuestion(Command):
    """Go on without an answer to the question."""

    name: ClassVar[str] = "skip question"


@dataclass(frozen=True)
class HumanHandoff(Command):
    """Talk to a person."""

    name: ClassVar[str] = "human handoff"


@dataclass(frozen=True)
class RepeatBotMessages(Command):
    """Say again what was said last."""

    name: ClassVar[str] = "repeat"


@dataclass(frozen=True)
class CannotHandle(Command):
    """Nothing the assistant can do fits."""

    name: ClassVar[str] = "cannot handle"
    reason: str = ""


@dataclass(frozen=True)
class ErrorCommand(Command):
    """Making the commands failed."""

    name: ClassVar[str] = "error"
    error_type: str = ""
    info: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionStart(Command):
    """Begin a new session."""

    name: ClassVar[str] = "session start"


@dataclass(frozen=True)
class Restart(Command):
    """Forget the conversation."""

    name: ClassVar[str] = "restart"


@dataclass(frozen=True)
class Noop(Command):
    """Nothing to do."""

    name: ClassVar[str] = "noop"


def command_from_dict(data: Mapping[str, Any]) -> Command | None:
    """Reads a stored command; None for one this version doesn't know, or can't read."""
    kind = _BY_NAME.get(str(data.get("command")))
    if kind is None:
        return None
    keys = {str(key): value for key, value in data.items() if key != "command"}
    read = _READERS.get(kind)
    try:
        return kind(**(read(keys) if read else keys))
    except (TypeError, KeyError, AttributeError):
        return None


def commands_from_dicts(data: Iterable[Mapping[str, Any]]) -> list[Command]:
    """Reads the commands of a user message; unknown ones are left out."""
    found = (command_from_dict(item) for item in data)
    return [command for command in found if command is not None]


def _set_slot_keys(keys: dict[str, Any]) -> dict[str, Any]:
    return {"slot": keys.pop("name"), **keys}


def _clarify_keys(keys: dict[str, Any]) -> dict[str, Any]:
    return {**keys, "options": tuple(str(option) for option in keys["options"])}


def _correction_keys(keys: dict[str, Any]) -> dict[str, Any]:
    slots = keys["corrected_slots"]
    return {**keys, "corrected_slots": {str(slot["name"]): slot.get("value") for slot in slots}}


# Commands whose keys aren't their fields.
_READERS: dict[type[Command], Callable[[dict[str, Any]], dict[str, Any]]] = {
    SetSlot: _set_slot_keys,
    Clarify: _clarify_keys,
    CorrectSlots: _correction_keys,
}
