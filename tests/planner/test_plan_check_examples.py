"""Every code of `coexist plan check` has the smallest files that show it, and its documentation."""

import ast
import re
from pathlib import Path

import pytest

from router.checks.catalogue import CODES
from router.checks.plan_catalogue import PLAN_CODES
from router.planner.checking.docs import EXAMPLES, document, read_example

ROOT = Path(__file__).parents[2]
REPORTS = {"Problem", "_unknown"}


def reported():
    """The codes that the checks' calls of `Problem(...)` give."""
    for file in (ROOT / "router" / "planner" / "checking").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "Problem",
                "_unknown",
            ):
                for argument in node.args:
                    text = getattr(argument, "value", None)
                    if isinstance(text, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", text):
                        yield text


def test_a_plan_that_agrees_with_the_rest_has_no_problems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = read_example()
    example.write(tmp_path)
    assert example.problems(tmp_path) == []


@pytest.mark.parametrize("code", PLAN_CODES)
def test_the_smallest_files_show_it_where_it_is(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = read_example(code)
    example.write(tmp_path)
    problems = example.problems(tmp_path)
    found = [each for each in problems if each.code == code]
    assert [f"{p.location.file}:{p.location.line}" for p in found] == [example.at], problems
    assert found[0].is_warning == (PLAN_CODES[code].level == "warning")
    assert {each.code for each in problems} == {code}


def test_every_code_that_is_reported_is_in_the_catalogue():
    assert set(reported()) == set(PLAN_CODES)


def test_every_code_has_an_example_and_every_example_a_code():
    assert {file.stem for file in EXAMPLES.glob("*.yml")} == set(PLAN_CODES)


@pytest.mark.parametrize("code", PLAN_CODES.values(), ids=list(PLAN_CODES))
def test_a_code_is_told_in_sentences(code):
    assert code.meaning.endswith(".")
    assert code.advice.endswith(".")


def test_codes_of_both_commands_have_the_same_level():
    assert [n for n in PLAN_CODES if n in CODES and PLAN_CODES[n].level != CODES[n].level] == []


def test_the_documentation_is_up_to_date():
    written = (ROOT / "docs" / "plan_checks.md").read_text(encoding="utf-8")
    assert written == document(), "Run: make docs"
