"""The files that `coexist test` writes of a run: each whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from router.cli.e2e_options import Asked
from router.e2e.results import SuiteResult
from router.e2e.running import Played

__all__ = ["write_reports", "write_whole"]


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


def write_whole(path: Path, text: str) -> None:
    """Writes a file beside its place and puts it there when it's complete, in UTF-8.

    Raises:
        OSError: it can't be written; what was there before still is.
    """
    if path.exists() and not path.is_file():  # a device or a pipe, which nothing can replace
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)  # as any other file, not as a temporary one
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


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
