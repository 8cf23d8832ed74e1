"""A run as one HTML page that needs nothing else, neither a network nor a server.

Its policy (https://www.w3.org/TR/CSP3/) lets it load nothing, and run only its own script.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from importlib.resources import files
from typing import Any, NamedTuple

from router.e2e.coverage.model import Coverage, Handoff
from router.e2e.reports.characters import visible
from router.e2e.reports.facts import (
    ORDER,
    attempts_in_words,
    command_figures,
    decision_record,
    expectation,
    failure,
    route_name,
    skip_reasons,
    slowest_turns,
    turn_names,
)
from router.e2e.results import SuiteResult

__all__ = ["as_html"]

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_TOO_LONG = 2000  # characters, for a comparison word by word
_GRIDS = {
    "nlu_to_calm": "From the NLU system to CALM",
    "calm_to_nlu": "From CALM to the NLU system",
}
_LISTS = {"reset": "Reset", "one_turn": "Answered for one turn"}


class Piece(NamedTuple):
    """A part of a text; it `differs` from the text beside it."""

    text: str
    differs: bool


class Grid(NamedTuple):
    """Hand-offs of one direction: `cells` by source, then target; None where there's no way."""

    title: str
    sources: list[str]
    targets: list[str]
    cells: dict[tuple[str, str], Handoff]


def as_html(suite: SuiteResult, rule: str = "") -> str:
    """The page: cases to filter, transcripts, decisions, coverage; all texts escaped.

    Args:
        suite: the run.
        rule: the sentence that says which exit code that makes, and why.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Markup) else visible(str(value)),
    )
    environment.filters["route_name"] = route_name
    style, script = _file("report.css"), _file("report.js")
    return environment.from_string(str(_file("report.html.jinja2"))).render(
        suite=suite,
        rule=rule,
        cases=sorted(suite.cases, key=lambda case: ORDER.index(case.status)),
        tags=sorted({tag for case in suite.cases for tag in case.tags}),
        order=ORDER,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        slowest=slowest_turns(suite, 10),
        commands=command_figures(suite),
        grids=list(_grids(suite.coverage)) if suite.coverage else [],
        lists=list(_lists(suite.coverage)) if suite.coverage else [],
        attempts_in_words=attempts_in_words,
        compared=_compared,
        decision_record=decision_record,
        expectation=expectation,
        failure=failure,
        skip_reasons=skip_reasons,
        turn_names=turn_names,
    )


def _file(name: str) -> Any:
    from markupsafe import Markup

    return Markup((files("router.e2e.reports") / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _compared(expected: str, got: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces; what one has and the other doesn't differs."""
    if not expected or not got or max(len(expected), len(got)) > _TOO_LONG:
        return [Piece(expected, False)], [Piece(got, False)]
    left, right = _TOKEN.findall(visible(expected)), _TOKEN.findall(visible(got))
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if matcher.ratio() < 0.3:  # nothing in common: marking all of it tells nothing
        return [Piece(expected, False)], [Piece(got, False)]
    both: tuple[list[Piece], list[Piece]] = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        for pieces, text in zip(both, ("".join(left[a:b]), "".join(right[c:d])), strict=True):
            if text:
                pieces.append(Piece(text, kind != "equal"))
    return both


def _grids(coverage: Coverage) -> Iterator[Grid]:
    for kind, title in _GRIDS.items():
        found = [each for each in coverage.handoffs if each.kind == kind]
        if found:
            yield Grid(
                title,
                list(dict.fromkeys(each.source for each in found)),
                list(dict.fromkeys(each.target for each in found)),
                {(each.source, each.target): each for each in found},
            )


def _lists(coverage: Coverage) -> Iterator[tuple[str, list[Handoff]]]:
    for kind, title in _LISTS.items():
        found = [each for each in coverage.handoffs if each.kind == kind]
        if found:
            yield title, found
