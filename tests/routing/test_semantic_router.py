"""The semantic router: what it learns, what it decides, and what it does without a vector."""

import asyncio
import json
import zlib
from dataclasses import replace

import pytest

from router.embedding import EndpointEmbedder, LocalEmbedder
from router.errors import IncompatibleModel, LLMUnavailable
from router.llm import Deadline, FakeLLM
from router.routing.decision import RoutingDecision, Turn
from router.routing.semantic_configuration import read_semantic_router_config
from router.routing.semantic_model import SemanticModel, logit
from router.routing.semantic_router import SemanticRouter
from router.routing.semantic_training import best_threshold, calibrated, fit

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

KNOWN = {
    "block_card": ["block my card", "my card was stolen", "lock the card now", "freeze my card"],
    "greet": ["hello there", "hello you", "good morning", "good morning to you"],
    "transfer_money": ["send money to ann", "transfer money", "pay money to bob", "wire money"],
    "oos": ["who won the match", "is mars red", "tell me about whales", "what do owls eat"],
}
KEYS = {
    "nlu_entry": {"sticky": ["block_card"], "non_sticky": ["greet"]},
    "calm_entry": {"sticky": ["transfer_money"]},
    "out_of_scope": ["oos"],
}


class WordVectors:
    """An encoder that is quick and always says the same: one axis for each word."""

    fingerprint = "words"

    def encode(self, texts):
        rows = np.zeros((len(texts), 256), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode()) % 256] += 1
            row /= max(np.linalg.norm(row), 1e-9)
        return rows


def trained(known=KNOWN, flows=None, encoder=None, **keys):
    config = read_semantic_router_config({**KEYS, **keys})
    encoder = encoder or WordVectors()
    messages = config.messages(known)
    model = fit(
        [name for _, name in messages],
        encoder.encode([text for text, _ in messages]),
        config=config,
        encoder=encoder.fingerprint,
        flows=flows,
    )
    return SemanticRouter(config, model, LocalEmbedder(encoder))


def decided(router, text, **turn):
    return asyncio.run(router.decide(Turn(text, **turn)))


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("please send money", "calm", "in calm_entry.sticky"),
        ("my card is gone, block my card", "nlu", "in nlu_entry.sticky"),
        ("hello hello", "nlu_once", "in nlu_entry.non_sticky"),
        ("", "nlu_once", "no text"),
        ("  ", "nlu_once", "no text"),
    ],
)
def test_a_message_goes_where_the_intent_it_is_like_goes(text, outcome, reason):
    decision = decided(trained(threshold=0.0), text)
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize("unsure", ["nlu", "nlu_once", "calm", "calm_once"])
def test_what_is_like_nothing_known_goes_where_unsure_says(unsure):
    decision = decided(trained(threshold=0.9, unsure=unsure), "zebra crossing")
    assert (decision.outcome, decision.reason) == (unsure, "below the threshold")
    assert decision.details["distance"] < 0


def test_a_decision_explains_itself_and_survives_being_stored():
    router = trained(threshold=0.3)
    decision = decided(router, "send money")
    assert decision.intent == "transfer_money"
    (first, share), (_, second), _ = decision.details["nearest"]
    assert first == "transfer_money"
    assert decision.margin == pytest.approx(share - second, abs=1e-3)
    expected = logit(decision.confidence) - logit(0.3)
    assert decision.details["distance"] == pytest.approx(expected, abs=1e-3)
    stored = json.loads(json.dumps(decision.as_dict()))
    assert RoutingDecision.from_dict(stored).as_dict() == decision.as_dict()
    assert "send" not in json.dumps(stored)


def test_flows_in_no_list_go_to_calm_and_intents_where_unlisted_says():
    known = {**KNOWN, "open_account": ["open a savings account"], "weather": ["sun or rain"]}
    router = trained(known, flows={"open_account": "open_account"}, threshold=0.0)
    decision = decided(router, "open a savings account", flows=("open_account",))
    assert (decision.outcome, decision.reason) == ("calm", "starts a flow")
    assert decided(router, "sun or rain").outcome == "nlu"
    assert decided(router, "sun or rain").reason == "in no list"


def test_a_flow_in_no_list_that_cannot_start_now_is_not_calms():
    known = {**KNOWN, "open_account": ["open a savings account"]}
    router = trained(known, flows={"open_account": "open_account"}, threshold=0.0)
    assert decided(router, "open a savings account", flows=("other",)).outcome == "nlu"


def test_an_intent_goes_where_the_flow_that_it_starts_is_listed():
    known = {**KNOWN, "open_account": ["open a savings account"]}
    calm = {"sticky": ["transfer_money"], "non_sticky": ["opening"]}
    router = trained(known, flows={"open_account": "opening"}, calm_entry=calm, threshold=0.0)
    decision = decided(router, "open a savings account")
    assert (decision.outcome, decision.reason) == ("calm_once", "in calm_entry.non_sticky")


def test_without_examples_names_are_learnt_and_doubt_is_possible():
    router = trained({})
    assert router.model.threshold == 0.5
    assert decided(router, "transfer money").intent == "transfer_money"
    assert decided(router, "zebra crossing").reason == "below the threshold"


@pytest.mark.parametrize("objective", ["accuracy", "catch_out_of_scope"])
def test_clean_examples_of_a_small_bot_leave_room_for_doubt(objective):
    known = {name: texts for name, texts in KNOWN.items() if name != "oos"}
    router = trained(known, out_of_scope=[], objective=objective)
    assert decided(router, "zebra crossing").reason == "below the threshold"
    assert decided(router, "send money to ann").outcome == "calm"


def test_training_is_deterministic():
    first, second = trained().model, trained().model
    assert np.array_equal(first.head.weights, second.head.weights)
    assert (first.slope, first.offset) == (second.slope, second.offset)
    assert first.threshold == second.threshold


def test_a_model_is_stored_without_pickles_and_decides_the_same(tmp_path):
    router = trained()
    router.model.save(tmp_path / "model")
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == [
        "semantic.json",
        "semantic.npz",
    ]
    with np.load(tmp_path / "model" / "semantic.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"weights", "bias", "means", "in_scope"}
    loaded = SemanticRouter(
        router.config, SemanticModel.load(tmp_path / "model"), LocalEmbedder(WordVectors())
    )
    for text in ("send money", "zebra", "hello"):
        before, after = (decided(each, text).as_dict() for each in (router, loaded))
        assert {**before, "latency_ms": 0} == {**after, "latency_ms": 0}


@pytest.mark.parametrize("damage", ["gone", "arrays", "format", "names", "truncated"])
def test_a_damaged_model_is_one_clear_error(tmp_path, damage):
    trained().model.save(tmp_path)
    arrays, rest = tmp_path / "semantic.npz", tmp_path / "semantic.json"
    content = json.loads(rest.read_text())
    if damage == "gone":
        arrays.unlink()
    elif damage == "arrays":
        np.savez(arrays, weights=np.array([{}], dtype=object), bias=np.zeros(1))
    elif damage == "format":
        rest.write_text(json.dumps({**content, "format": 99}))
    elif damage == "names":
        rest.write_text(json.dumps({**content, "names": content["names"][1:]}))
    else:
        arrays.write_bytes(arrays.read_bytes()[:100])
    with pytest.raises(IncompatibleModel, match=r"can't be read: .* Train it again"):
        SemanticModel.load(tmp_path)


def test_another_encoder_than_the_trained_one_is_refused():
    router = trained()
    other = WordVectors()
    other.fingerprint = "other"
    with pytest.raises(IncompatibleModel, match=r"words, and this one is other\. Train it again"):
        SemanticRouter(router.config, router.model, LocalEmbedder(other))
    with pytest.raises(IncompatibleModel, match="vectors of 256 numbers"):
        router.model.predict(np.zeros(3, np.float32))


class Endpoint(FakeLLM):
    """An endpoint whose vectors are those of words."""

    async def embed(self, texts, *, deadline):
        answer = await super().embed(texts, deadline=deadline)
        vectors = WordVectors().encode(texts).tolist()
        return type(answer)(tuple(map(tuple, vectors)))


def remote(client):
    """The router of `trained`, whose vectors an endpoint makes."""
    router, embedder = trained(), EndpointEmbedder(client, "words")
    model = replace(router.model, encoder=embedder.fingerprint)
    return SemanticRouter(router.config, model, embedder)


def test_an_endpoints_vectors_decide_as_the_encoders_own():
    for text in ("send money", "hello", ""):
        assert decided(remote(Endpoint()), text).reason == decided(trained(), text).reason


def test_a_call_for_vectors_is_on_record():
    call = decided(remote(Endpoint()), "send money").details["embedding"]
    assert call["outcome"] == "read" and {"latency_ms", "attempts"} <= set(call)
    assert "embedding" not in decided(trained(), "send money").details


def test_without_an_answer_unsure_decides():
    class Dead(FakeLLM):
        async def embed(self, texts, *, deadline):
            raise LLMUnavailable("gone")

    decision = decided(remote(Dead()), "send money")
    assert (decision.outcome, decision.reason) == ("nlu_once", "on_error: LLMUnavailable")
    assert decision.details["embedding"]["outcome"] == "LLMUnavailable"
    decision = decided(remote(Endpoint()), "send money", deadline=Deadline.after(0))
    assert decision.reason == "on_error: LLMTimeout"


@pytest.mark.parametrize(
    ("confidence", "sure", "unsure", "expected"),
    [
        ([0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1], [1, 1, 0, 0], 0.5),
        ([0.2, 0.4, 0.6, 0.8], [1, 1, 1, 1], [0, 0, 0, 0], 0.2),
        ([0.2, 0.4, 0.6, 0.8], [0, 0, 0, 0], [1, 1, 1, 1], 0.9),
        ([0.5, 0.5, 0.5, 0.9], [0, 1, 0, 1], [1, 0, 1, 0], 0.7),
        ([0.5, 0.9], [1, 1], [1, 1], 0.5),
    ],
)
def test_the_threshold_is_put_where_most_is_right(confidence, sure, unsure, expected):
    found = best_threshold(np.array(confidence), np.array(sure), np.array(unsure), np.ones(1))
    assert found == pytest.approx(expected)


def test_catching_what_is_out_of_scope_needs_no_lower_threshold_than_accuracy():
    plain = trained(objective="accuracy").model.threshold
    assert trained(objective="catch_out_of_scope").model.threshold >= plain


@pytest.mark.parametrize("objective", ["accuracy", "catch_out_of_scope"])
def test_what_is_out_of_scope_is_doubted(objective):
    decision = decided(trained(objective=objective), "about whales and owls")
    assert (decision.outcome, decision.reason) == ("nlu_once", "below the threshold")
    assert decision.intent != "oos"


def test_confidence_is_higher_for_what_is_more_like_the_training_data():
    router = trained()
    confidences = [
        decided(router, text).confidence
        for text in ("block my card", "block my lovely card", "block zebra crossings", "zebra")
    ]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence < 1 for confidence in confidences)


def test_calibrated_confidence_tells_how_often_it_is_right():
    draw = np.random.default_rng(3)
    sureness = draw.normal(5, 4, 4000)
    right = draw.random(4000) < 1 / (1 + np.exp(-(0.7 * sureness - 2)))
    slope, offset = calibrated(sureness, right)
    assert (slope, offset) == (pytest.approx(0.7, rel=0.15), pytest.approx(-2, rel=0.15))


@pytest.mark.parametrize("right", [True, False])
def test_calibration_stays_finite_when_all_are_right_or_none(right):
    slope, offset = calibrated(np.arange(5.0), np.full(5, right))
    assert slope > 0 and np.isfinite(offset)


def test_hidden_intents_stand_for_what_is_out_of_scope():
    known = {name: texts for name, texts in KNOWN.items() if name != "oos"}
    router = trained(known, out_of_scope=[], objective="catch_out_of_scope")
    assert 0 < router.model.threshold < 1
    assert decided(router, "zebra crossing").reason == "below the threshold"


def test_only_what_is_out_of_scope_is_nothing_to_choose_from():
    with pytest.raises(ValueError, match="two intents or flows that aren't out of scope"):
        trained(
            {"oos": ["x"], "greet": ["y"]},
            nlu_entry={"sticky": [], "non_sticky": ["greet"]},
            calm_entry={"sticky": []},
        )


def test_one_intent_is_nothing_to_choose_from():
    with pytest.raises(ValueError, match="at least two"):
        fit(
            ["a", "a"],
            WordVectors().encode(["x", "y"]),
            config=read_semantic_router_config(KEYS),
            encoder="words",
        )
