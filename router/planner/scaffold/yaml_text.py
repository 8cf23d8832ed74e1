"""Values as YAML text, in the layout of the drafts."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from router.errors import InvalidFile
from router.flows.yaml_source import parse_yaml

__all__ = ["block_lines", "comment_lines", "flow_text", "scalar"]

WIDTH = 96


def scalar(value: Any) -> str:
    """A text, number, truth value or null on one line.

    In quotes is what YAML 1.1 or 1.2 would read as something else: `yes`, `1: 2`.
    """
    if not isinstance(value, str):
        return json.dumps(value)
    try:
        told = f"{value}: [{value}]"
        is_plain = parse_yaml(told, "") == yaml.safe_load(told) == {value: [value]}
    except (InvalidFile, yaml.YAMLError, TypeError, ValueError):
        is_plain = False
    return value if is_plain and "\n" not in value else json.dumps(value, ensure_ascii=False)


def flow_text(value: Any) -> str:
    """Any value on one line, in brackets and braces."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{scalar(k)}: {flow_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow_text, value))}]"
    return scalar(value)


def block_lines(value: Any, column: int = 0) -> Iterator[str]:
    """The lines of a map or a list, one key or item a line; `column` counts from 0."""
    indent = " " * column
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, Mapping | list) and each:
                yield f"{indent}{scalar(key)}:"
                yield from block_lines(each, column + 2)
            else:
                yield f"{indent}{scalar(key)}: {flow_text(each)}"
        return
    for item in value:
        if isinstance(item, Mapping) and item:
            first, *others = block_lines(item, column + 2)
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield f"{indent}- {flow_text(item)}"


def comment_lines(text: str, column: int = 0) -> Iterator[str]:
    """A comment, folded where it's long."""
    start = f"{' ' * column}# "
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=start,
        subsequent_indent=start + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
