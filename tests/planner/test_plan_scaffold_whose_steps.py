"""Stories in which skills meet: whose the steps are, in drafts and in the effort of moving."""

import pytest
from plan_inventory_bots import inventory_of
from plan_scaffold_bots import bot_in, drafts_of, problems_of, put, steps_of

DOMAIN = """
    version: "3.1"
    intents: [opening_hours, book_table, transfer, affirm, balance]
    entities: [number, sum]
    slots:
      guests: {type: float, mappings: [{type: from_entity, entity: number}]}
      amount: {type: float, mappings: [{type: from_entity, entity: sum}]}
    forms:
      table_form: {required_slots: [guests]}
      transfer_form: {required_slots: [amount]}
    responses:
      utter_ask_guests: [{text: How many?}]
      utter_ask_amount: [{text: How much?}]
      utter_ask_sure: [{text: Sure?}]
      utter_check: [{text: "Please check this."}]
      utter_hours: [{text: 9 to 5.}]
      utter_balance: [{text: Ten.}]
      utter_booked: [{text: Booked.}]
      utter_sent: [{text: Sent.}]
    actions: [action_book, action_transfer]
    """
STEPS = {
    "table": ["action: table_form", "active_loop: table_form", "active_loop: null"],
    "send": ["action: transfer_form", "active_loop: transfer_form", "active_loop: null"],
}


def bot_of(folder, stories, rules=""):
    """A bot of stories in short: `^intent action ...`, `table` and `send` for whole forms."""
    return bot_in(
        folder,
        domain=DOMAIN,
        data_stories="stories:\n" + "".join(written("story", *each) for each in stories.items()),
        **({"data_rules": rules} if rules else {}),
    )


def written(kind, name, steps):
    lines = [f"- {kind}: {name}", "  steps:"]
    for step in steps.split():
        if step.startswith("^"):
            lines.append(f"  - intent: {step[1:]}")
        elif step == "resume":
            lines += ["  - action: table_form", "  - active_loop: null"]
        elif step == "open":
            lines += ["  - action: table_form", "  - active_loop: table_form"]
        else:
            lines += [f"  - {each}" for each in STEPS.get(step, [f"action: {step}"])]
    return "\n".join(lines) + "\n"


HOURS_THEN_TABLE = "^opening_hours utter_hours ^book_table table action_book utter_booked"
TABLE = "^book_table table action_book utter_booked"
TABLE_RULES = """
    rules:
    - rule: start
      steps: [{intent: book_table}, {action: table_form}, {active_loop: table_form}]
    - rule: submit
      condition: [{active_loop: table_form}]
      steps:
      - action: table_form
      - active_loop: null
      - action: action_book
      - action: utter_booked
    """


@pytest.mark.parametrize("known", ["story", "rules"])
def test_what_another_skill_does_after_its_form_is_not_done_by_the_one_before(tmp_path, known):
    stories = {"both": HOURS_THEN_TABLE, **({"table": TABLE} if known == "story" else {})}
    bot_of(tmp_path, stories, TABLE_RULES if known == "rules" else "")
    drafts = drafts_of(tmp_path, "opening_hours")
    assert steps_of(drafts, "opening_hours") == ["utter_hours"]
    [told] = [each for each in drafts.left_out if "starts" in each]
    assert "Not carried over, because it belongs there: action_book, utter_booked." in told
    assert not any("belong to" in each for each in drafts.questions), "nothing is doubtful"
    tests = next(file.text for file in drafts.files if "e2e_tests" in file.path.parts)
    assert "action_book" not in tests
    put(drafts)
    assert problems_of(tmp_path) == []


def test_the_skill_that_follows_keeps_what_it_does(tmp_path):
    bot_of(tmp_path, {"both": HOURS_THEN_TABLE, "table": TABLE})
    drafts = drafts_of(tmp_path, "table_form")
    assert steps_of(drafts, "book_table") == ["guests", "action_book", "utter_booked"]


def test_the_other_order_keeps_each_skills_steps_too(tmp_path):
    bot_of(
        tmp_path, {"both": f"{TABLE} ^opening_hours utter_hours", "h": "^opening_hours utter_hours"}
    )
    booked = drafts_of(tmp_path, "table_form")
    assert steps_of(booked, "book_table") == ["guests", "action_book", "utter_booked"]
    assert steps_of(drafts_of(tmp_path, "opening_hours"), "opening_hours") == ["utter_hours"]


def test_a_form_within_a_form_leaves_each_its_end(tmp_path):
    send = "^transfer send action_transfer utter_sent"
    within = f"^book_table open {send} resume action_book utter_booked"
    bot_of(tmp_path, {"within": within, "send": send, "table": TABLE})
    assert steps_of(drafts_of(tmp_path, "table_form"), "book_table") == [
        "guests",
        "action_book",
        "utter_booked",
    ]
    sent = drafts_of(tmp_path, "transfer_form")
    assert steps_of(sent, "transfer") == ["amount", "action_transfer", "utter_sent"]
    assert not any("called here" in each for each in sent.questions), "it's gone back to"


def test_a_form_of_another_skill_that_the_bot_turns_to_is_asked_about(tmp_path):
    stories = {
        "balance": "^balance utter_check ^affirm utter_balance send action_transfer",
        "send": "^transfer send action_transfer",
    }
    bot_of(tmp_path, stories)
    drafts = drafts_of(tmp_path, "balance")
    assert steps_of(drafts, "balance")[1]["slots.balance_check"] == ["utter_balance"]
    [asked] = [each for each in drafts.questions if "called here" in each]
    assert "stories.yml:8: in 'balance', transfer_form follows" in asked
    [told] = [each for each in drafts.left_out if "transfer_form follows" in each]
    assert told.endswith("Not carried over, because it belongs there: action_transfer.")


def test_what_is_interrupted_goes_on_where_its_own_steps_come_again(tmp_path):
    ask = "^balance utter_check"
    send = "^transfer send action_transfer utter_sent"
    bot_of(
        tmp_path,
        {
            "alone": f"{ask} ^affirm utter_balance",
            "send": send,
            "within": f"{ask} {send} utter_check ^affirm utter_balance",
        },
    )
    balance = drafts_of(tmp_path, "balance")
    assert steps_of(balance, "balance") == [
        "balance_check",
        {"slots.balance_check": ["utter_balance"], "else": []},
    ]
    assert not any("belong to" in each for each in balance.questions)
    assert steps_of(drafts_of(tmp_path, "transfer_form"), "transfer") == [
        "amount",
        "action_transfer",
        "utter_sent",
    ]


def test_where_no_file_tells_whose_steps_follow_a_person_is_asked_in_both(tmp_path):
    rules = TABLE_RULES.partition("    - rule: submit")[0]
    bot_of(tmp_path, {"both": HOURS_THEN_TABLE}, rules)
    for name in ("opening_hours", "table_form"):
        drafts = drafts_of(tmp_path, name)
        asked = "\n".join(drafts.questions)
        assert (
            "in 'both' (action_book, utter_booked) belong to opening_hours or to table_form"
            in asked
        )
        assert "it was taken for a part of table_form" in asked
        drafted = " ".join(drafts.files[0].text.replace("#", " ").split())
        assert "TODO: " in drafted and "belong to opening_hours or to table_form" in drafted
    assert steps_of(drafts_of(tmp_path, "opening_hours"), "opening_hours") == ["utter_hours"]


def test_an_answer_after_another_skills_form_is_not_counted_for_the_one_before(tmp_path):
    stories = {
        "both": "^balance utter_balance ^transfer send utter_check ^affirm action_transfer",
        "transfer": "^transfer send utter_check ^affirm action_transfer utter_sent",
    }
    texts = "stories:\n" + "".join(written("story", *each) for each in stories.items())
    found = inventory_of(tmp_path, domain=DOMAIN, data_stories=texts).skills
    assert (found["balance"].inside, found["balance"].actions) == ((), ())
    assert [name for name, _, _ in found["balance"].effort_terms] == ["rules and stories"]
    assert found["transfer_form"].actions == ("action_transfer",)


@pytest.mark.parametrize(
    ("first", "owner"), [("utter_ask_sure", "balance"), ("utter_balance", "transfer_form")]
)
def test_an_answer_that_nothing_else_has_is_that_of_the_skill_that_asked(tmp_path, first, owner):
    story = written("story", "x", f"^balance {first} ^transfer send utter_sent ^affirm action_book")
    start = written("rule", "start", "^transfer transfer_form")
    found = inventory_of(
        tmp_path, domain=DOMAIN, data_stories=f"stories:\n{story}", data_rules=f"rules:\n{start}"
    )
    assert {n for n, skill in found.skills.items() if "action_book" in skill.actions} == {owner}
    assert ("balance", "transfer_form") in found.unsure_steps.values()
