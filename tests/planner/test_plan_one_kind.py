"""Bots with only rules, or only stories: an inventory, areas and a plan all the same."""

import pytest
from click.testing import CliRunner
from plan_inventory_bots import edges_of, inventory_of, write_bot

from router.cli import main
from router.plan.reading import read_plan

pytest.importorskip("networkx", reason="areas need the extra `plan`")

DOMAIN = """
    intents: [pay, balance, block, hours]
    responses: {utter_hours: [{text: Always.}]}
    actions: [action_pay, action_balance, action_block]
    """
FORM = "forms: {pay_form: {required_slots: []}}"
RULES = """
    rules:
    - rule: pay
      steps: [{intent: pay}, {action: pay_form}, {active_loop: pay_form}]
    - rule: paid
      condition: [{active_loop: pay_form}]
      steps: [{action: pay_form}, {active_loop: null}, {action: action_pay}]
    - rule: balance while paying
      condition: [{active_loop: pay_form}]
      steps: [{intent: balance}, {action: action_balance}, {action: pay_form},
              {active_loop: pay_form}]
    - rule: balance
      steps: [{intent: balance}, {action: action_balance}]
    - rule: block
      steps: [{intent: block}, {action: action_block}]
    - rule: hours
      steps: [{intent: hours}, {action: utter_hours}]
    """
STORIES = """
    stories:
    - story: pay
      steps: [{intent: pay}, {action: action_pay}]
    - story: balance while paying
      steps: [{intent: pay}, {action: action_pay}, {intent: balance}, {action: action_balance}]
    - story: balance
      steps: [{intent: balance}, {action: action_balance}]
    - story: block
      steps: [{intent: block}, {action: action_block}]
    - story: hours
      steps: [{intent: hours}, {action: utter_hours}]
    """
ONLY = pytest.mark.parametrize(
    ("data", "form", "kinds", "pay"),
    [(RULES, FORM, {"rule", "form"}, "pay_form"), (STORIES, "", {"story"}, "pay")],
)


@ONLY
def test_a_bot_with_only_rules_or_only_stories_has_an_inventory(tmp_path, data, form, kinds, pay):
    found = inventory_of(tmp_path, domain_names=DOMAIN, domain_form=form, data_all=data)
    assert found.skills.keys() == {pay, "balance", "block", "hours"}
    assert {source.kind for each in found.skills.values() for source in each.sources} == kinds
    assert edges_of(found) == {(pay, "balance"): 1.0}
    assert found.skills[pay].actions == ("action_pay",)
    assert found.reasons == ()


@ONLY
def test_a_bot_with_only_rules_or_only_stories_has_a_plan(tmp_path, data, form, kinds, pay):
    folder = write_bot(tmp_path, domain_names=DOMAIN, domain_form=form, data_all=data)
    (folder / "config.yml").write_text("language: en\n", "utf-8")
    result = CliRunner().invoke(main, ["plan", "--config", str(folder / "config.yml")])
    assert result.exit_code == 0, result.output
    plan = read_plan(folder / "migration.yml")
    areas = [set(area.skills) for area in plan.areas.values()]
    assert {pay, "balance"} in areas
    assert sorted(name for area in areas for name in area) == sorted(
        {pay, "balance", "block", "hours"} - set(plan.one_turn.skills)
    )
    assert {area.stage for area in plan.areas.values()} == {"nlu"}


def test_stories_in_which_no_user_speaks_leave_nothing_to_plan(tmp_path):
    stories = "stories: [{story: hello, steps: [{action: utter_hello}]}]"
    folder = write_bot(tmp_path, data_all=stories, config="language: en\n")
    result = CliRunner().invoke(main, ["plan", "--config", str(folder / "config.yml")])
    assert result.exit_code == 1
    assert "begins without a user" in result.stderr
    assert not (folder / "migration.yml").exists()
