"""YAML with positions: every map and list knows where it, its keys and its values stand.

Values are read by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema),
as Rasa reads its files: `yes` and `2024-01-31` are texts. Anchors, aliases and `<<` work.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from router.errors import InvalidFile, Location, Problem
from router.flows.yaml_scalars import scalar_value
from router.flows.yaml_values import YamlList, YamlMap, location_of

if TYPE_CHECKING:
    from yaml import SafeLoader as _BaseLoader
else:
    _BaseLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

__all__ = ["YamlList", "YamlMap", "collector_paused", "location_of", "parse_yaml", "read_yaml"]

MAX_DEPTH = 100
# How many values aliases may add to those that are written out.
MAX_ALIASED = 100_000

_PLAIN = "plain"
_TAG = "tag:yaml.org,2002:"
_STR, _MAP, _SEQ = _TAG + "str", _TAG + "map", _TAG + "seq"
_KNOWN_TAGS = frozenset(_TAG + name for name in ("str", "int", "float", "bool", "null"))
_UNPRINTABLE = re.compile(
    "[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def read_yaml(path: Path, *, name: str | None = None, collect: list[Problem] | None = None) -> Any:
    """Reads one YAML file, called `name` (by default its path) in locations.

    Raises:
        InvalidFile: it isn't there, isn't UTF-8 or isn't YAML. A key given twice is
            appended to `collect`, if that is given, instead of raised.

    """
    name = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"The file can't be read: {error.strerror or error}."
        raise InvalidFile([Problem(Location(name), "unreadable-file", message)]) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        problem = Problem(
            _location_at(before, name),
            "not-utf8",
            f"The byte 0x{data[error.start]:02x} isn't UTF-8.",
            "Save the file with the encoding UTF-8.",
        )
        raise InvalidFile([problem]) from error
    return parse_yaml(text, name, collect=collect)


def parse_yaml(text: str, name: str, *, collect: list[Problem] | None = None) -> Any:
    """Reads YAML from `text`, called `name` in locations; otherwise as `read_yaml`."""
    text = text.removeprefix("\ufeff")
    bad = _UNPRINTABLE.search(text)
    if bad:
        message = f"The character U+{ord(bad.group()):04X} isn't allowed in YAML."
        place = _location_at(text[: bad.start()], name)
        raise InvalidFile([Problem(place, "yaml-syntax", message, "Remove it.")])
    reader = _Reader(name, limit=len(text) + MAX_ALIASED)
    with collector_paused():
        value = reader.read(text)
    if collect is not None:
        collect.extend(reader.duplicates)
    elif reader.duplicates:
        raise InvalidFile(reader.duplicates)
    return value


@contextmanager
def collector_paused() -> Iterator[None]:
    """Halves the time of reading: the collector would go through all that's read so far, often."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _location_at(before: str, name: str) -> Location:
    line_start = before.rfind("\n") + 1
    return Location(name, before.count("\n") + 1, len(before) - line_start + 1)


def _fail(place: Location, message: str, advice: str = "") -> NoReturn:
    raise InvalidFile([Problem(place, "yaml-syntax", message, advice)])


class _TooDeep(Exception):
    pass


class _Loader(_BaseLoader):
    """Composes nodes only; which values they stand for is decided by `_Reader`."""

    depth = 0

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        if kind is ScalarNode:
            return _PLAIN if implicit[0] else _STR
        return _MAP if kind is MappingNode else _SEQ

    # The composer recurses in C, where too deep a nesting would crash Python itself.
    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooDeep

    def ascend_resolver(self) -> None:
        self.depth -= 1


class _Reader:
    """Turns the nodes of one text into values."""

    def __init__(self, name: str, limit: int) -> None:
        self.name = name
        self.left = limit
        self.open: set[int] = set()
        self.duplicates: list[Problem] = []

    def read(self, text: str) -> Any:
        try:
            loader = _Loader(text)
            try:
                node: Any = loader.get_single_node()
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            self._syntax_error(error, text)
        except yaml.YAMLError as error:
            _fail(Location(self.name), f"This isn't valid YAML: {error}.")
        except _TooDeep:
            _fail(Location(self.name), f"Maps and lists are nested deeper than {MAX_DEPTH} levels.")
        return None if node is None else self._value(node)

    def _syntax_error(self, error: yaml.MarkedYAMLError, text: str) -> NoReturn:
        mark = error.problem_mark or error.context_mark
        place = self._place(mark) if mark else Location(self.name)
        lines = text.split("\n")
        line = lines[place.line - 1] if place.line <= len(lines) else ""
        problem = str(error.problem or error.context)
        if line[place.column - 1 : place.column] == "\t":
            problem, advice = "a tab indents or separates here", "Write spaces instead."
        elif "mapping values are not allowed" in problem:
            advice = "Put quotes round a text that holds a colon, and indent keys evenly."
        elif "did not find expected key" in problem or "expected <block end>" in problem:
            advice = "Indent the keys of a map, and the dashes of a list, evenly."
        else:
            advice = ""
        context = ""
        if error.context and error.context_mark and error.context != problem:
            context = f" ({error.context} that begins at {self._place(error.context_mark)})"
        _fail(place, f"This isn't valid YAML: {problem}{context}.", advice)

    def _place(self, mark: Any) -> Location:
        return Location(self.name, mark.line + 1, mark.column + 1)

    def _value(self, node: Any) -> Any:
        if node.__class__ is ScalarNode:
            return self._scalar(node)
        self.left -= len(node.value) + 1
        if self.left < 0:
            _fail(self._place(node.start_mark), "Aliases blow this file up to too many values.")
        if id(node) in self.open:
            _fail(self._place(node.start_mark), "An alias in here stands for the whole of it.")
        if len(self.open) > MAX_DEPTH:
            _fail(self._place(node.start_mark), f"Aliases nest deeper than {MAX_DEPTH} levels.")
        self.open.add(id(node))
        try:
            if node.__class__ is MappingNode:
                return self._map(node)
            return self._list(node)
        finally:
            self.open.discard(id(node))

    def _list(self, node: SequenceNode) -> YamlList:
        self._check_tag(node, _SEQ)
        result = YamlList(self.name, _span(node))
        for item in node.value:
            result.append(self._value(item))
            mark = item.start_mark
            result.positions.append((mark.line, mark.column))
        return result

    def _map(self, node: MappingNode) -> YamlMap:
        self._check_tag(node, _MAP)
        result = YamlMap(self.name, _span(node))
        merged: list[YamlMap] = []
        for key_node, value_node in node.value:
            if key_node.__class__ is not ScalarNode:
                _fail(
                    self._place(key_node.start_mark),
                    "A map or a list can't be a key.",
                    "Put quotes round a text that starts with { or [.",
                )
            if key_node.value == "<<" and key_node.tag == _PLAIN:
                merged += self._merged(value_node)
                continue
            key = self._scalar(key_node)
            mark = key_node.start_mark
            if key in result:
                message = f"The key {key!r} is given twice: at {result.key_location(key)} and here."
                place = self._place(mark)
                self.duplicates.append(Problem(place, "duplicate-key", message, "Keep one."))
            result[key] = self._value(value_node)
            result.positions[key] = (mark.line, mark.column, *_position(value_node))
        for other in merged:
            for key in other.keys() - result.keys():
                result[key] = other[key]
                result.positions[key] = other.positions[key]
        return result

    def _merged(self, node: Any) -> list[YamlMap]:
        value = self._value(node)
        maps = value if isinstance(value, YamlList) else [value]
        if not all(isinstance(each, YamlMap) for each in maps):
            _fail(self._place(node.start_mark), "`<<` merges maps only.", "Write `<<: *anchor`.")
        return list(maps)

    def _check_tag(self, node: Any, expected: str) -> None:
        if node.tag != expected:
            place = self._place(node.start_mark)
            _fail(place, f"The tag {_short(node.tag)!r} isn't known.", "Remove it.")

    def _scalar(self, node: Any) -> Any:
        text: str = node.value
        tag = node.tag
        if tag == _PLAIN:
            return scalar_value(text)
        if tag == _STR:
            return text
        value = scalar_value(text)
        if _matches(value, tag):
            return value
        place = self._place(node.start_mark)
        if tag in _KNOWN_TAGS:
            _fail(place, f"{text!r} isn't what its tag {_short(tag)!r} says.", "Remove the tag.")
        _fail(place, f"The tag {_short(tag)!r} isn't known.", "Remove it.")


def _matches(value: Any, tag: str) -> bool:
    name = "null" if value is None else type(value).__name__
    return tag == _TAG + name


def _short(tag: str) -> str:
    return tag.replace(_TAG, "!!")


def _span(node: Any) -> tuple[int, int, int, int]:
    start, end = node.start_mark, node.end_mark
    return start.line, start.column, end.line, end.column


def _position(node: Any) -> tuple[int, int, int]:
    """Line, column, and how far a text's first character is from there (-1: not known)."""
    start = node.start_mark
    line, column, shift = start.line, start.column, -1
    if node.__class__ is ScalarNode:
        end = node.end_mark
        if line == end.line:
            extra = end.column - column - len(node.value)
            shift = 0 if extra == 0 else 1 if extra == 2 and node.style else -1
    return line, column, shift
