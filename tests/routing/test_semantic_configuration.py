"""The semantic router's keys: what is accepted, what is learnt from, and what is said of errors."""

import pytest

from router.errors import InvalidConfig, Location
from router.routing.semantic_configuration import read_semantic_router_config

VALID = {
    "nlu_entry": {"sticky": ["block"], "non_sticky": ["greet"]},
    "calm_entry": {"sticky": ["transfer_money"]},
}


def located(path):
    """A place that tells which path was asked for."""
    return Location(".".join(map(str, path)) or "router")


def problems(**changes):
    data = {key: value for key, value in {**VALID, **changes}.items() if value != "gone"}
    with pytest.raises(InvalidConfig) as raised:
        read_semantic_router_config(data, located)
    return raised.value.problems


def test_the_intent_routers_lists_are_enough():
    config = read_semantic_router_config(VALID)
    assert config.outcomes() == {"block": "nlu", "greet": "nlu_once", "transfer_money": "calm"}
    assert (config.unsure, config.unlisted, config.objective) == ("nlu_once", "nlu", "accuracy")
    assert (config.threshold, config.out_of_scope) == (None, ())
    assert config.encoder.folder is None and config.encoder.embeddings is None
    assert config.auto_release is True


def test_a_listed_name_may_bring_its_examples():
    listed = [{"name": "transfer_money", "examples": ["pay Ann"]}]
    config = read_semantic_router_config({**VALID, "calm_entry": {"sticky": listed}})
    assert ("pay Ann", "transfer_money") in config.messages({})


def test_messages_come_from_the_lists_and_from_training_data_and_else_from_names():
    config = read_semantic_router_config(
        {**VALID, "out_of_scope": [{"name": "oos", "examples": ["who won", "who won"]}]}
    )
    known = {"greet": ["hi", "hello", "hi"], "elsewhere": ["bye"], "open_account": []}
    assert config.messages(known) == [
        ("hi", "greet"),
        ("hello", "greet"),
        ("bye", "elsewhere"),
        ("open account", "open_account"),
        ("block", "block"),
        ("transfer money", "transfer_money"),
        ("who won", "oos"),
    ]


def test_out_of_scope_messages_go_where_doubtful_ones_go():
    config = read_semantic_router_config({**VALID, "out_of_scope": ["oos"], "unsure": "calm_once"})
    assert config.outcomes()["oos"] == "calm_once"
    assert config.places()["oos"] == "out_of_scope"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("objective", "catch_out_of_scope"),
        ("threshold", 0.4),
        ("unlisted", "calm"),
        ("max_idle_minutes", 30),
    ],
)
def test_every_other_key_is_read(key, value):
    config = read_semantic_router_config({**VALID, key: value})
    assert getattr(config, key) == value
    assert config.fingerprint != read_semantic_router_config(VALID).fingerprint


@pytest.mark.parametrize("encoder", [{"folder": "e5"}, {"embeddings": {"model": "x"}}])
def test_another_encoder_may_be_named(encoder):
    read = read_semantic_router_config({**VALID, "encoder": encoder}).encoder
    assert read.model_dump(include=set(encoder)) == encoder


@pytest.mark.parametrize(
    ("changes", "code", "place", "words"),
    [
        ({"nlu_entry": "gone"}, "missing-key", "router", "lacks 'nlu_entry'"),
        ({"calm_entry": {}}, "missing-key", "calm_entry", "lacks 'calm_entry.sticky'"),
        ({"objectiv": 1}, "unknown-key", "objectiv", "Did you mean 'objective'?"),
        ({"encoder": {"foldr": "x"}}, "unknown-key", "encoder.foldr", "Did you mean 'folder'?"),
        (
            {"calm_entry": {"sticky": [{"name": "a", "exmples": []}]}},
            "unknown-key",
            "calm_entry.sticky.0.exmples",
            "Did you mean 'examples'?",
        ),
        ({"objective": "speed"}, "invalid-value", "objective", "catch_out_of_scope"),
        ({"threshold": 1.0}, "invalid-value", "threshold", "less than 1"),
        (
            {"calm_entry": {"sticky": [{"name": "a", "examples": [" "]}]}},
            "invalid-value",
            "calm_entry.sticky.0.examples",
            "An example is empty",
        ),
        (
            {"encoder": {"folder": "a", "embeddings": {"model": "b"}}},
            "invalid-value",
            "encoder",
            "not both",
        ),
        ({"out_of_scope": ["greet"]}, "intent-listed-twice", "out_of_scope.0", "non_sticky"),
    ],
)
def test_an_error_says_what_where_and_what_to_write(changes, code, place, words):
    (problem,) = problems(**changes)
    assert (problem.code, problem.location.file) == (code, place)
    assert words in f"{problem.message} {problem.advice}"


def test_all_problems_are_listed():
    assert len(problems(nlu_entry="gone", threshold="high", unsure="maybe")) == 3
