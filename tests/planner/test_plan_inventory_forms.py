"""Forms, domains of all versions, training examples, and flows that exist already."""

import pytest
from plan_inventory_bots import edges_of, evidence_of, inventory_of

FORM_RULES = """
    rules:
    - rule: start
      steps:
      - intent: book
      - action: book_form
      - active_loop: book_form
    - rule: submit
      condition:
      - active_loop: book_form
      steps:
      - action: book_form
      - active_loop: null
      - slot_was_set:
        - requested_slot: null
      - action: action_book
    - rule: hours
      steps:
      - intent: hours
      - action: utter_hours
    - rule: hours while booking
      condition:
      - active_loop: book_form
      steps:
      - intent: hours
      - action: utter_hours
      - action: book_form
      - active_loop: book_form
    """
DOMAIN_3_1 = """
    version: "3.1"
    intents: [book, hours, affirm]
    entities: [city, number]
    slots:
      city:
        type: text
        mappings: [{type: from_entity, entity: city}]
      people:
        type: float
        mappings:
        - type: from_entity
          entity: number
          conditions: [{active_loop: book_form, requested_slot: people}]
      sure:
        type: bool
        mappings:
        - type: from_intent
          intent: affirm
          value: true
          conditions: [{active_loop: book_form}]
    forms:
      book_form:
        required_slots: [city, people, sure]
    responses:
      utter_hours: [{text: "Always, in {city}."}]
      utter_ask_city: [{text: "Where to?"}]
      utter_ask_book_form_people: [{text: "For how many?"}]
    actions: [action_book, action_ask_sure, validate_book_form]
    """
DOMAIN_3_0 = DOMAIN_3_1.replace('"3.1"', '"3.0"')
DOMAIN_2_0 = """
    version: "2.0"
    intents: [book, hours, affirm]
    entities: [city, number]
    slots: {city: {type: text}, people: {type: float}, sure: {type: bool}}
    forms:
      book_form:
        city: [{type: from_entity, entity: city}]
        people: [{type: from_entity, entity: number}]
        sure: [{type: from_intent, intent: affirm, value: true}]
    responses:
      utter_hours: [{text: "Always, in {city}."}]
      utter_ask_city: [{text: "Where to?"}]
      utter_ask_book_form_people: [{text: "For how many?"}]
    actions: [action_book, action_ask_sure, validate_book_form]
    """
DOMAIN_2_8 = DOMAIN_2_0.replace(
    "book_form:\n        city", "book_form:\n       required_slots:\n        city"
)


@pytest.mark.parametrize("domain", [DOMAIN_2_0, DOMAIN_2_8, DOMAIN_3_0, DOMAIN_3_1])
def test_a_form_is_a_skill_in_every_version(tmp_path, domain):
    found = inventory_of(tmp_path, domain=domain, data_rules=FORM_RULES)
    assert list(found.skills) == ["book_form", "hours"]
    skill = found.skills["book_form"]
    assert skill.entry_intents == ("book",)
    assert skill.inside == ("affirm",)
    assert skill.forms == ("book_form",)
    assert skill.slots_written == ("city", "people", "sure")
    assert skill.entities == ("city", "number")
    assert skill.responses == ("utter_ask_city", "utter_ask_book_form_people")
    assert skill.actions == ("action_book", "action_ask_sure", "validate_book_form")
    assert skill.endings == ("form", "listens")
    assert {source.kind for source in skill.sources} == {"rule", "form"}
    assert found.reasons == ()


def test_effort_is_the_sum_of_its_terms(tmp_path):
    skill = inventory_of(tmp_path, domain=DOMAIN_3_1, data_rules=FORM_RULES).skills["book_form"]
    assert skill.effort_terms == (
        ("forms", 1, 2.0),
        ("required slots", 3, 1.0),
        ("answers", 1, 0.5),
        ("custom actions", 3, 1.5),
        ("rules and stories", 3, 0.25),
    )
    assert skill.effort == 2 + 3 + 0.5 + 4.5 + 0.75


def test_an_interruption_of_a_form_is_one_of_its_skill(tmp_path):
    found = inventory_of(tmp_path, domain=DOMAIN_3_1, data_rules=FORM_RULES)
    assert edges_of(found) == {("book_form", "hours"): 1.0}
    assert evidence_of(found, "book_form", "hours") == ["rule 'hours while booking' rules.yml:25"]


HOTEL = """
    rules:
    - {rule: hotel, steps: [{intent: hotel}, {action: hotel_form}, {active_loop: hotel_form}]}
    - {rule: table, steps: [{intent: table}, {action: table_form}, {active_loop: table_form}]}
    - {rule: balance, steps: [{intent: balance}, {action: action_balance}]}
    - {rule: nobody asked, steps: [{intent: deny}, {action: utter_default}]}
    - {rule: told, steps: [{intent: inform}, {action: action_search}]}
    - {rule: stars, steps: [{intent: stars}, {action: action_stars}]}
    stories:
    - story: meanwhile
      steps:
      - intent: hotel
      - action: hotel_form
      - active_loop: hotel_form
      - intent: %s
      %s
    """
HOTEL_DOMAIN = """
    forms: {hotel_form: {required_slots: [stars]}, table_form: {required_slots: [people]}}
    slots:
      stars: {type: text, mappings: [{type: from_intent, intent: stars, value: five}]}
      people: {type: text, mappings: [{type: from_entity, entity: people}]}
    """
WAIT, FORM = "- action: utter_wait", "- action: hotel_form\n      - active_loop: hotel_form"
OVER = "- active_loop: null"


@pytest.mark.parametrize(
    ("intent", "then", "is_interruption"),
    [
        ("table", WAIT, True),
        ("balance", WAIT, True),
        ("table", f"{WAIT}\n      {FORM}", True),
        ("table", "- action: table_form\n      - active_loop: table_form", True),
        ("table", FORM, False),
        ("deny", WAIT, False),
        ("deny", f"- action: action_deactivate_loop\n      {OVER}\n      {WAIT}", False),
        ("stars", f"{WAIT}\n      {FORM}", False),
        ("inform", FORM, False),
        ("unknown", WAIT, False),
    ],
)
def test_in_a_form_an_intent_turns_to_what_it_opens_elsewhere_unless_it_is_an_answer(
    tmp_path, intent, then, is_interruption
):
    found = inventory_of(tmp_path, domain=HOTEL_DOMAIN, data_rules=HOTEL % (intent, then))
    other = f"{intent}_form" if intent == "table" else intent
    assert edges_of(found) == ({("hotel_form", other): 1.0} if is_interruption else {})


def test_after_a_form_an_intent_turns_to_what_it_opens_only_if_the_bot_does_that(tmp_path):
    then = f"{WAIT}\n      {OVER}\n      - intent: balance\n      - action: action_other"
    found = inventory_of(tmp_path, domain=HOTEL_DOMAIN, data_rules=HOTEL % ("deny", then))
    assert edges_of(found) == {}


def test_a_form_is_active_beyond_a_checkpoint_in_the_same_story(tmp_path):
    then = f"{FORM}\n      - checkpoint: here\n      - intent: table\n      {WAIT}"
    found = inventory_of(tmp_path, domain=HOTEL_DOMAIN, data_rules=HOTEL % ("inform", then))
    assert edges_of(found) == {("hotel_form", "table_form"): 1.0}


def test_a_response_reads_the_slots_in_it(tmp_path):
    found = inventory_of(tmp_path, domain=DOMAIN_3_1, data_rules=FORM_RULES)
    assert found.skills["hours"].slots_read == ("city",)
    assert edges_of(found, "shared_slot") == {("book_form", "hours"): 1.0}


def test_a_domain_in_many_files(tmp_path):
    head, slots, tail = DOMAIN_3_1.partition("    slots:")
    found = inventory_of(
        tmp_path, domain_intents=head, domain_rest=slots + tail, data_rules=FORM_RULES
    )
    assert found == inventory_of(
        tmp_path, domain_intents=head, domain_rest=slots + tail, data_rules=FORM_RULES
    )
    assert found.skills["book_form"].slots_written == ("city", "people", "sure")
    assert found.reasons == ()


def test_intents_that_activate_the_same_form_are_one_skill(tmp_path):
    other = (
        "- {rule: too, steps: [{intent: reserve}, {action: book_form}, {active_loop: book_form}]}"
    )
    found = inventory_of(tmp_path, data_rules=FORM_RULES + f"{other}\n")
    assert found.skills["book_form"].entry_intents == ("book", "reserve")


def test_a_form_that_leads_to_different_actions_is_shared_by_skills(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="""
            forms: {login_form: {required_slots: [password]}}
            slots: {password: {type: text}}
            intents: [pay, lend]
            actions: [action_pay, action_lend]
            """,
        data_stories="""
            stories:
            - story: pay
              steps: [{intent: pay}, {action: login_form}, {active_loop: login_form},
                      {active_loop: null}, {action: action_pay}]
            - story: lend
              steps: [{intent: lend}, {action: login_form}, {active_loop: login_form},
                      {active_loop: null}, {action: action_lend}]
            """,
    )
    assert list(found.skills) == ["lend", "pay"]
    assert edges_of(found, "shared_slot") == {("lend", "pay"): 1.0}


def test_a_form_that_another_one_starts_belongs_to_the_same_skill(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="forms: {one_form: {required_slots: [a]}, two_form: {required_slots: [b]}}",
        data_rules="""
            rules:
            - rule: start
              steps: [{intent: go}, {action: one_form}, {active_loop: one_form}]
            - rule: go on
              condition: [{active_loop: one_form}]
              steps: [{action: one_form}, {active_loop: null}, {action: two_form},
                      {active_loop: two_form}]
            - rule: end
              condition: [{active_loop: two_form}]
              steps: [{action: two_form}, {active_loop: null}, {action: action_end}]
            """,
    )
    assert list(found.skills) == ["one_form"]
    assert found.skills["one_form"].forms == ("one_form", "two_form")
    assert found.skills["one_form"].actions == ("action_end",)
    assert found.skills["one_form"].slots_written == ("a", "b")


def test_the_form_of_another_skill_is_a_start_of_that_skill(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="forms: {pay_form: {required_slots: [iban]}}",
        data_stories="""
            stories:
            - story: pay
              steps: [{intent: pay}, {action: pay_form}, {active_loop: pay_form}]
            - story: buy
              steps: [{intent: buy}, {action: utter_sure}, {intent: affirm},
                      {action: pay_form}, {active_loop: pay_form}]
            """,
    )
    assert edges_of(found) == {("buy", "pay_form"): 1.0}
    assert found.skills["buy"].forms == ()


def test_a_form_as_it_was_written_before(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="forms: [book_form]\nintents: [book]",
        data_stories="""
            stories:
            - story: book
              steps: [{intent: book}, {action: book_form}, {form: book_form}, {form: null},
                      {action: utter_done}]
            """,
    )
    assert found.skills["book_form"].forms == ("book_form",)
    assert found.skills["book_form"].endings == ("listens",)


def test_a_form_that_nothing_activates_is_a_skill_with_a_reason(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="""
            forms:
              lost_form: {required_slots: [x]}
            """,
        data_rules="""
            rules:
            - rule: done
              condition: [{active_loop: lost_form}]
              steps: [{action: lost_form}, {active_loop: null}, {action: utter_done}]
            """,
    )
    assert found.skills["lost_form"].entry_intents == ()
    assert found.skills["lost_form"].responses == ("utter_done",)
    assert any("no rule or story activates 'lost_form'" in reason for reason in found.reasons)


def test_examples_and_their_entities(tmp_path):
    found = inventory_of(
        tmp_path,
        data_nlu="""
            nlu:
            - intent: fly
              examples: |
                - fly to [Rome](city)
                - fly from [Bonn]{"entity": "city", "role": "from"} on [Monday](day:mon)
            - intent: fly
              examples:
              - text: |
                  get me away
            - regex: day
              examples: |
                - [a-z]+day
            """,
        data_rules="rules: [{rule: fly, steps: [{intent: fly}, {action: action_fly}]}]",
    )
    assert found.skills["fly"].examples == 3
    assert found.skills["fly"].entities == ("city", "day")


FLOW = """
    flows:
      transfer_money:
        description: Sends money.
        nlu_trigger: [{intent: send}]
        steps:
        - call: login
        - collect: amount
          rejections: [{if: slots.amount > slots.limit, utter: utter_too_much}]
        - set_slots: [{sent: true}]
        - action: action_send
      login:
        description: Finds out who the user is.
        steps: [{collect: password}]
      pattern_cancel_flow:
        description: Stops.
        nlu_trigger: [{intent: stop}]
        steps: [{action: action_cancel_flow}]
    """


def test_flows_are_skills_and_patterns_are_not(tmp_path):
    found = inventory_of(tmp_path, data_flows=FLOW)
    assert list(found.skills) == ["login", "transfer_money"]
    skill = found.skills["transfer_money"]
    assert skill.is_flow
    assert skill.entry_intents == ("send",)
    assert skill.slots_read == ("amount", "limit")
    assert skill.slots_written == ("amount", "sent")
    assert skill.responses == ("utter_ask_amount", "utter_too_much")
    assert skill.effort == 0
    assert edges_of(found) == {("transfer_money", "login"): 1.0}
    assert evidence_of(found, "transfer_money", "login") == [
        "flow 'transfer_money' calls 'login' flows.yml:7"
    ]


def test_flows_beside_config_are_read(tmp_path):
    config = "importers: [{name: router.CoexistenceImporter}]"
    found = inventory_of(tmp_path, config=config, flows_money=FLOW)
    assert list(found.skills) == ["login", "transfer_money"]


def test_a_flow_and_the_stories_of_its_intent_are_one_skill(tmp_path):
    rule = "rules: [{rule: old way, steps: [{intent: send}, {action: utter_form}]}]"
    found = inventory_of(tmp_path, data_flows=FLOW, data_rules=rule)
    assert list(found.skills) == ["login", "send"]
    assert found.skills["send"].is_flow
    assert [source.kind for source in found.skills["send"].sources] == ["rule", "flow"]
