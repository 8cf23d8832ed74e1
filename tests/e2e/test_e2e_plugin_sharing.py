"""Files of a suite under pytest: what they lend each other, and what is only warned of."""

from __future__ import annotations

import pytest
from e2e_plugin_suite import CASES, hello_suite, write

# Imported once, before pytester looks which modules there are: it would drop them each time.
import router.e2e.in_process_bot
import router.e2e.pytest_session  # noqa: F401
from router.e2e.reading import read_suite

pytest_plugins = ["pytester"]

LENDING = CASES + "fixtures: {rich: {points: 10}}\n"
BORROWING = """
test_cases:
  - test_case: a rich hello
    fixtures: rich
    steps:
      - user: hello
      - bot: HELLO
"""
TELLS_SLOTS = """
def pytest_coexist_before_case(case):
    print("SLOTS", dict(case.slots))
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of cases, and the bot for them."""
    return hello_suite(pytester, monkeypatch)


@pytest.fixture
def borrowing(suite: pytest.Pytester) -> pytest.Pytester:
    """Below the suite's folder, a file whose fixture another one defines."""
    write(suite.path / "e2e_tests" / "test_hello.yml", LENDING)
    write(suite.path / "e2e_tests" / "deep" / "test_rich.yml", BORROWING)
    write(suite.path / "e2e_tests" / "conftest.py", TELLS_SLOTS)
    return suite


@pytest.mark.parametrize("paths", [(), ("e2e_tests/deep",), ("e2e_tests/deep/test_rich.yml",)])
def test_files_lend_each_other_fixtures_as_in_a_run_of_their_folder(
    borrowing: pytest.Pytester, paths: tuple[str, ...]
) -> None:
    result = borrowing.runpytest("-s", "-k", "rich", *paths)

    result.assert_outcomes(passed=1, deselected=0 if paths else 2, warnings=1)
    assert "SLOTS {'points': 10}" in result.stdout.str()
    assert {"points": 10} in [case.slots for case in read_suite(["e2e_tests"]).cases]


@pytest.mark.parametrize("options", [(), ("-W", "error"), ("-n", "2", "-W", "error")])
def test_what_is_only_a_warning_is_shown_and_fails_nothing(
    borrowing: pytest.Pytester, options: tuple[str, ...]
) -> None:
    result = borrowing.runpytest("-k", "rich or loud", *options)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            "*warnings summary*",
            "e2e_tests/deep/test_rich.yml*",
            "*e2e_tests/deep/test_rich.yml:4: CaseWarning: *defined-elsewhere*",
        ]
    )


def test_names_that_are_only_warned_of_are_shown_too(suite: pytest.Pytester) -> None:
    write(suite.path / "config.yml", "recipe: default.v1\npipeline: []\npolicies: []\n")
    write(suite.path / "domain.yml", "intents: [greet]\n")
    write(suite.path / "e2e_tests" / "test_hello.yml", CASES.replace("hello\n", "/grete\n"))
    result = suite.runpytest()

    assert "CaseWarning: [unknown-intent]" in result.stdout.str()


def test_a_file_answers_for_its_own_errors_and_those_of_its_folders(
    borrowing: pytest.Pytester,
) -> None:
    broken = borrowing.path / "e2e_tests" / "test_broken.yml"
    write(broken, CASES.replace("- bot:", "- bott:"))
    others = borrowing.runpytest("--continue-on-collection-errors", "-k", "rich or loud")
    others.assert_outcomes(passed=2, deselected=1, errors=1, warnings=1)

    broken.unlink()
    write(borrowing.path / "e2e_tests" / "deep" / "conftest.yml", "tagz: [x]\n")
    result = borrowing.runpytest("--continue-on-collection-errors", "-k", "rich or loud")
    result.assert_outcomes(passed=1, deselected=1, errors=1)
    assert "e2e_tests/deep/conftest.yml:1:1: error[unknown-key]" in result.stdout.str()


def test_a_file_outside_of_the_folders_borrows_from_none(borrowing: pytest.Pytester) -> None:
    write(borrowing.path / "elsewhere" / "test_rich.yml", BORROWING)
    write(borrowing.path / "elsewhere" / "test_hello.yml", LENDING)
    result = borrowing.runpytest("elsewhere/test_rich.yml")

    result.assert_outcomes(errors=1)
    assert "There is no fixture 'rich'." in result.stdout.str()
