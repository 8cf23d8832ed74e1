"""The command `coexist`: its list, its version, its errors."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from router.cli import COMMANDS, main


def test_help_lists_every_command_without_importing_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.cli.import_module", lambda name: pytest.fail(f"imported {name}"))
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for name, (_, help_line) in COMMANDS.items():
        assert name in result.output
        assert help_line.split(maxsplit=1)[0] in result.output


def test_version_is_that_of_the_distribution() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert importlib.metadata.version("rasa-coexistence") in result.output


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_registered_command_is_there_and_documented(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts[0]} has no help"


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["dance"])
    assert result.exit_code == 2
    assert "No such command 'dance'" in result.stderr


@pytest.fixture
def failing_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    (tmp_path / "failing_command.py").write_text(
        "import click\n"
        "from router.errors import InvalidFlow, Location, Problem\n"
        "@click.command()\n"
        "def fail():\n"
        "    raise InvalidFlow([Problem(Location('flows.yml', 3, 1), 'unknown-key', 'Bad.')])\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(COMMANDS, "fail", ("failing_command:fail", "Fail."))
    return "fail"


def test_an_error_of_this_package_is_one_message_and_exit_code_2(failing_command: str) -> None:
    result = CliRunner().invoke(main, [failing_command])
    assert result.exit_code == 2
    assert result.stderr == "Error: flows.yml:3:1: error[unknown-key]: Bad.\n"
    assert result.stdout == ""


def test_an_error_while_a_command_is_imported_is_one_message_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "unsupported_command.py").write_text(
        "from router.errors import UnsupportedRasa\nraise UnsupportedRasa('Install Rasa.')\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(COMMANDS, "unsupported", ("unsupported_command:x", "Fail."))
    result = CliRunner().invoke(main, ["unsupported"])
    assert (result.exit_code, result.stderr) == (2, "Error: Install Rasa.\n")
