"""Skills and interruptions of rules and stories."""

import pytest
from plan_inventory_bots import edges_of, evidence_of, inventory_of, many_stories

RULES = """
    rules:
    - rule: balance
      steps:
      - intent: check_balance
      - action: action_check_balance
    - rule: nobody asked
      steps:
      - or:
        - intent: affirm
        - intent: deny
      - action: utter_default
    """
STORIES = """
    stories:
    - story: sent
      steps:
      - intent: transfer_money
      - action: utter_ask_sure
      - intent: affirm
      - action: action_transfer
    - story: not sent
      steps:
      - intent: transfer_money
      - action: utter_ask_sure
      - intent: deny
      - action: utter_kept
    - story: is there enough
      steps:
      - intent: transfer_money
      - action: utter_ask_sure
      - intent: check_balance
      - action: action_check_balance
      - intent: affirm
      - action: action_transfer
    """


def test_a_skill_is_what_its_first_intent_leads_to(tmp_path):
    found = inventory_of(tmp_path, data_rules=RULES, data_stories=STORIES)
    assert list(found.skills) == ["affirm", "check_balance", "transfer_money"]
    skill = found.skills["transfer_money"]
    assert skill.entry_intents == ("transfer_money",)
    assert skill.inside == ("affirm", "deny")
    assert skill.actions == ("action_transfer",)
    assert skill.responses == ("utter_ask_sure", "utter_kept")
    assert [(s.kind, s.name, s.location.line) for s in skill.sources] == [
        ("story", "sent", 3),
        ("story", "not sent", 9),
        ("story", "is there enough", 15),
    ]
    assert skill.endings == ("listens",)


def test_intents_of_an_or_are_one_skill(tmp_path):
    found = inventory_of(tmp_path, data_rules=RULES)
    assert found.skills["affirm"].entry_intents == ("affirm", "deny")


def test_intents_of_an_or_that_also_open_different_things_are_two_skills(tmp_path):
    found = inventory_of(
        tmp_path,
        data_rules="""
            rules:
            - {rule: a, steps: [{intent: fly}, {action: action_fly}]}
            - {rule: b, steps: [{intent: drive}, {action: action_drive}]}
            - {rule: c, steps: [{or: [{intent: fly}, {intent: drive}]}, {action: utter_wait}]}
            """,
    )
    assert [skill.entry_intents for skill in found.skills.values()] == [("drive",), ("fly",)]
    assert all("utter_wait" in skill.responses for skill in found.skills.values())


def test_a_skill_that_starts_inside_another_is_an_interruption_with_its_line(tmp_path):
    found = inventory_of(tmp_path, data_rules=RULES, data_stories=STORIES)
    assert edges_of(found) == {("transfer_money", "check_balance"): 1.0}
    assert evidence_of(found, "transfer_money", "check_balance") == [
        "story 'is there enough' stories.yml:19"
    ]


def test_what_follows_an_interruption_belongs_to_the_interrupted(tmp_path):
    found = inventory_of(tmp_path, data_rules=RULES, data_stories=STORIES)
    assert found.skills["check_balance"].actions == ("action_check_balance",)
    assert "action_check_balance" not in found.skills["transfer_money"].actions


def test_the_weight_is_the_number_of_stories(tmp_path):
    again = STORIES.rstrip(" ") + STORIES.partition("stories:\n")[2].replace(
        "story: ", "story: again "
    )
    found = inventory_of(tmp_path, data_rules=RULES, data_stories=again)
    assert edges_of(found) == {("transfer_money", "check_balance"): 2.0}


def test_after_a_reset_nothing_is_interrupted(tmp_path):
    found = inventory_of(
        tmp_path,
        data_rules=RULES,
        data_stories="""
            stories:
            - story: one after the other
              steps:
              - intent: transfer_money
              - action: action_transfer
              - action: action_reset_routing
              - intent: check_balance
              - action: action_check_balance
            """,
    )
    assert edges_of(found) == {}
    assert found.skills["transfer_money"].actions == ("action_transfer", "action_reset_routing")


def test_what_only_follows_a_greeting_is_a_skill(tmp_path):
    found = inventory_of(
        tmp_path,
        data_stories="""
            stories:
            - story: cancel
              steps:
              - intent: greet
              - action: utter_greet
              - intent: cancel
              - action: utter_ask_sure
              - intent: affirm
              - action: action_cancel
            """,
    )
    assert found.skills["cancel"].inside == ("affirm",)
    assert found.skills["greet"].actions == ()
    assert edges_of(found) == {("greet", "cancel"): 1.0}


def test_a_story_goes_on_behind_a_checkpoint(tmp_path):
    found = inventory_of(
        tmp_path,
        data_rules=RULES,
        data_stories="""
            stories:
            - story: ask
              steps:
              - intent: transfer_money
              - action: utter_ask_sure
              - checkpoint: asked
            - story: ask for a loan
              steps:
              - intent: loan
              - action: utter_ask_sure
              - checkpoint: asked
            - story: answer
              steps:
              - checkpoint: asked
                slot_was_set:
                - premium: true
              - intent: affirm
              - action: action_send
              - intent: check_balance
              - action: action_check_balance
            """,
    )
    for name in ("transfer_money", "loan"):
        assert found.skills[name].inside == ("affirm",)
        assert found.skills[name].actions == ("action_send",)
        assert found.skills[name].slots_read == ("premium",)
        assert found.skills[name].slots_written == ()
        assert found.skills[name].endings == ("checkpoint", "listens")
    assert edges_of(found) == {
        ("loan", "check_balance"): 1.0,
        ("transfer_money", "check_balance"): 1.0,
    }
    assert found.reasons == ()


def test_a_checkpoint_in_the_middle_leads_on_and_in(tmp_path):
    found = inventory_of(
        tmp_path,
        data_stories="""
            stories:
            - story: whole
              steps:
              - intent: order
              - action: utter_size
              - checkpoint: sized
              - intent: inform
              - action: action_order
            - story: other end
              steps:
              - checkpoint: sized
              - intent: deny
              - action: utter_kept
            """,
    )
    assert list(found.skills) == ["order"]
    assert found.skills["order"].inside == ("inform", "deny")
    assert ("branches", 1, 1.0) in found.skills["order"].effort_terms


def test_circles_of_checkpoints_end(tmp_path):
    found = inventory_of(
        tmp_path,
        data_stories="""
            stories:
            - story: begin
              steps:
              - intent: play
              - action: utter_question
              - checkpoint: asked
            - story: right
              steps:
              - checkpoint: asked
              - intent: answer
              - action: utter_question
              - checkpoint: answered
            - story: again
              steps:
              - checkpoint: answered
              - intent: next
              - action: action_next
              - checkpoint: asked
            """,
    )
    assert list(found.skills) == ["play"]
    assert found.skills["play"].inside == ("answer", "next")
    assert found.reasons == ()


def test_a_circle_without_a_beginning_is_read_with_a_reason(tmp_path):
    found = inventory_of(
        tmp_path,
        data_stories="""
            stories:
            - story: one
              steps: [{checkpoint: a}, {intent: play}, {action: utter_play}, {checkpoint: b}]
            - story: two
              steps: [{checkpoint: b}, {intent: stop}, {action: utter_stop}, {checkpoint: a}]
            - story: three
              steps: [{intent: hum}, {action: utter_hum}, {checkpoint: nowhere}]
            """,
    )
    assert list(found.skills) == ["hum", "play", "stop"]
    assert [reason.partition(": ")[2] for reason in found.reasons] == [
        "no story leads to checkpoint 'a': what follows it was read as the beginning of a "
        "conversation.",
        "no story leads to checkpoint 'b': what follows it was read as the beginning of a "
        "conversation.",
        "no story goes on from checkpoint 'nowhere'.",
    ]
    assert ("dead ends", 1, 1.0) in found.skills["hum"].effort_terms


def test_slots_are_read_where_stories_branch_and_written_where_actions_set_them(tmp_path):
    found = inventory_of(
        tmp_path,
        data_rules="""
            rules:
            - rule: by condition
              condition:
              - slot_was_set: [{premium: true}]
              steps:
              - intent: order
              - action: action_order
              - slot_was_set: [{order_number: 7}, {requested_slot: null}]
            """,
    )
    skill = found.skills["order"]
    assert skill.slots_read == ("order_number", "premium")
    assert skill.slots_written == ("order_number",)


def test_words_in_the_place_of_intents_and_responses(tmp_path):
    found = inventory_of(
        tmp_path,
        data_nlu="""
            nlu:
            - intent: order
              examples: |
                - a [pizza](dish) please
            """,
        data_stories="""
            stories:
            - story: order by its example
              steps: [{user: "A pizza please"}, {bot: "Which size?"}, {user: large}, {bot: Fine.}]
            - story: Order in other words!
              steps: [{user: "I starve"}, {bot: "Which size?"}]
            - story: order by its intent
              steps: [{user: '/order{"dish": "pizza"}'}, {action: utter_size}]
            """,
    )
    assert list(found.skills) == ["order", "order_in_other_words"]
    assert found.skills["order"].entry_intents == ("order",)
    assert len(found.skills["order"].sources) == 2
    assert found.skills["order_in_other_words"].entry_intents == ()


def test_a_retrieval_intent_is_one_skill_with_its_look_alikes(tmp_path):
    found = inventory_of(
        tmp_path,
        data_faq="""
            nlu:
            - intent: faq/ask_hours
              examples: |
                - when are you open?
                - opening hours
            - intent: faq/ask_price
              examples: |
                - what does it cost?
            responses:
              utter_faq/ask_hours: [{text: always}]
            rules:
            - {rule: faq, steps: [{intent: faq}, {action: utter_faq}]}
            """,
    )
    skill = found.skills["faq"]
    assert skill.examples == 3
    assert [(source.kind, source.name) for source in skill.sources] == [
        ("rule", "faq"),
        ("retrieval_intent", "faq/ask_hours"),
        ("retrieval_intent", "faq/ask_price"),
    ]


def test_an_action_that_an_intent_triggers_is_a_rule(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="""
            intents: [{hours: {triggers: action_hours, use_entities: []}}]
            actions: [action_hours]
            """,
    )
    assert found.skills["hours"].actions == ("action_hours",)
    assert found.reasons == ()


def test_stories_that_test_the_bot_are_left_out(tmp_path):
    found = inventory_of(tmp_path, data_test_stories=STORIES)
    assert found.skills == {}


@pytest.mark.parametrize("examples", [("a", "b", "c"), ("c", "b", "a")])
def test_shared_slots_weigh_less_the_more_skills_share_them(tmp_path, examples):
    stories = "".join(
        f"""
            - rule: {name}
              steps: [{{intent: {name}}}, {{action: action_{name}}}, {{slot_was_set: [all]}},
                      {{slot_was_set: [{"two" if name != "c" else "one"}]}}]"""
        for name in examples
    )
    found = inventory_of(tmp_path, data_rules=f"\n            rules:{stories}\n")
    assert edges_of(found, "shared_slot") == {
        ("a", "b"): 1.5,
        ("a", "c"): 0.5,
        ("b", "c"): 0.5,
    }
    pieces = evidence_of(found, "a", "b", "shared_slot")
    assert [piece.partition(" rules")[0] for piece in pieces] == [
        "slot 'all' in a",
        "slot 'all' in b",
        "slot 'two' in a",
        "slot 'two' in b",
    ]


def test_shared_actions_are_the_bots_own(tmp_path):
    found = inventory_of(
        tmp_path,
        data_rules="""
            rules:
            - rule: a
              steps: [{intent: a}, {action: action_log}, {action: utter_x}, {action: action_back}]
            - rule: b
              steps: [{intent: b}, {action: action_log}, {action: utter_x}, {action: action_back}]
            """,
    )
    assert edges_of(found, "shared_action") == {("a", "b"): 1.0}
    assert evidence_of(found, "a", "b", "shared_action") == [
        "action 'action_log' in a rules.yml:4",
        "action 'action_log' in b rules.yml:6",
    ]


def test_what_nearly_all_skills_share_connects_none(tmp_path):
    rules = "rules:\n" + "\n".join(
        f"- {{rule: r{i}, steps: [{{intent: i{i}}}, {{action: action_log}}]}}" for i in range(41)
    )
    found = inventory_of(tmp_path, data_rules=rules)
    assert found.edges == ()
    assert found.reasons == (
        "the action 'action_log' is used by 41 skills: no two of them were connected for it.",
    )


def test_five_thousand_stories(tmp_path):
    found = inventory_of(tmp_path, data_stories=many_stories(5000))
    assert len(found.skills) == 200
    assert set(edges_of(found).values()) == {25.0}
    assert len(found.edges) == 200
    assert found.reasons == ()
