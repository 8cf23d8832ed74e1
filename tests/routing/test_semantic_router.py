"""The semantic router: what it learns, what it decides, and what it does without a vector."""

import json
import zlib

import pytest

from router.errors import IncompatibleModel, LLMUnavailable
from router.llm import Deadline, FakeLLM
from router.routing.decision import RoutingDecision, Turn
from router.routing.semantic_configuration import read_semantic_router_config
from router.routing.semantic_model import SemanticModel, logit
from router.routing.semantic_router import SemanticRouter
from router.routing.semantic_training import best_threshold, fit

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


def trained(known=KNOWN, flows=(), encoder=None, **keys):
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
    return SemanticRouter(config, model, encoder)


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        ("please send money", "calm", "in calm_entry.sticky"),
        ("my card is gone, block my card", "nlu", "in nlu_entry.sticky"),
        ("hello hello", "nlu_once", "in nlu_entry.non_sticky"),
        ("about whales and owls", "nlu_once", "in out_of_scope"),
        ("", "nlu_once", "no text"),
        ("  ", "nlu_once", "no text"),
    ],
)
def test_a_message_goes_where_the_intent_it_is_like_goes(text, outcome, reason):
    decision = trained(threshold=0.0).decide(Turn(text))
    assert (decision.outcome, decision.reason) == (outcome, reason)


@pytest.mark.parametrize("unsure", ["nlu", "nlu_once", "calm", "calm_once"])
def test_what_is_like_nothing_known_goes_where_unsure_says(unsure):
    decision = trained(threshold=0.9, unsure=unsure).decide(Turn("zebra crossing"))
    assert (decision.outcome, decision.reason) == (unsure, "below the threshold")
    assert decision.details["distance"] < 0


def test_a_decision_explains_itself_and_survives_being_stored():
    router = trained(threshold=0.3)
    decision = router.decide(Turn("send money"))
    assert decision.intent == "transfer_money"
    (first, share), (_, second), _ = decision.details["nearest"]
    assert (first, share) == ("transfer_money", pytest.approx(decision.confidence, abs=1e-4))
    assert decision.margin == pytest.approx(share - second, abs=1e-3)
    expected = logit(decision.confidence) - logit(0.3)
    assert decision.details["distance"] == pytest.approx(expected, abs=1e-3)
    stored = json.loads(json.dumps(decision.as_dict()))
    assert RoutingDecision.from_dict(stored).as_dict() == decision.as_dict()
    assert "send" not in json.dumps(stored)


def test_flows_in_no_list_go_to_calm_and_intents_where_unlisted_says():
    known = {**KNOWN, "open_account": ["open a savings account"], "weather": ["sun or rain"]}
    router = trained(known, flows=["open_account"], threshold=0.0)
    assert router.decide(Turn("open a savings account")).outcome == "calm"
    assert router.decide(Turn("sun or rain")).outcome == "nlu"
    assert router.decide(Turn("sun or rain")).reason == "in no list"


def test_without_examples_names_are_learnt():
    router = trained({})
    assert router.model.threshold == 0
    assert router.decide(Turn("transfer some money")).intent == "transfer_money"


def test_training_is_deterministic():
    first, second = trained().model, trained().model
    assert np.array_equal(first.weights, second.weights)
    assert first.threshold == second.threshold


def test_a_model_is_stored_without_pickles_and_decides_the_same(tmp_path):
    router = trained()
    router.model.save(tmp_path / "model")
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == [
        "semantic.json",
        "semantic.npz",
    ]
    with np.load(tmp_path / "model" / "semantic.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"weights", "bias"}
    loaded = SemanticRouter(router.config, SemanticModel.load(tmp_path / "model"), WordVectors())
    for text in ("send money", "zebra", "hello"):
        before, after = (each.decide(Turn(text)).as_dict() for each in (router, loaded))
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
        SemanticRouter(router.config, router.model, other)
    with pytest.raises(IncompatibleModel, match="vectors of 256 numbers"):
        router.model.predict(np.zeros(3, np.float32))


class Endpoint(FakeLLM):
    """An endpoint whose vectors are those of words."""

    async def embed(self, texts, *, deadline):
        answer = await super().embed(texts, deadline=deadline)
        vectors = WordVectors().encode(texts).tolist()
        return type(answer)(tuple(map(tuple, vectors)))


async def test_an_endpoints_vectors_decide_as_the_encoders_own():
    router = trained()
    remote = SemanticRouter(router.config, router.model)
    for text in ("send money", "hello", ""):
        decision = await remote.decide_remotely(Turn(text), Endpoint())
        assert decision.reason == router.decide(Turn(text)).reason


async def test_without_an_answer_unsure_decides():
    class Dead(FakeLLM):
        async def embed(self, texts, *, deadline):
            raise LLMUnavailable("gone")

    remote = SemanticRouter(trained().config, trained().model)
    decision = await remote.decide_remotely(Turn("send money"), Dead())
    assert (decision.outcome, decision.reason) == ("nlu_once", "on_error: LLMUnavailable")
    decision = await remote.decide_remotely(Turn("send money"), Endpoint(), Deadline.after(0))
    assert decision.reason == "on_error: LLMTimeout"


def test_without_an_encoder_it_says_so():
    router = trained()
    with pytest.raises(IncompatibleModel, match="no encoder"):
        SemanticRouter(router.config, router.model).decide(Turn("hi"))


@pytest.mark.parametrize(
    ("confidence", "sure", "unsure", "expected"),
    [
        ([0.2, 0.4, 0.6, 0.8], [0, 0, 1, 1], [1, 1, 0, 0], 0.5),
        ([0.2, 0.4, 0.6, 0.8], [1, 1, 1, 1], [0, 0, 0, 0], 0.0),
        ([0.2, 0.4, 0.6, 0.8], [0, 0, 0, 0], [1, 1, 1, 1], 0.9),
        ([0.5, 0.5, 0.5, 0.9], [0, 1, 0, 1], [1, 0, 1, 0], 0.7),
        ([0.5, 0.9], [1, 1], [1, 1], 0.0),
    ],
)
def test_the_threshold_is_put_where_most_is_right(confidence, sure, unsure, expected):
    found = best_threshold(np.array(confidence), np.array(sure), np.array(unsure), np.ones(1))
    assert found == pytest.approx(expected)


def test_catching_what_is_out_of_scope_needs_no_lower_threshold_than_accuracy():
    plain = trained(objective="accuracy").model.threshold
    assert trained(objective="catch_out_of_scope").model.threshold >= plain


def test_hidden_intents_stand_for_what_is_out_of_scope():
    known = {name: texts for name, texts in KNOWN.items() if name != "oos"}
    router = trained(known, out_of_scope=[], objective="catch_out_of_scope")
    assert 0 < router.model.threshold < 1
    assert router.decide(Turn("zebra crossing")).reason == "below the threshold"


def test_one_intent_is_nothing_to_choose_from():
    with pytest.raises(ValueError, match="at least two"):
        fit(
            ["a", "a"],
            WordVectors().encode(["x", "y"]),
            config=read_semantic_router_config(KEYS),
            encoder="words",
        )
