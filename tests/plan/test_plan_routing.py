"""What routers make of a plan."""

import pytest

from router.errors import InvalidPlan
from router.plan import Area, MigrationPlan, OneTurn
from router.plan.routing import router_keys, with_plan
from router.routing.configuration import read_intent_router_config
from router.routing.hybrid_configuration import read_hybrid_router_config
from router.routing.llm_configuration import read_llm_router_config
from router.routing.semantic_configuration import read_semantic_router_config

PLAN = MigrationPlan(
    areas={
        "cards": Area(description="handles cards", intents=("block_card",)),
        "payments": Area(
            description="handles transfers",
            stage="calm",
            intents=("pay",),
            flows=("pay", "pay_back"),
            examples=("send 50 euros",),
        ),
        "loans": Area(description="handles loans", stage="canary", intents=("loan",)),
    },
    one_turn=OneTurn(description="handles greetings", intents=("greet", "bye")),
)


def test_an_intent_router_lists_the_areas_intents_by_stage():
    config = read_intent_router_config(router_keys(PLAN, "IntentBasedRouter"))
    assert config.nlu_entry.sticky == ("block_card", "loan")
    assert config.nlu_entry.non_sticky == ("greet", "bye")
    assert config.calm_entry.sticky == ("pay",)


def test_moving_an_area_moves_its_intents():
    areas = {**PLAN.areas, "cards": PLAN.areas["cards"].model_copy(update={"stage": "done"})}
    moved = router_keys(PLAN.model_copy(update={"areas": areas}), "IntentBasedRouter")
    assert moved["calm_entry"]["sticky"] == ["block_card", "pay"]
    assert moved["nlu_entry"]["sticky"] == ["loan"]


def test_a_router_by_meaning_has_flows_and_examples_too():
    config = read_semantic_router_config(router_keys(PLAN, "SemanticRouter"))
    items = config.calm_entry.sticky
    assert [item.name for item in items] == ["pay", "pay_back"]
    assert items[0].examples == ("send 50 euros",)


def test_a_language_model_is_told_the_descriptions():
    config = read_llm_router_config(router_keys(PLAN, "LLMBasedRouter"))
    assert config.calm_entry.sticky == "handles transfers"
    assert config.nlu_entry.sticky == "handles cards; handles loans"
    assert config.nlu_entry.non_sticky == "handles greetings"


def test_a_plan_in_which_nothing_is_calms_yet_can_be_routed_by_a_model():
    config = read_llm_router_config(router_keys(MigrationPlan(), "LLMBasedRouter"))
    assert config.calm_entry.sticky == "handles nothing yet"
    assert config.nlu_entry.sticky == "handles everything else"


def test_a_hybrid_router_has_lists_and_descriptions():
    config = read_hybrid_router_config(router_keys(PLAN, "HybridRouter"))
    assert config.descriptions.calm == "handles transfers"
    assert [item.name for item in config.nlu_entry.sticky] == ["block_card", "loan"]


@pytest.fixture
def folder(tmp_path):
    text = "areas:\n  a: {stage: calm, intents: [pay, ask]}\n  b: {intents: [block, greet]}\n"
    (tmp_path / "migration.yml").write_text(text, "utf-8")
    return tmp_path


def test_keys_of_the_entry_win_and_their_names_are_not_listed_anew(folder):
    entry = {
        "name": "router.IntentBasedRouter",
        "plan": "migration.yml",
        "min_confidence": 0.5,
        "nlu_entry": {"non_sticky": ["greet", "ask"]},
    }
    keys = dict(with_plan(entry, folder))
    assert keys.pop("name") == "router.IntentBasedRouter"
    config = read_intent_router_config(keys)
    assert config.nlu_entry.non_sticky == ("greet", "ask")
    assert config.nlu_entry.sticky == ("block",)
    assert config.calm_entry.sticky == ("pay",)
    assert config.min_confidence == 0.5


def test_an_entry_without_a_plan_stays_as_it_is(folder):
    entry = {"name": "IntentBasedRouter", "nlu_entry": {}}
    assert with_plan(entry, folder) is entry


def test_a_plan_that_is_not_there_is_an_error(folder):
    with pytest.raises(InvalidPlan, match=r"plans\.yml"):
        with_plan({"name": "IntentBasedRouter", "plan": "plans.yml"}, folder)
