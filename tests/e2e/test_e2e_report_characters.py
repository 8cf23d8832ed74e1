"""Emoji, controls and markup of every kind in every text of a run, in every report."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import e2e_results as made
import pytest

from router.e2e.diff import compare
from router.e2e.reports import diff_report, html_report, json_report, junit, markdown, terminal
from router.e2e.reports.characters import one_line, visible
from router.e2e.results import SaidMessage, SuiteResult

ROCKET = "🎉👩\u200d🚀"
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]")


def nasty_run() -> SuiteResult:
    nasty = made.NASTY
    turn = made.turn(
        nasty,
        file=nasty,
        messages=(SaidMessage(text=nasty, utter=nasty, buttons=(nasty,), data={nasty: [nasty]}),),
        checks=(made.check(nasty, nasty, nasty, file=nasty),),
        error=nasty,
        decision={"route": "calm", "sticky": True, "reason": nasty, "router": nasty},
        reason=nasty,
        released=nasty,
        intent=nasty,
        commands=(nasty,),
        policies=(nasty,),
        actions=(nasty,),
        slots_changed={nasty: nasty, "other": float("nan")},
        stack=(nasty,),
        llm_calls=({"for": nasty, "model": nasty, "outcome": nasty},),
        events=(nasty,),
        logged_errors=(nasty,),
    )
    failed, passed = made.attempt(turn, error=nasty), made.attempt(made.turn(nasty, nasty))
    skipped = made.check(nasty, nasty, status="skipped").model_copy(update={"reason": nasty})
    unjudged = made.attempt(made.turn(nasty, checks=(skipped,)), status="skipped")
    return made.suite(
        made.case(nasty, failed, file=nasty, tags=(nasty,)),
        made.case(nasty + "2", failed, passed),
        made.case(nasty + "3", unjudged),
        made.case(nasty + "4", passed),
        target=nasty,
        llm=nasty,
        coverage=made.coverage(),
    )


def all_texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in all_texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in all_texts(each)]
    return [value] if isinstance(value, str) else []


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_terminal_gets_no_control_character() -> None:
    text = terminal.as_text(nasty_run(), made.NASTY)
    assert not CONTROLS.search(text)
    assert "\\x1b[31mred" in text
    assert ROCKET in text


def test_junit_is_xml_that_says_it_all() -> None:
    text = junit.as_junit(nasty_run())
    root = ET.fromstring(text.encode("utf-8"))
    names = [case.get("name") or "" for case in root.iter("testcase")]
    assert len(names) == 4
    assert all(name.startswith("\\x07\\x1b[31mred") and ROCKET in name for name in names)


def test_json_is_strict_and_holds_all_but_halves_of_characters(tmp_path: Path) -> None:
    def refused(constant: str) -> None:
        pytest.fail(f"{constant} isn't JSON")

    file = tmp_path / "run.json"
    file.write_text(json_report.as_json(nasty_run()), encoding="utf-8")
    written = made.NASTY.replace("\ud83d", "\\ud83d")
    texts = all_texts(json.loads(file.read_text(encoding="utf-8"), parse_constant=refused))
    assert texts.count(written) > 20
    turn = json_report.read_report(file).cases[0].attempts[0].turns[0]
    assert turn.slots_changed == {written: written, "other": "NaN"}


def test_markdown_is_neither_formatted_nor_broken_out_of() -> None:
    mention = made.case("ask @everyone about #12", made.attempt(made.failing_turn()))
    text = markdown.as_markdown(made.suite(*nasty_run().cases, mention))
    assert not CONTROLS.search(text)
    assert "<b>" not in text
    assert "</script>" not in text
    assert ROCKET in text
    outside = re.sub(r"<pre>.*?</pre>", "", text, flags=re.DOTALL)
    assert "@everyone" not in outside
    assert "*y*" not in outside
    cells = [line for line in outside.splitlines() if line.startswith("| <code>")]
    assert cells
    assert {line.count("|") for line in cells} <= {3, 4}
    assert outside.count("<details>") == outside.count("</details>")


def test_html_is_not_broken_out_of() -> None:
    page = Page()
    text = html_report.as_html(nasty_run(), made.NASTY)
    page.feed(text)
    assert not CONTROLS.search(text)
    assert page.tags.count("script") == page.tags.count("style") == 1
    assert "b" in page.tags  # the report's own
    assert sum("\\x1b[31mred" in piece for piece in page.texts) > 20
    assert "<b>&amp;|" not in text
    assert ROCKET in text


def test_a_difference_is_as_safe() -> None:
    nasty = nasty_run()
    passed = made.case(
        made.NASTY, made.attempt(made.turn(made.NASTY, route="nlu")), file=made.NASTY
    )
    difference = compare(made.suite(passed), nasty)
    assert difference.of("newly_failing")
    assert difference.routes
    text, comment = diff_report.as_text(difference), diff_report.as_markdown(difference)
    assert not CONTROLS.search(text + comment)
    assert ROCKET in text
    assert ROCKET in comment
    assert "</script>" not in comment
    json.loads(diff_report.as_json(difference).encode("utf-8"))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("\x1b", "\\x1b"),
        ("\r", "\\r"),
        ("\x85", "\\x85"),
        ("\u202e", "\\u202e"),
        ("\ud83d", "\\ud83d"),
        ("a\tb\nc", "a\tb\nc"),
        ("é 漢 👩\u200d🚀 עברית", "é 漢 👩\u200d🚀 עברית"),
    ],
)
def test_only_what_cannot_be_seen_is_written_out(given: str, shown: str) -> None:
    assert visible(given) == shown


def test_a_line_is_one_line_and_cut() -> None:
    assert one_line("a\nb\tc") == "a\\nb\\tc"
    assert one_line("x" * 20, 10) == "xxxxxx ..."
    assert one_line("x" * 10, 10) == "x" * 10
