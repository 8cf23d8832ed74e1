"""`coexist test`: play end-to-end tests, and the commands that write and compare them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from router.cli.e2e_options import Asked, test_options

__all__ = ["SUBCOMMANDS", "test"]

#: Name of the command: where it is ("module:attribute"), and its line in `coexist test --help`.
SUBCOMMANDS = {
    "diff": ("router.cli.e2e_diff:diff", "Say what changed between two runs."),
    "from-conversations": (
        "router.cli.e2e_conversations:from_conversations",
        "Write conversations that were had as tests.",
    ),
    "from-stories": ("router.cli.e2e_stories:from_stories", "Write Rasa's test stories as tests."),
    "record": ("router.cli.e2e_record:record", "Write a test while talking to the assistant."),
}


class _NoTests(click.ClickException):
    exit_code = 5


class _Test(click.Command):
    """Plays tests, unless the first word names another command; `./diff` names a path."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **x: Any
    ) -> click.Context:
        """The context of the command that the words are for."""
        if args and args[0] in SUBCOMMANDS:
            module, _, attribute = SUBCOMMANDS[args[0]][0].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **x)
        return super().make_context(info_name, args, parent, **x)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Lists the other commands from the registration alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in SUBCOMMANDS.items()])


@click.command(cls=_Test)
@test_options
@click.pass_context
def test(ctx: click.Context, /, **given: Any) -> None:
    """Play end-to-end tests: conversations in YAML, and what is expected of the assistant.

    PATHS are files, folders (without any: e2e_tests) or single cases, as FILE::CASE. A path
    that is called as a command below is written with ./ before it.

    Nothing runs unless all files can be read and all they name is there. A case stops at its
    first turn that doesn't pass. Ctrl-C reports what was done.

    Exit codes: 0 all passed, 1 a case failed, is in error or flaky, or coverage is too low,
    2 something can't be used, 5 no test, 130 interrupted.
    """
    from router.errors import NoTestsFound

    asked = Asked(**given)
    asked.check()
    try:
        ctx.exit(_run(asked))
    except NoTestsFound as error:
        raise _NoTests(str(error)) from error


test.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's


def _run(asked: Asked) -> int:
    """Does what was asked for; gives the exit code."""
    from rich.console import Console

    from router.cli.e2e_suite import chosen_cases, read_bot
    from router.e2e.coverage.minimums import read_minimums
    from router.errors import InvalidTest
    from router.flows.reading import raise_if_errors

    cases, errors = chosen_cases(asked)
    if asked.list_cases:
        raise_if_errors(errors, InvalidTest)
        for case in cases:
            click.echo(f"{case.id}  [{', '.join(case.tags)}]" if case.tags else case.id)
        return 0
    minimums = read_minimums(asked.coverage_min) if asked.coverage_min else {}
    project = read_bot(asked, cases, errors)
    if asked.dry_run:
        from router.e2e.reports.facts import counted

        files = counted(len({case.file for case in cases}), "file")
        click.echo(f"{counted(len(cases), 'case')} in {files}: all can be read.")
        return 0

    from router.cli.e2e_playing import play_suite
    from router.e2e.coverage import as_text, below, measure
    from router.e2e.exit_rule import BROKEN, INTERRUPTED, exit_rule
    from router.e2e.reports.terminal import print_report

    console = Console(highlight=False)
    assistant = project.assistant() if project else None
    try:
        suite, played = play_suite(asked, cases, assistant, console)
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    too_low: list[str] = []
    if project and (asked.coverage or minimums):
        passed = [(p.case, p.observed[-1]) for p in played if p.result.status == "passed"]
        coverage = measure(passed, project)
        suite = suite.model_copy(update={"coverage": coverage})
        too_low = below(coverage, minimums)
        if asked.coverage:
            click.echo(as_text(coverage), nl=False)
    code, rule = exit_rule(suite, flaky_fails=asked.flaky_fails, is_covered=not too_low)
    for line in too_low:
        click.echo(line)
    print_report(console, suite, rule)
    return max(code, BROKEN) if _write(asked, suite, played, rule) else code


def _write(asked: Asked, suite: Any, played: Any, rule: str) -> bool:
    """Writes the reports; whether one of them couldn't be written."""
    from router.cli.e2e_reports import write_reports

    is_broken = False
    for path, why in write_reports(asked, suite, played, rule):
        if why:
            click.echo(f"Error: {path} can't be written: {why}. Exit code 1 at least.", err=True)
            is_broken = True
        else:
            click.echo(f"Written: {path}")
    return is_broken
