from textwrap import indent

import pytest

from router.errors import Location
from router.flows.conditions import parse_condition
from router.flows.model import (
    END,
    ActionStep,
    Branch,
    CallStep,
    CollectStep,
    LinkStep,
    NoopStep,
    Rejection,
    SetSlotsStep,
)
from router.flows.reading import flows_from_data
from router.flows.yaml_source import parse_yaml


def read_steps(steps):
    """The flow with these steps, the first in line 5 and indented by 4, and its problems."""
    text = "flows:\n  a:\n    description: d\n    steps:\n" + indent(steps, "    ") + "\n"
    problems = []
    flows = flows_from_data(parse_yaml(text, "a.yml")["flows"], problems)
    return flows.get("a"), problems


def steps_of(steps):
    flow, problems = read_steps(steps)
    assert not problems, problems
    return flow.steps


def ways_on(steps):
    """Step id -> the ids that may follow it, of a flow with these steps."""
    return {step.id: [branch.target for branch in step.next] for step in steps_of(steps)}


def placed(problem):
    return f"{problem.code} {problem.location.line}:{problem.location.column}"


def to(target):
    return (Branch(None, target),)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("- action: utter_a", ActionStep("0_action_utter_a", action="utter_a")),
        ("- action: '{{context.utter}}'\n  id: x", ActionStep("x", action="{{context.utter}}")),
        ("- link: b", LinkStep("0_link_b", flow="b")),
        ("- call: b", CallStep("0_call_b", flow="b")),
        ("- noop: true\n  next: END", NoopStep("0_noop")),
        (
            "- collect: x",
            CollectStep("0_collect_x", slot="x", utter="utter_ask_x", ask_action="action_ask_x"),
        ),
        (
            "- collect: x\n"
            "  description: a number\n"
            "  utter: utter_other\n"
            "  ask_before_filling: true\n"
            "  reset_after_flow_ends: false\n"
            "  force_slot_filling: true\n"
            "  rejections:\n"
            "  - if: slots.x < 0\n"
            "    utter: utter_negative\n",
            CollectStep(
                "0_collect_x",
                slot="x",
                description="a number",
                utter="utter_other",
                ask_action="action_ask_x",
                ask_before_filling=True,
                reset_after_flow_ends=False,
                force_slot_filling=True,
                rejections=(Rejection(parse_condition("slots.x < 0"), "utter_negative"),),
            ),
        ),
        (
            "- set_slots:\n  - x: 1\n  - y: null\n  - z: [a, {b: c}]",
            SetSlotsStep("0_set_slots_x", values=(("x", 1), ("y", None), ("z", ["a", {"b": "c"}]))),
        ),
        (
            "- set_slots:\n    x: 1\n    y: yes",
            SetSlotsStep("0_set_slots_x", values=(("x", 1), ("y", "yes"))),
        ),
    ],
)
def test_a_step_of_each_kind_is_read(text, step):
    assert steps_of(text) == (step,)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            "- action: a\n- action: b",
            {"0_action_a": ["1_action_b"], "1_action_b": ["END"]},
        ),
        (
            "- action: a\n  id: x\n  next: y\n- action: b\n  id: y\n  next: x",
            {"x": ["y"], "y": ["x"]},
        ),
        ("- action: a\n  id: x\n  next: END", {"x": ["END"]}),
        (
            "- noop: true\n"
            "  next:\n"
            "  - if: slots.x\n"
            "    then:\n"
            "    - action: a\n"
            "    - action: b\n"
            "      next:\n"
            "      - if: slots.y\n"
            "        then:\n"
            "        - link: other\n"
            "      - else: END\n"
            "  - if: slots.z\n"
            "    then: last\n"
            "  - else:\n"
            "    - action: c\n"
            "      next: last\n"
            "- action: d\n"
            "  id: last\n",
            {
                "0_noop": ["1_action_a", "last", "4_action_c"],
                "1_action_a": ["2_action_b"],
                "2_action_b": ["3_link_other", "END"],
                "3_link_other": ["END"],
                "4_action_c": ["last"],
                "last": ["END"],
            },
        ),
        (
            "- action: a\n  next: inside\n"
            "- noop: true\n  id: n\n  next:\n  - else:\n"
            "    - action: b\n      id: inside\n      next: n",
            {"0_action_a": ["inside"], "n": ["inside"], "inside": ["n"]},
        ),
        (
            "- action: b\n  id: 1_action_b\n- action: b",
            {"1_action_b": ["1_action_b_"], "1_action_b_": ["END"]},
        ),
    ],
)
def test_nested_steps_are_flattened_and_each_knows_its_ways_on(steps, expected):
    ways = ways_on(steps)
    assert ways == expected
    assert list(ways) == list(expected)


def test_branches_keep_their_conditions_in_order():
    steps = steps_of("- collect: x\n  next:\n  - if: slots.x > 1\n    then: END\n  - else: END\n")
    assert steps[0].next == (Branch(parse_condition("slots.x > 1"), END), Branch(None, END))


def test_a_literal_condition_may_be_a_boolean():
    steps = steps_of("- action: x\n  next:\n  - if: true\n    then: END\n  - else: END\n")
    assert steps[0].next[0].condition == parse_condition(True)


def test_a_step_is_placed_where_its_action_or_slot_is_named():
    steps = steps_of("- id: x\n  collect: y\n- set_slots:\n  - z: 1\n")
    assert [step.location for step in steps] == [Location("a.yml", 6, 16), Location("a.yml", 8, 7)]


def branches(*lines):
    return "\n".join(["- action: x", "  next:", *(f"  {line}" for line in lines)])


@pytest.mark.parametrize(
    ("steps", "expected", "message", "advice"),
    [
        ("- utter_a", "invalid-value 5:7", "'utter_a'", "- action: utter_greet"),
        ("-", "invalid-value 5:6", "empty", "- action: utter_greet"),
        ("- id: x", "step-kind 5:7", "this one has none", "Add the one"),
        ("- actoin: x", "step-kind 5:7", "this one has none", "Did you mean 'action'?"),
        ("- action: x\n  link: y", "step-kind 6:7", "has action and link", "Split"),
        ("- action: x\n  nxt: END", "unknown-key 6:7", "'nxt'", "'next'"),
        ("- action: x\n  utter: y", "unknown-key 6:7", "'utter'", "Known keys: action, id"),
        ("- action: x\n  description: y", "unknown-key 6:7", "The 'action' step", "Known keys"),
        ("- collect: x\n  rejection: []", "unknown-key 6:7", "'rejection'", "'rejections'"),
        ("- call: x\n  exit_if: [y]", "unsupported-key 6:7", "'exit_if'", "Remove"),
        ("- call: x\n  mcp_server: y", "unsupported-key 6:7", "'mcp_server'", "Remove"),
        ("- call: x\n  mapping: {}", "unsupported-key 6:7", "'mapping'", "Remove"),
        ("- action: 5", "invalid-value 5:15", "5", "name of an action"),
        ("- action:", "invalid-value 5:14", "empty", "name of an action"),
        ("- collect: [x]", "invalid-value 5:16", '["x"]', "name of a slot"),
        ("- link: {a: b}", "invalid-value 5:13", '{"a": "b"}', "flow's id"),
        ("- call: true", "invalid-value 5:13", "true", '"true"'),
        ("- noop: false\n  next: END", "invalid-value 5:13", "false", "noop: true"),
        ("- action: x\n  id: 1", "invalid-value 6:11", "1", "quotes"),
        ("- action: x\n  id: END", "reserved-step-id 6:11", "'END'", "another"),
        ("- action: x\n  id: START", "reserved-step-id 6:11", "'START'", "another"),
        (
            "- action: x\n  id: a\n- action: y\n  id: a",
            "duplicate-step-id 8:11",
            "at a.yml:6:11 and here",
            "Rename",
        ),
        ("- noop: true", "missing-next 5:7", "'noop'", "next: END"),
        ("- link: x\n  next: END", "link-with-next 6:7", "no 'next'", "call"),
        ("- link: x\n- action: y", "link-not-last 5:7", "never run", "call"),
        ("- action: x\n  next: y", "unknown-step 6:13", "'y'", "or END"),
        ("- action: x\n  id: first\n  next: frist", "unknown-step 7:13", "'frist'", "'first'"),
        ("- action: x\n  next: end", "unknown-step 6:13", "'end'", "'END'"),
        ("- action: x\n  next:", "invalid-value 6:12", "empty", "step id, END, or a list"),
        ("- action: x\n  next: []", "invalid-value 6:13", "[]", "step id, END, or a list"),
        ("- action: x\n  next: {if: y}", "invalid-value 6:13", '{"if": "y"}', "a list of"),
        ("- action: x\n  next: 3", "invalid-value 6:13", "3", "a list of"),
        (branches("- END"), "invalid-value 7:9", "'END'", "- if: ... then: ..."),
        (branches("- if: true", "  then: END"), "missing-else 7:7", "no condition", "- else"),
        (branches("- then: END", "- else: END"), "missing-key 7:9", "'if'", "condition"),
        (branches("- if: true", "- else: END"), "missing-key 7:9", "'then'", "step id"),
        (
            branches("- else: END", "- if: true", "  then: END"),
            "misplaced-else 7:9",
            "last item",
            "below",
        ),
        (
            branches("- if: true", "  then: END", "  else: END"),
            "misplaced-else 9:9",
            "alone",
            "- else: ...",
        ),
        (branches("- else: END", "  than: END"), "unknown-key 8:9", "'than'", "'then'"),
        (branches("- else: y"), "unknown-step 7:15", "'y'", "or END"),
        (branches("- else: []"), "invalid-value 7:15", "[]", "list of steps"),
        (branches("- else:", "  - action: y"), "missing-next 8:11", "last step", "next: END"),
        (branches("- else:", "  - actn: y", "    next: END"), "step-kind 8:11", "none", "'action'"),
        (
            branches("- if: slots.a >", "  then: END", "- else: END"),
            "invalid-condition 7:22",
            "slots.a >",
            "",
        ),
        (branches("- if: 5", "  then: END", "- else: END"), "invalid-value 7:13", "5", "slots."),
        ("- set_slots: x", "invalid-value 5:18", "'x'", "- slot: value"),
        ("- set_slots: []", "invalid-value 5:18", "[]", "- slot: value"),
        ("- set_slots: [x]", "invalid-value 5:19", "'x'", "- slot: value"),
        ("- set_slots: [{x: 1, y: 2}]", "invalid-value 5:19", "x", "- slot: value"),
        ("- set_slots: [{1: 2}]", "invalid-value 5:20", "1", "- slot: value"),
        ("- collect: x\n  utter: 1", "invalid-value 6:14", "1", "name of a response"),
        ("- collect: x\n  description: 1", "invalid-value 6:20", "1", "text"),
        ("- collect: x\n  ask_before_filling: no", "invalid-value 6:27", "'no'", "true or false"),
        ("- collect: x\n  reset_after_flow_ends:", "invalid-value 6:29", "empty", "true or"),
        ("- collect: x\n  force_slot_filling: 0", "invalid-value 6:27", "0", "true or false"),
        ("- collect: x\n  rejections: {}", "invalid-value 6:19", "{}", "list of"),
        ("- collect: x\n  rejections: [y]", "invalid-value 6:20", "'y'", "list of"),
        ("- collect: x\n  rejections: [{if: true}]", "missing-key 6:20", "'utter'", "response"),
        ("- collect: x\n  rejections: [{utter: y}]", "missing-key 6:20", "'if'", "condition"),
        (
            "- collect: x\n  rejections: [{if: true, utter: y, uter: z}]",
            "unknown-key 6:41",
            "'uter'",
            "'utter'",
        ),
        (
            "- collect: x\n  rejections: [{if: slots.x <, utter: y}]",
            "invalid-condition 6:34",
            "slots.x <",
            "",
        ),
    ],
)
def test_what_is_wrong_with_a_step_is_told_with_its_place(steps, expected, message, advice):
    flow, problems = read_steps(steps)
    assert flow is None
    assert [placed(problem) for problem in problems] == [expected]
    assert not problems[0].is_warning
    assert message in problems[0].message
    assert advice in problems[0].advice


def test_all_problems_of_a_flow_are_told_in_one_pass():
    _, problems = read_steps("- action: 1\n- x: y\n- collect: z\n  next: nowhere\n")
    assert [placed(problem) for problem in problems] == [
        "step-kind 6:7",
        "invalid-value 5:15",
        "unknown-step 8:13",
    ]


def test_a_step_that_nothing_leads_to_is_warned_of():
    flow, problems = read_steps("- action: x\n  next: END\n- action: y\n- action: z\n")
    assert len(flow.steps) == 3
    assert [(placed(each), each.is_warning) for each in problems] == [
        ("unreachable-step 7:15", True),
        ("unreachable-step 8:15", True),
    ]


def test_a_circle_of_steps_is_no_problem():
    assert ways_on("- collect: x\n  id: a\n  next: b\n- action: y\n  id: b\n  next: a") == {
        "a": ["b"],
        "b": ["a"],
    }
