"""An evaluation's report as one HTML page that needs nothing else."""

from __future__ import annotations

from importlib.resources import files

from router.evaluation.report import Report
from router.evaluation.text_report import cost_in_words, percent

__all__ = ["as_html"]


def as_html(report: Report) -> str:
    """The page: tables, a reliability diagram and the worst mistakes; all texts escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    source = (files("router.evaluation") / "report.html.jinja2").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        report=report, cost=cost_in_words(report.cost, report.messages)
    )
