"""An assertion that can't be read is refused with its place, what was given and what to write."""

import inspect

import pytest
from asserting import checks, problems

from router.e2e.assertions import ASSERTIONS, STEP_CHECKS

WHOLE = """\
- flow_started: transfer
- flow_completed: {flow_id: transfer, flow_step_id: end}
- flow_cancelled: {flow_id: transfer, flow_step_id: ask}
- pattern_clarification_contains: {operator: any, flow_ids: [a, b]}
- slot_was_set: [{name: a}, {name: b, value: 1}]
- slot_was_not_set: [{name: a}, {name: b, value: [1]}]
- action_executed: action_x
- bot_uttered: {utter_name: utter_x, text_matches: x, buttons: [{title: A, payload: /a}]}
- bot_did_not_utter: {text_matches: x}
- generative_response_is_relevant: {threshold: 0.9}
- generative_response_is_grounded: {threshold: 0.9, ground_truth: It is so.}
- routed_to: {route: nlu, sticky: true, reason: given intent, router: payload}
- routing_reset: true
- answered_by: FlowPolicy
- handoff: {from: nlu, to: calm}
- llm_calls: {at_most: 1}
- turn_latency_ms: {at_most: 500}
- bot: Hello
- utter: utter_x
- action: action_x
"""


def test_all_assertions_are_read_and_shown_in_one_line() -> None:
    read = checks(WHOLE)
    assert sorted(check.name for check in read) == list(ASSERTIONS)
    shown = {check.name: str(check.value) for check in read}
    assert shown["flow_completed"] == "transfer at step end"
    assert shown["pattern_clarification_contains"] == "any of a, b"
    assert shown["slot_was_set"] == "a, b = 1"
    assert shown["bot_uttered"] == 'utter_x, matches "x", buttons [A -> /a]'
    assert shown["generative_response_is_relevant"] == "at least 0.9"
    assert shown["routed_to"] == ("route: nlu, sticky: True, reason: given intent, router: payload")
    assert not any("\n" in text or "(" in text for text in shown.values())


@pytest.mark.parametrize("name", ASSERTIONS)
def test_every_assertion_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(type(ASSERTIONS[name]))


def test_every_step_is_checked_by_the_assertion_of_its_name() -> None:
    assert set(STEP_CHECKS) <= set(ASSERTIONS)


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("flow_started:", "'flow_started' can't be empty.", "Write `flow_started: flow_id`, or"),
        ("flow_started: []", "'flow_started' can't be [].", "Write `flow_started: flow_id`, or"),
        ("flow_started: 12", "'flow_started' can't be 12.", "Put quotes round it"),
        ("flow_started: {operator: one, flow_ids: [a]}", "'operator' can't be 'one'.",
         "Write all or any."),
        ("flow_started: {operator: any}", "'flow_started' lacks the key 'flow_ids'.", "Write `fl"),
        ("flow_started: {flows: [a]}", "'flow_started' has no key 'flows'.",
         "Did you mean 'flow_ids'?"),
        ("flow_started: {flow_id: [a]}", "'flow_started' has no key 'flow_id'.",
         "Did you mean 'flow_ids'?"),
        ("flow_completed: [a]", "'flow_completed' can't be [\"a\"].", "Write `flow_completed:`"),
        ("flow_completed: {flow_id: a, flow_step: b}", "'flow_completed' has no key 'flow_step'.",
         "Did you mean 'flow_step_id'?"),
        ("flow_cancelled: {flow_step_id: b}", "'flow_cancelled' lacks the key 'flow_id'.",
         "Write `flow_cancelled:`"),
        ("slot_was_set: []", "'slot_was_set' can't be [].", "Write `slot_was_set:` and a list"),
        ("slot_was_set: [{amount: 50}]", "'slot_was_set' has no key 'amount'.",
         "If it is a slot, write `- name: amount` and below it `value: ...`."),
        ("slot_was_set: [{nmae: amount}]", "'slot_was_set' has no key 'nmae'.",
         "Did you mean 'name'?"),
        ("slot_was_set: [{value: 50}]", "'slot_was_set' lacks the key 'name'.", "Write `slot_was"),
        ("slot_was_not_set: [[a]]", "'slot_was_not_set' can't be [\"a\"].", "Write `slot_was_not"),
        ("action_executed: {name: a}", "'action_executed' can't be {\"name\": \"a\"}.",
         "Write `action_executed: action_name`."),
        ("bot_uttered: {}", "'bot_uttered' says nothing.", "Write `bot_uttered:` with one or more"),
        ("bot_uttered: utter_x", "'bot_uttered' can't be 'utter_x'.", "Write `bot_uttered:` with"),
        ("bot_uttered: {utter: utter_x}", "'bot_uttered' has no key 'utter'.",
         "Did you mean 'utter_name'?"),
        ("bot_uttered: {text_matches: '*'}", "'text_matches' can't be '*'.",
         "It is a regular expression: nothing to repeat at position 0."),
        ("bot_uttered: {text_matches: 12}", "'text_matches' can't be 12.", "Put quotes round it"),
        ("bot_uttered: {buttons: Yes}", "'buttons' can't be 'Yes'.", "Write `buttons:` and a list"),
        ("bot_uttered: {buttons: [{payload: /a}]}", "'buttons' lacks the key 'title'.",
         "Write `buttons:` and a list"),
        ("bot_did_not_utter: {buttons: [{title: A, url: b}]}", "'buttons' has no key 'url'.",
         "Known here: title, payload."),
        ("generative_response_is_relevant: {threshold: 2}", "'threshold' can't be 2.",
         "Write a number from 0 to 1."),
        ("generative_response_is_relevant: {ground_truth: x}",
         "'generative_response_is_relevant' has no key 'ground_truth'.", "Known here: threshold"),
        ("routed_to: clam", "'routed_to' can't be 'clam'.", "Did you mean 'calm'?"),
        ("routed_to:", "'routed_to' can't be empty.", "Write calm, calm_once, nlu or nlu_once."),
        ("routed_to: [calm]", "'routed_to' can't be [\"calm\"].",
         "Write calm, calm_once, nlu or nlu_once."),
        ("routed_to: {route: nlu_once}", "'route' can't be 'nlu_once'.",
         "Write `route: nlu` and `sticky: false`."),
        ("routed_to: {route: [calm]}", "'route' can't be [\"calm\"].", "Write calm or nlu."),
        ("routed_to: {sticky: 1}", "'sticky' can't be 1.", "Write `sticky: true` or"),
        ("routed_to: {reson: x}", "'routed_to' has no key 'reson'.", "Did you mean 'reason'?"),
        ("routing_reset: yes", "'routing_reset' can't be 'yes'.", "Write `routing_reset: true` or"),
        ("answered_by: []", "'answered_by' can't be [].", "Write `answered_by: FlowPolicy`."),
        ("handoff: {from: nlu}", "'handoff' lacks the key 'to'.", "Write `handoff: {from: nlu"),
        ("handoff: {from: nlu, to: nlu}", "'to' can't be 'nlu'.", "Write `handoff: {from: nlu"),
        ("handoff: {from: null, to: calm}", "'from' can't be empty.", "Write calm or nlu."),
        ("llm_calls: 1", "'llm_calls' can't be 1.", "Write `llm_calls: {at_most: 1}`."),
        ("llm_calls: {at_most: 1.5}", "'at_most' can't be 1.5.", "Write a whole number."),
        ("llm_calls: {at_most: -1}", "'at_most' can't be -1.", "Write a number of 0 or more."),
        ("turn_latency_ms: {at_most: true}", "'at_most' can't be true.", "Write a number of 0"),
        ("turn_latency_ms: {at_least: 1}", "'turn_latency_ms' has no key 'at_least'.", "Did you"),
        ("bot: ''", "'bot' can't be ''.", "Write `bot:` and the text."),
        ("utter: [utter_x]", "'utter' can't be [\"utter_x\"].", "Write `utter: utter_name`."),
    ],
)  # fmt: skip
def test_what_cant_be_read_says_what_to_write(text: str, message: str, advice: str) -> None:
    found = problems(f"- bot: Hello\n- {text}")
    assert found[0].message == message
    assert found[0].advice.startswith(advice)
    assert {(each.location.file, each.location.line) for each in found} == {("test_x.yml", 2)}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("- flow_started:\n    flow_ids:\n    - a\n    - 12", 4, 7),
        ("- flow_started:\n    flow_ids: [a]\n    operatr: any", 3, 5),
        ("- slot_was_set:\n  - name: a\n  - name: b\n    vlaue: 1", 4, 5),
        ("- bot_uttered:\n    buttons:\n    - title: a\n    - title: 1", 4, 14),
        ("- routed_to:\n    route: calm\n    sticky: x", 3, 13),
    ],
)
def test_the_place_is_that_of_the_wrong_part(text: str, line: int, column: int) -> None:
    [problem] = problems(text)
    assert (problem.location.line, problem.location.column) == (line, column)


def test_all_that_is_wrong_with_a_map_is_told_at_once() -> None:
    found = problems("- slot_was_set: [{nme: a, vlaue: 1}]")
    assert [each.code for each in found] == ["unknown-key", "unknown-key", "missing-key"]


@pytest.mark.parametrize("text", ["slot_was_set: []", "slot_was_set: [[a]]", "slot_was_set: [1]"])
def test_a_step_that_cant_be_read_is_refused_too(text: str) -> None:
    [problem] = problems(f"- {text}", STEP_CHECKS)
    assert problem.code == "invalid-value"
