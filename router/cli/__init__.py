"""The command `coexist`: one file a command, imported only when it runs.

A new command is a new file here and one line in `COMMANDS`.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from router.errors import CoexistenceError

__all__ = ["COMMANDS", "main"]

#: Name of the command: where it is ("module:attribute"), and its line in `coexist --help`.
COMMANDS = {
    "chat": ("router.cli.chat:chat", "Talk to the assistant in this terminal."),
    "demo": (
        "router.cli.demo:demo",
        "Train if needed and play a conversation across both systems.",
    ),
    "doctor": ("router.cli.doctor:doctor", "Check this environment and say what to do."),
    "plan": ("router.cli.plan:plan", "Plan a migration: skills, topic areas, their order."),
    "router": ("router.cli.router:router", "Measure and tune the router on labelled messages."),
    "test": ("router.cli.e2e:test", "Play end-to-end tests: conversations in YAML."),
    "validate": ("router.cli.validate:validate", "Say all that's wrong with a bot's files."),
}


class _Refused(click.ClickException):
    """An error of this package, shown as a message instead of a traceback."""

    exit_code = 2


class LazyCommands(click.Group):
    """A group that knows its commands' names and imports a command's module when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in alphabetical order, without importing anything."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or None if there's none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the registration alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; this package's errors become one message and exit code 2."""
        try:
            return super().invoke(ctx)
        except CoexistenceError as error:
            raise _Refused(str(error)) from error


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rasa-coexistence", prog_name="coexist")
def main() -> None:
    """Run intents-and-stories and flows in one Rasa Open Source assistant."""
