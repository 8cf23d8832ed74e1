"""Test files in the working folder, and what reading them finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.e2e.reading import read_suite
from router.errors import InvalidTest

ONE_CASE = "test_cases:\n- test_case: one\n  steps:\n  - user: hi\n"


def write(**files: str) -> None:
    """Writes files: `a__b` is a/b.yml."""
    for name, text in files.items():
        file = Path(name.replace("__", "/") + ".yml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def errors(*paths: str) -> list[str]:
    """`file:line:code` of all that's wrong."""
    with pytest.raises(InvalidTest) as caught:
        read_suite(paths or ["."])
    return [f"{e.location.file}:{e.location.line}:{e.code}" for e in caught.value.problems]


def error(text: str) -> str:
    """The only error of a file with this text."""
    write(a=text)
    with pytest.raises(InvalidTest) as caught:
        read_suite(["a.yml"])
    (problem,) = caught.value.problems
    return str(problem)
