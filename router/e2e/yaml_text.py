"""Data as the YAML of a test file: for people to read, and read back to the same."""

from __future__ import annotations

import re
from typing import Any

import yaml

from router.flows.yaml_scalars import scalar_value
from router.flows.yaml_values import plain

__all__ = ["indented", "yaml_of"]

_NO_FOLDING = 1_000_000  # columns
# Line ends that YAML would turn into \n, and what it allows as an escape only.
_ESCAPED = re.compile(
    "[^\t\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010fffe]"
)


def yaml_of(data: Any) -> str:
    """Block style, keys in the order given; texts quoted only where they need it."""
    text: str = yaml.dump(
        plain(data),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=_NO_FOLDING,
    )
    return text


def indented(text: str, indent: str = "  ") -> str:
    """The lines that aren't empty moved to the right."""
    lines = text.splitlines(keepends=True)
    return "".join(line if line == "\n" else indent + line for line in lines)


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, no aliases, texts of several lines as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    text = _without_surrogates(text)
    is_block = "\n" in text and text.strip("\n") and not text.endswith("\n\n")
    style = "|" if is_block else None
    if _ESCAPED.search(text) or not isinstance(scalar_value(text), str):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _without_surrogates(text: str) -> str:
    """Halves of a character, which no file in UTF-8 can hold, become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_Dumper.add_representer(str, _represent_text)
