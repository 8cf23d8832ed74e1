"""What routers answered, kept as JSON lines: enough to tune on, whoever wrote them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from router.errors import InvalidFile
from router.evaluation.answers import Recorded, read_answers, recorded, write_answers
from router.evaluation.asking import Routed
from router.evaluation.cascade import known_of, nearest_to_doubt, tuned_on, with_answers
from router.evaluation.labelled import LabelledMessage
from router.evaluation.tuning import Answer
from router.routing.decision import OUTCOMES, RoutingDecision

CALL = {"outcome": "read", "model": "small"}


def routed(text: str, outcome: str, **details: object) -> Routed:
    route, sticky = OUTCOMES[outcome]
    decision = RoutingDecision(route, sticky, "why", "R", confidence=0.5, details=details)
    return Routed(LabelledMessage(text, "calm"), decision)


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        # A semantic router, an intent router and one that only asks a model.
        (routed("x", "calm", distance=-0.2), Recorded("calm", -0.2, None)),
        (routed("x", "nlu"), Recorded("nlu", None, None)),
        (routed("x", "nlu", llm=CALL), Recorded(None, None, "nlu")),
        # A cascade: sure, asked about a distance, without a vector, by intents.
        (routed("x", "nlu", stage="semantic", distance=3.1), Recorded("nlu", 3.1, None)),
        (
            routed("x", "calm", stage="llm", distance=0.1, cheap={"outcome": "nlu"}, llm=CALL),
            Recorded("nlu", 0.1, "calm"),
        ),
        (
            routed("x", "calm", stage="llm", cheap={"outcome": "nlu_once"}, llm=CALL),
            Recorded("nlu_once", 0.0, "calm"),
        ),
        (routed("x", "calm", stage="intents", stage_is_sure=True), Recorded("calm", None, None)),
        (routed("x", "calm", stage="intents", stage_is_sure=False), Recorded("calm", 0.0, None)),
        (Routed(LabelledMessage("x", "nlu"), None, "broken"), Recorded()),
    ],
)
def test_a_decision_tells_what_each_stage_said(
    answer: Routed, known: Recorded, tmp_path: Path
) -> None:
    assert recorded(answer) == known
    file = tmp_path / "a.jsonl"
    write_answers(file, [answer])
    assert read_answers(file) == {"x": known}


def test_a_line_holds_the_whole_decision(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    write_answers(file, [routed("grüß\nGott", "nlu", llm=CALL)])
    [line] = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "text": "grüß\nGott",
        "expected": "calm",
        "outcome": "nlu",
        "confidence": 0.5,
        "reason": "why",
        "stage": None,
        "cheap": None,
        "distance": None,
        "llm": "nlu",
        "call": CALL,
        "error": None,
    }


def test_two_lines_about_a_text_count_together(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(
        '{"text": "x", "cheap": "nlu", "distance": 1}\n\n{"text": "x", "llm": "calm"}\n',
        encoding="utf-8",
    )
    assert read_answers(file) == {"x": Recorded("nlu", 1, "calm")}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{oops", "isn't JSON"),
        ("[]", "no text"),
        ('{"llm": "calm"}', "no text"),
        ('{"text": "x", "llm": "A"}', "'llm' can't be 'A'"),
        ('{"text": "x", "cheap": 1}', "'cheap' can't be 1"),
        ('{"text": "x", "distance": "far"}', "'distance' can't be 'far'"),
        ('{"text": "x", "distance": NaN}', "'distance' can't be nan"),
    ],
)
def test_a_broken_line_is_an_error_that_names_it(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(f'{{"text": "fine"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(InvalidFile, match=said) as caught:
        read_answers(file)
    assert "a.jsonl:2:1" in str(caught.value)


def test_answers_that_arent_a_text_file_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="can't be read"):
        read_answers(tmp_path / "none.jsonl")
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidFile, match="UTF-8"):
        read_answers(tmp_path / "a.jsonl")


def test_messages_nearest_to_doubt_are_asked_about_and_tuned_on() -> None:
    messages = [LabelledMessage(text, "calm") for text in "abcd"]
    messages[0] = LabelledMessage("a", "nlu", llm="nlu_once")
    known = known_of(messages, {"b": Recorded("calm", 2.0), "z": Recorded("nlu")})
    assert known == {
        "a": Recorded(llm="nlu_once"),
        "b": Recorded("calm", 2.0),
        "c": Recorded(),
        "d": Recorded(),
    }
    known = with_answers(
        known,
        [
            routed("a", "nlu", distance=-1.0),
            routed("c", "nlu", stage="intents", stage_is_sure=True),
        ],
    )
    assert [each.text for each in nearest_to_doubt(messages, known, 0.25)] == ["a"]
    assert [each.text for each in nearest_to_doubt(messages, known, 1.0)] == ["a", "b"]
    assert nearest_to_doubt(messages, known, 0.0) == []
    assert tuned_on(messages, known) == [
        Answer("nlu", "nlu", 1.0, "nlu_once"),
        Answer("calm", "calm", 2.0, None),
        Answer("calm", "nlu", math.inf, None),
    ]
