"""What all results have in common, and the places in files that they name."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from router.errors import Location

__all__ = ["Place", "Result"]


class Result(BaseModel):
    """Plain data that a report writes as JSON."""

    model_config = ConfigDict(frozen=True)


class Place(Result):
    """A line of a file; lines count from 1."""

    file: str
    line: int

    @classmethod
    def of(cls, location: Location) -> Place:
        """The line that a location is on."""
        return cls(file=location.file, line=location.line)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"
