"""A run as Markdown, short enough for a comment on a pull request.

Texts of users and bots go into `<code>` and `<pre>` with all that means something in Markdown
as entities, so that nothing is formatted, linked, or tells a person that they were mentioned.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from router.e2e.reports.characters import one_line, visible
from router.e2e.reports.facts import (
    BAD,
    ORDER,
    Failure,
    attempts_in_words,
    command_figures,
    counted,
    decision_record,
    expectation,
    failure,
    skip_reasons,
    slowest_turns,
    tally,
)
from router.e2e.results import AttemptResult, CaseResult, Status, SuiteResult, TurnResult

__all__ = ["LIMIT", "as_markdown", "code", "escaped", "within_limit"]

#: Characters; code hosts take 65,536.
LIMIT = 60_000
_SPECIAL = {ord(each): f"&#{ord(each)};" for each in "\\`*_[]|~@#:!"}
_SIGNS: dict[Status, str] = {
    "failed": "❌",
    "error": "❌",
    "flaky": "⚠️",
    "skipped": "⏭️",
    "passed": "✅",
}


def as_markdown(suite: SuiteResult) -> str:
    """The counts, the failures with what was expected beside what came, each in its fold.

    What doesn't fit in `LIMIT` characters is left out, which the last line says.
    """
    worst = next(filter(suite.count, ORDER), ORDER[-1])
    bad = sorted(
        (case for case in suite.cases if case.status in BAD),
        key=lambda case: ORDER.index(case.status),
    )
    head = [f"### {_SIGNS[worst]} End-to-end tests: {tally(suite)}\n", *_facts(suite)]
    parts = [*map(_case, bad), *_skipped(suite)]
    return within_limit("\n".join(head), parts, "JSON or HTML report")


def within_limit(head: str, parts: Iterable[str], whole: str, limit: int = LIMIT) -> str:
    """The head and the parts that fit, and a line on those that don't; `whole` has them."""
    kept, dropped = [visible(head)], 0
    left = limit - len(kept[0]) - 200
    for part in map(visible, parts):
        if len(part) + 1 > left:
            dropped += 1
        else:
            kept.append(part)
            left -= len(part) + 1
    if dropped:
        kept.append(f"\n_{counted(dropped, 'part')} too long for a comment: see the {whole}._")
    return "\n".join(kept) + "\n"


def code(text: str, limit: int = 300) -> str:
    """A text as code within a line or a table."""
    return f"<code>{escaped(one_line(text, limit))}</code>" if text else ""


def escaped(text: str) -> str:
    """A text that Markdown leaves as it is."""
    return html.escape(text).replace("&#x27;", "'").translate(_SPECIAL)


def _facts(suite: SuiteResult) -> Iterator[str]:
    yield f"{code(suite.target)}, model answers: {code(suite.llm)}"
    figures = command_figures(suite)
    if figures is not None:
        yield f"\nCommands: {figures}"
    slow = slowest_turns(suite, 1)
    if slow:
        yield f"\nSlowest turn: {slow[0].turn.latency_ms:.0f} ms, {code(str(slow[0].turn.place))}"
    if suite.coverage is not None:
        areas = [*suite.coverage.areas, *(["handoffs"] if suite.coverage.handoffs else [])]
        shares = (f"{area} {suite.coverage.percent(area):.0f}%" for area in areas)
        yield f"\nCoverage: {', '.join(shares)}"


def _case(case: CaseResult) -> str:
    return "\n".join(_folded(case))


def _folded(case: CaseResult) -> Iterator[str]:
    words = attempts_in_words(case)
    more = f" ({words})" if words else ""
    title = f"{_SIGNS[case.status]} {case.status}: {code(case.name)}{more}"
    yield f"\n<details><summary>{title}</summary>\n"
    found = failure(case)
    if found is not None:
        yield from _failure(found, case.last)
    if case.rerun:
        yield f"\n<pre>{_block(case.rerun)}</pre>"
    yield "\n</details>"


def _failure(found: Failure, attempt: AttemptResult | None) -> Iterator[str]:
    yield f"At {code(str(found.place))}"
    if found.error:
        yield f"\n{code(found.error, 600)}"
    if found.checks:
        yield "\n| check | expected | got |\n|---|---|---|"
    for check in found.checks[:20]:
        yield f"| {code(check.name)} | {code(expectation(check))} | {code(check.got)} |"
    if len(found.checks) > 20:
        yield f"\nand {len(found.checks) - 20} more"
    if found.turn is not None and attempt is not None:
        turns = attempt.turns[max(0, found.number - 3) : found.number]
        said = "\n".join(line for turn in turns for line in _said(turn))
        record = (f"{name + ':':<10} {value}" for name, value in decision_record(found.turn))
        yield f"\n<pre>{_block(said)}</pre>"
        yield f"\n<pre>{_block(chr(10).join(one_line(line, 300) for line in record))}</pre>"


def _said(turn: TurnResult) -> Iterator[str]:
    if turn.user:
        yield f"you  {one_line(turn.user, 300)}"
    for message in turn.messages[:5]:
        yield f"bot  {one_line(message.text, 300)}"


def _block(text: str) -> str:
    return html.escape(visible(text), quote=False)


def _skipped(suite: SuiteResult) -> Iterator[str]:
    skipped = [case for case in suite.cases if case.status == "skipped"]
    if skipped:
        rows = "\n".join(
            f"| {code(case.name)} | {code('; '.join(skip_reasons(case)))} |"
            for case in skipped[:50]
        )
        title = f"<summary>{_SIGNS['skipped']} {len(skipped)} skipped</summary>"
        more = f"\n\nand {len(skipped) - 50} more" if len(skipped) > 50 else ""
        yield f"\n<details>{title}\n\n| case | reason |\n|---|---|\n{rows}{more}\n\n</details>"
