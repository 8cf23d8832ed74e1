"""An evaluation's figures, and the same figures as text, JSON and HTML."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from router.errors import Location
from router.evaluation.asking import Routed
from router.evaluation.html_report import as_html
from router.evaluation.labelled import LabelledMessage
from router.evaluation.report import Report
from router.evaluation.scoring import MetricsUnavailable, scored
from router.evaluation.text_report import as_text
from router.routing.decision import OUTCOMES, RoutingDecision

pytest.importorskip("sklearn")

EVIL = '<script>alert("1")</script> & {{ 7 * 7 }}'


def routed(
    expected: str,
    outcome: str | None,
    text: str = "hi",
    confidence: float | None = None,
    ms: float = 1.0,
    **details: Any,
) -> Routed:
    message = LabelledMessage(text, expected, "label", "bank", place=Location("m.csv", 7))
    if outcome is None:
        return Routed(message, None, "RuntimeError: broken", 2 * ms)
    route, sticky = OUTCOMES[outcome]
    reason = str(details.pop("reason", "in a list"))
    decision = RoutingDecision(
        route, sticky, reason, "R", "greet", confidence, None, ms, "c0ffee", details
    )
    return Routed(message, decision, None, 2 * ms)


def call(**keys: Any) -> dict[str, Any]:
    return {"outcome": "read", "attempts": 1, **keys}


ANSWERS = [
    routed("calm", "calm", confidence=0.95, stage="semantic"),
    routed("calm", "calm", confidence=0.85, stage="semantic"),
    routed("calm", "nlu", "sure & wrong", confidence=0.99, stage="semantic"),
    routed("nlu", "nlu", confidence=1.0, stage="intents"),
    routed("nlu", None, "failed one"),
    routed(
        "nlu_once",
        "nlu_once",
        confidence=0.05,
        ms=100,
        stage="llm",
        llm=call(attempts=2, prompt_tokens=10, completion_tokens=1, cost=0.25, replayed=True),
    ),
    routed(
        "nlu_once",
        "nlu",
        EVIL,
        reason="on_error: LLMTimeout",
        stage="llm",
        llm={"outcome": "LLMTimeout"},
    ),
    routed("nlu_once", "nlu_once", stage="llm", llm=call(prompt_tokens=5, cost=0.5)),
]


def report(answers: list[Routed] = ANSWERS, **keys: Any) -> Report:
    return scored(answers, **{"file": "m.csv", "router": "HybridRouter", **keys})


def test_accuracy_and_f1_count_every_message() -> None:
    found = report()
    assert found.messages == 8
    assert found.accuracy == pytest.approx(5 / 8)
    # calm 2/3 recall, all precise; nlu 1/2 recall, 1/3 precise; nlu_once 2/3 recall, all precise.
    assert found.macro_f1 == pytest.approx((0.8 + 0.4 + 0.8) / 3)
    rows = {row.route: row for row in found.routes}
    assert list(rows) == ["calm", "nlu", "nlu_once"]
    assert (rows["nlu"].expected, rows["nlu"].given) == (2, 3)
    assert rows["nlu"].precision == pytest.approx(1 / 3)
    assert rows["nlu"].recall == pytest.approx(1 / 2)
    assert rows["nlu"].f1 == pytest.approx(0.4)


def test_the_confusion_matrix_has_a_column_for_no_route() -> None:
    confusion = report().confusion
    assert confusion.labels == ("calm", "nlu", "nlu_once", "none")
    assert confusion.rows == ((2, 1, 0, 0), (0, 1, 0, 1), (0, 1, 2, 0))


def test_a_route_that_nobody_expects_or_gives_makes_no_warning() -> None:
    found = report([routed("calm", "nlu"), routed("calm", "nlu")])
    assert (found.accuracy, found.macro_f1) == (0, 0)
    assert [row.route for row in found.routes] == ["calm", "nlu"]


def test_failures_are_counted_by_reason() -> None:
    assert report().failures == {"RuntimeError: broken": 1, "on_error: LLMTimeout": 1}


def test_calibration_compares_confidence_with_what_is_right() -> None:
    calibration = report().calibration
    assert calibration is not None
    assert calibration.messages == 5
    bins = [(each.low, each.messages, each.accuracy) for each in calibration.bins]
    assert bins == [(0.0, 1, 1.0), (0.8, 1, 1.0), (0.9, 3, pytest.approx(2 / 3))]
    mean = (0.95 + 0.99 + 1.0) / 3
    assert calibration.ece == pytest.approx((0.95 + 0.15 + 3 * (mean - 2 / 3)) / 5)
    errors = (0.05**2, 0.15**2, 0.99**2, 0.0, 0.95**2)
    assert calibration.brier == pytest.approx(sum(errors) / 5)


def test_without_confidence_there_is_no_calibration() -> None:
    assert report([routed("calm", "calm")]).calibration is None


def test_calls_tokens_and_dollars_are_added_up() -> None:
    cost = report().cost
    assert cost is not None
    assert (cost.asked, cost.share, cost.calls) == (3, 3 / 8, 4)
    assert (cost.prompt_tokens, cost.completion_tokens, cost.replayed) == (15, 1, 1)
    assert (cost.usd, cost.unpriced) == (0.75, 1)
    assert cost.outcomes == {"read": 2, "LLMTimeout": 1}
    assert report([routed("calm", "calm")]).cost is None


def test_latency_tells_the_router_from_the_pipeline() -> None:
    latency = report([routed("nlu", "nlu", ms=each) for each in range(1, 102)]).latency
    assert latency.decision is not None
    assert (latency.decision.p50, latency.decision.p95, latency.decision.p99) == (51, 96, 100)
    assert latency.message.p50 == 102
    assert report([routed("nlu", None)]).latency.decision is None


def test_stages_and_domains_are_told_apart() -> None:
    stages = {each.name: (each.messages, each.accuracy) for each in report().stages}
    assert stages == {
        "semantic": (3, pytest.approx(2 / 3)),
        "llm": (3, pytest.approx(2 / 3)),
        "intents": (1, 1.0),
    }
    assert [(each.name, each.messages) for each in report().domains] == [("bank", 8)]


def test_the_most_confident_mistakes_come_first() -> None:
    found = report(worst=2)
    assert found.mistaken == 3
    assert [each.text for each in found.mistakes] == ["sure & wrong", "failed one"]
    first, second = found.mistakes
    assert (first.expected, first.given, first.label, first.place) == (
        *("calm", "nlu", "label"),
        "m.csv:7",
    )
    assert (second.given, second.reason) == (None, "RuntimeError: broken")


def test_json_holds_the_report_and_is_read_back() -> None:
    found = report(part="test", notes=["a note"])
    text = found.model_dump_json(indent=2)
    data = json.loads(text)
    assert (data["format"], data["router"], data["config"]) == (1, "HybridRouter", "c0ffee")
    assert Report.model_validate_json(text) == found


def test_every_key_of_the_json_is_documented() -> None:
    parts: list[Any] = [Report]
    for part in parts:
        for name, field in part.model_fields.items():
            inner = re.findall(r"report\.(\w+)", str(field.annotation))
            parts += [getattr(sys.modules[Report.__module__], each) for each in inner]
            documented = re.search(rf"\b{name}\b", part.__doc__ or "")
            assert documented or part.__name__ in ("Group", "Percentiles"), (part, name)
    assert len({part.__name__ for part in parts}) == 10


def test_text_shows_all_that_was_found() -> None:
    text = as_text(report(part="test", notes=["some were trained on"], worst=2, concurrency=4))
    for line in (
        "HybridRouter on m.csv, part test: 8 messages",
        "accuracy 0.6250   macro-F1 0.6667",
        "nlu_once             0    1         2     0",
        "failed: 2 (25.0 %)",
        "      1  on_error: LLMTimeout",
        "LLM: asked about 3 of 8 messages (37.5 %), 4 calls, 1 from a recording, "
        "15 + 1 tokens, $0.7500 (1 without a price); answers: 2 read, 1 LLMTimeout",
        "With 4 messages at once, which wait for one another; --concurrency 1 times each alone.",
        "mistakes: 3, the 2 most confident",
        '  0.99 nlu instead of calm (label): "sure & wrong" [greet, in a list; m.csv:7]',
        "Note: some were trained on",
    ):
        assert line in text.splitlines(), line


def test_text_of_little_says_what_there_is_not() -> None:
    text = as_text(report([routed("calm", "calm")]))
    for line in ("confidence: the router gives none", "LLM: not asked"):
        assert line in text.splitlines()
    assert "mistakes" not in text
    assert "failed" not in text


class Tags(HTMLParser):
    """Checks that tags are closed in order; keeps what they name."""

    VOID = frozenset({"meta", "br", "line", "rect", "!doctype"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize("answers", [ANSWERS, [routed("calm", "calm")], [routed("nlu", None)]])
def test_html_is_one_whole_page_that_needs_nothing_else(answers: list[Routed]) -> None:
    page = as_html(report(answers, notes=["a note"]))
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert not tags.seen & {"script", "link", "img", "iframe"}
    assert not {name for name, _ in tags.attributes} & {"src", "href"}
    assert "http" not in page
    assert "prefers-color-scheme: dark" in page


def test_texts_in_html_are_escaped() -> None:
    page = as_html(report(file=EVIL, notes=[EVIL]))
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 4  # title, heading, note, mistake
    assert "{{ 7 * 7 }}" in page
    assert "49" not in page


def test_without_scikit_learn_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.metrics", None)
    with pytest.raises(MetricsUnavailable, match="pip install scikit-learn"):
        report()
