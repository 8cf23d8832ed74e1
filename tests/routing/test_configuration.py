"""The router's keys: what is accepted, and what is said of the rest."""

import pytest

from router.errors import InvalidConfig, Location
from router.routing.configuration import check_intents, read_intent_router_config

VALID = {
    "nlu_entry": {"sticky": ["block"], "non_sticky": ["greet", "bye"]},
    "calm_entry": {"sticky": ["transfer"]},
}


def located(path):
    """A place that tells which path was asked for."""
    return Location(".".join(map(str, path)) or "router")


def problems(**changes):
    data = {key: value for key, value in {**VALID, **changes}.items() if value != "gone"}
    with pytest.raises(InvalidConfig) as raised:
        read_intent_router_config(data, located)
    return raised.value.problems


def test_three_lists_are_enough_and_the_rest_has_defaults():
    config = read_intent_router_config(VALID)
    assert config.calm_entry.non_sticky == ()
    assert (config.unlisted, config.unsure) == ("nlu", "nlu_once")
    assert (config.min_confidence, config.min_margin) == (0.0, 0.0)
    assert config.auto_release is True
    assert (config.max_idle_minutes, config.max_turns_without_progress) == (None, None)


def test_all_lists_may_be_empty():
    empty = {"nlu_entry": {"sticky": [], "non_sticky": []}, "calm_entry": {"sticky": []}}
    assert all(names == () for _, names in read_intent_router_config(empty).lists())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("min_confidence", 1),
        ("min_margin", 0.25),
        ("max_idle_minutes", 30),
        ("max_turns_without_progress", 3),
        ("auto_release", False),
        ("unlisted", "calm"),
        ("unsure", "calm_once"),
    ],
)
def test_every_other_key_is_read(key, value):
    assert getattr(read_intent_router_config({**VALID, key: value}), key) == value


@pytest.mark.parametrize(
    ("changes", "key", "example"),
    [
        ({"nlu_entry": "gone"}, "nlu_entry", "nlu_entry: {sticky: [], non_sticky: []}"),
        ({"calm_entry": "gone"}, "calm_entry", "calm_entry: {sticky: [], non_sticky: []}"),
        ({"nlu_entry": {"sticky": []}}, "nlu_entry.non_sticky", "non_sticky: []"),
        ({"nlu_entry": {"non_sticky": []}}, "nlu_entry.sticky", "sticky: []"),
        ({"calm_entry": {}}, "calm_entry.sticky", "sticky: []"),
    ],
)
def test_a_missing_list_is_named_and_an_example_given_that_can_be_copied(changes, key, example):
    (problem,) = problems(**changes)
    assert problem.code == "missing-key"
    assert f"'{key}'" in problem.message
    assert example in problem.advice
    assert problem.location == located(key.split(".")[:-1]), "where it should stand"


@pytest.mark.parametrize(
    ("changes", "where", "given", "advice"),
    [
        ({"nlu_entry": None}, "nlu_entry", "None", "map with the keys sticky"),
        ({"calm_entry": ["transfer"]}, "calm_entry", "['transfer']", "map with the keys sticky"),
        ({"calm_entry": {"sticky": "transfer"}}, "calm_entry.sticky", "'transfer'", "list"),
        ({"calm_entry": {"sticky": None}}, "calm_entry.sticky", "None", "list"),
        ({"calm_entry": {"sticky": {"a": 1}}}, "calm_entry.sticky", "{'a': 1}", "list"),
        ({"calm_entry": {"sticky": ["a", 7]}}, "calm_entry.sticky.1", "7", "string"),
        ({"calm_entry": {"sticky": [True]}}, "calm_entry.sticky.0", "True", "string"),
        ({"unlisted": "rasa"}, "unlisted", "'rasa'", "'nlu_once'"),
        ({"unsure": True}, "unsure", "True", "'calm_once'"),
        ({"min_confidence": 1.5}, "min_confidence", "1.5", "less than or equal to 1"),
        ({"min_confidence": "0.5"}, "min_confidence", "'0.5'", "number"),
        ({"min_confidence": True}, "min_confidence", "True", "number"),
        ({"min_margin": -0.1}, "min_margin", "-0.1", "greater than or equal to 0"),
        ({"min_margin": float("nan")}, "min_margin", "nan", "less than or equal to 1"),
        ({"auto_release": "yes"}, "auto_release", "'yes'", "boolean"),
        ({"max_idle_minutes": 0}, "max_idle_minutes", "0", "greater than 0"),
        ({"max_idle_minutes": "5"}, "max_idle_minutes", "'5'", "number"),
        ({"max_turns_without_progress": 0}, "max_turns_without_progress", "0", "greater than 0"),
        ({"max_turns_without_progress": 2.5}, "max_turns_without_progress", "2.5", "integer"),
        ({"max_turns_without_progress": True}, "max_turns_without_progress", "True", "integer"),
    ],
)
def test_a_value_of_the_wrong_type_is_quoted_with_what_to_write(changes, where, given, advice):
    (problem,) = problems(**changes)
    assert problem.code == "invalid-value"
    assert problem.location == Location(where)
    assert f"'{where}' can't be {given}." in problem.message
    assert advice in problem.advice


@pytest.mark.parametrize(
    ("changes", "where", "advice"),
    [
        ({"calm_entri": 1}, "calm_entri", "Did you mean 'calm_entry'?"),
        ({"min_confidance": 1}, "min_confidance", "Did you mean 'min_confidence'?"),
        (
            {"calm_entry": {"sticky": [], "non-sticky": []}},
            "calm_entry.non-sticky",
            "Did you mean 'non_sticky'?",
        ),
        ({"zzz": 1}, "zzz", "Known here: "),
    ],
)
def test_an_unknown_key_is_an_error_with_the_nearest_known_one(changes, where, advice):
    (problem,) = problems(**changes)
    assert (problem.code, problem.location) == ("unknown-key", Location(where))
    assert f"'{where}'" in problem.message
    assert advice in problem.advice


@pytest.mark.parametrize(
    ("changes", "where", "first"),
    [
        ({"calm_entry": {"sticky": ["greet"]}}, "calm_entry.sticky.0", "nlu_entry.non_sticky"),
        ({"calm_entry": {"sticky": ["a", "a"]}}, "calm_entry.sticky.1", "calm_entry.sticky"),
        (
            {"nlu_entry": {"sticky": ["x"], "non_sticky": ["y", "x"]}},
            "nlu_entry.non_sticky.1",
            "nlu_entry.sticky",
        ),
    ],
)
def test_an_intent_listed_twice_is_an_error_that_names_both_lists(changes, where, first):
    (problem,) = problems(**changes)
    assert (problem.code, problem.location) == ("intent-listed-twice", Location(where))
    assert f"is in {first} and again in {where.rsplit('.', 1)[0]}" in problem.message


def test_all_problems_are_told_at_once():
    found = problems(nlu_entry="gone", calm_entry={"sticky": 1}, unsure=0, typo=1)
    assert sorted(problem.code for problem in found) == [
        "invalid-value",
        "invalid-value",
        "missing-key",
        "unknown-key",
    ]


def test_without_a_file_problems_are_placed_in_config_yml():
    with pytest.raises(InvalidConfig, match=r"^config\.yml:1:1: error\[missing-key\]"):
        read_intent_router_config({})


def checked(intents, triggers=()):
    return check_intents(read_intent_router_config(VALID), intents, triggers, located)


def test_lists_that_fit_the_domain_have_no_problem():
    assert checked(["block", "greet", "bye", "transfer"]) == []


@pytest.mark.parametrize(
    ("intents", "where", "advice"),
    [
        (["block", "greet", "bye", "transfers"], "calm_entry.sticky.0", "'transfers'?"),
        (["block", "greet", "transfer"], "nlu_entry.non_sticky.1", "Add it to the domain"),
    ],
)
def test_an_intent_that_the_domain_lacks_is_an_error_in_its_place(intents, where, advice):
    problem = checked(intents)[0]
    assert (problem.code, problem.is_warning) == ("unknown-intent", False)
    assert problem.location == Location(where)
    assert advice in problem.advice


def test_intents_that_nobody_lists_are_warned_of_by_name():
    known = ["block", "greet", "bye", "transfer", "zoo", "ask", "started"]
    (problem,) = checked(known, triggers=["started"])
    assert (problem.code, problem.is_warning) == ("unlisted-intent", True)
    assert "No list names ask, zoo: they go to 'nlu'." in problem.message


def test_the_fingerprint_tells_one_configuration_from_another():
    one = read_intent_router_config(VALID)
    other = read_intent_router_config({**VALID, "unlisted": "calm"})
    assert one.fingerprint == read_intent_router_config(dict(reversed(VALID.items()))).fingerprint
    assert one.fingerprint != other.fingerprint
