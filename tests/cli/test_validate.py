"""`coexist validate`: its options, what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.checks.docs import Example, read_example
from router.cli import main


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Example("", {}).write(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", *arguments])


def has(bot: Path, code: str) -> None:
    read_example(code).write(bot)


def test_a_clean_bot_is_told_so(bot: Path) -> None:
    result = run()
    assert (result.exit_code, result.output) == (0, "No problems.\n")


def test_an_error_is_one_line_and_exit_code_1(bot: Path) -> None:
    has(bot, "unknown-slot")
    result = run()
    line, count = result.output.splitlines()
    assert line.startswith("flows/pay.yml:5:18: error[unknown-slot]: Flow 'pay' uses the slot")
    assert (result.exit_code, count) == (1, "1 error, 0 warnings.")


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_a_warning_counts_when_it_is_strict(bot: Path, options: tuple[str, ...], code: int) -> None:
    has(bot, "mixed-and-or")
    result = run(*options)
    assert "warning[mixed-and-or]" in result.output
    assert result.exit_code == code


@pytest.mark.parametrize("code", ["yaml-syntax", "not-utf8", "unreadable-file"])
def test_a_file_that_cannot_be_read_is_exit_code_2(bot: Path, code: str) -> None:
    has(bot, code)
    (bot / "flows" / "other.yml").write_text(
        "flows:\n  x:\n    description: d\n    steps: [{collect: amuont}]\n"
    )
    result = run()
    assert result.exit_code == 2
    assert f"error[{code}]" in result.output
    assert "flows/other.yml:4:23: error[unknown-slot]" in result.output


@pytest.mark.parametrize("option", ["--config", "--domain", "--data", "--endpoints"])
def test_a_path_that_is_not_there_is_exit_code_2(bot: Path, option: str) -> None:
    result = run(option, "nowhere.yml")
    assert result.exit_code == 2
    assert "nowhere.yml:1:1: error[missing-file]" in result.output


def test_flows_that_are_not_there_are_exit_code_2(bot: Path) -> None:
    has(bot, "missing-flows")
    result = run()
    assert result.exit_code == 2
    assert "error[missing-flows]" in result.output


def test_the_endpoints_may_have_another_name(bot: Path) -> None:
    has(bot, "nlg-rephrase")
    (bot / "endpoints.yml").rename(bot / "e.yml")
    assert run().output == "No problems.\n"
    assert "e.yml:2:9: warning[nlg-rephrase]" in run("--endpoints", "e.yml").output


def test_another_folder_is_named_in_the_places(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    has(bot, "unknown-slot")
    monkeypatch.chdir(bot.parent)
    assert f"{bot.name}/flows/pay.yml:5:18: error" in run(bot.name).output
    assert f"{bot.name}/flows/pay.yml:5:18: error" in run(str(bot)).output


def test_the_working_folders_flows_are_not_those_of_another_bot(
    bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(bot, "unknown-slot")
    Example("", {}).write(bot / "other")
    assert run("other").output == "No problems.\n"


def test_files_may_have_other_names(bot: Path) -> None:
    (bot / "domain.yml").rename(bot / "d.yml")
    (bot / "config.yml").rename(bot / "c.yml")
    (bot / "data").rename(bot / "training")
    result = run("--config", "c.yml", "-d", "d.yml", "--data", "training")
    assert (result.exit_code, result.output) == (0, "No problems.\n")


def test_a_folder_may_be_the_domain_and_training_data_absent(bot: Path) -> None:
    (bot / "domain").mkdir()
    (bot / "domain.yml").rename(bot / "domain" / "all.yml")
    (bot / "data" / "nlu.yml").unlink()
    (bot / "data").rmdir()
    assert run().output == "No problems.\n"


def test_json_is_a_list(bot: Path) -> None:
    has(bot, "unknown-slot")
    result = run("--format", "json")
    assert [row["code"] for row in json.loads(result.output)] == ["unknown-slot"]
    assert result.exit_code == 1


def test_sarif_is_a_log(bot: Path) -> None:
    has(bot, "unknown-slot")
    log = json.loads(run("--format", "sarif").output)
    assert log["runs"][0]["results"][0]["ruleId"] == "unknown-slot"


def test_a_terminal_gets_colours(bot: Path) -> None:
    has(bot, "unknown-slot")
    coloured = CliRunner().invoke(main, ["validate"], color=True).output
    assert "\x1b[31merror\x1b[0m[unknown-slot]" in coloured
    assert "\x1b" not in run().output
