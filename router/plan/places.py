"""Where in migration.yml things stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.errors import Location
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of, location_of

__all__ = ["PlanPlaces"]


@dataclass(frozen=True)
class PlanPlaces:
    """The places in a plan's file; what isn't written there is at the next larger thing."""

    file: str
    data: Any

    @classmethod
    def of(cls, plan_file: Path) -> PlanPlaces:
        """Reads a plan that is known to be one.

        Raises:
            InvalidFile: it can't be read any more.
        """
        return cls(str(plan_file), read_yaml(plan_file, collect=[]))

    def value(self, *path: str | int) -> Location:
        """Where the value at a path of keys and indices begins."""
        return self._find(path, is_key=False)

    def key(self, *path: str | int) -> Location:
        """Where the last key of a path stands."""
        return self._find(path, is_key=True)

    def _find(self, path: tuple[str | int, ...], *, is_key: bool) -> Location:
        container, found = self.data, Location(self.file)
        for index, part in enumerate(path):
            is_there = (
                part in container
                if isinstance(container, dict)
                else isinstance(container, list) and isinstance(part, int) and part < len(container)
            )
            if not is_there:
                return found
            is_last = index == len(path) - 1
            at_key = isinstance(container, dict) and (is_key or not is_last)
            found = key_location_of(container, part) if at_key else location_of(container, part)
            container = container[part]
        return found
