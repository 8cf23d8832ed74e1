"""Which value a word in YAML stands for, by the core schema of YAML 1.2.

https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["scalar_value"]

_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_NUMBER_START = frozenset("0123456789+-.")
_TEXT_START = frozenset("abcdeghijklmopqrsuvwxyzABCDEGHIJKLMOPQRSUVWXYZ_<{/")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


def scalar_value(text: str) -> Any:
    """The null, boolean, number or text that an unquoted word is."""
    if text[:1] in _TEXT_START:  # neither null, true, false nor a number
        return text
    if text in _NULLS:
        return None
    if text[0] in _NUMBER_START:
        if len(text) < 1000 and _INT.fullmatch(text):  # Python limits the digits of an int
            return int(text, 8 if text[:2] == "0o" else 16 if text[:2] == "0x" else 10)
        if _FLOAT.fullmatch(text):
            return float(text if text[-1].isdigit() or text[-1] == "." else text.replace(".", ""))
        return text
    return _BOOLS.get(text, text)
