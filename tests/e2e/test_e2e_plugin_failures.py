"""Why a case failed, where pytest and CI look for it: the summary, JUnit, one line a failure."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from e2e_plugin_suite import CASES, hello_suite, write

# Imported once, before pytester looks which modules there are: it would drop them each time.
import router.e2e.in_process_bot
import router.e2e.pytest_session  # noqa: F401

pytest_plugins = ["pytester"]

REASON = 'bot: expected hello, got "HELLO"'
PLACE = "e2e_tests/test_hello.yml:11"
# In place of loading a model, what TensorFlow does: it writes, unless it's told to be silent.
NOISY = """
import os
import router.e2e.in_process_bot
from router.errors import IncompatibleModel


async def load_bot(project, model, endpoints, **options):
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL") != "3":
        os.write(2, b"Could not find TensorRT")
    raise IncompatibleModel("the model can't be loaded")


router.e2e.in_process_bot.load_bot = load_bot
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of cases, the second of which fails."""
    monkeypatch.setenv("COLUMNS", "200")
    return hello_suite(pytester, monkeypatch)


@pytest.mark.parametrize("processes", [(), ("-n", "1")])
def test_the_reason_is_in_the_summary_and_in_junit(
    suite: pytest.Pytester, processes: tuple[str, ...]
) -> None:
    result = suite.runpytest("--junit-xml", "run.xml", *processes)

    result.assert_outcomes(passed=1, failed=1)
    lines = [line for line in result.outlines if line.startswith("FAILED e2e_tests")]
    assert lines == [f"FAILED e2e_tests/test_hello.yml::a quiet hello - {REASON}"]
    (failure,) = ET.parse(suite.path / "run.xml").iter("failure")
    assert failure.get("message") == REASON
    assert failure.text is not None
    assert "rerun: pytest" in failure.text
    assert PLACE in failure.text


def test_a_failure_in_one_line_has_its_place(suite: pytest.Pytester) -> None:
    suite.runpytest("--tb=line").stdout.fnmatch_lines([f"{PLACE}: {REASON}"])


def test_the_command_that_reruns_a_case_is_whole(suite: pytest.Pytester) -> None:
    folder = "e2e_tests/" + "a long name of a folder " * 5
    write(suite.path / folder / "test_hello.yml", CASES)
    output = suite.runpytest(folder).stdout.str()

    assert f"rerun: pytest '{folder}/test_hello.yml::a quiet hello'\n" in output


def test_without_a_model_the_advice_names_the_configuration(suite: pytest.Pytester) -> None:
    (suite.path / "conftest.py").unlink()
    write(suite.path / "config.llm.yml", "recipe: default.v1\npipeline: []\npolicies: []\n")
    output = suite.runpytest("--coexist-config", "config.llm.yml").stdout.str()

    assert "models/config.llm: train one with `coexist test --config config.llm.yml --train`." in (
        output
    )


def test_errors_of_a_file_and_of_names_are_told_at_once(suite: pytest.Pytester) -> None:
    write(suite.path / "config.yml", "recipe: default.v1\npipeline: []\npolicies: []\n")
    write(suite.path / "domain.yml", "responses:\n  utter_greet:\n  - text: hi\n")
    wrong = CASES.replace("bot: hello", "utter: utter_grete").replace(
        "tags:", "fixtures: [gone]\n    tags:"
    )
    write(suite.path / "e2e_tests" / "test_hello.yml", wrong)
    output = suite.runpytest().stdout.str()

    assert "error[unknown-fixture]" in output
    assert "error[unknown-response]" in output


def test_what_tensorflow_writes_stands_below_no_failure(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    write(suite.path / "config.yml", "recipe: default.v1\npipeline: []\npolicies: []\n")
    write(suite.path / "models" / "bot.tar.gz", "")
    suite.makeconftest(NOISY)
    result = suite.runpytest_subprocess("-k", "loud")

    result.assert_outcomes(failed=1, deselected=1)
    output = result.stdout.str()
    assert "the model can't be loaded" in output
    assert "TensorRT" not in output


def test_the_docs_tell_all_options(pytestconfig: pytest.Config) -> None:
    text = (Path(__file__).parents[2] / "docs" / "e2e_pytest.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `(--coexist-[\w-]+)", text, re.MULTILINE))
    names = [name for name in vars(pytestconfig.option) if "coexist" in name]
    known = {f"--{name.replace('_', '-')}" for name in names}
    assert told == known
