"""The suite under pytest: what is collected, how it is chosen, and what a failure shows."""

from __future__ import annotations

import re
import sys

import pytest
from e2e_plugin_suite import CASES, hello_suite, write

# Imported once, before pytester looks which modules there are: it would drop them each time.
import router.e2e.in_process_bot
import router.e2e.pytest_session  # noqa: F401

pytest_plugins = ["pytester"]

JUDGED = """
test_cases:
  - test_case: to the point
    steps:
      - user: hello
        assertions:
          - generative_response_is_relevant: {threshold: 0.5}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of cases, and the bot for them."""
    return hello_suite(pytester, monkeypatch)


def test_each_case_is_an_item(suite: pytest.Pytester) -> None:
    result = suite.runpytest("-v")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "e2e_tests/test_hello.yml::a loud hello PASSED*",
            "e2e_tests/test_hello.yml::a quiet hello FAILED*",
        ]
    )


def test_a_failure_shows_the_turn_and_how_to_play_it_again(suite: pytest.Pytester) -> None:
    output = suite.runpytest().stdout.str()

    assert "e2e_tests/test_hello.yml:10" in output  # the check's own line
    assert "HELLO" in output
    assert "rerun: pytest 'e2e_tests/test_hello.yml::a quiet hello'" in output
    assert "Traceback" not in output
    assert "pytest_plugin.py" not in output


def test_the_rerun_command_plays_the_case_alone(suite: pytest.Pytester) -> None:
    suite.runpytest("e2e_tests/test_hello.yml::a quiet hello").assert_outcomes(failed=1)


@pytest.mark.parametrize("chosen", [("-k", "loud"), ("-m", "smoke"), ("-m", "two-words")])
def test_names_and_tags_choose(suite: pytest.Pytester, chosen: tuple[str, str]) -> None:
    suite.runpytest("--strict-markers", *chosen).assert_outcomes(passed=1, deselected=1)


def test_what_failed_last_is_played_again(suite: pytest.Pytester) -> None:
    suite.runpytest()

    suite.runpytest("--lf").assert_outcomes(failed=1)


def test_the_bot_is_loaded_once_in_each_process(suite: pytest.Pytester) -> None:
    for number in range(4):
        write(suite.path / "e2e_tests" / f"test_more_{number}.yml", CASES)
    assert suite.runpytest("-s").stdout.str().count("LOADED") == 1

    suite.runpytest("-n", "2").assert_outcomes(passed=5, failed=5)


def test_nothing_is_loaded_to_list_the_cases(suite: pytest.Pytester) -> None:
    result = suite.runpytest("-s", "--collect-only", "-q")

    assert "LOADED" not in result.stdout.str()
    result.stdout.fnmatch_lines(["e2e_tests/test_hello.yml::a loud hello"])


def test_a_check_that_lacks_a_judge_is_a_skip(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "test_hello.yml", JUDGED)
    result = suite.runpytest("-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no judge is configured*"])


def test_what_a_bot_raises_is_the_failure(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "test_hello.yml", CASES.replace("hello\n", "silence\n"))
    result = suite.runpytest()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*nothing to say*"])


def test_a_wrong_file_is_an_error_with_its_line(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "test_hello.yml", CASES.replace("- bot: hello", "- bott: x"))
    result = suite.runpytest()

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    assert "e2e_tests/test_hello.yml:11" in result.stdout.str()
    assert "'bott'" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()


def test_a_key_that_is_misspelt_at_the_top_is_an_error_too(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "test_hello.yml", CASES.replace("test_cases", "testcases"))

    suite.runpytest().assert_outcomes(errors=1)


def test_names_that_the_bot_lacks_are_errors(suite: pytest.Pytester) -> None:
    write(suite.path / "config.yml", "recipe: default.v1\npipeline: []\npolicies: []\n")
    write(suite.path / "domain.yml", "responses:\n  utter_greet:\n  - text: hi\n")
    case = CASES.replace("bot: hello", "utter: utter_grete")
    write(suite.path / "e2e_tests" / "test_hello.yml", case)
    result = suite.runpytest()

    result.assert_outcomes(errors=1)
    assert "Did you mean 'utter_greet'?" in result.stdout.str()


def test_cases_for_another_configuration_are_no_items(suite: pytest.Pytester) -> None:
    for name in ("config.yml", "config.llm.yml"):
        write(suite.path / name, "recipe: default.v1\npipeline: []\npolicies: []\n")
    case = CASES.replace("hello", "howdy") + "config: config.llm.yml\n"
    write(suite.path / "e2e_tests" / "test_llm.yml", case)

    suite.runpytest("-k", "loud").assert_outcomes(passed=1, deselected=1)
    chosen = suite.runpytest("--coexist-config", "config.llm.yml", "-k", "loud", "-v")
    assert "test_llm.yml::a loud howdy" in chosen.stdout.str()
    assert "test_hello.yml::a loud hello" in chosen.stdout.str()


def test_without_a_bot_each_case_says_what_to_do(suite: pytest.Pytester) -> None:
    (suite.path / "conftest.py").unlink()
    result = suite.runpytest()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*no config.yml above*name one with --coexist-config*"])


def test_other_peoples_yaml_is_left_alone(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "compose.yml", "services: {}\n")
    write(suite.path / "e2e_tests" / "broken.yml", "}{")
    write(suite.path / "e2e_tests" / "conftest.yml", "tags: [all]\n")
    write(suite.path / "e2e_tests" / "cassettes" / "test_hello.yml", CASES)
    write(suite.path / "elsewhere" / "test_hello.yml", CASES)

    suite.runpytest("-k", "loud").assert_outcomes(passed=1, deselected=1)


def test_a_file_that_is_named_is_played_wherever_it_is(suite: pytest.Pytester) -> None:
    write(suite.path / "elsewhere" / "test_hello.yml", CASES)

    result = suite.runpytest("elsewhere/test_hello.yml", "-k", "loud")
    result.assert_outcomes(passed=1, deselected=1)


def test_folders_are_a_setting_and_an_option(suite: pytest.Pytester) -> None:
    write(suite.path / "tests" / "talks" / "test_hello.yml", CASES)
    chosen = ("-k", "loud")

    option = suite.runpytest("--coexist-e2e", "tests/talks", *chosen)
    option.assert_outcomes(passed=1, deselected=1)
    suite.makeini("[pytest]\ncoexist_e2e = e2e_tests talks\n")
    suite.runpytest(*chosen).assert_outcomes(passed=2, deselected=2)
    suite.makeini("[pytest]\ncoexist_e2e =\n")
    assert suite.runpytest().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_conftest_is_told_of_the_cases_of_its_folder(suite: pytest.Pytester) -> None:
    write(suite.path / "e2e_tests" / "other" / "test_hello.yml", CASES)
    hooks = (
        "def pytest_coexist_before_case(case): print('BEFORE', case.name)\n"
        "def pytest_coexist_after_case(case, result): print('AFTER', case.name, result.status)\n"
    )
    write(suite.path / "e2e_tests" / "other" / "conftest.py", hooks)
    output = suite.runpytest("-s", "-v").stdout.str()

    told = re.findall(r"BEFORE .*|AFTER .*", output)
    assert told == [
        "BEFORE a loud hello",
        "AFTER a loud hello passed",
        "BEFORE a quiet hello",
        "AFTER a quiet hello failed",
    ]


def test_an_error_of_a_conftest_is_the_cases(suite: pytest.Pytester) -> None:
    hook = "def pytest_coexist_before_case(case): raise OSError('the database is away')\n"
    write(suite.path / "e2e_tests" / "conftest.py", hook)
    result = suite.runpytest()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*the database is away*"])


def test_a_run_without_cases_loads_nothing_of_it(pytester: pytest.Pytester) -> None:
    write(pytester.path / "tests" / "compose.yml", "services: {}\n")
    pytester.makepyfile("def test_something(): pass")
    program = (
        "import sys, pytest; pytest.main();"
        "print(sorted(n for n in sys.modules if n.split('.')[0] in ('pydantic', 'rich', 'router')))"
    )
    found = pytester.run(sys.executable, "-c", program).outlines[-1]

    expected = ["router", "router.e2e", "router.e2e.pytest_hooks", "router.e2e.pytest_plugin"]
    assert found == str(expected)
