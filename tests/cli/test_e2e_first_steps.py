"""What `coexist test` says to somebody who gets it wrong: all of it, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from e2e_fake_bots import talk

from router.cli import e2e_playing, main
from router.cli.training import failure_excerpt

CONFIG = "recipe: default.v1\nlanguage: en\npipeline: []\npolicies: [{name: RulePolicy}]\n"
DOMAIN = "intents: [greet]\nresponses:\n  utter_greet: [{text: hello}]\n"
WRONG = """
test_cases:
- test_case: one
  fixtures: [premum]
  steps:
  - user: hi
    assertions:
    - slot_was_set: [{name: amuont}]
    - action_executed: action_none
  - utter: utter_gret
fixtures:
- premium: [{points: 10}]
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without a model, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(e2e_playing, "find_spec", lambda name: True)
    for name in ("config.yml", "config.llm.yml"):
        Path(name).write_text(CONFIG, encoding="utf-8")
    Path("domain.yml").write_text(DOMAIN, encoding="utf-8")
    write_tests("test_cards.yml", talk("a lost card is blocked once", "the PIN of a lost card"))
    return tmp_path


def write_tests(name: str, text: str) -> None:
    file = Path("e2e_tests", name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments], catch_exceptions=False)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ((), "--config config.yml --domain domain.yml --data data --out models`"),
        (
            ("--config", "config.llm.yml"),
            "--config config.llm.yml --domain domain.yml --data data --out models/config.llm`",
        ),
    ],
)
def test_without_a_model_the_advice_trains_the_configuration_that_is_asked_for(
    arguments: tuple[str, ...], advice: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert f"train one with --train, or with `rasa train {advice}" in result.stderr


def test_the_advice_says_in_which_folder(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    result = run("--config", f"{project.name}/config.yml", f"{project.name}/e2e_tests")
    assert f"or in {project.name} with `rasa train --config config.yml" in result.stderr


def test_a_folder_of_models_that_has_none_isnt_trained_into() -> None:
    Path("others").mkdir()
    result = run("--model", "others")
    assert "There's no model in others: leave --model out and train one" in result.stderr


def test_errors_of_files_and_of_names_are_told_at_once() -> None:
    write_tests("test_wrong.yml", WRONG)
    result = run()
    assert result.exit_code == 2
    codes = [line.partition("error[")[2].partition("]")[0] for line in result.stderr.splitlines()]
    assert [code for code in codes if code] == [
        "unknown-fixture",
        "unknown-slot",
        "unknown-action",
        "unknown-response",
    ]
    assert run("--list").exit_code == 2


def test_errors_of_files_are_told_where_the_bot_isnt() -> None:
    write_tests("test_wrong.yml", WRONG)
    Path("config.yml").unlink()
    assert "error[unknown-fixture]" in run().stderr


def test_a_path_that_isnt_there_proposes_test_files_alone() -> None:
    assert "Did you mean" not in run("nofile.yml").stderr
    Path("config.yml").rename("confg.yml")
    assert "Did you mean" not in run("config.yml", "--config", "confg.yml").stderr
    result = run("e2e_tests/test_crds.yml")
    assert "Did you mean 'e2e_tests/test_cards.yml'?" in result.stderr
    assert "Did you mean 'e2e_tests'?" in run("e2e_test/test_cards.yml").stderr
    Path("test_cards").mkdir()
    assert "Did you mean" not in run("test_card.yml").stderr


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("A lost", "Did you mean 'a lost card is blocked once' or 'the PIN of a lost card'?"),
        ("blocked", "Did you mean 'a lost card is blocked once'?"),
        ("the PIN", "Did you mean 'the PIN of a lost card'?"),
        ("zzz", "`coexist test e2e_tests/test_cards.yml --list` lists them."),
    ],
)
def test_a_case_that_isnt_there_proposes_those_that_have_the_words(name: str, advice: str) -> None:
    result = run(f"e2e_tests/test_cards.yml::{name}")
    assert result.exit_code == 2
    assert result.stderr.rstrip().endswith(advice)


def test_of_a_training_that_failed_the_warnings_of_namespaces_are_left_out() -> None:
    warning = (
        "/x/pkg_resources/__init__.py:3117: DeprecationWarning: Deprecated call to "
        "`pkg_resources.declare_namespace('google')`.\n"
        "Implementing implicit namespace packages (as specified in PEP 420) is preferred to "
        "`pkg_resources.declare_namespace`. See https://setuptools.pypa.io\n"
        "  declare_namespace(pkg)\n"
    )
    told = "config.yml:3:1: error[unknown-key]: There is no key 'pipelin'."
    assert failure_excerpt(f"{warning * 3}{told}\n{warning}") == told
