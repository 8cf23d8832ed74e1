"""`coexist router eval`: accuracy, calibration, cost and latency of the assistant's router."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from router.cli.router_asking import (
    NEW_FILE,
    SHARE,
    asked,
    assistant_options,
    open_router,
    route_lists,
    write,
)

if TYPE_CHECKING:
    from router.evaluation.report import Report

__all__ = ["evaluate"]


@click.command("eval")
@assistant_options
@click.option("--part", help="Lines with this value in the column split.  [default: test]")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "html"]),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option("--output", type=NEW_FILE, help="Where to write it, instead of the terminal.")
@click.option(
    "--answers",
    type=NEW_FILE,
    help="Write each message's decision there, as JSON lines, for `coexist router tune`.",
)
@click.option("--min-accuracy", type=SHARE, help="Exit with 1 below this accuracy, 0 to 1.")
@click.option("--min-f1", type=SHARE, help="Exit with 1 below this macro-F1, 0 to 1.")
@click.pass_context
def evaluate(
    ctx: click.Context,
    file: Path,
    config: Path,
    model: Path | None,
    endpoints: Path | None,
    routes: Path | None,
    routes_from: Path | None,
    limit: int | None,
    concurrency: int,
    part: str | None,
    style: str,
    output: Path | None,
    answers: Path | None,
    min_accuracy: float | None,
    min_f1: float | None,
) -> None:
    """Say how well the assistant's router routes the messages of FILE.

    Gives accuracy, macro-F1, the confusion matrix, the calibration of the confidence, cost
    of the language model, latency and the most confident mistakes. Each message is the first
    of a conversation; no command generator, policy or action runs, and nothing is stored.

    FILE is CSV with the columns text and route (calm, nlu, calm_once or nlu_once), and
    intent, domain and split if you like; or a file or folder of Rasa's NLU training data,
    whose intents go where the router's lists send them.

    Exit codes: 0 measured, 1 below --min-accuracy or --min-f1, 2 something can't be used.
    """
    from rich.console import Console

    from router.evaluation.answers import write_answers
    from router.evaluation.messages import also_trained_on, read_messages
    from router.evaluation.scoring import scored

    lists = route_lists(config, routes, routes_from)
    found = read_messages(file, lists, part=part, limit=limit)
    console = Console(stderr=True, highlight=False)
    router = open_router(console, config, model, endpoints)
    routed = asked(console, router.decide, found.messages, concurrency)
    if answers:
        write_answers(answers, routed)
    report = scored(
        routed,
        file=str(file),
        router=router.name,
        part=found.part,
        concurrency=concurrency,
        notes=(*found.notes, *also_trained_on(found.messages, [config.parent / "data"])),
    )
    write(_rendered(report, style), output)
    if output:
        accuracy, f1 = report.accuracy, report.macro_f1
        click.echo(f"accuracy {accuracy:.4f}, macro-F1 {f1:.4f}: written to {output}")
    below = list(_below(report, min_accuracy, min_f1))
    for line in below:
        click.echo(line, err=True)
    ctx.exit(1 if below else 0)


def _rendered(report: Report, style: str) -> str:
    if style == "json":
        return report.model_dump_json(indent=2)
    if style == "html":
        from router.evaluation.html_report import as_html

        return as_html(report)
    from router.evaluation.text_report import as_text

    return as_text(report)


def _below(report: Report, accuracy: float | None, f1: float | None) -> Iterator[str]:
    if accuracy is not None and report.accuracy < accuracy:
        yield f"Accuracy {report.accuracy:.4f} is below {accuracy}."
    if f1 is not None and report.macro_f1 < f1:
        yield f"Macro-F1 {report.macro_f1:.4f} is below {f1}."
