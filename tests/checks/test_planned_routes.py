"""A bot whose router reads a plan: what an area that waits brings isn't a problem yet."""

import pytest

CONFIG = """\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: WhitespaceTokenizer
  - name: IntentBasedRouter
    plan: migration.yml
  - name: NLUCommandAdapter
policies:
  - name: FlowPolicy
"""
DOMAIN = """\
intents: [greet, pay]
slots:
  amount: {type: float}
forms:
  pay_form:
    required_slots: [amount]
responses:
  utter_ask_amount: [{text: How much?}]
actions: [action_pay]
"""
FLOW = """\
flows:
  pay:
    description: Pays.
    nlu_trigger: [{intent: pay}]
    steps: [{collect: amount}]
"""
PLAN = """\
areas:
  payments: {stage: %s, intents: [pay], flows: [pay]}
one_turn: {intents: [greet]}
"""
ABOUT_FLOWS = ("intent-starts-nothing", "unshared-slot")


@pytest.fixture
def planned(bot):
    bot.write(config=CONFIG, domain=DOMAIN, flows__pay=FLOW, migration=PLAN % "nlu")
    return bot


def told(bot, *codes):
    return [each for each in bot.problems() if each.code in (codes or ABOUT_FLOWS)]


@pytest.mark.parametrize("stage", ["nlu", "shadow", "canary"])
def test_flows_of_an_area_that_has_not_moved_are_expected_to_wait(planned, stage):
    planned.write(migration=PLAN % stage)
    assert told(planned) == []


def test_flows_that_the_plan_has_not_listed_yet_wait_with_their_intent(planned):
    planned.write(migration=(PLAN % "nlu").replace(", flows: [pay]", ""))
    assert told(planned) == []


@pytest.mark.parametrize("stage", ["calm", "done"])
def test_once_it_has_moved_slots_of_both_systems_are_told(planned, stage):
    planned.write(migration=PLAN % stage)
    assert [each.code for each in told(planned)] == ["unshared-slot"]


def test_what_a_flow_that_has_moved_calls_is_active_whatever_its_own_area(planned):
    calling = FLOW.replace("[{collect: amount}]", "[{call: look}]")
    called = "  look:\n    description: Looks.\n    steps: [{collect: amount}]\n"
    areas = "  other: {flows: [look]}\n  payments: {stage: calm, intents: [pay], flows: [pay]}\n"
    planned.write(flows__pay=calling + called, migration=f"areas:\n{areas}")
    assert [each.code for each in told(planned)] == ["unshared-slot"]
    planned.write(migration=f"areas:\n{areas}".replace("stage: calm, ", ""))
    assert told(planned) == []


def test_an_intent_of_another_part_is_told_at_the_router_with_what_to_write_in_the_plan(planned):
    planned.write(
        migration="areas:\n  payments: {stage: calm, flows: [pay]}\none_turn: {intents: [pay]}\n"
    )
    [problem] = told(planned, "intent-starts-nothing")
    assert str(problem.location) == "config.yml:5:5"
    assert problem.advice == (
        "Write it under `intents` of the area payments in migration.yml, "
        "or remove the flow's nlu_trigger."
    )


def test_an_intent_whose_flow_is_in_no_area_is_told_to_be_planned(planned):
    planned.write(migration="one_turn: {intents: [pay, greet]}\n")
    [problem] = told(planned, "intent-starts-nothing")
    assert problem.advice.startswith("In migration.yml, write both into one area")


def test_an_own_list_against_the_plan_is_told_where_it_stands(planned):
    own = CONFIG.replace("migration.yml", "migration.yml\n    nlu_entry: {sticky: [pay]}")
    planned.write(config=own, migration=PLAN % "calm")
    [problem] = told(planned, "intent-starts-nothing")
    assert str(problem.location) == "config.yml:7:26"
    assert problem.advice.startswith("Take it out of this list, so that migration.yml has it")


def test_without_a_plan_the_lists_are_named(planned):
    lists = "nlu_entry: {sticky: [pay], non_sticky: [greet]}\n    calm_entry: {sticky: []}"
    planned.write(config=CONFIG.replace("plan: migration.yml", lists))
    assert [each.code for each in told(planned)] == ["intent-starts-nothing", "unshared-slot"]
    assert told(planned)[0].advice.startswith("List it under calm_entry")


def test_an_unknown_intent_of_the_plan_is_told_at_the_router(planned):
    planned.write(migration=(PLAN % "nlu").replace("[greet]", "[greet, gret]"))
    [problem] = told(planned, "unknown-intent")
    assert str(problem.location) == "config.yml:5:5"
