"""Which rules and stories get no reset, because it would end what others go on with."""

import pytest
from plan_scaffold_bots import bot_in, drafts_of

DOMAIN = """
    version: "3.1"
    intents: [move, book, pay, hours, affirm, thanks]
    entities: [city]
    slots:
      city: {type: text, mappings: [{type: from_entity, entity: city}]}
    forms:
      book_form: {required_slots: [city]}
    responses:
      utter_ask_city: [{text: "Where?"}]
      utter_hours: [{text: 9 to 5.}]
      utter_sure: [{text: "Sure?"}]
      utter_fine: [{text: Fine.}]
      utter_welcome: [{text: Welcome.}]
    actions: [action_move, action_book, action_pay]
    """
FORM = """
- rule: book
  steps:
  - intent: book
  - action: book_form
  - active_loop: book_form
- rule: booked
  condition:
  - active_loop: book_form
  steps:
  - action: book_form
  - active_loop: null
  - action: action_book
"""
HOURS = """
- rule: hours
  steps:
  - intent: hours
  - action: utter_hours
"""
PAY = """
- story: pay
  steps:
  - intent: pay
  - action: utter_sure
  - intent: affirm
  - action: action_pay
"""
MOVE = """
- story: move
  steps:
  - intent: move
  - action: action_move
"""
IN_FORM = """
- story: within
  steps:
  - intent: book
  - action: book_form
  - active_loop: book_form
  - intent: hours
  - action: utter_hours
  - action: book_form
  - active_loop: null
  - action: action_book
"""


def drafts(folder, rules, stories, sticky="book, pay, hours, move", domain=DOMAIN):
    rules, stories = f"rules:{rules}" if rules else "", f"stories:{MOVE}{stories}"
    bot_in(folder, sticky, domain=domain, data_rules=rules, data_stories=stories)
    return drafts_of(folder, "move")


def reset(drafts):
    """The names of the rules and stories that get a reset."""
    found = []
    for edit in (each for each in drafts.edits if each.path.parent.name == "data"):
        name = ""
        before = edit.before.splitlines()
        for line in edit.after.splitlines():
            if line.startswith("- "):
                name = line.partition(": ")[2]
            if "action_reset_routing" in line and line not in before:
                found.append(name)
    return sorted(found)


def test_what_is_said_within_a_form_gets_none_and_is_proposed_for_one_turn(tmp_path):
    found = drafts(tmp_path, FORM + HOURS, IN_FORM)
    assert reset(found) == ["booked", "within"]
    [told] = found.left_out
    assert "rules.yml:15: 'hours' gets no reset, because 'within' goes on after it" in told
    assert "stories.yml:" in told
    assert "Move hours to one_turn in the plan (nlu_entry.non_sticky of the router)" in told


def test_a_rule_acts_in_a_form_whatever_the_story_with_its_intent_says(tmp_path):
    other = IN_FORM.replace("utter_hours", "utter_fine")
    assert "hours" not in reset(drafts(tmp_path, FORM + HOURS, other))


def test_a_rule_for_the_form_lets_the_other_have_its_reset(tmp_path):
    in_form = """
- rule: hours while booking
  condition:
  - active_loop: book_form
  steps:
  - intent: hours
  - action: utter_hours
  - action: book_form
  - active_loop: book_form
"""
    assert reset(drafts(tmp_path, FORM + HOURS + in_form, "")) == ["booked", "hours"]


@pytest.mark.parametrize("kind", ["rule", "story"])
def test_what_interrupts_a_story_gets_none(tmp_path, kind):
    within = PAY.replace("story: pay", "story: hours within") + PAY
    within = within.replace(
        "utter_sure\n", "utter_sure\n  - intent: hours\n  - action: utter_hours\n", 1
    )
    alone = HOURS.replace("rule", kind)
    rules, stories = (alone, within) if kind == "rule" else ("", within + alone)
    found = drafts(tmp_path, rules, stories)
    assert reset(found) == ["hours within", "pay"]
    assert any("'hours' gets no reset, because 'hours within'" in each for each in found.left_out)


def test_a_skill_of_several_turns_that_interrupts_another_gets_none(tmp_path):
    pay = PAY.partition("steps:\n")[2]
    story = f"\n- story: pay within\n  steps:\n  - intent: hours\n  - action: utter_fine\n{pay}"
    story += "  - intent: thanks\n  - action: utter_welcome\n"
    found = drafts(tmp_path, "", story + PAY, "pay, hours, move")
    assert reset(found) == ["pay within"]
    assert any("'pay' gets no reset" in each for each in found.left_out)


@pytest.mark.parametrize("last_action", ["  - action: book_form\n", ""])
def test_a_rule_that_a_story_goes_on_after_gets_none(tmp_path, last_action):
    more = IN_FORM.replace("  - intent: hours\n  - action: utter_hours\n", "")
    over = "  - active_loop: null\n"
    more = more.replace(f"  - action: book_form\n{over}", last_action + over)
    more += "  - intent: thanks\n  - action: utter_welcome\n"
    found = drafts(tmp_path, FORM, more)
    assert reset(found) == ["within"]
    [told] = found.left_out
    assert "'booked' gets no reset" in told
    assert "Write it in both at the same step" in told


def test_a_story_that_ends_like_a_rule_without_one_gets_none(tmp_path):
    fine = "\n- rule: fine\n  steps:\n  - intent: affirm\n  - action: action_pay\n"
    found = drafts(tmp_path, fine, PAY)
    assert reset(found) == []
    [told] = found.left_out
    assert "'pay' gets no reset: 'fine'" in told
    assert "ends alike without one" in told
    again = drafts(tmp_path, fine, PAY, "pay, affirm")
    assert reset(again) == ["fine", "pay"], "both are released, so they agree"


def test_a_rule_that_ends_a_form_if_its_said_there_is_remarked(tmp_path):
    found = drafts(tmp_path, FORM + HOURS, "")
    assert reset(found) == ["booked", "hours"]
    assert any("with a reset, 'hours' ends book_form if hours is said" in r for r in found.remarks)
    no_form = DOMAIN.replace("      book_form: {required_slots: [city]}\n", "")
    without = drafts(tmp_path, HOURS, "", domain=no_form.replace("    forms:\n", ""))
    assert reset(without) == ["hours"]
    assert not any("with a reset" in each for each in without.remarks)


KEPT = """
areas:
  moving: {{stage: {stage}, skills: [move, {moves}], intents: [move]}}
  rest: {{skills: [{stays}], intents: [book, hours]}}
keep_in_both: [{kept}]
"""


@pytest.mark.parametrize("stage", ["nlu", "calm"])
@pytest.mark.parametrize("area", ["moving", "rest"])
def test_a_skill_that_both_systems_keep_is_released_though_it_moves(tmp_path, stage, area):
    def released(kept):
        files = {"data_rules": f"rules:{FORM}{HOURS}", "data_stories": f"stories:{MOVE}{PAY}"}
        plan = KEPT.format(stage=stage, kept=kept, moves="pay", stays="book_form, hours")
        bot = bot_in(tmp_path, "book, hours", domain=DOMAIN, migration=plan, **files)
        return drafts_of(bot, area)

    both = released("{skill: pay, reason: asked for within a booking}")
    assert "pay" in reset(both)
    assert "pay" not in reset(released(""))
    handed = "".join(f.text for f in both.files if f.path.name == "test_handoffs.yml")
    assert "pay, then" not in handed, "CALM answers it, once it has moved"


def test_a_skill_that_both_systems_keep_gets_no_reset_where_a_story_goes_on(tmp_path):
    files = {"data_rules": f"rules:{FORM}{HOURS}", "data_stories": f"stories:{MOVE}{IN_FORM}"}
    plan = KEPT.format(stage="nlu", kept="{skill: hours}", moves="hours", stays="book_form")
    found = drafts_of(bot_in(tmp_path, "book", domain=DOMAIN, migration=plan, **files), "moving")
    assert "hours" not in reset(found)
    assert any("'hours' gets no reset, because 'within'" in each for each in found.left_out)


def test_the_slots_of_a_skill_that_both_systems_keep_are_shared(tmp_path):
    def shared(kept):
        plan = KEPT.format(stage="nlu", kept=kept, moves="book_form", stays="hours")
        files = {"data_rules": f"rules:{FORM}{HOURS}", "data_stories": f"stories:{MOVE}"}
        bot = bot_in(tmp_path, "book", domain=DOMAIN, migration=plan, **files)
        return any("shared_for_coexistence" in e.after for e in drafts_of(bot, "moving").edits)

    assert (shared("{skill: book_form}"), shared("")) == (True, False)
