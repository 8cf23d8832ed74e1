"""An evaluation's report as text of fixed width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.evaluation.report import (
    Calibration,
    Confusion,
    Cost,
    Group,
    Latency,
    Mistake,
    Percentiles,
    Report,
    RouteScore,
)

__all__ = ["as_text", "cost_in_words", "percent", "table"]

BAR = 24


def as_text(report: Report) -> str:
    """The whole report, with a line break at the end."""
    sections = [
        [_title(report)],
        [f"accuracy {report.accuracy:.4f}   macro-F1 {report.macro_f1:.4f}"],
        list(_routes(report.routes)),
        list(_confusion(report.confusion)),
        list(_failures(report)),
        list(_groups("stage", report.stages)),
        list(_groups("domain", report.domains)),
        list(_calibration(report.calibration)),
        [f"LLM: {cost_in_words(report.cost, report.messages)}"],
        list(_latency(report.latency)),
        list(_mistakes(report)),
        [f"Note: {note}" for note in report.notes],
    ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _title(report: Report) -> str:
    part = f", part {report.part}" if report.part else ""
    return f"{report.router} on {report.file}{part}: {report.messages} messages"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        yield "  ".join(cells).rstrip()


def _routes(routes: Sequence[RouteScore]) -> Iterator[str]:
    head = ("route", "precision", "recall", "F1", "expected", "given")
    rows = [
        (
            each.route,
            f"{each.precision:.3f}",
            f"{each.recall:.3f}",
            f"{each.f1:.3f}",
            str(each.expected),
            str(each.given),
        )
        for each in routes
    ]
    return table(head, rows)


def _confusion(confusion: Confusion) -> Iterator[str]:
    rows = [
        (name, *map(str, row)) for name, row in zip(confusion.labels, confusion.rows, strict=False)
    ]
    return table((r"expected \ given", *confusion.labels), rows)


def _failures(report: Report) -> Iterator[str]:
    if report.failures:
        count = sum(report.failures.values())
        yield f"failed: {count} ({percent(count / report.messages)})"
    for reason, count in report.failures.items():
        yield f"  {count:>5}  {reason}"


def _groups(name: str, groups: Sequence[Group]) -> Iterator[str]:
    if groups:
        rows = [(each.name, str(each.messages), f"{each.accuracy:.3f}") for each in groups]
        yield from table((name, "messages", "accuracy"), rows)


def _calibration(calibration: Calibration | None) -> Iterator[str]:
    if calibration is None:
        yield "confidence: the router gives none"
        return
    head = ("confidence", "messages", "mean", "right", "")
    rows = [
        (
            f"{each.low:.1f} to {each.high:.1f}",
            str(each.messages),
            f"{each.confidence:.3f}",
            f"{each.accuracy:.3f}",
            ("#" * round(each.accuracy * BAR)).ljust(BAR, "."),
        )
        for each in calibration.bins
    ]
    yield from table(head, rows)
    yield (
        f"calibration error (ECE) {calibration.ece:.3f}, Brier score {calibration.brier:.3f}, "
        f"of {calibration.messages} messages"
    )


def cost_in_words(cost: Cost | None, messages: int) -> str:
    """What the language model did and cost, in one line."""
    if cost is None:
        return "not asked"
    if cost.usd is None:
        price = "cost not known"
    else:
        unpriced = f" ({cost.unpriced} without a price)" if cost.unpriced else ""
        price = f"${cost.usd:.4f}{unpriced}"
    replayed = f", {cost.replayed} from a recording" if cost.replayed else ""
    outcomes = ", ".join(f"{count} {name}" for name, count in cost.outcomes.items())
    return (
        f"asked about {cost.asked} of {messages} messages ({percent(cost.share)}), "
        f"{cost.calls} calls{replayed}, {cost.prompt_tokens} + {cost.completion_tokens} tokens, "
        f"{price}; answers: {outcomes}"
    )


def _latency(latency: Latency) -> Iterator[str]:
    def row(name: str, times: Percentiles) -> tuple[str, ...]:
        return name, f"{times.p50:.2f}", f"{times.p95:.2f}", f"{times.p99:.2f}"

    rows = [row("decision", latency.decision)] if latency.decision else []
    rows.append(row("message", latency.message))
    yield from table(("milliseconds", "p50", "p95", "p99"), rows)
    if latency.concurrency > 1:
        yield (
            f"With {latency.concurrency} messages at once, which wait for one another; "
            "--concurrency 1 times each alone."
        )


def _mistakes(report: Report) -> Iterator[str]:
    shown = len(report.mistakes)
    if report.mistaken:
        of_more = f", the {shown} most confident" if shown < report.mistaken else ""
        yield f"mistakes: {report.mistaken}{of_more}"
    for mistake in report.mistakes:
        yield f"  {_mistake(mistake)}"


def _mistake(mistake: Mistake) -> str:
    sure = "    " if mistake.confidence is None else f"{mistake.confidence:.2f}"
    understood = f"{mistake.intent}, " if mistake.intent else ""
    label = f" ({mistake.label})" if mistake.label else ""
    text = " ".join(mistake.text.split())
    return (
        f"{sure} {mistake.given or 'no route'} instead of {mistake.expected}{label}: "
        f'"{text}" [{understood}{mistake.reason}; {mistake.place}]'
    )


def percent(share: float) -> str:
    """A share, 0 to 1, as `9.8 %`."""
    return f"{100 * share:.1f} %"
