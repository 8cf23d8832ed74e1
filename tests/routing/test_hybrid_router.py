"""The cascade: what is cheap decides, the model where that is in doubt, and never more."""

import asyncio
from dataclasses import replace

import pytest
from test_semantic_router import KEYS, KNOWN, trained

from router.errors import InvalidConfig, LLMUnavailable
from router.llm import FakeLLM
from router.routing.decision import RoutingDecision, Turn
from router.routing.hybrid_configuration import read_hybrid_router_config
from router.routing.hybrid_router import HybridRouter
from router.routing.llm_router import LLMRouter

pytest.importorskip("scipy")

INTENTS = {name: value for name, value in KEYS.items() if name != "out_of_scope"}
SURE = {"ranking": (("transfer_money", 0.9), ("greet", 0.05)), "confidence": 0.9}


def cascade(*replies, **keys):
    config = read_hybrid_router_config({**KEYS, **keys})
    client = FakeLLM(*replies)
    semantic = replace(trained(), config=config.semantic_config) if config.semantic else None
    return HybridRouter(config, LLMRouter(config.llm_config, client), semantic), client


def decided(router, text="zebra", **turn):
    return asyncio.run(router.decide(Turn(text, **turn)))


def test_a_sure_classifier_decides_by_the_lists_and_nothing_is_asked():
    router, client = cascade("B")
    decision = decided(router, intent="transfer_money", **SURE)
    assert (decision.outcome, decision.reason) == ("calm", "in calm_entry.sticky")
    assert (decision.router, decision.details["stage"]) == ("HybridRouter", "intents")
    assert client.prompts == []


def test_an_intent_goes_where_the_flow_that_it_starts_is_listed():
    calm = {"sticky": ["transfer_money"], "non_sticky": ["opening"]}
    router, _ = cascade("B", calm_entry=calm)
    sure = {"confidence": 0.9, "ranking": (("open_account", 0.9),)}
    decision = decided(router, intent="open_account", triggered_flow="opening", **sure)
    assert decision.outcome == "calm_once"


@pytest.mark.parametrize(
    "turn",
    [
        {"intent": "transfer_money", "confidence": 0.5, "ranking": (("transfer_money", 0.5),)},
        {
            "intent": "transfer_money",
            "confidence": 0.75,
            "ranking": (("transfer_money", 0.75), ("greet", 0.7)),
        },
        {"intent": "nlu_fallback", "confidence": 0.9, "ranking": (("nlu_fallback", 0.9),)},
        {"intent": None},
    ],
    ids=["confidence", "margin", "fallback", "no intent"],
)
def test_an_unsure_classifier_leaves_it_to_the_model(turn):
    router, client = cascade("A")
    decision = decided(router, **turn)
    assert (decision.outcome, decision.details["stage"]) == ("calm", "llm")
    assert decision.details["cheap"]["outcome"] in ("nlu", "nlu_once")
    assert len(client.prompts) == 1


def test_the_model_is_asked_about_what_is_nearest_the_threshold():
    texts = ("zebra", "send money", "money zebra", "block the zebra")
    router, _ = cascade("C", semantic={}, llm_band=0)
    distances = {text: abs(decided(router, text).details["distance"]) for text in texts}
    nearest, second = sorted(distances.values())[:2]
    router, client = cascade("C", semantic={}, llm_band=(nearest + second) / 2)
    stages = {text: decided(router, text).details["stage"] for text in texts}
    assert stages == {
        text: "llm" if distance == nearest else "semantic" for text, distance in distances.items()
    }
    assert len(client.prompts) == 1


def test_both_stages_may_come_before_the_model():
    router, client = cascade("C", semantic={}, first="both", llm_band=0.01)
    assert decided(router, intent="greet", **SURE).details["stage"] == "intents"
    assert decided(router, "send money", intent="greet", confidence=0.1).outcome == "calm"
    assert client.prompts == []


@pytest.mark.parametrize("keys", [{"llm_band": 0}, {"llm_band": 0, "semantic": {}}])
def test_a_band_of_nothing_never_asks(keys):
    router, client = cascade("A", **keys)
    assert decided(router, "money zebra").details["stage"] != "llm"
    assert client.prompts == []


def test_an_empty_message_is_nothing_to_ask_about():
    router, client = cascade("A")
    assert decided(router, " ").details["stage"] == "intents"
    assert client.prompts == []


@pytest.mark.parametrize("reply", [LLMUnavailable("gone"), "no idea"], ids=str)
def test_without_an_answer_the_cheap_stage_decides_or_on_error(reply):
    router, _ = cascade(reply, unsure="calm")
    decision = decided(router, intent="greet", confidence=0.1)
    assert (decision.outcome, decision.reason[:9]) == ("calm", "on_error:")
    router, _ = cascade(reply, unsure="calm", on_error="nlu")
    assert decided(router, intent="greet", confidence=0.1).outcome == "nlu"


def test_a_decision_survives_being_stored():
    router, _ = cascade("A")
    stored = decided(router, intent="greet", confidence=0.1).as_dict()
    assert RoutingDecision.from_dict(stored).as_dict() == stored


def test_both_answers_may_be_compared():
    router, _ = cascade("A", semantic={})
    cheap, model = asyncio.run(router.compare(Turn("hello there")))
    assert (cheap.outcome, model.outcome) == ("nlu_once", "calm")


def test_the_model_is_told_what_the_lists_name_unless_there_are_words_for_it():
    router, client = cascade("A")
    decided(router)
    prompt = str(client.prompts[0])
    assert "handles transfer money" in prompt and "handles block card" in prompt
    router, client = cascade("A", descriptions={"calm": "handles all about money"})
    decided(router)
    assert "handles all about money" in str(client.prompts[0])


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"first": "semantic"}, "Write `semantic: {}` too"),
        ({"semantic": {"objektive": "accuracy"}}, "no key 'semantic.objektive'"),
        ({"llm_band": -1}, "'llm_band' can't be -1"),
        ({"topics": [{"name": "x"}]}, "lacks 'topics.0.description'"),
        ({"nlu_entry": {"sticky": ["greet"], "non_sticky": ["greet"]}}, "'greet' is in nlu_entry"),
        ({"bands": 1}, "Did you mean"),
    ],
    ids=str,
)
def test_wrong_keys_are_named(keys, message):
    with pytest.raises(InvalidConfig, match=message):
        read_hybrid_router_config({**KEYS, **keys})


def test_known_intents_are_what_the_tests_train_on():
    listed = read_hybrid_router_config(KEYS).outcomes()
    assert set(listed) == set(KNOWN)
