"""Keys: named in files as `${VARIABLE}`, looked up when used, removed from what is written."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "MissingVariable",
    "is_variable",
    "literal_secrets",
    "named_variables",
    "resolve",
    "scrub",
]

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:api_?key|key|secret|password|passwd|credentials?|authorization"
    r"|(?:ad|api|auth|access|bearer|security|session)_token)$"
)
_SECRET_VARIABLE = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
# Keys that are in no variable, in the form that OpenAI made customary.
_KEY_SHAPED = re.compile(r"\b(?:sk|pk|gsk|xai)-[A-Za-z0-9_-]{16,}|(?<=Bearer )[\w.~+/-]{16,}=*")
# A shorter value, say `TOKEN=1`, would be found all over a text.
_SHORTEST_SECRET = 8


class MissingVariable(Exception):
    """A variable that a file names isn't set, or can't be sent in a header."""


def resolve(value: Any, environment: Mapping[str, str] | None = None) -> Any:
    """`value` with each `${VARIABLE}` in its texts, however deep, replaced by what it holds.

    Raises:
        MissingVariable: it isn't set, is empty, or holds a line break or another character
            that no header can carry; the message never quotes the value.
    """
    variables = os.environ if environment is None else environment

    def lookup(match: re.Match[str]) -> str:
        held = variables.get(match[1], "").strip()
        if not held:
            raise MissingVariable(f"The environment variable {match[1]} isn't set.")
        if not (held.isascii() and held.isprintable()):
            raise MissingVariable(
                f"The environment variable {match[1]} holds characters no key can have."
            )
        return held

    if isinstance(value, str):
        return _VARIABLE.sub(lookup, value)
    if isinstance(value, Mapping):
        return {key: resolve(item, variables) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolve(item, variables) for item in value]
    return value


def named_variables(text: str) -> set[str]:
    """The names of the variables that a text refers to."""
    return set(_VARIABLE.findall(text))


def literal_secrets(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places in `data` where a key, token or password stands written out."""
    items: Any = ()
    if isinstance(data, Mapping):
        items = data.items()
    elif isinstance(data, (list, tuple)):
        items = enumerate(data)
    for key, value in items:
        if isinstance(value, (Mapping, list, tuple)):
            yield from literal_secrets(value, (*path, key))
        elif _is_secret_key(key) and value is not None and not is_variable(value):
            yield (*path, key)


def scrub(text: str, environment: Mapping[str, str] | None = None) -> str:
    """`text` without keys: values of variables that look like one become `${VARIABLE}`."""
    variables = os.environ if environment is None else environment
    secrets = [
        (value, name)
        for name, value in variables.items()
        if len(value) >= _SHORTEST_SECRET and _SECRET_VARIABLE.search(name)
    ]
    for value, name in sorted(secrets, key=lambda item: (-len(item[0]), item[1])):
        text = text.replace(value, f"${{{name}}}")
    return _KEY_SHAPED.sub("(key removed)", text)


def _is_secret_key(key: Any) -> bool:
    name = str(key).lower().replace("-", "_").replace(" ", "_")
    return _SECRET_KEY.search(name) is not None


def is_variable(value: Any) -> bool:
    """Whether it's `${KEY}` or `Bearer ${KEY}`: a variable, with at most a word before it."""
    if not isinstance(value, str):
        return False
    return re.fullmatch(r"(?:[A-Za-z]+ +)?\$\{[A-Za-z_][A-Za-z0-9_]*\}", value.strip()) is not None
