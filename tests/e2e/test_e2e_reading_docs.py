"""docs/e2e_tests.md: its examples are read, fit the sample bank, and miss nothing."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest
from e2e_files import ONE_CASE, write

from router.checks.project import Project, read_project
from router.e2e.assertions import ASSERTIONS, STEP_CHECKS
from router.e2e.reading import check_names, read_suite
from router.e2e.reading.case_reading import CASE_KEYS
from router.e2e.reading.step_reading import LISTED, USER_KEYS
from router.e2e.reading.suite import FILE_KEYS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "e2e_tests.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
LISTS = [each for each in EXAMPLES if each.startswith("- ")]
USER = "test_cases:\n- test_case: one\n  steps:\n  - user: hi\n    assertions:\n"


@pytest.fixture(scope="module")
def bank() -> Project:
    return read_project(str(ROOT / "config.yml"), ROOT / "domain", [ROOT / "data"], folder=ROOT)


def as_file(example: str) -> str:
    if example in LISTS:
        return USER + indent(example, "    ")
    return example if "test_cases:" in example else example + ONE_CASE


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_read_without_a_warning(tmp_path, monkeypatch, example):
    monkeypatch.chdir(tmp_path)
    write(a=as_file(example))
    assert read_suite(["a.yml"]).problems == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_names_what_the_sample_bank_has(tmp_path, monkeypatch, bank, example):
    monkeypatch.chdir(tmp_path)
    write(a=as_file(example))
    found = check_names(read_suite(["a.yml"]).cases, bank)
    assert [str(each) for each in found] == []


def test_the_four_spellings_of_a_fixture_say_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spellings = [each for each in EXAMPLES if each.startswith("fixtures:") and "Anna" not in each]
    write(
        **{f"f{i}": each + ONE_CASE + "  fixtures: premium\n" for i, each in enumerate(spellings)}
    )
    slots = [dict(case.slots) for case in read_suite(["."]).cases]
    assert slots == [{"membership": "premium", "points": 10}] * 4


def test_every_assertion_has_an_example():
    shown = set(re.findall(r"^- (\w+):", "".join(LISTS), re.MULTILINE))
    assert shown == set(LISTED)


def test_every_step_and_every_key_is_described():
    rows = set(re.findall(r"^\| `(\w+)", TEXT, re.MULTILINE))
    assert {*FILE_KEYS, *CASE_KEYS, *USER_KEYS, *STEP_CHECKS} <= rows


def test_what_stands_under_assertions_and_what_is_a_step_is_all_there_is():
    assert {*LISTED, *STEP_CHECKS} == set(ASSERTIONS)
