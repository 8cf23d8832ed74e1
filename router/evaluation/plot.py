"""The tuning curve as a picture; matplotlib, which comes with Rasa, is imported when used."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from router.errors import CoexistenceError
from router.evaluation.tuning import Choice, Curve

__all__ = ["SUFFIXES", "PlotUnavailable", "plot_curve"]

SUFFIXES = (".png", ".svg")


class PlotUnavailable(CoexistenceError):
    """matplotlib isn't installed."""


def plot_curve(curve: Curve, choice: Choice, file: Path) -> None:
    """Draws accuracy and macro-F1 over the share of calls, with the chosen band.

    Args:
        curve: the points.
        choice: the point to mark.
        file: where to write it; its suffix is `.png` or `.svg`.

    Raises:
        PlotUnavailable: matplotlib isn't installed.
        ValueError: the suffix is another one.
        OSError: the file can't be written.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{file} must end in {' or '.join(SUFFIXES)}.")
    try:
        figures = import_module("matplotlib.figure")  # it ships no types
    except ModuleNotFoundError as error:
        message = "A plot needs matplotlib, which comes with Rasa: pip install matplotlib."
        raise PlotUnavailable(message) from error
    # Without pyplot there is no display, and nothing to close.
    figure = figures.Figure(figsize=(7.5, 4.5), dpi=150, tight_layout=True)
    axes = figure.add_subplot()
    shares = [100 * point.share for point in curve.points]
    accuracy = [point.accuracy for point in curve.points]
    axes.plot(shares, accuracy, color="#1f6fb2", linewidth=2, label="accuracy")
    macro_f1 = [point.macro_f1 for point in curve.points]
    axes.plot(shares, macro_f1, color="#8a949d", linewidth=1.5, label="macro-F1")
    alone = choice.baseline_accuracy
    axes.axhline(alone, color="#1f6fb2", linewidth=1, linestyle=":", label="accuracy without it")
    axes.plot([100 * choice.share], [choice.accuracy], "o", color="#c2410c", markersize=9)
    axes.set_title(_title(choice), loc="left", fontsize=11, color="#c2410c")
    axes.set_xlabel("messages the LLM is asked about, %")
    axes.set_ylabel("share of right routes")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.02, y=0.15)
    axes.legend(frameon=False, loc="best")
    figure.savefig(file, format=file.suffix[1:].lower())


def _title(choice: Choice) -> str:
    if choice.is_off:
        return f"llm_band: 0 (LLM off), accuracy {choice.accuracy:.4f}"
    share = f"{100 * choice.share:.1f} % of messages asked about"
    return f"llm_band: {choice.band:g}, {share}, accuracy {choice.accuracy:.4f}"
