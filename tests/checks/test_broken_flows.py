"""Flows with errors: what can be read of them is checked too, and nothing follows from the rest."""

import pytest

HEAD = "flows:\n  pay:\n    description: d\n"


def flow(*lines):
    """A file with one flow, whose steps begin in line 5."""
    return HEAD + "    steps:\n" + "".join(f"      {line}\n" for line in lines)


def test_one_error_hides_no_others(bot):
    bot.write(
        flows__pay=flow(
            "- collect: amount",
            "  next:",
            "    - if: slots.size = 'huge'",
            "      then: foo",
            "    - else: END",
            "- collect: amuont",
            "- action: action_pya",
            "- set_slots: [{amount: much}]",
            "- call: nowhere",
            "- collect: amount",
            "  rejections: [{if: slots.amuont, utter: utter_dnoe}]",
        )
    )
    assert bot.found() == [
        "illegal-literal 7",
        "unknown-step 8",
        "unknown-slot 10",
        "unknown-action 11",
        "illegal-value 12",
        "unknown-flow 13",
        "unknown-slot 15",
        "unknown-response 15",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "  broken:\n",
        "  broken: x\n",
        "  broken: {description: d}\n",
        "  broken: {description: d, steps: []}\n",
        "  broken: {steps: [{action: utter_done}]}\n",
        "  broken: {description: d, steps: [{action: utter_done, next: nowhere}]}\n",
        "  broken: {description: d, description: e, steps: [{action: utter_done}]}\n",
    ],
)
def test_a_broken_flow_exists(bot, broken):
    bot.write(flows__broken="flows:\n" + broken, flows__pay=flow("- call: broken"))
    problems = bot.problems()
    assert problems
    assert {each.location.file for each in problems} == {"flows/broken.yml"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (
            ["- actoin: x", "  next: last", "- action: utter_done", "- id: last", "  call: other"],
            "step-kind",
        ),
        (["- action: 5", "  next: END", "- action: utter_done"], "invalid-value"),
        (["- collect: amount", "  utter: 5"], "invalid-value"),
        (["- collect: sure", "  uter: utter_done"], "unknown-key"),
        (["- collect: [sure]"], "invalid-value"),
        (["- collect: amount", "  rejections: [{if: slots.amount}]"], "missing-key"),
        (
            ["- collect: amount", "  rejections: [{if: slots.amount >, utter: utter_done}]"],
            "invalid-condition",
        ),
        (["- set_slots: [{5: 1}]"], "invalid-value"),
        (["- link: 5"], "invalid-value"),
        (["- call: some_tool", "  mcp_server: x"], "unsupported-key"),
        (["- action: action_reset_routing", "  nxt: END", "- action: utter_done"], "unknown-key"),
        (
            ["- action: utter_done", "  next: [{else: [{action: utter_done, nxt: END}]}]"],
            "unknown-key",
        ),
    ],
)
def test_an_error_brings_no_others_with_it(routed, lines, code):
    trigger = "    nlu_trigger: [{intent: pay}]\n"
    other = "flows:\n  other: {description: d, steps: [{action: utter_done}]}\n"
    routed.write(flows__pay=flow(*lines).replace("    steps", trigger + "    steps"))
    routed.write(flows__other=other)
    assert [each.code for each in routed.problems()] == [code]


@pytest.mark.parametrize(
    "trigger", ["nlu_triger: [{intent: pay}]", "nlu_trigger: [{intend: pay}]", "nlu_trigger: pay"]
)
def test_a_trigger_that_cannot_be_read_may_be_the_one_that_an_intent_needs(routed, trigger):
    routed.write(
        config=(routed.folder / "config.yml").read_text().replace("[pay]", "[]")
        + "# nobody lists pay\n",
        flows__pay=HEAD + f"    {trigger}\n    steps: [{{action: utter_done}}]\n",
    )
    codes = {each.code for each in routed.problems() if each.location.file == "config.yml"}
    assert codes == set()


def test_the_triggers_of_a_broken_flow_count(routed):
    routed.write(
        flows__pay=HEAD + "    nlu_trigger: [{intent: pay}]\n    steps: [{actoin: utter_done}]\n"
    )
    assert routed.found() == ["step-kind 5"]


def test_a_persisted_slot_may_be_filled_by_the_step_that_cannot_be_read(bot):
    bot.write(
        flows__pay=HEAD + "    persisted_slots: [amount, sure]\n    steps:\n"
        "      - call: other\n      - set_slots: [{sure: true}]\n",
        flows__other="flows:\n  other:\n    description: d\n    steps: [{colect: amount}]\n",
    )
    assert bot.found() == ["step-kind 4"]


def test_a_broken_pattern_completed_may_reset(routed):
    routed.write(
        flows__pay="flows:\n  pattern_completed:\n    description: d\n    steps:\n"
        "      - actoin: action_reset_routing\n"
    )
    assert routed.found("completed-without-reset", "step-kind") == ["step-kind 5"]


def test_circles_and_links_of_broken_flows_are_told(bot):
    bot.write(
        flows__pay="flows:\n"
        "  a: {description: d, steps: [{call: b}, {actoin: x}]}\n"
        "  b: {description: d, steps: [{call: a}]}\n"
        "  c: {description: d, steps: [{call: d}]}\n"
        "  d: {description: d, steps: [{action: 5}, {link: a}]}\n"
    )
    assert bot.found("call-cycle", "link-in-called-flow") == [
        "call-cycle 2",
        "link-in-called-flow 4",
    ]


def test_flows_with_errors_alone_still_need_their_policy(bot):
    bot.write(config="pipeline: []\npolicies: []\n", flows__pay=flow("- actoin: utter_done"))
    assert set(bot.found()) >= {"step-kind 5", "missing-flow-policy 2", "missing-importer 1"}


def test_two_files_that_cannot_be_read_bring_nothing_else(routed):
    routed.write(
        domain="slots: [\n",
        flows__pay=flow("- collect: amount", "- action: action_pay", "- call: other"),
        flows__other="flows: {\n",
    )
    assert {each.split()[0] for each in routed.found()} == {"yaml-syntax"}


def test_a_config_that_cannot_be_read_brings_nothing_else(bot):
    bot.write(
        config="pipeline: [\n",
        flows__pay=flow("- collect: amuont", "- action: action_reset_routing"),
    )
    assert bot.found() == ["yaml-syntax 2", "unknown-slot 5"]


def test_nothing_but_checks_sees_a_broken_flow(bot):
    from pathlib import Path

    from router.checks import read_project

    bot.write(flows__pay=flow("- actoin: utter_done"), flows__fine=flow().replace("pay", "fine"))
    bot.write(flows__fine="flows:\n  fine: {description: d, steps: [{action: utter_done}]}\n")
    project = read_project("config.yml", Path("domain.yml"), [Path("data")])
    assert list(project.flows) == list(project.assistant().flows) == ["fine"]
    assert list(project.broken_flows) == ["pay"]
