import time

import pytest

from router.flows.checks import Known, check_flows
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, default_patterns, default_responses
from router.flows.reading import flows_from_data
from router.flows.yaml_source import parse_yaml

KNOWN = Known(
    slots={
        "amount": "float",
        "names": "list",
        "route_session_to_calm": "bool",
        "loud": "bool",
        "quiet": "bool",
    },
    actions=frozenset({"action_listen", "action_pay", "action_ask_loud"}),
    responses=frozenset({"utter_ask_amount", "utter_done", "utter_ask_loud", "utter_ask_names"}),
    intents=frozenset({"pay", "greet"}),
    patterns=frozenset(
        {"pattern_search", "pattern_human_handoff", "pattern_chitchat", "pattern_completed"}
    ),
)


def check(text, known=KNOWN):
    """The problems with flows, each written without `description`."""
    data = parse_yaml(text, "a.yml")
    for flow in data.values():
        flow.setdefault("description", "d")
    read_problems = []
    flows = flows_from_data(data, read_problems)
    assert not read_problems, read_problems
    return check_flows(flows, known)


def placed(problem):
    return f"{problem.code} {problem.location.line}:{problem.location.column}"


def one_step(step):
    return f"a:\n  steps:\n  - {step}\n"


@pytest.mark.parametrize(
    ("text", "expected", "message", "advice"),
    [
        (one_step("collect: amuont"), "unknown-slot 3:14", "'amuont'", "'amount'"),
        (one_step("collect: zzz"), "unknown-slot 3:14", "'zzz'", "domain's slots"),
        (one_step("set_slots: [{amuont: 1}]"), "unknown-slot 3:18", "'amuont'", "'amount'"),
        (
            "a:\n  persisted_slots: [amuont]\n  steps: [{action: utter_done}]\n",
            "unknown-slot 2:21",
            "'amuont'",
            "'amount'",
        ),
        (
            "a:\n  if: slots.amuont\n  steps: [{action: utter_done}]\n",
            "unknown-slot 2:7",
            "'amuont'",
            "'amount'",
        ),
        (
            "a:\n  steps:\n  - action: utter_done\n    next:\n"
            "    - if: slots.amuont and context.x\n      then: END\n    - else: END\n",
            "unknown-slot 5:11",
            "'amuont'",
            "'amount'",
        ),
        (
            "a:\n  steps:\n  - collect: amount\n    rejections:\n"
            "    - if: slots.amuont < 1\n      utter: utter_done\n",
            "unknown-slot 5:11",
            "'amuont'",
            "'amount'",
        ),
        (
            "a:\n  steps:\n  - collect: amount\n    rejections:\n"
            "    - if: slots.amount < 1\n      utter: utter_dnoe\n",
            "unknown-response 6:14",
            "'utter_dnoe'",
            "'utter_done'",
        ),
        (one_step("action: action_pya"), "unknown-action 3:13", "'action_pya'", "'action_pay'"),
        (one_step("action: utter_don"), "unknown-action 3:13", "'utter_don'", "'utter_done'"),
        (
            "a:\n  steps:\n  - collect: amount\n    utter: utter_how_much\n",
            "collect-without-question 3:14",
            "'utter_how_much'",
            "'action_ask_amount'",
        ),
        (
            one_step("collect: quiet"),
            "collect-without-question 3:14",
            "'utter_ask_quiet'",
            "'action_ask_quiet'",
        ),
        (
            one_step("collect: loud"),
            "collect-with-two-questions 3:14",
            "Both 'utter_ask_loud' and 'action_ask_loud'",
            "Remove one",
        ),
        (one_step("collect: names"), "list-slot 3:14", "'names'", "another type"),
        (one_step("link: b"), "unknown-flow 3:11", "links to 'b'", "id of a flow"),
        (one_step("call: b"), "unknown-flow 3:11", "calls 'b'", "id of a flow"),
        (one_step("link: pattern_serch"), "unknown-flow 3:11", "'pattern_serch'", "pattern_search"),
        (
            one_step("link: pattern_completed"),
            "forbidden-link 3:11",
            "'pattern_completed'",
            "pattern_human_handoff, pattern_search.",
        ),
        (one_step("link: pattern_chitchat"), "forbidden-link 3:11", "'pattern_chitchat'", ""),
        (
            "pattern_restart:\n  steps:\n  - link: pattern_completed\n",
            "forbidden-link 3:11",
            "'pattern_completed'",
            "pattern_chitchat",
        ),
        (one_step("call: pattern_search"), "forbidden-call 3:11", "'pattern_search'", "your own"),
        (
            one_step("call: b") + "b:\n  steps:\n  - link: c\nc:\n  steps: [{action: utter_done}]",
            "link-in-called-flow 3:11",
            "'b', which links to 'c' at a.yml:6:11",
            "'call'",
        ),
        (one_step("call: a"), "call-cycle 3:11", "a -> a.", "link"),
        (
            one_step("call: c")
            + "b:\n  steps: [{call: a}]\nc:\n  steps: [{action: utter_done}, {call: b}]\n",
            "call-cycle 3:11",
            "a -> c -> b -> a.",
            "link",
        ),
        (
            "a:\n  nlu_trigger: [{intent: gret}]\n  steps: [{action: utter_done}]\n",
            "unknown-intent 2:26",
            "'gret'",
            "'greet'",
        ),
        (
            "a:\n  nlu_trigger: [{intent: pay}]\n  steps: [{action: utter_done}]\n"
            "b:\n  nlu_trigger: [{intent: greet}, {intent: pay}]\n"
            "  steps: [{action: utter_done}]\n",
            "trigger-conflict 5:43",
            "'a' at a.yml:2:26 and 'b'",
            "one",
        ),
        (
            "pattern_correction:\n  nlu_trigger: [{intent: {name: pay}}]\n"
            "  steps: [{action: utter_done}]\n",
            "forbidden-trigger 2:33",
            "'pattern_correction'",
            "pattern_chitchat",
        ),
    ],
)
def test_what_is_wrong_between_flows_and_domain_is_told(text, expected, message, advice):
    problems = check(text)
    assert [placed(problem) for problem in problems] == [expected]
    assert not problems[0].is_warning
    assert message in problems[0].message
    assert advice in problems[0].advice


@pytest.mark.parametrize(
    "text",
    [
        one_step("collect: amount"),
        one_step("action: action_pay"),
        one_step("action: utter_done"),
        one_step("action: 'validate_{{context.collect}}'"),
        one_step("link: pattern_search"),
        one_step("link: pattern_human_handoff"),
        "pattern_restart:\n  steps:\n  - link: pattern_chitchat\n",
        "pattern_chitchat:\n  nlu_trigger: [{intent: pay}]\n  steps: [{action: utter_done}]\n",
        "a:\n  if: slots.route_session_to_calm and context.x\n  steps: [{action: utter_done}]\n",
        one_step("call: b") + "b:\n  steps: [{action: utter_done}]\n",
        # Two ways to one flow are no circle.
        "a:\n  steps: [{call: b}, {call: c}]\nb:\n  steps: [{call: c}]\n"
        "c:\n  steps: [{action: utter_done}]\n",
        # Links may go round.
        "a:\n  steps: [{link: b}]\nb:\n  steps: [{link: a}]\n",
        "a:\n  persisted_slots: [amount]\n  steps: [{collect: amount}]\n",
        "a:\n  persisted_slots: [amount]\n  steps: [{set_slots: [{amount: 1}]}]\n",
        "a:\n  persisted_slots: [amount]\n  steps: [{call: b}]\nb:\n  steps: [{collect: amount}]\n",
        "a:\n  nlu_trigger: [{intent: pay}]\n  steps: [{action: utter_done}]\n"
        "b:\n  nlu_trigger: [{intent: greet}]\n  steps: [{action: utter_done}]\n",
    ],
)
def test_what_is_right_is_left_alone(text):
    assert check(text) == []


def test_a_persisted_slot_that_the_flow_never_fills_is_warned_of():
    text = "a:\n  persisted_slots: [amount]\n  steps: [{action: utter_done}]\n"
    assert [(placed(each), each.is_warning) for each in check(text)] == [
        ("persisted-slot-unused 2:21", True)
    ]


def test_each_circle_is_told_once():
    text = (
        "x:\n  steps: [{call: a}]\n"
        "a:\n  steps: [{call: b}]\nb:\n  steps: [{call: a}]\n"
        "c:\n  steps: [{call: d}]\nd:\n  steps: [{call: c}]\n"
    )
    messages = sorted(problem.message for problem in check(text))
    assert [message.split(": ")[1] for message in messages] == ["a -> b -> a.", "c -> d -> c."]


def test_all_problems_are_told_in_one_pass():
    text = "a:\n  steps: [{collect: x}, {action: y}, {call: z}]\n"
    assert [problem.code for problem in check(text)] == [
        "unknown-slot",
        "unknown-action",
        "unknown-flow",
    ]


@pytest.mark.parametrize("has_router", [True, False])
def test_the_default_patterns_are_right(has_router):
    patterns = default_patterns(has_router)
    known = Known(
        slots={},
        actions=DEFAULT_FLOW_ACTIONS
        | {"action_listen", "action_reset_routing", "action_restart", "action_session_start"},
        responses=frozenset(default_responses()),
        intents=frozenset({"restart", "session_start"}),
        patterns=frozenset(patterns),
    )
    assert check_flows(patterns, known) == []


def test_a_long_chain_of_calls_is_checked_in_no_time():
    flows = [f"f{i}:\n  steps: [{{call: f{i + 1}}}]\n" for i in range(2000)]
    begin = time.perf_counter()
    assert check("".join(flows) + "f2000:\n  steps: [{call: f0}]\n")[0].code == "call-cycle"
    assert time.perf_counter() - begin < 10


@pytest.mark.parametrize("step", ["collect: dialogue_stack", "set_slots: [dialogue_stack: null]"])
def test_flows_cannot_change_what_only_routing_changes(step):
    problems = []
    data = parse_yaml(f"a:\n  description: d\n  steps:\n  - {step}\n", "a.yml")
    flows = flows_from_data(data, problems)
    known = Known({"dialogue_stack": "any"}, frozenset(), frozenset(), frozenset(), frozenset())
    assert "reserved-slot" in {problem.code for problem in check_flows(flows, known)}


def test_a_pattern_that_nothing_would_start_is_warned_about():
    problems = []
    text = "pattern_complted:\n  description: d\n  steps:\n  - action: utter_x\n"
    flows = flows_from_data(parse_yaml(text, "a.yml"), problems)
    known = Known({}, frozenset(), frozenset({"utter_x"}), frozenset(), frozenset())
    [problem] = check_flows(flows, known)
    assert (problem.code, problem.is_warning) == ("unknown-pattern", True)
    assert "pattern_completed" in problem.advice
