"""The domain: shared slots, buttons, conditions, templates, literals."""

import pytest

FLOW = "flows:\n  pay:\n    description: d\n{keys}    steps:\n      - {step}\n"
SLOTS = """\
intents: [greet, pay]
slots:
  amount: {type: float}
  sure: {type: bool}
  size: {type: categorical, values: [small, Large, 3]}
  balance: {type: float, mappings: [{type: controlled}]}
  word: {type: text}
actions: [action_pay]
"""


def flow(step="action: action_pay", keys=""):
    return FLOW.format(step=step, keys=keys)


def guard(condition):
    return flow(keys=f'    if: "{condition}"\n')


@pytest.mark.parametrize(
    "condition",
    [
        "slots.size = 'SMALL'",
        "slots.size is 'large'",
        "slots.size = 3",
        "slots.size = '3'",
        "slots.size is null",
        "slots.size is not empty",
        "slots.size matches 'x'",
        "slots.sure = true",
        "slots.sure is 'False'",
        "slots.sure is not null",
        "{'small' 'large'} contains slots.size",
        "slots.amount = 'many'",
        "slots.word = 'anything'",
        "(slots.sure and slots.amount > 1) or slots.word",
    ],
)
def test_a_condition_that_can_hold_is_no_problem(bot, condition):
    bot.write(domain=SLOTS, flows__pay=guard(condition))
    assert bot.found() == []


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ("slots.size = 'smal'", "Did you mean 'small'?"),
        ("slots.size != 'medium'", ""),
        ("slots.size != ''", ""),
        ("'huge' = slots.size", ""),
        ("slots.size = 4", ""),
        ("{'small' 'huge'} contains slots.size", ""),
        ("slots.sure = 'yes'", "true, false or null"),
        ("slots.sure = 1", "true, false or null"),
    ],
)
def test_a_literal_that_a_slot_never_is_is_an_error(bot, condition, advice):
    bot.write(domain=SLOTS, flows__pay=guard(condition))
    [problem] = bot.problems()
    assert (problem.code, problem.location.line) == ("illegal-literal", 4)
    assert advice in problem.advice


@pytest.mark.parametrize(
    ("pattern", "condition", "expected"),
    [
        ("pattern_cannot_handle", "context.reason = 'x'", []),
        ("pattern_cannot_handle", "context.raeson = 'x'", ["unknown-context 4"]),
        ("pattern_completed", "context.previous_flow_name is not null", []),
        ("pattern_chitchat", "context.reason", ["unknown-context 4"]),
        ("pay", "context.reason", ["unknown-context 4"]),
    ],
)
def test_a_flow_has_the_context_that_its_pattern_is_started_with(bot, pattern, condition, expected):
    bot.write(domain=SLOTS, flows__pay=guard(condition).replace("  pay:", f"  {pattern}:"))
    assert bot.found() == expected


@pytest.mark.parametrize(
    ("items", "wrong"),
    [
        ("[{amount: 10}, {amount: '10'}, {size: LARGE}, {sure: no}, {word: 7}]", 0),
        ("[{amount: null}, {size: null}, {amount: '{{slots.x}}'}]", 0),
        ("[{amount: many}]", 1),
        ("[{size: huge}, {sure: perhaps}]", 2),
    ],
)
def test_what_a_step_sets_fits_the_type(bot, items, wrong):
    bot.write(domain=SLOTS, flows__pay=flow(f"set_slots: {items}"))
    assert bot.found() == ["illegal-value 5"] * wrong


BUTTON = SLOTS + "responses:\n  utter_x:\n    - text: x\n      buttons:\n        - payload: {}\n"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("/SetSlots(amount=10, size=large)", []),
        ("/SetSlots(amount=null)", []),
        ("/SetSlots(amount={{amount}})".replace("{{", "{").replace("}}", "}"), []),
        ("/SetSlots(amuont=10)", ["unknown-slot 13"]),
        ("/SetSlots(amount=many)", ["illegal-value 13"]),
        ("/SetSlots(size=huge, amount=many)", ["illegal-value 13", "illegal-value 13"]),
        ("/SetSlots(balance=1)", ["controlled-slot 13"]),
        ("/SetSlots(route_session_to_calm=true)", ["reserved-slot 13"]),
        ("/SetSlots()", ["invalid-payload 13"]),
        ("/SetSlots(amount)", ["invalid-payload 13"]),
        ("/SetSlots amount=1", ["invalid-payload 13"]),
        ("/setslots(amount=1)", ["invalid-payload 13"]),
        (f"/SetSlots({', '.join(['amount=1'] * 11)})", ["invalid-payload 13"]),
        ("/greet", []),
        ('/greet{"amount": "1"}', []),
        ("/restart", []),
        ("/grete", ["unknown-intent-payload 13"]),
        ('/grete{"amount": "1"}', ["unknown-intent-payload 13"]),
        ("https://example.org", []),
        ("just text / more", []),
    ],
)
def test_a_button_can_do_what_its_payload_says(bot, payload, expected):
    quoted = "'" + payload + "'"
    bot.write(domain=BUTTON.replace("{}", quoted), flows__pay=flow())
    assert bot.found() == expected


def test_a_bot_without_flows_may_send_what_it_likes(bot):
    bot.write(domain=BUTTON.replace("{}", "/SetSlots(nothing)"))
    assert bot.found() == []


SHARED = """\
intents: [greet, pay]
slots:
  amount:
    type: float
{keys}responses:
  utter_ask_amount: [{{text: How much?}}]
forms:
  pay_form: {{required_slots: [{form}]}}
"""


class TestSharing:
    @pytest.fixture(autouse=True)
    def collecting(self, routed):
        routed.write(flows__pay=flow("collect: amount"))

    def test_a_slot_of_a_flow_and_a_form_is_told_with_the_places(self, routed):
        routed.write(domain=SHARED.format(keys="", form="amount"))
        [problem] = [each for each in routed.problems() if each.code == "unshared-slot"]
        assert (problem.is_warning, str(problem.location)) == (True, "domain.yml:3:3")
        assert "flows/pay.yml:5:18" in problem.message
        assert "domain.yml:8:31" in problem.message

    def test_a_shared_one_is_none(self, routed):
        shared = "    shared_for_coexistence: true\n"
        routed.write(domain=SHARED.format(keys=shared, form="amount"))
        assert routed.found("unshared-slot") == []

    def test_a_slot_of_one_system_is_none(self, routed):
        routed.write(domain=SHARED.format(keys="", form=""))
        assert routed.found("unshared-slot") == []

    def test_stories_and_rules_use_slots_too(self, routed):
        routed.write(
            domain=SHARED.format(keys="", form=""),
            data__stories="stories:\n  - story: s\n    steps:\n      - slot_was_set:\n"
            "          - amount: 3\n",
        )
        assert routed.found("unshared-slot") == ["unshared-slot 3"]

    def test_a_mapping_alone_is_no_use(self, routed):
        keys = "    mappings: [{type: from_entity, entity: number}]\n"
        routed.write(domain=SHARED.format(keys=keys, form=""))
        assert routed.found("unshared-slot") == []

    def test_without_a_router_nothing_is_reset(self, routed, bot):
        config = (routed.folder / "config.yml").read_text()
        start, _, rest = config.partition("  - name: IntentBasedRouter\n")
        bot.write(
            config=start + "  - name: NLU" + rest.partition("  - name: NLU")[2],
            domain=SHARED.format(keys="", form="amount"),
        )
        assert bot.found("unshared-slot") == []


VALIDATED = (
    SLOTS
    + """\
responses:
  utter_no: [{text: No.}]
"""
)


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        ("{rejections: [{if: slots.word = 'x', utter: utter_no}], refill_utter: utter_no}", []),
        ("{rejections: [{if: slots.wrod = 'x', utter: utter_no}]}", ["unknown-slot 7"]),
        ("{rejections: [{if: word = 'x', utter: utter_no}]}", ["invalid-condition 7"]),
        ("{rejections: [{if: slots.size = 'x', utter: utter_no}]}", ["illegal-literal 7"]),
        ("{rejections: [{if: slots.word, utter: utter_on}]}", ["unknown-response 7"]),
        ("{rejections: [], refill_utter: utter_on}", ["unknown-response 7"]),
        ("{rejections: [{if: slots.word}]}", ["missing-key 7"]),
        ("{rejections: no}", ["invalid-value 7"]),
    ],
)
def test_a_slots_validation_is_checked_as_a_flows_rejections_are(bot, validation, expected):
    domain = VALIDATED.replace("{type: text}", f"{{type: text, validation: {validation}}}")
    bot.write(domain=domain, flows__pay=flow())
    assert bot.found() == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("condition: slots.sure", []),
        ("condition: [{type: slot, name: sure, value: true}]", []),
        ("condition: sure", ["invalid-condition 11"]),
        ("condition: slots.srue", ["unknown-slot 11"]),
        ("condition: slots.size = 'x'", ["illegal-literal 11"]),
        ("metadata: {template: jinja}", []),
    ],
)
def test_a_variations_condition_is_checked(bot, keys, expected):
    variation = f"responses:\n  utter_x:\n    - {keys}\n      text: '{{{{ slots.sure }}}}'\n"
    bot.write(domain=SLOTS + variation, flows__pay=flow())
    assert bot.found() == expected


def test_a_mapping_waits_for_a_flow_that_is_there(bot):
    mapping = "mappings: [{type: from_text, conditions: [{active_flow: pya}]}]"
    bot.write(domain=SLOTS.replace("{type: text}", f"{{type: text, {mapping}}}"))
    bot.write(flows__pay=flow())
    [problem] = bot.problems()
    assert (problem.code, problem.location.line) == ("unknown-flow", 7)
    assert "'pay'" in problem.advice


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("pay_form", []),
        ("null", []),
        ("pya_form", ["unknown-form 7"]),
    ],
)
def test_a_mapping_waits_for_a_form_that_is_there(bot, form, expected):
    mapping = f"mappings: [{{type: from_text, conditions: [{{active_loop: {form}}}]}}]"
    domain = SLOTS.replace("{type: text}", f"{{type: text, {mapping}}}")
    forms = "forms:\n  pay_form: {required_slots: [word]}\n"
    bot.write(domain=domain + forms, flows__pay=flow())
    assert bot.found() == expected


def test_the_mappings_of_a_form_that_was_removed_are_told(bot):
    mapping = "mappings: [{type: from_text, conditions: [{active_loop: pay_form}]}]"
    domain = SLOTS.replace("{type: text}", f"{{type: text, {mapping}}}")
    bot.write(domain=domain, flows__pay=flow())
    [problem] = bot.problems()
    assert str(problem.location).startswith("domain.yml:7")
    assert problem.message == "A mapping of the slot word waits for the form 'pay_form'."
    assert not problem.is_warning
