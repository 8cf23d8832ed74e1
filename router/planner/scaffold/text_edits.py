"""Additions to YAML files that people wrote: lines are put in, none is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from router.errors import InvalidFile
from router.flows.yaml_source import YamlList, YamlMap, parse_yaml
from router.flows.yaml_values import plain
from router.planner.scaffold.yaml_text import block_lines, flow_text

__all__ = ["Addition", "with_additions"]


@dataclass(frozen=True)
class Addition:
    """A key of a map with its value, or (without `key`) an item at the end of a list.

    `path` leads to the map or list. `after` is the key behind which the new one is put, by
    default the last.
    """

    path: tuple[str | int, ...]
    value: Any
    key: str | None = None
    after: str = ""


def with_additions(text: str, file: str, additions: Sequence[Addition]) -> str | None:
    """The text with the additions, which is read again to see that they say what they should.

    None if they can't be put in: a list that is an alias, a key without a value.

    Raises:
        InvalidFile: the text isn't YAML.
    """
    start = "\ufeff" if text.startswith("\ufeff") else ""
    before = text.removeprefix(start)
    ending = "\r\n" if "\r\n" in before else "\n"
    before += "" if not before or before.endswith("\n") else ending
    data = parse_yaml(before, file)
    expected = plain(data)
    edits: list[tuple[int, int, int, str]] = []
    offsets = [0]
    for line in before.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    for number, addition in enumerate(additions):
        node = _at(data, addition.path)
        is_list = isinstance(node, YamlList) and addition.key is None
        if not is_list and not (isinstance(node, YamlMap) and addition.key is not None):
            return None
        _extend(_at(expected, addition.path), addition)
        is_first = not node and all(each.path != addition.path for each in additions[:number])
        offset, depth, new = _edit(before, offsets, node, addition, ending, is_first)
        edits.append((offset, -depth, number, new))
    parts, position = [], 0
    for offset, _, _, new in sorted(edits):
        parts += [before[position:offset], new]
        position = offset
    after = "".join([*parts, before[position:]])
    return start + after if _reads(after, file) == expected else None


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _extend(container: Any, addition: Addition) -> None:
    if addition.key is None:
        container.append(addition.value)
    else:
        container[addition.key] = addition.value


def _edit(
    text: str,
    offsets: Sequence[int],
    node: YamlList | YamlMap,
    addition: Addition,
    ending: str,
    is_first: bool,
) -> tuple[int, int, str]:
    """Offset, depth (where two are put at one offset the deeper comes first) and new text."""
    line, column, end_line, end_column = node.span
    if text[offsets[line] + column : offsets[line] + column + 1] in ("[", "{"):
        end = offsets[end_line] + end_column - 1
        inner = text[:end].rstrip()
        separator = "" if is_first else " " if inner.endswith(",") else ", "
        said = flow_text(addition.value)
        said = said if addition.key is None else flow_text({addition.key: addition.value})[1:-1]
        return len(inner), column, separator + said
    if addition.key is None:
        lines = [*block_lines([addition.value], column)]
    else:
        lines = [*block_lines({addition.key: addition.value}, column)]
    at = _end(text, offsets, node)
    if isinstance(node, YamlMap) and isinstance(node.get(addition.after), str):
        at = node.positions[addition.after][2] + 1
    return offsets[at], column, "".join(f"{each}{ending}" for each in lines)


def _end(text: str, offsets: Sequence[int], node: YamlList | YamlMap) -> int:
    """The line behind the last of a block; comments as far in as its keys belong to it."""
    end = min(node.span[2], len(offsets) - 2)
    while end > node.span[0] + 1:
        line = text[offsets[end - 1] : offsets[end]]
        bare = line.strip()
        is_outside = bare.startswith("#") and len(line) - len(line.lstrip()) < node.span[1]
        if bare and not is_outside:
            break
        end -= 1
    return end


def _reads(text: str, file: str) -> Any:
    try:
        return plain(parse_yaml(text, file))
    except InvalidFile:
        return None
