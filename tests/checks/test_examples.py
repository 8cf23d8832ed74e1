"""Every code has the smallest file that shows it, and its line in the documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.checks.catalogue import CODES
from router.checks.docs import EXAMPLES, document, read_example

ROOT = Path(__file__).parents[2]
#: Rooms whose problems `coexist validate` doesn't report.
OTHERS = {"cli", "e2e", "planner"}
#: Codes of single modules that it doesn't call.
OF_OTHERS = {"not-extensible", "tracker-store"}
REPORTS = {"Problem": 1, "error": 0, "warning": 0, "note": 0}


def reported(tree: ast.AST) -> Iterator[str]:
    """The codes that a module's calls of `Problem(...)` and of `Findings` give."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        index = REPORTS.get(name)
        if index is None or len(node.args) <= max(index, 1):
            continue
        argument = node.args[index]
        text = argument.value if isinstance(argument, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(r"[a-z0-9-]+", text):  # else a logger's message
            yield text


def codes_in_the_package() -> set[str]:
    rooms = (room for room in (ROOT / "router").iterdir() if room.name not in OTHERS)
    files = (file for room in rooms for file in room.rglob("*.py"))
    sources = (file.read_text(encoding="utf-8") for file in files)
    return {code for source in sources for code in reported(ast.parse(source))}


@pytest.mark.parametrize("code", CODES)
def test_the_smallest_file_shows_it_where_it_is(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = read_example(code)
    example.write(tmp_path)
    problems = example.problems(tmp_path)
    places = {f"{each.location.file}:{each.location.line}": each for each in problems}
    found = [each for each in problems if each.code == code]
    assert [f"{each.location.file}:{each.location.line}" for each in found] == [example.at], places
    assert found[0].is_warning == (CODES[code].level == "warning")
    assert {each.code for each in problems if not each.is_warning} <= {code}


def test_every_code_of_the_package_is_in_the_catalogue():
    assert codes_in_the_package() - OF_OTHERS == set(CODES)


def test_every_code_has_an_example_and_every_example_a_code():
    assert {file.stem for file in EXAMPLES.glob("*.yml")} == set(CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_a_code_is_told_in_sentences(code):
    assert code.meaning.endswith(".")
    assert code.advice.endswith(".")


def test_the_documentation_is_up_to_date():
    written = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
    assert written == document(), "Run: make docs"
