"""What `check_plan` tells, and what it leaves alone."""

from dataclasses import replace

import pytest

from router.planner.checking import TestEvidence
from router.planner.checking.docs import read_example

BASE = read_example()
FORM_BOT = {
    "domain.yml": """\
intents: [greet, block_card, pay, inform, affirm]
slots:
  amount: {type: float, mappings: [{type: from_intent, intent: affirm, value: 1}]}
  digits: {type: text, mappings: [{type: from_text, conditions: [{active_loop: card_form}]}]}
forms:
  card_form: {required_slots: [digits]}
responses:
  utter_greet: [{text: Hello.}]
  utter_blocked: [{text: Blocked.}]
  utter_ask_digits: [{text: Which?}]
  utter_ask_amount: [{text: How much?}]
""",
    "data/rules.yml": """\
rules:
  - rule: Greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: Ask for the card
    steps:
      - intent: block_card
      - action: card_form
      - active_loop: card_form
  - rule: Block the card
    condition:
      - active_loop: card_form
    steps:
      - action: card_form
      - active_loop: null
      - action: utter_blocked
      - action: action_reset_routing
stories:
  - story: A card that is explained
    steps:
      - intent: block_card
      - action: card_form
      - active_loop: card_form
      - intent: inform
      - action: utter_blocked
""",
    "flows/cards.yml": """\
flows:
  block_card:
    description: Blocks a card.
    nlu_trigger: [{intent: block_card}]
    steps:
      - action: utter_blocked
""",
    "migration.yml": """\
areas:
  cards:
    description: handles cards
    stage: done
    skills: [card_form]
    intents: [block_card]
    flows: [block_card]
  payments:
    description: handles payments
    stage: calm
    skills: [pay]
    intents: [pay]
    flows: [pay]
one_turn:
  skills: [greet]
  intents: [greet, affirm]
""",
}
PLANLESS = BASE.files["config.yml"].replace(
    "plan: migration.yml",
    "nlu_entry: {sticky: [block_card], non_sticky: [greet]}\n    calm_entry: {sticky: [pay]}",
)
WITH_LLM = BASE.files["config.yml"].replace("NLUCommandAdapter", "LLMCommandGenerator")


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Codes, or lines as `file:line code`, of the small bot with other files."""
    monkeypatch.chdir(tmp_path)

    def problems(files, evidence=BASE.evidence):
        changed = {name: BASE.files[name] for name in BASE.files} | dict(files)
        example = replace(BASE, files=changed, evidence=evidence)
        example.write(tmp_path)
        return example.problems(tmp_path)

    return problems


def codes(problems):
    return [each.code for each in problems]


def lines(problems, code):
    return [f"{p.location.file}:{p.location.line}" for p in problems if p.code == code]


def edited(file, *changes):
    text = BASE.files[file]
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return {file: text}


def test_an_empty_plan_is_told_of_every_skill_and_flow(told):
    problems = told({"migration.yml": "areas: {}\n"})
    assert lines(problems, "unplanned-intent") == [
        "data/rules.yml:2",
        "data/rules.yml:6",
        "flows/pay.yml:2",
    ]
    assert lines(problems, "flow-without-area") == ["flows/pay.yml:2"]
    assert set(codes(problems)) == {"unplanned-intent", "flow-without-area"}


def test_a_flow_that_others_call_needs_no_area_and_no_trigger(told):
    files = {
        "flows/pay.yml": BASE.files["flows/pay.yml"]
        + "      - call: look_up\n  look_up:\n    description: Looks up.\n"
        + "    steps: [{action: utter_greet}]\n"
    }
    assert told(files) == []
    in_area = edited("migration.yml", ("flows: [pay]", "flows: [pay, look_up]"))
    evidence = replace(BASE.evidence, passing={"pay": ("x",), "look_up": ("x",)})
    assert told({**files, **in_area}, evidence) == []


@pytest.mark.parametrize("stage", ["nlu", "calm", "done"])
def test_a_skill_that_is_not_there_is_told_whatever_the_stage_of_its_area(told, stage):
    files = edited(
        "migration.yml",
        ("skills: [pay]", "skills: [pay, pay_by_crad]"),
        ("stage: calm", f"stage: {stage}"),
    )
    assert lines(told(files), "unknown-skill") == ["migration.yml:9"]


def keeping(skill, *changes):
    """The base's plan, with a skill that both systems keep."""
    files = edited("migration.yml", *changes)
    kept = f"keep_in_both:\n  - {{skill: {skill}, reason: High stakes.}}\n"
    return {"migration.yml": files["migration.yml"] + kept}


def test_what_is_kept_in_both_is_a_skill_of_the_bot(told):
    assert told(keeping("pay")) == []
    problem = told(keeping("payy"))[0]
    assert (problem.code, problem.location.line) == ("unknown-skill", 16)
    assert "Did you mean 'pay'?" in problem.advice


def test_the_rules_of_what_is_kept_in_both_stay_when_its_area_is_done(told):
    leftover = read_example("nlu-leftover")
    files = dict(leftover.files)
    assert codes(told(files)) == ["nlu-leftover"]
    files["migration.yml"] += "keep_in_both: [{skill: pay}]\n"
    assert told(files) == []


@pytest.mark.parametrize("skill", ["block_card", "pay"])
def test_what_is_kept_in_both_interrupts_and_is_interrupted_on_its_own_side(told, skill):
    files = dict(read_example("border-interruption").files)
    assert codes(told(files)) == ["border-interruption"]
    files["migration.yml"] += f"keep_in_both: [{{skill: {skill}}}]\n"
    assert told(files) == []


def test_what_rasa_brings_needs_no_place(told):
    rules = BASE.files["data/rules.yml"] + (
        "  - rule: Not understood\n    steps:\n      - intent: nlu_fallback\n"
        "      - action: utter_greet\n"
    )
    assert told({"data/rules.yml": rules}) == []


def test_an_intent_of_a_skill_in_an_area_is_to_be_listed_there(told):
    files = edited("migration.yml", ("    intents: [block_card]\n", ""))
    problem = next(p for p in told(files) if p.code == "unplanned-intent")
    assert "of the area cards in migration.yml" in problem.advice


def test_an_intent_that_the_routers_own_list_has_is_not_unplaced(told):
    domain = edited("domain.yml", ("[greet, block_card, pay]", "[greet, block_card, pay, affirm]"))
    assert codes(told(domain)) == ["unplaced-intent"]
    config = edited(
        "config.yml",
        (
            "plan: migration.yml",
            "plan: migration.yml\n    nlu_entry: {non_sticky: [greet, affirm]}",
        ),
    )
    assert told({**domain, **config}) == []


def test_a_flow_and_its_intent_are_in_one_area(told):
    files = edited(
        "migration.yml",
        ("    skills: [pay]\n    intents: [pay]\n", ""),
        ("intents: [block_card]", "intents: [block_card, pay]"),
    )
    problems = told(files)
    assert lines(problems, "intent-elsewhere") == ["migration.yml:5"]
    assert "opens the flow 'pay' of payments" in problems[0].message


@pytest.mark.parametrize(("stage", "found"), [("calm", ["intent-elsewhere"]), ("nlu", [])])
def test_a_skill_without_a_name_in_the_plan_is_not_split_between_systems(told, stage, found):
    rules = edited(
        "data/rules.yml",
        ("intent: block_card", "or: [{intent: block_card}, {intent: lost_card}]"),
    )
    domain = edited("domain.yml", ("block_card, pay]", "block_card, lost_card, pay]"))
    plan = edited(
        "migration.yml",
        ("    skills: [block_card]\n", ""),
        ("intents: [pay]", "intents: [pay, lost_card]"),
        ("stage: calm", f"stage: {stage}"),
    )
    config = {"config.yml": WITH_LLM}
    assert codes(told({**rules, **domain, **plan, **config})) == found


def test_a_plan_is_followed_without_being_used_when_the_lists_say_the_same(told):
    assert codes(told({"config.yml": PLANLESS})) == ["plan-not-used"]


def test_another_plan_than_the_routers_is_told(told):
    files = {
        **edited("config.yml", ("plan: migration.yml", "plan: other.yml")),
        "other.yml": BASE.files["migration.yml"],
    }
    problems = told(files)
    assert codes(problems) == ["plan-not-used"]
    assert "reads other.yml" in problems[0].message


def test_the_same_plan_by_another_path_is_the_same(told, tmp_path):
    config = edited("config.yml", ("plan: migration.yml", f"plan: {tmp_path}/migration.yml"))
    assert told(config) == []


def test_without_a_router_nothing_follows_the_plan(told):
    config = "importers: [{name: router.CoexistenceImporter}]\npipeline: []\npolicies: []\n"
    problems = told({"config.yml": config})
    assert "plan-not-used" in codes(problems)
    assert "no router" in problems[-1].message


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("sticky: [block_card]", "sticky: [block_card, greet]", "the NLU system; by the plan"),
        ("sticky: [pay]", "sticky: [pay, greet]", "'greet' goes to CALM;"),
    ],
)
def test_what_takes_one_turn_by_the_plan_does(told, before, after, words):
    config = PLANLESS.replace("non_sticky: [greet]", "non_sticky: []").replace(before, after)
    problems = told({"config.yml": config})
    assert codes(problems) == ["plan-not-used", "route-against-plan"]
    assert words in problems[1].message


def test_an_area_of_the_nlu_systems_may_be_answered_for_one_turn(told):
    config = PLANLESS.replace(
        "sticky: [block_card], non_sticky: [greet]", "sticky: [], non_sticky: [greet, block_card]"
    )
    assert codes(told({"config.yml": config})) == ["plan-not-used"]


def test_an_unlisted_intent_goes_where_unlisted_says(told):
    config = PLANLESS.replace("sticky: [block_card]", "sticky: []")
    assert codes(told({"config.yml": config})) == ["plan-not-used"]
    config = config.replace("calm_entry:", "unlisted: calm\n    calm_entry:")
    problems = told({"config.yml": config})
    assert codes(problems) == ["plan-not-used", "route-against-plan"]
    assert problems[1].location.line == 4


def test_a_router_whose_keys_are_wrong_is_told(told):
    config = edited("config.yml", ("plan: migration.yml", "plan: migration.yml\n    unlisted: up"))
    problems = told(config)
    assert [(p.code, p.location.line) for p in problems] == [("invalid-value", 6)]


@pytest.mark.parametrize("file", ["config.yml", "domain.yml", "data/rules.yml", "flows/pay.yml"])
def test_while_a_file_cannot_be_read_nothing_else_is_told(told, file):
    problems = told({file: "flows: [\n", "migration.yml": "areas: {x: {intents: [nope]}}\n"})
    assert set(codes(problems)) == {"yaml-syntax"}
    assert {p.location.file for p in problems} == {file}


def test_with_a_model_flows_need_no_trigger(told):
    flow = edited("flows/pay.yml", ("    nlu_trigger: [{intent: pay}]\n", ""))
    assert lines(told(flow), "calm-without-trigger") == ["migration.yml:10", "migration.yml:11"]
    assert told({**flow, "config.yml": WITH_LLM}) == []


def test_flows_that_call_each_other_across_areas_are_no_interruption(told):
    flows = BASE.files["flows/pay.yml"] + (
        "      - call: block_card\n  block_card:\n    description: Blocks.\n"
        "    steps: [{action: utter_blocked}]\n"
    )
    plan = edited(
        "migration.yml",
        ("    intents: [block_card]", "    intents: [block_card]\n    flows: [block_card]"),
    )
    assert told({"flows/pay.yml": flows, **plan}) == []


def test_small_talk_interrupts_whom_it_likes(told):
    rules = BASE.files["data/rules.yml"] + (
        "stories:\n  - story: Hello again\n    steps:\n      - intent: block_card\n"
        "      - action: utter_blocked\n      - intent: greet\n      - action: utter_greet\n"
    )
    assert told({"data/rules.yml": rules}) == []


def test_slots_planned_to_be_shared_wait_until_something_moves(told):
    plan = edited("migration.yml", ("one_turn:", "shared_slots: [amount]\none_turn:"))
    assert codes(told(plan)) == ["planned-slot-unshared"]
    waiting = {"migration.yml": plan["migration.yml"].replace("stage: calm", "stage: nlu")}
    assert "planned-slot-unshared" not in codes(told(waiting))
    domain = edited(
        "domain.yml",
        ("amount: {type: float}", "amount: {type: float, shared_for_coexistence: true}"),
    )
    assert told({**plan, **domain}) == []


def test_what_is_left_of_an_area_that_is_done(told):
    evidence = TestEvidence(passing={"pay": ("x",), "block_card": ("x",)}, handoffs=())
    problems = told(FORM_BOT, evidence)
    assert lines(problems, "nlu-leftover") == [
        "data/rules.yml:6",
        "data/rules.yml:11",
        "data/rules.yml:20",
        "domain.yml:1",
        "domain.yml:6",
    ]
    assert set(codes(problems)) == {"nlu-leftover"}
    assert "the intent 'inform' is left" in next(
        p.message for p in problems if p.location.line == 1 and p.location.file == "domain.yml"
    )


def test_what_another_skill_uses_is_not_left_over(told):
    evidence = TestEvidence(passing={"pay": ("x",), "block_card": ("x",)}, handoffs=())
    rules = FORM_BOT["data/rules.yml"] + (
        "  - story: An order\n    steps:\n      - intent: order\n      - action: utter_greet\n"
        "      - intent: inform\n      - action: utter_blocked\n"
    )
    domain = FORM_BOT["domain.yml"].replace("inform, affirm", "inform, affirm, order")
    plan = (
        FORM_BOT["migration.yml"]
        .replace(
            "one_turn:", "  orders: {description: handles orders, intents: [order]}\none_turn:"
        )
        .replace("    skills: [card_form]\n", "")
    )
    files = {**FORM_BOT, "data/rules.yml": rules, "domain.yml": domain, "migration.yml": plan}
    problems = told(files, evidence)
    left = lines(problems, "nlu-leftover")
    assert "data/rules.yml:6" in left
    assert "domain.yml:6" in left
    assert "domain.yml:1" not in left


def test_an_area_at_calm_may_keep_its_stories(told):
    plan = FORM_BOT["migration.yml"].replace("stage: done", "stage: calm")
    plan = plan.replace("[greet, affirm]", "[greet, affirm, inform]")
    evidence = TestEvidence(passing={"pay": ("x",), "block_card": ("x",)}, handoffs=())
    assert codes(told({**FORM_BOT, "migration.yml": plan}, evidence)) == []


def test_areas_that_have_not_moved_need_no_tests(told):
    plan = {"migration.yml": BASE.files["migration.yml"].replace("stage: calm", "stage: nlu")}
    assert told(plan, None) == []


def test_results_without_coverage_say_nothing_of_hand_offs(told):
    problems = told({}, TestEvidence(passing={"pay": ("x",)}))
    assert codes(problems) == ["no-e2e-results"]
    assert "coverage" in problems[0].message


def test_one_area_works_and_several_work(told):
    def message(plan):
        [problem] = [e for e in told({"migration.yml": plan}, None) if e.code == "no-e2e-results"]
        return problem.message

    one = "areas:\n  payments: {stage: calm, flows: [pay]}\n"
    assert "whether payments works isn't known" in message(one)
    two = one + "  cards: {stage: calm, flows: [block_card]}\n"
    assert "whether payments, cards work isn't known" in message(two)


def test_a_failing_flow_may_be_a_test_of_what_has_moved(told):
    evidence = TestEvidence(passing={"pay": ("x",)}, failing={"pay": ("y",)}, handoffs=())
    [problem] = [each for each in told({}, evidence) if each.code == "flow-fails"]
    assert "or the test, if it still expects what has moved" in problem.advice


def test_the_same_files_are_told_the_same(told):
    files = {"migration.yml": "areas: {x: {stage: calm, intents: [nope, pay]}}\n"}
    assert told(files) == told(files) != []


@pytest.mark.parametrize(
    ("name", "leads"),
    [("block_card", "intent of that name opens"), ("stop_card", "flow of that name is part of")],
)
def test_the_name_of_what_opens_a_skill_is_told_to_be_the_skills(told, name, leads):
    flow = FORM_BOT["flows/cards.yml"].replace("  block_card:", "  stop_card:")
    plan = FORM_BOT["migration.yml"].replace("skills: [greet]", f"skills: [greet, {name}]")
    found = told({**FORM_BOT, "flows/cards.yml": flow, "migration.yml": plan})
    [problem] = [each for each in found if each.code == "unknown-skill"]
    assert f"the {leads} 'card_form'" in problem.message
    assert problem.advice == "Write 'card_form'."
