"""The files that `coexist test` writes of a run: each whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from router.cli.e2e_options import Asked
from router.cli.writing import write_whole
from router.e2e.results import SuiteResult
from router.e2e.running import Played

__all__ = ["write_reports"]


def write_reports(
    asked: Asked, suite: SuiteResult, played: Sequence[Played], rule: str
) -> Iterator[tuple[Path, str]]:
    """Writes what was asked for; gives each file, and why it couldn't be written, or nothing."""
    for path, made in _reports(asked, suite, played, rule):
        text = made()
        try:
            write_whole(path, text)
        except OSError as error:
            yield path, error.strerror or str(error)
        else:
            yield path, ""


def _reports(
    asked: Asked, suite: SuiteResult, played: Sequence[Played], rule: str
) -> Iterator[tuple[Path, Callable[[], str]]]:
    if asked.junit_xml:
        from router.e2e.reports.junit import as_junit

        yield asked.junit_xml, lambda: as_junit(suite, flaky_fails=asked.flaky_fails)
    if asked.json:
        from router.e2e.reports.json_report import as_json

        yield asked.json, lambda: as_json(suite)
    if asked.html:
        from router.e2e.reports.html_report import as_html

        yield asked.html, lambda: as_html(suite, rule)
    if asked.markdown:
        from router.e2e.reports.markdown import as_markdown

        yield asked.markdown, lambda: as_markdown(suite)
    if asked.results:
        from router.e2e.reports.case_files import failed_file, passed_file

        pairs = [(each.case, each.result) for each in played]
        yield asked.results / "passed.yml", lambda: passed_file(pairs)
        yield asked.results / "failed.yml", lambda: failed_file(pairs)
