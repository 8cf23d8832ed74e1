"""Adding to a plan that people have edited: lines are put in, none is changed.

What a person wrote, its order, comments, quotes and layout stay byte for byte, so that the
diff shows the addition alone and git merges it with what others do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import dropwhile
from typing import Any, NamedTuple

from pydantic import ValidationError

from router.errors import InvalidFile, InvalidPlan, Problem
from router.flows.yaml_source import YamlList, YamlMap, parse_yaml
from router.flows.yaml_values import plain
from router.plan.model import MigrationPlan
from router.plan.writing import AREAS, entry_lines, in_brackets, item_lines

__all__ = ["Additions", "extended", "with_additions"]

Additions = Mapping[str, Any]
"""Keys as the file has them, with what is to be added: maps, and lists of names or maps."""


def with_additions(text: str, file: str, additions: Additions) -> str:
    """The plan's text with more in it: names at the end of lists, keys at the end of maps.

    Args:
        text: of a plan that can be read.
        file: its name in errors.
        additions: lists of names or maps to append, and whole values of keys that aren't there.

    Raises:
        InvalidPlan: a list is written so that nothing can be put into it (an alias).
    """
    start = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    before = text.removeprefix(start).replace("\r\n", "\n")
    before += "" if not before or before.endswith("\n") else "\n"
    data = parse_yaml(before, file)
    if data is None:
        end = before.count("\n")
        data = YamlMap(file, (end, 0, end, 0))
    added = _Insertion(before).into(data, additions).lstrip("\n" if not before else "")
    wanted = MigrationPlan.model_validate(extended(plain(data), additions))
    if _read(added, file) != wanted:
        message = "What is new can't be put into this file as it's written."
        advice = (
            "Write its lists and maps a line an item, as `coexist plan` does: not in brackets or "
            "braces that hold comments, and without aliases (*) and anchors (&)."
        )
        raise InvalidPlan([Problem(data.location, "not-extensible", message, advice)])
    return start + added.replace("\n", newline)


def extended(data: Mapping[str, Any], additions: Additions) -> dict[str, Any]:
    """A plan's keys with what is added."""
    result = dict(data)
    for key, value in additions.items():
        if isinstance(value, Mapping):
            result[key] = extended(result.get(key, {}), value)
        elif isinstance(value, list):
            result[key] = [*result.get(key, []), *value]
        else:
            result[key] = value
    return result


def _read(text: str, file: str) -> MigrationPlan | None:
    try:
        return MigrationPlan.model_validate(plain(parse_yaml(text, file)))
    except (InvalidFile, ValidationError):
        return None  # which isn't the wanted plan


class _Edit(NamedTuple):
    """At one offset deeper lines come first: the end of a list is before that of its map."""

    start: int
    depth: int
    end: int
    new: str


class _Insertion:
    """Edits of one text, gathered from the places that reading it gave."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = text.split("\n")[:-1]
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line) + 1)
        self.edits: list[_Edit] = []
        self.filled: set[int] = set()

    def into(self, root: YamlMap, additions: Additions) -> str:
        self._extend(root, additions, ())
        parts, position = [], 0
        for edit in sorted(self.edits, key=lambda edit: (edit.start, -edit.depth)):
            parts += [self.text[position : edit.start], edit.new]
            position = max(position, edit.end)
        return "".join([*parts, self.text[position:]])

    def _extend(self, node: YamlMap, additions: Additions, path: tuple[str, ...]) -> None:
        for key, value in additions.items():
            below = (*path, key)
            if key not in node:
                self._new_key(node, below, value)
            elif not node[key] and not self._is_flow(node):
                self._replace_empty(node, below, value)
            elif isinstance(value, Mapping):
                self._extend(node[key], value, below)
            elif self._is_flow(node[key]):
                self._before_bracket(node[key], map(in_brackets, value))
            else:
                column = node[key].span[1]
                is_at_key = column == node.positions[key][1]
                end = self._end_beside_keys if is_at_key else self._end
                self._put(end(node[key], column), column, _joined(item_lines(value, column)))

    def _new_key(self, node: YamlMap, path: tuple[str, ...], value: Any) -> None:
        if self._is_flow(node):
            self._before_bracket(node, [f"{in_brackets(path[-1])}: {in_brackets(value)}"])
            return
        column = node.span[1]
        lines = [*entry_lines(path, value, column)]
        gap = [""] if len(path) == 1 or path[:-1] == AREAS else []
        self._put(self._end(node, column), column, _joined([*gap, *lines]))

    def _replace_empty(self, node: YamlMap, path: tuple[str, ...], value: Any) -> None:
        """`[]` or `{}` gives way to lines below its key."""
        empty: YamlList | YamlMap = node[path[-1]]
        start = self.offsets[empty.span[0]] + empty.span[1]
        end = self.offsets[empty.span[2]] + empty.span[3]
        start -= self.text[start - 1] == " "
        self.edits.append(_Edit(start, 0, end, ""))
        column = node.positions[path[-1]][1]
        lines = dropwhile(_is_comment, entry_lines(path, value, column))
        self._put(empty.span[2] + 1, column + 2, _joined(list(lines)[1:]))

    def _before_bracket(self, node: YamlList | YamlMap, items: Iterable[str]) -> None:
        end = self.offsets[node.span[2]] + node.span[3] - 1
        before = self.text[:end].rstrip()
        is_empty = not node and id(node) not in self.filled
        self.filled.add(id(node))
        separator = "" if is_empty else " " if before.endswith(",") else ", "
        self.edits.append(_Edit(len(before), 0, len(before), separator + ", ".join(items)))

    def _put(self, line: int, depth: int, lines: str) -> None:
        self.edits.append(_Edit(self.offsets[line], depth, self.offsets[line], lines))

    def _is_flow(self, node: YamlList | YamlMap) -> bool:
        line, column = node.span[:2]
        return line < len(self.lines) and self.lines[line][column : column + 1] in ("[", "{")

    def _end(self, node: YamlList | YamlMap, column: int) -> int:
        """The line behind the last of a block; comments as far in as its keys belong to it."""
        end = min(node.span[2], len(self.lines))
        while end > node.span[0] + 1:
            line = self.lines[end - 1]
            is_outside = _is_comment(line) and len(line) - len(line.lstrip()) < column
            if line.strip() and not is_outside:
                break
            end -= 1
        return end

    def _end_beside_keys(self, node: YamlList, column: int) -> int:
        """The same of a list whose items stand as far in as the keys round it.

        Only comments that follow its last item at once are its own; above a key they are
        that key's.
        """
        end = min(node.span[2], len(self.lines))
        while not self._is_deeper(self.lines[end - 1], column):
            end -= 1
        behind = end
        while behind < len(self.lines) and _is_comment(self.lines[behind]):
            behind += 1
        is_above_key = behind < len(self.lines) and self.lines[behind].strip() != ""
        return end if is_above_key else behind

    @staticmethod
    def _is_deeper(line: str, column: int) -> bool:
        """Whether it's an item, or belongs to one: neither empty nor a comment among keys."""
        is_beside = _is_comment(line) and len(line) - len(line.lstrip()) <= column
        return bool(line.strip()) and not is_beside


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
