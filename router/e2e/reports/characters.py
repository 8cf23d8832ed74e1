"""Texts of users and bots as every report may show them."""

from __future__ import annotations

import re

__all__ = ["one_line", "visible"]

# Controls but tab and line feed, line separators, marks that turn the direction of writing,
# halves of surrogate pairs and non-characters: terminals obey them, XML doesn't allow them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""The text with control characters written out: `\x1b` in place of an escape."""
    return _HIDDEN.sub(lambda found: _written(found.group()), text)


def one_line(text: str, limit: int | None = None) -> str:
    r"""`visible`, line breaks as `\n` too, cut to `limit` characters (at least 8)."""
    line = visible(text).replace("\n", "\\n").replace("\t", "\\t")
    if limit is None or len(line) <= limit:
        return line
    return f"{line[: limit - 4]} ..."


def _written(character: str) -> str:
    code = ord(character)
    return "\\r" if character == "\r" else f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
