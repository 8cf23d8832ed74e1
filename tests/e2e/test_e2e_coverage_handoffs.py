from pathlib import Path

import pytest
from observed_events import calm, case, decided, nlu, once, over, released, slot, trace, turn, user

from router.checks.project import Project, read_project
from router.e2e.coverage import measure
from router.e2e.coverage.handoffs import skills_of
from router.e2e.observed import ObservedTurn

MINI = Path(__file__).parents[1] / "bots" / "mini"
FLOWS = ("transfer_money", "add_contact", "give_tip", "guess_mood")


@pytest.fixture(scope="module")
def mini() -> Project:
    return read_project(str(MINI / "config.yml"), MINI / "domain.yml", [MINI / "data"])


def shown(project: Project, *turns: ObservedTurn) -> set[tuple[str, ...]]:
    handoffs = measure([(case("a"), turns)], project).handoffs
    found = [(each.kind, each.source, each.target) for each in handoffs if each.cases]
    return {tuple(filter(None, each)) for each in found}


def test_skills_are_the_lists_of_the_router_and_the_flows_that_can_start(mini: Project) -> None:
    skills = skills_of(mini, mini.assistant())
    assert skills.nlu == ("block_card", "feedback", "opinion")
    assert skills.one_turn == ("greet", "affirm", "deny", "inform")
    assert skills.calm == FLOWS  # check_balance is only called


def test_every_pair_is_possible_and_none_is_shown_without_a_case(mini: Project) -> None:
    handoffs = measure([], mini).handoffs
    assert [each.kind for each in handoffs] == (
        ["nlu_to_calm"] * 12 + ["calm_to_nlu"] * 12 + ["reset"] * 7 + ["one_turn"] * 4
    )
    assert not any(each.cases for each in handoffs)


def test_a_skill_hands_over_to_the_next_of_the_other_system(mini: Project) -> None:
    found = shown(
        mini,
        nlu("block_card", "card_form"),
        over("inform", "nlu"),
        once("greet", "utter_greet"),
        calm("add_contact"),
        over("inform", "calm"),
        nlu("feedback", "utter_ask_opinion"),
    )
    assert found == {
        ("nlu_to_calm", "block_card", "add_contact"),
        ("calm_to_nlu", "add_contact", "feedback"),
        ("reset", "block_card"),
        ("reset", "add_contact"),
        ("one_turn", "greet"),
    }


def test_a_route_taken_and_given_up_in_one_turn_counts(mini: Project) -> None:
    short = turn(user("feedback"), decided("nlu", True, "feedback"), released())
    found = shown(mini, short, calm("give_tip"))
    assert found == {("reset", "feedback"), ("nlu_to_calm", "feedback", "give_tip")}


def test_skills_of_one_system_hand_nothing_over(mini: Project) -> None:
    found = shown(mini, calm("give_tip"), over("x", "calm"), calm("guess_mood"))
    assert found == {("reset", "give_tip")}


def test_a_route_that_was_not_given_up_is_no_handoff(mini: Project) -> None:
    restarted = turn(user("restart"), {"event": "restart"})
    assert shown(mini, nlu("feedback"), restarted, calm("give_tip")) == set()
    assert shown(mini, nlu("feedback"), turn(user("opinion"))) == set()


def test_of_calms_side_all_flows_of_the_session_hand_over_and_the_first_takes_over(
    mini: Project,
) -> None:
    found = shown(
        mini,
        nlu("feedback"),
        over("opinion", "nlu"),
        calm("transfer_money"),
        turn(user("tip", "calm", "give_tip"), trace(["started", "give_tip"])),
        over("inform", "calm"),
        nlu("block_card"),
    )
    assert {each for each in found if each[0] != "reset"} == {
        ("nlu_to_calm", "feedback", "transfer_money"),
        ("calm_to_nlu", "transfer_money", "block_card"),
        ("calm_to_nlu", "give_tip", "block_card"),
    }


def test_a_flow_that_starts_after_a_question_back_has_taken_over(mini: Project) -> None:
    asked = turn(user("money", "calm"), decided("calm", True, "money"))
    chosen = turn(user("tip", "calm", "give_tip"), trace(["started", "give_tip"]))
    found = shown(mini, nlu("feedback"), over("opinion", "nlu"), asked, chosen)
    assert ("nlu_to_calm", "feedback", "give_tip") in found


def test_calm_without_a_flow_takes_nothing_over(mini: Project) -> None:
    puzzled = turn(user("what", "calm"), decided("calm", True, "what"), released())
    found = shown(mini, nlu("feedback"), over("opinion", "nlu"), puzzled, calm("give_tip"))
    assert ("nlu_to_calm", "feedback", "give_tip") in found


def test_a_flow_that_another_calls_is_not_the_skill(mini: Project) -> None:
    called = calm("transfer_money", ["started", "check_balance"])
    found = shown(mini, called, over("inform", "calm"))
    assert found == {("reset", "transfer_money")}


def test_a_release_without_a_reset_gives_the_route_up_too(mini: Project) -> None:
    given_up = slot("route_session_to_calm", None, release={"reason": "auto_release"})
    found = shown(mini, calm("give_tip"), turn(user("x", "calm"), given_up), nlu("feedback"))
    assert found == {("reset", "give_tip"), ("calm_to_nlu", "give_tip", "feedback")}


def test_an_intent_that_is_answered_for_one_turn_because_of_doubt_is_no_skill(
    mini: Project,
) -> None:
    assert shown(mini, once("block_card", "action_default_fallback")) == set()
    assert shown(mini, once("greet")) == set()  # nothing was answered


LLM_CONFIG = """
pipeline:
- {name: LLMBasedRouter, calm_entry: {sticky: handles transfers}}
- {name: KeywordIntentClassifier}
- {name: LLMCommandGenerator}
policies: [{name: FlowPolicy}, {name: RulePolicy}]
"""
LLM_RULES = """
rules:
- {rule: hours, steps: [{intent: hours}, {action: tell}, {action: action_reset_routing}]}
- {rule: hi, steps: [{intent: hi}, {action: hello}]}
- rule: form
  steps: [{intent: order}, {action: form}, {active_loop: form}]
- rule: form ends
  condition: [active_loop: form]
  steps: [{action: form}, {active_loop: null}, {action: action_reset_routing}]
- {rule: chat in form, condition: [active_loop: form], steps: [{intent: joke}, {action: tell}]}
- {rule: restart, steps: [{intent: restart}, {action: action_restart}]}
"""
LLM_FLOWS = """
flows:
  pay: {description: pays, steps: [{action: utter_paid}]}
  later: {description: pays, if: slots.rich, steps: [{action: utter_paid}]}
  part: {description: a part, if: "false", steps: [{action: utter_paid}]}
"""


@pytest.fixture
def asking(tmp_path: Path) -> Project:
    """A bot whose router asks a model."""
    for name, text in (("config", LLM_CONFIG), ("data/r", LLM_RULES), ("flows/f", LLM_FLOWS)):
        file = tmp_path / f"{name}.yml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (tmp_path / "domain.yml").write_text("forms: {form: {required_slots: []}}\n")
    data = [tmp_path / "data"]
    return read_project(str(tmp_path / "config.yml"), tmp_path / "domain.yml", data)


def test_without_lists_skills_are_what_opens_rules_by_whether_they_reset(asking: Project) -> None:
    skills = skills_of(asking, asking.assistant())
    assert (skills.nlu, skills.one_turn) == (("hours", "order"), ("hi",))
    assert skills.calm == ("pay", "later")


def test_a_router_that_knows_no_intent_leaves_it_to_the_message(asking: Project) -> None:
    taken = turn(user("hours"), decided("nlu", True), released())
    found = shown(asking, taken, calm("pay"))
    assert found == {("reset", "hours"), ("nlu_to_calm", "hours", "pay")}


def test_without_a_router_nothing_is_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert measure([], read_project(None, None, [])).handoffs == ()
