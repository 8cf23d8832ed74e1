"""The language of the command generators: from text to commands of one assistant, and back.

The grammar is in `command_syntax`; here the names count. A user's words can't become
commands of their own: only whole lines that name known flows and slots pass.
Format: https://rasa.com/docs/pro/customize/command-generator
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace

from router.dialogue.commands import Clarify, Command, SetSlot, StartFlow
from router.errors import InvalidSlotValue
from router.flows.assistant import Assistant
from router.flows.slots import SlotSpec
from router.flows.spelling import nearest
from router.understanding.command_syntax import (
    PUNCTUATION,
    WITHOUT_ARGUMENTS,
    ParsedLine,
    opens_a_quote,
    read_lines,
)

MAX_COMMANDS = 50

# What a misspelt line is compared with: its keyword -> how the whole is written.
_SPELLINGS = {
    "startflow": "StartFlow(flow)",
    "setslot": "SetSlot(slot, value)",
    "clarify": "Clarify(flow, flow)",
    "start flow": "start flow <flow>",
    "start": "start flow <flow>",
    "set slot": "set slot <slot> <value>",
    "set": "set slot <slot> <value>",
    "disambiguate flows": "disambiguate flows <flow> <flow>",
    **{s.removesuffix("()").lower(): s for each in WITHOUT_ARGUMENTS.values() for s in each},
}
_FLOW_WORDS = frozenset({"flow", "flow_id", "flow_name"})


@dataclass(frozen=True)
class UnreadableLine:
    """A line that is no command; `nearest` is what may have been meant, or empty."""

    number: int
    text: str
    nearest: str = ""


def parse_commands(text: str, assistant: Assistant) -> list[Command]:
    """The commands in `text` that name only flows and slots of this assistant.

    Values stay text (null: None), since the engine makes them the slot's type. One that
    doesn't fit a categorical, bool or float slot passes too, so that the engine can reject it
    and ask again. Who may fill a slot is the engine's decision as well. Patterns can't be
    started, a set-slot that names a flow starts it, duplicates are kept once.

    Args:
        text: what the model, or the author of a test, wrote.
        assistant: whose flows and slots count.

    Returns:
        At most 50 commands, values cut to 10,000 characters. An empty list if nothing
        could be read: whether that is `cannot handle` or an error, the caller knows.
    """
    found: dict[Command, None] = {}
    for line in read_lines(text):
        command = _meant(line, assistant)
        if command is not None:
            found.setdefault(command)
        if len(found) == MAX_COMMANDS:
            break
    return list(found)


def unreadable_lines(text: str, assistant: Assistant | None = None) -> list[UnreadableLine]:
    """The lines that `parse_commands` would ignore.

    Nothing in a running bot asks: it is for a harness of end-to-end tests, whose steps list
    commands that people wrote, and who want to be told of a misspelling.

    Args:
        text: command lines; blank lines and code fences don't count.
        assistant: if given, a line that names an unknown flow or slot is listed as well.

    Returns:
        The first 50 of them, each with the nearest spelling.
    """
    found: list[UnreadableLine] = []
    for line in read_lines(text):
        if not line.readings:
            found.append(UnreadableLine(line.number, line.text, _nearest_spelling(line.text)))
        elif assistant is not None and _has_unknown_names(line, assistant):
            found.append(UnreadableLine(line.number, line.text, _nearest_names(line, assistant)))
        if len(found) == MAX_COMMANDS:
            break
    return found


def command_as_text(command: Command, compact: bool = True) -> str:
    """The line that reads as `command`, in the compact or the first language.

    Values are quoted where they would otherwise read differently; those that aren't text
    are written as JSON. A command that nobody writes (`session start`, ...) gives its name.
    """
    if isinstance(command, StartFlow):
        return f"start flow {command.flow}" if compact else f"StartFlow({command.flow})"
    if isinstance(command, Clarify):
        if compact:
            return " ".join(("disambiguate flows", *command.options))
        return f"Clarify({', '.join(command.options)})"
    if isinstance(command, SetSlot):
        before, after = ("set slot {} ", "") if compact else ("SetSlot({}, ", ")")
        before = before.format(command.slot)
        if not isinstance(command.value, str):
            return before + json.dumps(command.value, default=str, ensure_ascii=False) + after
        plain = before + command.value + after
        depends_on_more = opens_a_quote(plain) or "\n" in plain or "\r" in plain
        lines = [] if depends_on_more else list(read_lines(plain))
        same = [line.readings[:1] for line in lines] == [(SetSlot(command.slot, command.value),)]
        return plain if same else before + _quoted(command.value) + after
    spellings = WITHOUT_ARGUMENTS.get(type(command))
    return spellings[1 if compact else 0] if spellings else command.name


def _meant(line: ParsedLine, assistant: Assistant) -> Command | None:
    """The first reading whose names exist; failing that, the flow a set-slot names."""
    known = [_known(reading, assistant) for reading in line.readings]
    started = [_named_flow(reading, assistant) for reading in line.readings]
    return next((command for command in (*known, *started) if command is not None), None)


def _known(command: Command, assistant: Assistant) -> Command | None:
    if isinstance(command, StartFlow):
        return command if _is_flow(command.flow, assistant) else None
    if isinstance(command, Clarify):
        options = tuple(flow for flow in command.options if _is_flow(flow, assistant))
        return Clarify(options) if options else None
    if isinstance(command, SetSlot):
        spec = assistant.slots.get(command.slot)
        return None if spec is None else _fitting(command, spec)
    return command


def _is_flow(flow_id: str, assistant: Assistant) -> bool:
    flow = assistant.flows.get(flow_id)
    return flow is not None and not flow.is_pattern


def _fitting(command: SetSlot, spec: SlotSpec) -> SetSlot:
    """A full stop belongs to the value, unless the slot takes the value only without it."""
    if isinstance(command.value, str):
        for value in (command.value, command.value.rstrip(PUNCTUATION)):
            try:
                spec.coerce(value)
            except InvalidSlotValue:
                continue
            return replace(command, value=value)
    return command


def _named_flow(command: Command, assistant: Assistant) -> StartFlow | None:
    """`SetSlot(transfer_money, true)` and `SetSlot(flow_name, transfer_money)` start it."""
    if not isinstance(command, SetSlot) or command.slot in assistant.slots:
        return None
    value = str(command.value).rstrip(PUNCTUATION)
    if command.value is None or value.casefold() == "false":
        return None
    named = value if command.slot in _FLOW_WORDS else command.slot
    return StartFlow(named) if _is_flow(named, assistant) else None


def _nearest_spelling(line: str) -> str:
    head = line.partition("(")[0][:40].lower().split()[:2]
    near = nearest(" ".join(head), _SPELLINGS) or nearest("".join(head[:1]), _SPELLINGS)
    spelling = _SPELLINGS[near] if near else ""
    return "" if spelling == line else spelling  # well spelt, but behind an open quote


def _has_unknown_names(line: ParsedLine, assistant: Assistant) -> bool:
    meant, written = _meant(line, assistant), line.readings[0]
    if isinstance(meant, Clarify) and isinstance(written, Clarify):
        return meant != written
    return meant is None


def _nearest_names(line: ParsedLine, assistant: Assistant) -> str:
    """The line as it would be with the nearest names; empty if there are none."""
    flows = [flow_id for flow_id in assistant.flows if _is_flow(flow_id, assistant)]
    is_call = line.text.partition("(")[0].strip().lower() in _SPELLINGS
    for command in line.readings:
        mended = _with_nearest_names(command, flows, assistant.slots)
        if mended is not None:
            return command_as_text(mended, compact=not is_call)
    return ""


def _with_nearest_names(
    command: Command, flows: Collection[str], slots: Collection[str]
) -> Command | None:
    if isinstance(command, SetSlot):
        slot = nearest(command.slot, slots)
        return replace(command, slot=slot) if slot else None
    if isinstance(command, StartFlow):
        flow = nearest(command.flow, flows)
        return StartFlow(flow) if flow else None
    if isinstance(command, Clarify):
        near = [nearest(option, flows) for option in command.options]
        known = tuple(dict.fromkeys(flow for flow in near if flow is not None))
        return None if None in near else Clarify(known)
    return None


def _quoted(value: str) -> str:
    for character, escaped in (("\\", r"\\"), ('"', r"\""), ("\n", r"\n"), ("\r", r"\r")):
        value = value.replace(character, escaped)
    return f'"{value}"'
