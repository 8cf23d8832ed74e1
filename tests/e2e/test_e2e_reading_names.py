"""Names in tests that the bot doesn't have are found before anything runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from e2e_files import write

from router.checks.project import Project, read_project
from router.e2e.reading import check_names, read_suite

MINI = Path(__file__).parents[1] / "bots" / "mini"
USER = "test_cases:\n- test_case: one\n  steps:\n  - user: hi\n"
ASSERTIONS = USER + "    assertions:\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def mini() -> Project:
    return read_project(str(MINI / "config.yml"), MINI / "domain.yml", [MINI / "data"])


def problems(text: str, project: Project) -> list[str]:
    write(a=text)
    return [str(each) for each in check_names(read_suite(["a.yml"]).cases, project)]


@pytest.mark.parametrize(
    "text",
    [
        ASSERTIONS + "    - flow_started: transfer_money\n",
        ASSERTIONS + "    - flow_started: pattern_completed\n",
        ASSERTIONS + "    - flow_completed: {flow_id: transfer_money, flow_step_id: confirm}\n",
        ASSERTIONS + "    - slot_was_set: [{name: amount, value: 5}]\n",
        ASSERTIONS + "    - slot_was_not_set: [{name: requested_slot}]\n",
        ASSERTIONS + "    - action_executed: action_send\n",
        ASSERTIONS + "    - action_executed: action_reset_routing\n",
        ASSERTIONS + "    - action_executed: action_cancel_flow\n",
        ASSERTIONS + "    - action_executed: action_default_fallback\n",
        ASSERTIONS + "    - action_executed: card_form\n",
        ASSERTIONS + "    - action_executed: utter_greet\n",
        ASSERTIONS + "    - bot_uttered: {utter_name: utter_can_do_something_else}\n",
        ASSERTIONS + "    - answered_by: [FlowPolicy, RulePolicy]\n",
        ASSERTIONS + "    - routed_to: {router: IntentBasedRouter}\n",
        ASSERTIONS + "    - routed_to: {router: payload}\n",
        USER + "  - user: /greet\n  - user: '/transfer{\"amount\": 5}'\n  - user: /restart\n",
        USER + "  - user: /SetSlots(amount=5)\n  - user: and/or\n  - user: /\n",
        USER + "    commands: [start flow transfer_money, 'SetSlot(amount, 5)', cancel flow]\n",
        USER + "  - slot_was_set: [amount, {recipient: Anna}]\n  - utter: utter_greet\n",
        USER + "  stub_custom_actions: {action_send: {}}\n",
    ],
)
def test_what_the_bot_has_is_no_problem(mini, text):
    assert problems(text, mini) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ASSERTIONS + "    - flow_started: transfer_mony\n",
            "6:21: error[unknown-flow]: The bot has no flow 'transfer_mony'. "
            "Did you mean 'transfer_money'?",
        ),
        (
            ASSERTIONS + "    - pattern_clarification_contains:\n"
            "        operator: any\n        flow_ids: [transfer_money, add_contct]\n",
            "8:36: error[unknown-flow]: The bot has no flow 'add_contct'. "
            "Did you mean 'add_contact'?",
        ),
        (
            ASSERTIONS
            + "    - flow_completed:\n        flow_id: transfer_money\n"
            + "        flow_step_id: confrm\n",
            "8:23: error[unknown-step]: The bot has no step 'confrm' in flow 'transfer_money'. "
            "Did you mean 'confirm'?",
        ),
        (
            ASSERTIONS + "    - slot_was_set:\n      - name: amont\n",
            "7:15: error[unknown-slot]: The bot has no slot 'amont'. Did you mean 'amount'?",
        ),
        (
            ASSERTIONS + "    - action_executed: action_sendd\n",
            "6:24: error[unknown-action]: The bot has no action 'action_sendd'. "
            "Did you mean 'action_send'?",
        ),
        (
            ASSERTIONS + "    - bot_uttered:\n        utter_name: utter_great\n",
            "7:21: error[unknown-response]: The bot has no response 'utter_great'. "
            "Did you mean 'utter_greet'?",
        ),
        (
            ASSERTIONS + "    - answered_by: TEDPolicy\n",
            "6:20: error[unknown-policy]: The bot has no policy 'TEDPolicy'. "
            "Did you mean 'RulePolicy'?",
        ),
        (
            ASSERTIONS + "    - routed_to: {router: LLMBasedRouter}\n",
            "6:27: error[unknown-router]: The bot has no router 'LLMBasedRouter'. "
            "Did you mean 'IntentBasedRouter'?",
        ),
        (
            USER + "  - user: '/transfr{\"amount\": 5}'\n",
            "5:5: warning[unknown-intent]: The bot has no intent 'transfr'. "
            "Did you mean 'transfer'?",
        ),
        (
            USER + "  - user: /SetSlots(amont=5)\n",
            "5:5: warning[unknown-slot]: The bot has no slot 'amont'. Did you mean 'amount'?",
        ),
        (
            USER + "  - slot_was_set: [{amont: 5}]\n",
            "5:20: error[unknown-slot]: The bot has no slot 'amont'. Did you mean 'amount'?",
        ),
        (
            USER + "    commands: |\n      cancel flow\n      start flow transfer_mony\n",
            "7:15: error[unreadable-command]: The command 'start flow transfer_mony' can't be "
            "read, or names what the bot hasn't got. Did you mean 'start flow transfer_money'?",
        ),
        (
            USER + "    commands: ['SetSlott(amount, 5)']\n",
            "5:16: error[unreadable-command]: The command 'SetSlott(amount, 5)' can't be read, "
            "or names what the bot hasn't got. Did you mean 'SetSlot(slot, value)'?",
        ),
        (
            USER + "    commands: [SetSlot(amount, 5)]\n",
            "5:16: error[unreadable-command]: The command 'SetSlot(amount' can't be read, "
            "or names what the bot hasn't got. Put quotes round a line that holds a comma.",
        ),
        (
            "fixtures:\n- rich:\n  - amuont: 5\n" + USER + "  fixtures: rich\n",
            "3:5: error[unknown-slot]: The bot has no slot 'amuont'. Did you mean 'amount'?",
        ),
        (
            "stub_custom_actions:\n  one::action_snd: {}\n" + USER,
            "2:3: error[unknown-action]: The bot has no action 'action_snd'. "
            "Did you mean 'action_send'?",
        ),
        (
            "stub_custom_actions: {utter_greet: {}}\n" + USER,
            "1:23: error[unknown-action]: The bot has no action 'utter_greet'. "
            "Add it to the domain's actions.",
        ),
        (
            "test_cases:\n- test_case: one\n  steps:\n  - utter: utter_welcome_back\n",
            "4:12: error[unknown-response]: The bot has no response 'utter_welcome_back'. "
            "Add it to the domain's responses.",
        ),
    ],
)
def test_what_the_bot_lacks_is_told_with_its_place_and_the_nearest_name(mini, text, expected):
    assert problems(text, mini) == [f"a.yml:{expected}"]


def test_what_many_cases_share_is_told_once(mini):
    write(conftest="stub_custom_actions: {action_snd: {}}\nfixtures: {a: {amuont: 1}}\n")
    case = "- {test_case: %s, fixtures: a, steps: [{user: hi}]}\n"
    found = problems("test_cases:\n" + "".join(case % name for name in "abc"), mini)
    assert [each.partition(" ")[0] for each in found] == [
        "conftest.yml:1:23:",
        "conftest.yml:2:16:",
    ]


def test_the_steps_of_an_unknown_flow_are_not_told(mini):
    text = ASSERTIONS + "    - flow_completed: {flow_id: nonsense, flow_step_id: confirm}\n"
    assert len(problems(text, mini)) == 1


def test_what_only_follows_from_a_domain_that_cannot_be_read_is_not_told():
    write(
        config="pipeline: []\n",
        domain="slots: [\n",
        flows__f="flows:\n  a: {description: x, steps: [{action: utter_x}]}\n",
    )
    project = read_project("config.yml", Path("domain.yml"), [])
    text = ASSERTIONS + "    - flow_started: nonsense\n    - action_executed: nonsense\n"
    assert [each.partition(":")[2] for each in problems(text, project)] == [
        "6:21: error[unknown-flow]: The bot has no flow 'nonsense'. Write a flow's id."
    ]


def test_a_flow_with_errors_is_still_a_flow():
    write(
        config="pipeline: []\n",
        domain="actions: [action_x]\n",
        flows__f="flows:\n  a: {description: x, steps: [{acton: action_x}]}\n",
    )
    project = read_project("config.yml", Path("domain.yml"), [])
    text = ASSERTIONS + "    - flow_completed: {flow_id: a, flow_step_id: later}\n"
    assert problems(text, project) == []


def test_a_bot_that_names_no_policies_has_rasas():
    write(config="language: en\n", domain="actions: []\n")
    project = read_project("config.yml", Path("domain.yml"), [])
    found = problems(ASSERTIONS + "    - answered_by: [TEDPolicy, FlowPolicy]\n", project)
    assert [each.partition(":")[2] for each in found] == [
        "6:32: error[unknown-policy]: The bot has no policy 'FlowPolicy'. "
        "Did you mean 'RulePolicy'?"
    ]


def test_reading_and_checking_need_neither_rasa_nor_tensorflow():
    write(a=USER + "  - utter: utter_greet\n")
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from router.checks.project import read_project\n"
        "from router.e2e.reading import check_names, read_suite\n"
        f"bot = Path({str(MINI)!r})\n"
        "project = read_project(str(bot / 'config.yml'), bot / 'domain.yml', [bot / 'data'])\n"
        "assert check_names(read_suite(['a.yml']).cases, project) == []\n"
        "print(sorted({'rasa', 'rasa_sdk', 'tensorflow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
