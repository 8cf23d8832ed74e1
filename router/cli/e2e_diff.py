"""`coexist test diff`: what changed between two runs of the end-to-end tests."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["diff"]

_REPORT = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("before", type=_REPORT)
@click.argument("after", type=_REPORT)
@click.option("--markdown", "style", flag_value="markdown", help="Print Markdown.")
@click.option("--json", "style", flag_value="json", help="Print JSON.")
@click.option(
    "--slower",
    type=click.FloatRange(min=1, min_open=True),
    default=1.5,
    show_default=True,
    help="Tell of cases whose turns take so many times as long, or as short.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever changed.")
@click.pass_context
def diff(
    ctx: click.Context, before: Path, after: Path, style: str | None, slower: float, exit_zero: bool
) -> None:
    """Say what changed from the run BEFORE to the run AFTER.

    Both are files that `coexist test --json` wrote. Tells which cases newly fail, are fixed,
    newly flaky, added or removed, which turns another system answered, and what got slower.

    Exit codes: 0 nothing got worse, 1 a case newly fails or is newly flaky, or the later run
    was interrupted, 2 a file can't be used.
    """
    from router.e2e.diff import compare
    from router.e2e.reports.diff_report import as_json, as_markdown, as_text
    from router.e2e.reports.json_report import read_report

    difference = compare(read_report(before), read_report(after), slower=slower)
    rendered = {"json": as_json, "markdown": as_markdown}.get(style or "", as_text)
    click.echo(rendered(difference), nl=False)
    ctx.exit(1 if difference.is_worse and not exit_zero else 0)
