"""One measured figure, and the table README shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

README = Path(__file__).parents[1] / "README.md"
_TABLE = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """A figure and the bound it should stay within (`value <= bound`)."""

    name: str
    value: float
    unit: str
    bound: float
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept."""
        return self.value <= self.bound

    def as_dict(self) -> dict[str, Any]:
        """As written to results.json."""
        return {**asdict(self), "value": float(f"{self.value:.6g}"), "holds": self.holds}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Figure:
        """As read from results.json."""
        return cls(**{name: value for name, value in data.items() if name != "holds"})


def table(figures: list[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = ["| what | measured | at most | |", "|---|---|---|---|"]
    for figure in figures:
        value, bound = (f"{number:.3g} {figure.unit}" for number in (figure.value, figure.bound))
        rows.append(f"| {figure.name} | {value} | {bound} | {figure.note} |")
    return "\n".join(rows)


def write_readme(figures: list[Figure], path: Path = README) -> None:
    """Puts the table between the marks in the README."""
    text = path.read_text(encoding="utf-8")
    path.write_text(_TABLE.sub(rf"\g<1>{table(figures)}\n\g<2>", text), encoding="utf-8")
