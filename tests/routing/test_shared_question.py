"""One prompt for both: which system answers, and what it is to do."""

import pytest

from router.llm import FakeLLM
from router.routing.decision import Turn
from router.routing.llm_configuration import read_llm_router_config
from router.routing.llm_router import LLMRouter
from router.routing.shared_question import SharedQuestion

CALL = {"model": "m", "latency_ms": 12.0, "outcome": "unreadable"}
TOPICS = [
    {"name": "money", "description": "sending money", "route": "calm"},
    {"name": "hours", "description": "opening hours", "route": "nlu"},
]


def question(**keys):
    config = read_llm_router_config({"calm_entry": {"sticky": "handles transfers"}, **keys})
    return SharedQuestion(LLMRouter(config, FakeLLM("C")), Turn("my secret is 4711"))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("route: A\nstart flow pay", "calm"),
        ("Route B", "nlu_once"),
        ("**route:** `C`", "nlu"),
        ('- route = "A"\nset slot amount 5', "calm"),
        ("start flow pay\nroute: C", "nlu"),
    ],
)
def test_the_line_with_the_route_decides(answer, outcome):
    decision = question().decided(answer, CALL)
    assert decision.outcome == outcome
    assert decision.details["llm"] == {**CALL, "outcome": "read", "shared": True}
    assert decision.latency_ms == 12.0


@pytest.mark.parametrize("answer", ["", "A", "start flow pay", "route: maybe", "router A"])
def test_an_answer_without_a_route_is_not_guessed(answer):
    decision = question().decided(answer, CALL)
    assert (decision.outcome, decision.reason) == ("nlu_once", "on_error: unreadable answer")


def test_without_an_answer_on_error_decides():
    decision = question(on_error="calm").decided(None, {"outcome": "LLMTimeout"})
    assert (decision.outcome, decision.reason) == ("calm", "on_error: LLMTimeout")


@pytest.mark.parametrize(("answer", "outcome"), [("route: Hours", "nlu"), ("route: money", "calm")])
def test_a_topic_may_be_asked_for_instead_of_a_letter(answer, outcome):
    asked = question(topics=TOPICS)
    assert "money: sending money" in asked.preface and "B:" not in asked.preface
    assert asked.decided(answer, CALL).outcome == outcome


def test_the_preface_describes_the_parts_and_holds_nothing_of_the_user():
    preface = question().preface
    assert "A: handles transfers" in preface and "route: " in preface
    assert "4711" not in preface


async def test_it_may_be_asked_alone():
    assert (await question().ask_alone()).outcome == "nlu"
