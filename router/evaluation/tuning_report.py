"""What tuning found, as JSON and as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from router.evaluation.text_report import percent, table
from router.evaluation.tuning import Choice, Curve, Point

__all__ = ["TuningReport", "tuning_as_text"]

LINES = 12
BAR = 24


class TuningReport(BaseModel):
    """All that one tuning found; within one `format`, keys are added but never changed.

    Attributes:
        format: the version of these keys.
        file: what the messages were read from.
        part: the part of the file; None if it has none.
        config: the line to write into config.yml.
        choice: the band, and why.
        curve: what each band gives.
        notes: what to know when reading the figures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    file: str
    part: str | None
    config: str
    choice: Choice
    curve: Curve
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls, curve: Curve, choice: Choice, *, file: str, part: str | None, notes: Sequence[str]
    ) -> TuningReport:
        """The report on a choice from a curve."""
        config = f"llm_band: {choice.band:g}"
        every = (*notes, *_notes(curve, choice))
        return cls(file=file, part=part, config=config, choice=choice, curve=curve, notes=every)


def _notes(curve: Curve, choice: Choice) -> Iterator[str]:
    if curve.asked < curve.messages:
        yield (
            f"The LLM's answers are known for the {curve.asked} of {curve.messages} messages "
            "that are nearest to doubt; the curve ends there."
        )
    if choice.is_unclear:
        changed = choice.better + choice.worse
        yield (
            f"Only {changed} messages went right or wrong by the LLM, too few to tell whether "
            "it helps. Label more messages."
        )


def tuning_as_text(report: TuningReport) -> str:
    """The curve in about a dozen lines, the choice, and what to write into config.yml."""
    part = f", part {report.part}" if report.part else ""
    lines = [
        f"{report.file}{part}: {report.curve.messages} messages",
        "",
        *_curve(report.curve, report.choice),
        "",
        report.choice.why,
        "Write into config.yml, under HybridRouter:",
        "",
        f"    {report.config}",
    ]
    lines += [f"\nNote: {note}" for note in report.notes]
    return "\n".join(lines) + "\n"


def _curve(curve: Curve, choice: Choice) -> Iterator[str]:
    points = _shown(curve.points, choice)
    lowest = min(each.accuracy for each in points)
    highest = max(each.accuracy for each in points)
    rows = []
    for each in points:
        height = (each.accuracy - lowest) / (highest - lowest) if highest > lowest else 1.0
        rows.append(
            (
                "->" if each.band == choice.band else "",
                percent(each.share),
                f"{each.band:g}",
                f"{each.accuracy:.4f}",
                f"{each.macro_f1:.4f}",
                ("#" * (1 + round(height * (BAR - 1)))).ljust(BAR),
            )
        )
    return table(("", "LLM calls", "llm_band", "accuracy", "macro-F1", ""), rows)


def _shown(points: Sequence[Point], choice: Choice) -> list[Point]:
    """About a dozen points at even shares, the chosen one among them."""
    last = points[-1].share
    even = [
        min(points, key=lambda point: abs(point.share - last * number / (LINES - 1)))
        for number in range(LINES)
    ]
    even += [point for point in points if point.band == choice.band]
    return sorted(dict.fromkeys(even), key=lambda point: point.share)
