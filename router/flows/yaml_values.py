"""Maps and lists read from YAML that know where in the file they stand.

The `..._of` functions take any dict or list; for one that doesn't know its place they
answer `NOWHERE`. Copies and pickles of these maps and lists are plain dicts and lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.errors import Location
from router.flows.model import NOWHERE

__all__ = ["YamlList", "YamlMap", "key_location_of", "location_of", "plain", "text_location_of"]

Span = tuple[int, int, int, int]
"""First line and column, and the ones after the last; counted from 0."""


class YamlMap(dict[Any, Any]):
    """A map that knows its place, its keys' and its values'.

    `positions` holds for each key its line and column, its value's line and column, and how
    far from there the value's first character is (-1 if unknown); counted from 0.
    """

    def __init__(self, file: str, span: Span) -> None:
        super().__init__()
        self.file = file
        self.span = span
        self.positions: dict[Any, tuple[int, int, int, int, int]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)

    @property
    def location(self) -> Location:
        """Where it begins."""
        return Location(self.file, self.span[0] + 1, self.span[1] + 1)

    def key_location(self, key: Any) -> Location:
        """Where the key stands; the map's own location if it has no such key."""
        position = self.positions.get(key)
        return Location(self.file, position[0] + 1, position[1] + 1) if position else self.location

    def value_location(self, key: Any) -> Location:
        """Where the key's value begins; the map's own location if it has no such key."""
        position = self.positions.get(key)
        return Location(self.file, position[2] + 1, position[3] + 1) if position else self.location

    def text_location(self, key: Any, offset: int) -> Location:
        """Where character `offset` of a text stands, or its beginning if that's not known."""
        place = self.value_location(key)
        shift = self.positions[key][4] if key in self.positions else -1
        return (
            place if shift < 0 else Location(place.file, place.line, place.column + shift + offset)
        )

    def holds(self, location: Location) -> bool:
        """Whether the location lies inside this map."""
        line, column, end_line, end_column = self.span
        place = (location.line - 1, location.column - 1)
        return location.file == self.file and (line, column) <= place < (end_line, end_column)


class YamlList(list[Any]):
    """A list that knows its place and its items'.

    `positions` holds line and column of each item, counted from 0.
    """

    def __init__(self, file: str, span: Span) -> None:
        super().__init__()
        self.file = file
        self.span = span
        self.positions: list[tuple[int, int]] = []

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)

    @property
    def location(self) -> Location:
        """Where it begins."""
        return Location(self.file, self.span[0] + 1, self.span[1] + 1)

    def value_location(self, index: int) -> Location:
        """Where the item begins; the list's own location if it has no such item."""
        if not 0 <= index < len(self.positions):
            return self.location
        line, column = self.positions[index]
        return Location(self.file, line + 1, column + 1)


def location_of(container: Any, key: Any = None) -> Location:
    """Where the value of `key` (an index in a list) begins, or the container without one."""
    if not isinstance(container, (YamlMap, YamlList)):
        return NOWHERE
    return container.location if key is None else container.value_location(key)


def key_location_of(container: Any, key: Any) -> Location:
    """Where the key of a map stands."""
    return container.key_location(key) if isinstance(container, YamlMap) else NOWHERE


def text_location_of(container: Any, key: Any, offset: int) -> Location:
    """Where character `offset` of the text at `key` of a map stands, as far as known."""
    return container.text_location(key, offset) if isinstance(container, YamlMap) else NOWHERE


def plain(value: Any) -> Any:
    """`value` as dicts and lists that know no places."""
    if isinstance(value, str):  # most are, and asking for a Mapping takes its time
        return value
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value
