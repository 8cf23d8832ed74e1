"""`coexist plan`: from an existing bot to topic areas, and to the plan of their migration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from router.cli.plan_check import check
from router.cli.plan_scaffold import scaffold
from router.cli.plan_wishes import wishes_of
from router.cli.problems import default_domain, in_words
from router.errors import CoexistenceError, InvalidConfig, InvalidFile, Location, Problem

if TYPE_CHECKING:
    from router.planner.model import Inventory, Traffic
    from router.planner.present import Present
    from router.planner.proposal import Wishes
    from router.planner.reports.facts import PlanReport

__all__ = ["plan"]

_PATH = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)
_STDOUT = Path("-")
_WITHOUT = "Without --conversations the plan is made from the bot's files alone."


@click.group(invoke_without_command=True, subcommand_metavar="[COMMAND [ARGS]...]")
@click.option(
    "--config",
    type=_PATH,
    default=Path("config.yml"),
    show_default=True,
    help="The bot's configuration.",
)
@click.option(
    "-d",
    "--domain",
    type=_PATH,
    help="Domain file or folder.  [default: domain.yml, or domain, beside the configuration]",
)
@click.option(
    "--data",
    type=_PATH,
    multiple=True,
    help="File or folder of training data; may be repeated.  [default: data, beside it]",
)
@click.option(
    "--conversations",
    metavar="SOURCE",
    help="Where real conversations are: an endpoints.yml with a tracker_store, a file or folder "
    "of JSON lines or Parquet, or a connection string of Ibis. None are read unless asked.",
)
@click.option("--areas", type=int, metavar="N", help="How many areas; else the data decide.")
@click.option(
    "--keep-together",
    metavar="A,B",
    multiple=True,
    help="Skills that move together; may be repeated.",
)
@click.option(
    "--keep-apart", metavar="A,B", multiple=True, help="Skills of different areas; the same."
)
@click.option(
    "--pin", metavar="AREA=A,B", multiple=True, help="Skills that are in this area; the same."
)
@click.option(
    "--plan",
    "file",
    type=_PATH,
    help="The plan.  [default: the one that config.yml names, or migration.yml beside it]",
)
@click.option("--write", is_flag=True, help="Add what's new to a plan that is there already.")
@click.option("--markdown", type=_FILE, help="Write a report for a pull request; - prints it.")
@click.option("--json", "json_file", type=_FILE, help="Write all figures; - prints them.")
@click.option("--html", type=_PATH, help="Write one page that shows skills, areas and steps.")
@click.pass_context
def plan(
    ctx: click.Context,
    config: Path,
    domain: Path | None,
    data: tuple[Path, ...],
    conversations: str | None,
    areas: int | None,
    keep_together: tuple[str, ...],
    keep_apart: tuple[str, ...],
    pin: tuple[str, ...],
    file: Path | None,
    write: bool,
    markdown: Path | None,
    json_file: Path | None,
    html: Path | None,
) -> None:
    """Plan the migration of a bot, topic area by topic area.

    Reads the bot's files and, if asked, conversations; shows its skills, which of them
    belong together, what moving each area breaks, and in what order to move them. It needs no
    Rasa and no trained model. If there's no migration.yml, it writes one; if there is, it
    shows what would be added, and adds it with --write. What people wrote in it stays as
    it is, and so do its areas, which the figures are then about; with --areas,
    --keep-together, --keep-apart or --pin the figures are about areas made anew.

    docs/migration_plan.md explains the file and the figures. Exit codes: 0 done, 1 no skill
    was found, 2 files or conversations that can't be read.
    """
    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    if _STDOUT == markdown == json_file:
        raise click.UsageError("Only one report can be printed.")
    if conversations is not None and not conversations.strip():
        raise click.BadParameter("It names no source.", param_hint="--conversations")
    wishes = wishes_of(areas, keep_together, keep_apart, pin)
    domain, data = domain or default_domain(config.parent), data or (config.parent / "data",)
    try:
        report = _report(config, domain, data, conversations, wishes, file)
    except InvalidConfig as error:
        raise CoexistenceError(in_words(error.problems)) from error
    if not report.inventory.skills:
        for reason in report.inventory.reasons:
            click.echo(reason, err=True)
        click.echo("No skill was found, so there is nothing to plan.", err=True)
        ctx.exit(1)
    merged = report.merged
    if merged.changes and (write or merged.before is None):
        _write(Path(merged.file), merged.after)
        report = replace(report, is_written=True)
    _show(report, markdown, json_file, html)


plan.add_command(check)
plan.add_command(scaffold)


def _report(
    config: Path,
    domain: Path,
    data: Sequence[Path],
    conversations: str | None,
    wishes: Wishes | None,
    file: Path | None,
) -> PlanReport:
    from router.planner.first_plan import first_plan
    from router.planner.inventory import read_inventory
    from router.planner.merging import merged
    from router.planner.present import plan_path, read_present
    from router.planner.proposal import propose
    from router.planner.reports.facts import PlanReport
    from router.planner.standing import as_it_stands

    if not any(path.exists() for path in (config, domain, *data)):
        message = f"There is no bot here: neither {config} nor {domain} nor {data[0]}."
        advice = "Run it in the bot's folder, or name its files."
        raise InvalidConfig([Problem(Location(str(config)), "missing-file", message, advice)])
    inventory = read_inventory(config, domain, data)
    path = file or plan_path(config)
    wishes = wishes or _areas_as_planned(path, inventory)
    present = read_present(config, domain)
    traffic = _traffic(conversations, inventory, present) if conversations else None
    proposal = propose(inventory, traffic, wishes)
    first = first_plan(inventory, proposal, present)
    planned = merged(path, first.plan, inventory, present)
    return PlanReport(
        inventory=inventory,
        traffic=traffic,
        proposal=as_it_stands(proposal, planned.plan, traffic, present.shared_slots),
        merged=planned,
        remarks=(*first.remarks, *present.remarks),
    )


def _areas_as_planned(path: Path, inventory: Inventory) -> Wishes:
    """The areas that a plan has already, so that the proposal is about them.

    What is kept in both systems isn't pinned: figures leave it out, as in the first proposal.
    """
    from router.plan.model import MigrationPlan
    from router.plan.reading import read_plan
    from router.planner.proposal import Wishes

    plan = read_plan(path) if path.exists() else MigrationPlan()
    free = inventory.skills.keys() - {each.skill for each in plan.keep_in_both}
    there = {
        name: tuple(skill for skill in area.skills if skill in free)
        for name, area in plan.areas.items()
    }
    return Wishes(pinned={name: skills for name, skills in there.items() if skills})


def _traffic(target: str, inventory: Inventory, present: Present) -> Traffic:
    from rich.console import Console

    from router.cli.rendering import elapsed
    from router.planner.conversations import analyse, open_source
    from router.planner.owners import owners_of

    names = owners_of(inventory)
    try:
        with elapsed(Console(stderr=True)) as progress:
            progress.add_task("Reading the conversations")
            with open_source(target) as source:
                return analyse(
                    source,
                    names.intents,
                    flows=names.flows,
                    actions=names.actions,
                    intents=present.intents,
                )
    except InvalidFile as error:
        problems = [
            replace(problem, advice=f"{problem.advice} {_WITHOUT}".strip())
            for problem in error.problems
        ]
        raise InvalidConfig(problems) from error


def _show(
    report: PlanReport, markdown: Path | None, json_file: Path | None, html: Path | None
) -> None:
    from router.planner.reports.json_report import as_json
    from router.planner.reports.markdown import as_markdown

    for path, written in ((markdown, as_markdown), (json_file, as_json)):
        if path == _STDOUT:
            click.echo(written(report), nl=False)
        elif path is not None:
            _write(path, written(report))
    if html is not None:
        from router.planner.reports.facts import reasons
        from router.planner.reports.html_report import as_html, plan_history

        page = as_html(
            report.inventory,
            report.traffic,
            report.proposal,
            report.merged.plan,
            plan_history(Path(report.merged.file)),
            reasons(report),
        )
        _write(html, page)
    if _STDOUT not in (markdown, json_file):
        from rich.console import Console

        from router.planner.reports.text import print_report

        print_report(Console(highlight=False), report)


def _write(path: Path, text: str) -> None:
    from router.cli.writing import write_whole

    try:
        write_whole(path, text)
    except OSError as error:
        message = f"It can't be written: {error.strerror or error}."
        raise InvalidFile([Problem(Location(str(path)), "unwritable-file", message)]) from error


def _refuse_options(ctx: click.Context) -> None:
    given = [
        parameter.opts[-1]
        for parameter in ctx.command.params
        if parameter.name
        and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"Write {', '.join(given)} behind '{ctx.invoked_subcommand}'.")
