"""`coexist router tune`: how many messages a `HybridRouter` asks its language model about."""

from __future__ import annotations

from collections import Counter
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
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from router.evaluation.answers import Recorded
    from router.evaluation.asking import Routed
    from router.evaluation.labelled import LabelledMessage
    from router.rasa.evaluation import LoadedRouter

__all__ = ["tune"]


@click.command()
@assistant_options
@click.option("--part", help="Lines with this value in the column split.  [default: val]")
@click.option("--share", type=SHARE, help="Ask the LLM about at most this part of the messages.")
@click.option("--accuracy", type=SHARE, help="Reach this accuracy with as few calls as possible.")
@click.option(
    "--max-share",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.4,
    show_default=True,
    help="Ask now about this part of the messages, those nearest to doubt.",
)
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="What the LLM said before, so that it isn't asked now: JSON lines with text and llm, as "
    "--save-answers and `coexist router eval --answers` write them; may be repeated.",
)
@click.option("--save-answers", type=NEW_FILE, help="Write what is asked now there, for --answers.")
@click.option("--plot", type=NEW_FILE, help="Draw the curve there: a file .png or .svg.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What to write.",
)
@click.option("--output", type=NEW_FILE, help="Where to write it, instead of the terminal.")
def tune(
    file: Path,
    config: Path,
    model: Path | None,
    endpoints: Path | None,
    routes: Path | None,
    routes_from: Path | None,
    limit: int | None,
    concurrency: int,
    part: str | None,
    share: float | None,
    accuracy: float | None,
    max_share: float,
    answers: tuple[Path, ...],
    save_answers: Path | None,
    plot: Path | None,
    style: str,
    output: Path | None,
) -> None:
    """Choose the share of messages a HybridRouter asks its LLM about.

    Give either --share or --accuracy. Prints what each share of LLM calls would give on the
    messages of FILE, and the line to write into config.yml: the `llm_band` that is best
    within --share, or the smallest that reaches --accuracy. The LLM is left off
    (`llm_band: 0`) if what it gains may be chance.

    FILE is CSV with the columns text and route, or NLU training data, as for `coexist router
    eval`. With a column llm, or with --answers, the LLM isn't asked now; if --answers tell
    of the other stages too, no model is loaded at all. Use messages that the router wasn't
    trained on and that you don't report figures on.
    """
    from rich.console import Console

    from router.evaluation.answers import write_answers
    from router.evaluation.cascade import known_of, tuned_on, with_answers
    from router.evaluation.messages import also_trained_on, read_messages
    from router.evaluation.plot import SUFFIXES, plot_curve
    from router.evaluation.tuning import choose, tuning_curve
    from router.evaluation.tuning_report import TuningReport, tuning_as_text

    if (share is None) == (accuracy is None):
        raise click.UsageError("Give either --share or --accuracy.")
    if plot and plot.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"--plot must end in {' or '.join(SUFFIXES)}.")
    lists = route_lists(config, routes, routes_from)
    found = read_messages(file, lists, part=part, usual_part="val", limit=limit)
    known = known_of(found.messages, _said(answers))
    is_recorded = bool(answers) or any(each.llm for each in found.messages)
    routed: list[Routed] = []
    if not (is_recorded and all(each.cheap for each in known.values())):
        console = Console(stderr=True, highlight=False)
        router = open_router(console, config, model, endpoints)
        routed = _routed(
            console, router, found.messages, known, concurrency, 0.0 if is_recorded else max_share
        )
        known = with_answers(known, routed)
    if save_answers:
        write_answers(save_answers, routed)
    curve = tuning_curve(tuned_on(found.messages, known))
    choice = choose(curve, share=share, accuracy=accuracy)
    report = TuningReport.of(
        curve,
        choice,
        file=str(file),
        part=found.part,
        notes=[
            *found.notes,
            *_failures(routed),
            *also_trained_on(found.messages, [config.parent / "data"]),
        ],
    )
    is_json = style == "json"
    write(report.model_dump_json(indent=2) if is_json else tuning_as_text(report), output)
    if plot:
        plot_curve(curve, choice, plot)
        click.echo(f"The curve is drawn in {plot}.", err=True)


def _said(files: Sequence[Path]) -> dict[str, Recorded]:
    """What all files of answers say together."""
    from router.evaluation.answers import read_answers

    said: dict[str, Recorded] = {}
    for file in files:
        for text, known in read_answers(file).items():
            said[text] = said[text].updated(known) if text in said else known
    return said


def _routed(
    console: Console,
    router: LoadedRouter,
    messages: Sequence[LabelledMessage],
    known: Mapping[str, Recorded],
    concurrency: int,
    max_share: float,
) -> list[Routed]:
    """What the cheap stage says where that isn't known, and the LLM to those nearest to doubt."""
    from router.evaluation.cascade import nearest_to_doubt, with_answers

    unknown = [each for each in messages if known[each.text].cheap is None]
    with router.deciding_by("cheap") as ask:
        routed = asked(console, ask, unknown, concurrency)
    doubtful = nearest_to_doubt(messages, with_answers(known, routed), max_share)
    if doubtful:
        console.print(f"Asking the LLM about {len(doubtful)} of {len(messages)} messages ...")
    with router.deciding_by("llm") as ask:
        by_model = asked(console, ask, doubtful, concurrency)
    again = {each.text for each in doubtful}
    return [*(each for each in routed if each.message.text not in again), *by_model]


def _failures(routed: Sequence[Routed]) -> list[str]:
    failed = [each.failure for each in routed if each.failure]
    if not failed:
        return []
    [(reason, _)] = Counter(failed).most_common(1)
    return [f"{len(failed)} answers failed, most often: {reason}."]
