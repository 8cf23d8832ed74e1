"""Whole bots: stock ones, those of other authors, broken ones; and comments that silence."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.checks import check_project
from router.checks.rasa_names import DEFAULT_ACTIONS, DEFAULT_INTENTS, DEFAULT_SLOTS

ROOT = Path(__file__).parents[2]
FLOW = "flows:\n  pay:\n    description: d\n    steps:\n      - {}\n"


@pytest.mark.parametrize("bot", [".", "tests/bots/mini", "tests/bots/stock"])
def test_the_bots_of_this_project_are_clean(bot, monkeypatch):
    monkeypatch.chdir(ROOT / bot)
    domain = next(path for path in (Path("domain.yml"), Path("domain")) if path.exists())
    files = Path("config.yml"), domain, [Path("data")]
    endpoints = Path("endpoints.yml")
    assert check_project(*files, endpoints=endpoints if endpoints.exists() else None) == []


STOCK = """\
pipeline:
  - name: WhitespaceTokenizer
  - name: DIETClassifier
policies:
  - name: RulePolicy
"""


def test_a_stock_bot_is_none_of_our_business(bot):
    bot.write(
        config=STOCK,
        domain="intents: [greet]\nslots:\n  x: {type: text, mappings: [], own_key: 1}\nresponses:\n"
        "  utter_x:\n    - text: x\n      buttons: [{payload: /nothing}]\n",
        data__rules="rules:\n  - rule: r\n    steps:\n      - intent: greet\n",
    )
    assert bot.found() == []


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"config": STOCK + "  - name: FlowPolicy\n"}, ["missing-importer 6"]),
        (
            {"flows__pay": FLOW.format("action: action_pay")},
            ["missing-flow-policy 4", "missing-importer 1", "no-command-generator 1"],
        ),
        (
            {"data__rules": "rules:\n- rule: r\n  steps:\n  - action: action_reset_routing\n"},
            ["reset-without-router 4"],
        ),
        ({"domain": "slots:\n  route_session_to_calm: {type: bool}\n"}, ["route-without-router 2"]),
    ],
)
def test_a_stock_bot_that_uses_something_of_ours_is_told_what_lacks(bot, files, expected):
    bot.write(**{"config": STOCK, **files})
    assert sorted(bot.found()) == expected


CALM_CONFIG = """\
recipe: default.v1
language: en
pipeline:
  - name: CompactLLMCommandGenerator
    llm: {model_group: gpt}
policies:
  - name: FlowPolicy
  - name: EnterpriseSearchPolicy
assistant_id: calm
"""
CALM_DOMAIN = """\
version: "3.1"
slots:
  recipient:
    type: text
    mappings:
      - type: from_llm
  amount:
    type: float
    mappings:
      - type: from_llm
  has_funds:
    type: bool
    mappings:
      - type: controlled
actions:
  - action_check_funds
responses:
  utter_ask_recipient:
    - text: "Who?"
      metadata: {rephrase: true}
  utter_ask_amount:
    - text: "How much?"
      buttons:
        - {title: "50", payload: "/SetSlots(amount=50)"}
  utter_done:
    - text: "Sent."
"""
CALM_FLOWS = """\
flows:
  transfer_money:
    description: Sends money.
    name: transfer money
    steps:
      - collect: recipient
        description: who gets it
      - id: ask_amount
        collect: amount
      - action: action_check_funds
        next:
          - if: not slots.has_funds
            then:
              - set_slots:
                  - amount: null
                next: ask_amount
          - else:
              - action: utter_done
                next: END
"""


def test_a_calm_bot_of_another_author_is_told_what_to_change(bot):
    bot.write(
        config=CALM_CONFIG,
        domain=CALM_DOMAIN,
        data__flows=CALM_FLOWS,
        endpoints="nlg:\n  type: rephrase\nmodel_groups:\n- id: gpt\n  models:\n"
        "  - {provider: openai, model: gpt-4o}\n",
    )
    lines = [str(each) for each in bot.problems()]
    codes = [line.partition("[")[2].partition("]")[0] for line in lines]
    assert set(codes) <= {"missing-importer", "not-offered", "nlg-rephrase"}
    assert "config.yml:8:5: error[not-offered]: EnterpriseSearchPolicy" in "\n".join(lines)
    assert "nlg-rephrase" in codes
    assert "importers: [{name: router.CoexistenceImporter}]" in "\n".join(lines)


def test_all_problems_are_told_sorted_and_broken_files_hide_no_others(bot):
    bot.write(
        flows__a=FLOW.format("collect: amuont"),
        flows__b="flows: {",
        data__rules="rules: [",
    )
    codes = [each.code for each in bot.problems()]
    assert codes == ["yaml-syntax", "unknown-slot", "yaml-syntax"]


def test_retrieval_intents_bring_responses_and_actions(bot):
    bot.write(
        data__faq="nlu: []\nresponses:\n  utter_faq/hours: [{text: From 9.}]\n",
        flows__pay=FLOW.format("action: utter_faq"),
    )
    assert bot.found() == []


def test_domain_files_are_put_together(bot):
    (bot.folder / "domain.yml").unlink()
    bot.write(
        domain__a="slots:\n  amount: {type: float}\n"
        "actions:\n  - action_pay: {send_domain: true}\n",
        domain__sub__b="responses:\n  utter_ask_amount: [{text: x}]\n"
        "intents:\n  - pay: {use_entities: []}\n",
        flows__pay="flows:\n  pay:\n    description: d\n    nlu_trigger: [{intent: pay}]\n"
        "    steps:\n      - collect: amount\n      - action: action_pay\n",
    )
    assert check_project(Path("config.yml"), Path("domain"), [Path("data")]) == []


USER_SILENCE = """\
flows:
  pattern_user_silence:
    description: Reacts to silence in voice bots.
    nlu_trigger:
      - intent: silence_timeout
    persisted_slots: [consecutive_silence_timeouts]
    steps:
      - noop: true
        next:
          - if: slots.consecutive_silence_timeouts > 2
            then:
              - action: action_hangup
                next: END
          - else: END
"""


def test_a_pattern_that_only_others_have_is_left_out_with_a_warning(bot):
    bot.write(flows__silence=USER_SILENCE)
    [problem] = bot.problems()
    assert (problem.code, problem.is_warning) == ("unknown-pattern", True)
    assert "never runs" in problem.message
    assert bot.found() == ["unknown-pattern 2"]


@pytest.mark.parametrize(
    ("pattern", "action", "advice"),
    [
        ("pattern_search", "action_trigger_search", "custom action"),
        ("pattern_chitchat", "action_trigger_chitchat", "response"),
        ("pattern_restart", "action_hangup", "Remove it"),
    ],
)
def test_a_default_action_that_only_others_have_is_not_offered(bot, pattern, action, advice):
    text = FLOW.replace("pay:", pattern + ":").format("action: " + action)
    bot.write(flows__pattern=text)
    [problem] = bot.problems()
    assert (problem.code, problem.is_warning) == ("not-offered", False)
    assert action in problem.message
    assert advice in problem.advice


def test_a_custom_action_may_have_its_name(bot):
    domain = (bot.folder / "domain.yml").read_text()
    bot.write(domain=domain.replace("[action_pay]", "[action_pay, action_trigger_search]"))
    bot.write(flows__pay=FLOW.format("action: action_trigger_search"))
    assert bot.found() == []


def test_lists_may_be_empty(bot):
    flow = FLOW.format("{collect: amount, rejections: []}")
    bot.write(
        flows__pay=flow.replace("steps:", "nlu_trigger: []\n    persisted_slots: []\n    steps:")
    )
    assert bot.found() == []


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("action: '{{context.nothing}}'", ["unknown-context 5"]),
        ("action: 'validate_{{ context.nothing }}'", ["unknown-context 5"]),
        ("{collect: amount, utter: '{{context.nothing}}'}", ["unknown-context 5"]),
        (
            "{collect: amount, rejections: [{if: slots.sure, utter: '{{context.x}}'}]}",
            ["unknown-context 5"],
        ),
        ("action: '{{slots.amount}}'", ["unknown-action 5"]),
    ],
)
def test_only_patterns_have_a_context(bot, step, expected):
    bot.write(flows__pay=FLOW.format(step))
    assert bot.found() == expected


def test_patterns_have_the_context_they_are_started_with(bot):
    text = FLOW.replace("pay:", "pattern_collect_information:")
    bot.write(flows__a=text.format("action: '{{context.utter}}'"))
    assert bot.found() == []
    bot.write(flows__a=text.format("action: '{{context.uter}}'"))
    assert bot.found() == ["unknown-context 5"]


def test_a_language_model_needs_no_trigger(routed):
    config = (routed.folder / "config.yml").read_text()
    routed.write(config=config.replace("NLUCommandAdapter", "my.OwnCommandGenerator"))
    routed.write(flows__pay=FLOW.format("action: utter_done"))
    assert routed.found("intent-starts-nothing") == []


class TestComments:
    def test_one_silences_its_code_on_its_line(self, bot):
        bot.write(flows__pay=FLOW.format("collect: amuont  # coexist: ignore[unknown-slot]"))
        assert bot.found() == []

    def test_it_may_name_several_and_stand_behind_another_comment(self, bot):
        comment = "# a typo # coexist: ignore[unknown-slot, unknown-action]"
        bot.write(flows__pay=FLOW.format("action: action_pya  " + comment))
        [problem] = bot.problems()
        assert (problem.code, problem.location.line) == ("unused-ignore", 5)
        assert "'unknown-slot'" in problem.message

    @pytest.mark.parametrize(
        ("comment", "message"),
        [
            ("# coexist: ignore[unknown-slot]", "Nothing on this line"),
            ("# coexist: ignore[unknown-slt]", "no code 'unknown-slt'"),
            ("# coexist: ignore", "names no code"),
            ("# coexist: ignore[]", "names no code"),
            ("# coexist: ignore[yaml-syntax]", "can't be ignored"),
        ],
    )
    def test_a_useless_one_is_told(self, bot, comment, message):
        bot.write(flows__pay=FLOW.format("action: action_pay  " + comment))
        [problem] = bot.problems()
        assert (problem.code, problem.is_warning) == ("unused-ignore", True)
        assert message in problem.message

    def test_a_pattern_may_go_without_a_description(self, bot):
        comment = "  # coexist: ignore[missing-description]"
        text = FLOW.replace("pay:", "pattern_restart:" + comment).replace(
            "    description: d\n", ""
        )
        bot.write(flows__pay=text.format("action: utter_done"))
        assert bot.found() == []

    def test_what_makes_a_flow_unreadable_stays(self, bot):
        bot.write(flows__pay=FLOW.format("colect: amount  # coexist: ignore[step-kind]"))
        assert bot.found() == ["step-kind 5", "unused-ignore 5"]

    def test_the_same_words_in_a_text_are_no_comment(self, bot):
        bot.write(flows__pay=FLOW.format("action: action_pay-#coexist: ignore[x]"))
        assert "unused-ignore" not in "".join(bot.found())


KEYS = """
    slots responses forms intents actions x type mappings values validation rejections if utter
    buttons payload metadata template condition conditions active_flow text rules stories rule
    steps intent action or slot_was_set active_loop checkpoint required_slots flows importers
    pipeline policies name nlu_entry nlg
"""
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["x", "if", "", "slots.x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=25,
)
MAPS = st.dictionaries(
    st.sampled_from(
        ["slots", "responses", "forms", "rules", "stories", "flows", "pipeline", "intents", "nlg"]
    ),
    TREES,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(config=MAPS, domain=MAPS, data=MAPS)
def test_whatever_files_hold_they_are_checked(bot, config, domain, data):
    importers = {"importers": [{"name": "router.CoexistenceImporter"}]}
    bot.write(config=json.dumps({**config, **importers}), domain=json.dumps(domain))
    bot.write(data__rules=json.dumps(data), endpoints=json.dumps(config))
    assert bot.problems() == sorted(bot.problems())


MEASURE = """
import json, sys
from router.cli import main
try:
    main(["validate", *sys.argv[1:]], standalone_mode=False)
finally:
    print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_validation_imports_neither_rasa_nor_tensorflow():
    command = [sys.executable, "-c", MEASURE, "tests/bots/mini"]
    result = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    modules = set(json.loads(result.stdout.splitlines()[-1]))
    assert not modules & {"rasa", "rasa_sdk", "tensorflow", "numpy", "litellm"}


def seconds_for(bot):
    """CPU time of one check; the files are read anew each time."""
    begin = time.process_time()
    bot.problems()
    return time.process_time() - begin


def test_five_times_the_flows_take_no_more_than_their_share(bot):
    flow = (
        "  f{0}:\n    description: d\n    steps:\n      - collect: amount\n        rejections:\n"
        "          - if: slots.amount < {0}\n            utter: utter_done\n"
        "      - action: action_pay\n        next:\n          - if: slots.size = 'large'\n"
        "            then:\n              - action: utter_done\n                next: END\n"
        "          - else: END\n"
    )
    taken = {}
    for count in (100, 500):
        bot.write(flows__many="flows:\n" + "".join(flow.format(i) for i in range(count)))
        taken[count] = min(seconds_for(bot) for _ in range(3))
        assert bot.problems() == []
    assert taken[500] < 3 * 5 * taken[100]


def test_five_times_the_mistakes_take_no_more_than_their_share(bot):
    names = "".join(f"  slot_{i}: {{type: float}}\n" for i in range(300))
    responses = "".join(f"  utter_ask_slot_{i}: [{{text: x}}]\n" for i in range(300))
    actions = "".join(f"  - action_do_{i}\n" for i in range(300))
    bot.write(domain=f"slots:\n{names}responses:\n{responses}actions:\n{actions}")
    flow = (
        "  f{0}:\n    description: d\n    persisted_slots: [slot_{1}]\n    steps:\n"
        "      - collect: slot_{1}\n      - action: action_od_{1}\n      - call: f{2}\n"
    )
    taken = {}
    for count in (100, 500):
        flows = "".join(flow.format(i, i % 300, i + 1) for i in range(count))
        last = f"  f{count}:\n    description: d\n    steps: [{{action: action_do_1}}]\n"
        bot.write(flows__many=f"flows:\n{flows}{last}")
        taken[count] = min(seconds_for(bot) for _ in range(3))
    assert taken[500] < 3 * 5 * taken[100]
    advice = [each.advice for each in bot.problems()]
    assert advice == [f"Did you mean 'action_do_{i % 300}'?" for i in range(500)]


@pytest.mark.integration
def test_rasas_own_names_are_known():
    constants = pytest.importorskip("rasa.shared.core.constants")
    assert frozenset(constants.DEFAULT_ACTION_NAMES) == DEFAULT_ACTIONS
    assert frozenset(constants.DEFAULT_INTENTS) == DEFAULT_INTENTS
    assert frozenset(constants.DEFAULT_SLOT_NAMES) == DEFAULT_SLOTS
