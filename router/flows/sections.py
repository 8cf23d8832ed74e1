"""Reading one map of a flow file key by key, noting all that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.errors import InvalidCondition, Location, Problem
from router.flows.conditions import Condition, parse_condition
from router.flows.spelling import nearest
from router.flows.yaml_values import key_location_of, location_of, plain, text_location_of

__all__ = ["Findings", "Section", "quote"]

# Read, kept in the flow's source, and without effect.
UNUSED_KEYS = frozenset({"translation", "file_path", "metadata", "silence_timeout", "dtmf"})
# Keys of external agents and tools.
UNSUPPORTED_KEYS = frozenset({"mcp_server", "mapping", "exit_if"})


@dataclass
class Findings:
    """What reading one file brings up: problems, and keys without effect."""

    problems: list[Problem]
    unused: list[tuple[str, Location]] = field(default_factory=list)
    error_count: int = 0

    def error(self, code: str, location: Location, message: str, advice: str = "") -> None:
        """Notes an error."""
        self.error_count += 1
        self.problems.append(Problem(location, code, message, advice))

    def warning(self, code: str, location: Location, message: str, advice: str = "") -> None:
        """Notes a warning."""
        self.problems.append(Problem(location, code, message, advice, is_warning=True))

    def warn_of_unused(self) -> None:
        """Notes one warning for all keys without effect."""
        if not self.unused:
            return
        keys = ", ".join(dict.fromkeys(f"'{key}'" for key, _ in self.unused))
        message = f"Read and kept, but without effect in this file: {keys}."
        self.warning("unused-key", self.unused[0][1], message)


class Section:
    """One map of a flow file; `name` says which, in messages ("flow 'transfer'").

    The reading methods return a value of the right type in any case; if the file had
    another one, an `invalid-value` error was noted.
    """

    def __init__(self, data: Mapping[str, Any], name: str, findings: Findings) -> None:
        self.data = data
        self.name = name
        self.findings = findings
        #: Keys that are probably meant by those that aren't known.
        self.misspelt: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def at(self, key: str | None = None) -> Location:
        """Where the key's value, or the whole map, stands."""
        return location_of(self.data, key)

    def at_key(self, key: Any) -> Location:
        """Where the key stands."""
        return key_location_of(self.data, key)

    def invalid(self, key: str, advice: str) -> None:
        """Notes that the value of `key` is none that can be read."""
        message = f"'{key}' of {self.name} can't be {quote(self.data[key])}."
        self.findings.error("invalid-value", self.at(key), message, advice)

    def check_keys(
        self,
        known: Collection[str],
        *,
        unused: Collection[str] = frozenset(),
        unsupported: Collection[str] = frozenset(),
    ) -> None:
        """Notes every key that isn't known."""
        for key in self.data:
            if key in known:
                continue
            if key in unused:
                self.findings.unused.append((key, self.at_key(key)))
            elif key in unsupported:
                message = f"'{key}' in {self.name} isn't supported."
                advice = "Remove it: flows here can't use external agents or tools."
                self.findings.error("unsupported-key", self.at_key(key), message, advice)
            else:
                message = f"{self.name} has no key {quote(key)}."
                advice = f"Known keys: {', '.join(sorted(known))}."
                if near := nearest(key, known):
                    self.misspelt.add(near)
                    advice = f"Did you mean '{near}'?"
                self.findings.error("unknown-key", self.at_key(key), _sentence(message), advice)

    def require(self, key: str, advice: str) -> bool:
        """Whether the key is there; notes an error if it isn't."""
        if key in self.data:
            return True
        message = f"{_sentence(self.name)} lacks '{key}'."
        self.findings.error("missing-key", self.at(), message, advice)
        return False

    def text(self, key: str, advice: str = "Write a text.") -> str:
        """A text that isn't empty; "" if the key is missing."""
        value = self.data.get(key, "")
        if isinstance(value, str) and (value.strip() or key not in self.data):
            return value
        if isinstance(value, (bool, int, float)):
            advice = f'{advice} Put quotes round it if "{plain_text(value)}" is meant.'
        self.invalid(key, advice)
        return ""

    def flag(self, key: str, default: bool) -> bool:
        """True or false; `default` if the key is missing."""
        value = self.data.get(key, default)
        if isinstance(value, bool):
            return value
        self.invalid(key, "Write true or false.")
        return default

    def items(self, key: str, advice: str, *, may_be_empty: bool = False) -> list[Any]:
        """A list, as a rule not an empty one; an empty one if the key is missing or wrong."""
        value = self.data.get(key)
        if isinstance(value, list) and (value or may_be_empty):
            return value
        if key in self.data:
            self.invalid(key, advice)
        return []

    def condition(self, key: str) -> Condition | None:
        """A parsed condition; None if the key is missing or wrong."""
        value = self.data.get(key)
        if isinstance(value, (str, bool)):
            try:
                return parse_condition(value)
            except InvalidCondition as error:
                location = text_location_of(self.data, key, error.position)
                message = f"The condition {quote(value)} can't be read: {error}"
                self.findings.error("invalid-condition", location, message.rstrip(".") + ".")
                return None
        if key in self.data:
            self.invalid(key, "Write a condition, like: slots.amount > 100")
        return None

    def subsection(
        self, items: list[Any], index: int, name: str, advice: str, size: int | None = None
    ) -> Section | None:
        """The map at `index` of a list in this section; None if it isn't one (of `size`)."""
        value = items[index]
        if isinstance(value, Mapping) and value and len(value) == (size or len(value)):
            return Section(value, name, self.findings)
        message = f"{_sentence(name)} can't be {quote(value)}."
        self.findings.error("invalid-value", location_of(items, index), message, advice)
        return None


def quote(value: Any) -> str:
    """A value as the file has it, short enough for a message."""
    if value is None:
        return "empty"
    text = repr(value) if isinstance(value, str) else plain_text(value)
    return text if len(text) <= 80 else text[:77] + "..."


def plain_text(value: Any) -> str:
    """A value in one line, as YAML would write it."""
    return json.dumps(plain(value), ensure_ascii=False, default=str)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
