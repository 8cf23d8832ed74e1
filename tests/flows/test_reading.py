from pathlib import Path

import pytest

from router.errors import InvalidFile, InvalidFlow
from router.flows.conditions import parse_condition
from router.flows.model import NOWHERE, NluTrigger
from router.flows.reading import flow_files, flows_from_data, raise_if_errors, read_flows
from router.flows.yaml_source import parse_yaml

FINE = "  fine:\n    description: d\n    steps:\n      - action: utter_a\n"


def write(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")


def read(text):
    """The flows of a file, and its problems as `code line:column`."""
    problems = []
    flows = flows_from_data(parse_yaml(text, "a.yml")["flows"], problems)
    return flows, problems


def placed(problem):
    return f"{problem.code} {problem.location.line}:{problem.location.column}"


def test_a_flow_with_every_key_is_read():
    flows, problems = read(
        "flows:\n"
        "  transfer-money:\n"
        "    description: Sends money.\n"
        "    name: transfer money\n"
        "    if: slots.logged_in\n"
        "    always_include_in_prompt: true\n"
        "    nlu_trigger:\n"
        "      - intent: send\n"
        "      - intent: {name: pay, confidence_threshold: 0.8}\n"
        "      - intent:\n"
        "          name: give\n"
        "    persisted_slots: [amount]\n"
        "    run_pattern_completed: false\n"
        "    steps:\n"
        "      - collect: amount\n"
    )
    assert not problems
    flow = flows["transfer-money"]
    assert flow.description == "Sends money."
    assert flow.name == "transfer money"
    assert flow.guard == parse_condition("slots.logged_in")
    assert flow.always_include_in_prompt is True
    assert flow.nlu_triggers == (NluTrigger("send"), NluTrigger("pay", 0.8), NluTrigger("give"))
    assert flow.persisted_slots == ("amount",)
    assert flow.run_pattern_completed is False
    assert flow.steps[0].slot == "amount"
    assert str(flow.location) == "a.yml:2:3"


def test_a_flow_with_the_fewest_keys_has_the_defaults():
    flows, problems = read("flows:\n" + FINE)
    assert not problems
    flow = flows["fine"]
    assert (flow.name, flow.guard, flow.nlu_triggers, flow.persisted_slots) == ("", None, (), ())
    assert flow.always_include_in_prompt is False
    assert flow.run_pattern_completed is True


def test_the_source_is_plain_and_gives_the_same_flow_again():
    flows, _ = read("flows:\n" + FINE)
    source = flows["fine"].source
    assert type(source) is dict
    assert type(source["steps"]) is list
    assert type(source["steps"][0]) is dict
    problems = []
    again = flows_from_data({"fine": source}, problems)
    assert not problems
    assert again == flows
    assert again["fine"].location == NOWHERE
    assert again["fine"].fingerprint == flows["fine"].fingerprint


def test_problems_of_plain_data_have_no_place():
    problems = []
    assert flows_from_data({"a": {"description": "d", "stepz": []}}, problems) == {}
    assert {problem.location for problem in problems} == {NOWHERE}
    assert {problem.code for problem in problems} == {"unknown-key", "missing-key"}


def flow_with(line):
    """A flow whose fourth line is `line`, indented as a key of the flow."""
    return f"flows:\n  a:\n    description: d\n    {line}\n    steps: [{{action: utter_a}}]\n"


ONE_STEP = "[{action: utter_a}]"


@pytest.mark.parametrize(
    ("text", "expected", "message", "advice"),
    [
        (flow_with("descripton: d"), "unknown-key 4:5", "'descripton'", "'description'"),
        (flow_with("frobnicate: d"), "unknown-key 4:5", "'frobnicate'", "Known keys: always_"),
        (flow_with("1: d"), "unknown-key 4:5", "1", "Known keys"),
        (flow_with("mcp_server: d"), "unsupported-key 4:5", "'mcp_server'", "Remove"),
        (flow_with("name: 5"), "invalid-value 4:11", "'name' of flow 'a' can't be 5", "quotes"),
        (flow_with("name: ''"), "invalid-value 4:11", "''", "text"),
        (flow_with("name:"), "invalid-value 4:10", "can't be empty", "text"),
        (flow_with("name: [x, y]"), "invalid-value 4:11", '["x", "y"]', "text"),
        (
            flow_with("always_include_in_prompt: yes"),
            "invalid-value 4:31",
            "'yes'",
            "true or false",
        ),
        (flow_with("run_pattern_completed: 1"), "invalid-value 4:28", "1", "true or false"),
        (flow_with("persisted_slots: x"), "invalid-value 4:22", "'x'", "list of slot names"),
        (flow_with("persisted_slots: [x, 1]"), "invalid-value 4:26", "1", "name of a slot"),
        (flow_with("if: 5"), "invalid-value 4:9", "5", "condition"),
        (flow_with("if: [a]"), "invalid-value 4:9", '["a"]', "condition"),
        (flow_with("if: slots.a >"), "invalid-condition 4:18", "slots.a >", ""),
        (flow_with("if: slots.a ? 1"), "invalid-condition 4:17", "slots.a ? 1", ""),
        (flow_with("if: 'slots.a ? 1'"), "invalid-condition 4:18", "slots.a ? 1", ""),
        (flow_with("nlu_trigger: x"), "invalid-value 4:18", "'x'", "- intent: name"),
        (flow_with("nlu_trigger: [x]"), "invalid-value 4:19", "'x'", "- intent: name"),
        (flow_with("nlu_trigger: [{intend: x}]"), "unknown-key 4:20", "'intend'", "'intent'"),
        (flow_with("nlu_trigger: [{intent: 5}]"), "invalid-value 4:28", "5", "- intent: name"),
        (
            flow_with("nlu_trigger: [{intent: {confidence_threshold: 1}}]"),
            "missing-key 4:28",
            "'name'",
            "name of an intent",
        ),
        (
            flow_with("nlu_trigger: [{intent: {name: x, confidence_threshold: 1.5}}]"),
            "invalid-value 4:60",
            "1.5",
            "from 0 to 1",
        ),
        (
            flow_with("nlu_trigger: [{intent: {name: x, confidence_threshold: true}}]"),
            "invalid-value 4:60",
            "true",
            "from 0 to 1",
        ),
        (f"flows:\n  a:\n    steps: {ONE_STEP}", "missing-key 2:3", "'description'", "sentence"),
        ("flows:\n  a:\n    description: d", "missing-key 2:3", "'steps'", "list of steps"),
        ("flows:\n  a: {description: d, steps: []}", "invalid-value 2:30", "[]", "list of steps"),
        ("flows:\n  a: {description: d, steps: x}", "invalid-value 2:30", "'x'", "list of steps"),
        ("flows:\n  a: {description: d, steps: }", "invalid-value 2:30", "empty", "list of steps"),
        ("flows:\n  a:", "invalid-value 2:5", "empty", "'description' and 'steps'"),
        ("flows:\n  a: x", "invalid-value 2:6", "'x'", "'description' and 'steps'"),
        (
            f"flows:\n  a b: {{description: d, steps: {ONE_STEP}}}",
            "invalid-value 2:3",
            "'a b'",
            "letters",
        ),
        (
            f"flows:\n  -a: {{description: d, steps: {ONE_STEP}}}",
            "invalid-value 2:3",
            "'-a'",
            "letters",
        ),
        (
            f"flows:\n  7: {{description: d, steps: {ONE_STEP}}}",
            "invalid-value 2:3",
            "7",
            "letters",
        ),
    ],
)
def test_what_is_wrong_with_a_flow_is_told_with_its_place(text, expected, message, advice):
    flows, problems = read(text + "\n" if text.endswith("\n") else text)
    assert expected in [placed(problem) for problem in problems]
    problem = next(each for each in problems if placed(each) == expected)
    assert not problem.is_warning
    assert message in problem.message
    assert advice in problem.advice
    assert flows == {}


def test_only_the_flow_with_the_error_is_left_out():
    flows, problems = read("flows:\n  bad: {description: d}\n" + FINE)
    assert list(flows) == ["fine"]
    assert [placed(problem) for problem in problems] == ["missing-key 2:3"]


def test_a_pattern_without_description_is_only_warned_of():
    flows, problems = read(f"flows:\n  pattern_completed:\n    steps: {ONE_STEP}\n")
    assert list(flows) == ["pattern_completed"]
    assert [(placed(each), each.is_warning) for each in problems] == [
        ("missing-description 2:3", True)
    ]


def test_keys_without_effect_are_warned_of_once_a_file():
    flows, problems = read(
        "flows:\n"
        "  a:\n"
        "    description: d\n"
        "    translation: {de: {name: x}}\n"
        "    metadata: 1\n"
        "    steps:\n"
        "      - collect: x\n"
        "        silence_timeout: 5\n"
        "        metadata: {a: 1}\n"
        "      - action: y\n"
        "        dtmf: 1\n"
        "  b:\n"
        "    description: d\n"
        "    file_path: x\n"
        "    translation: y\n"
        f"    steps: {ONE_STEP}\n"
    )
    assert [(placed(each), each.is_warning) for each in problems] == [("unused-key 4:5", True)]
    for key in ("translation", "metadata", "silence_timeout", "dtmf", "file_path"):
        assert problems[0].message.count(f"'{key}'") == 1
    assert flows["a"].source["translation"] == {"de": {"name": "x"}}


def test_metadata_of_a_step_is_simply_allowed():
    _, problems = read("flows:\n" + FINE + "        metadata: {a: 1}\n")
    assert problems == []


def test_flows_of_several_files_are_read_with_all_problems_in_one_pass(tmp_path):
    write(
        tmp_path,
        a="flows:\n" + FINE + "  bad: {description: d}\n",
        b="flows: [",
        c="flows:\n  c:\n    description: d\n    description: e\n    steps: [{action: x}]\n",
        d="flows: [x]\n",
        e="flows:\n",
        f="flows:\n  last:\n    description: d\n    steps: [{action: x}, {actoin: x}]\n",
    )
    problems = []
    flows = read_flows([tmp_path], collect=problems)
    assert list(flows) == ["fine"]
    assert [(Path(each.location.file).name, placed(each)) for each in problems] == [
        ("a.yml", "missing-key 6:3"),
        ("b.yml", "yaml-syntax 2:1"),
        ("c.yml", "duplicate-key 4:5"),
        ("d.yml", "invalid-value 1:8"),
        ("f.yml", "step-kind 4:26"),
    ]


def test_a_flow_id_in_two_files_names_both_places(tmp_path):
    write(tmp_path, a="flows:\n" + FINE, b="flows:\n\n" + FINE)
    problems = []
    flows = read_flows([tmp_path], collect=problems)
    (problem,) = problems
    assert (problem.code, str(problem.location)) == ("duplicate-flow-id", f"{tmp_path}/b.yml:3:3")
    assert f"{tmp_path}/a.yml:2:3" in problem.message
    assert flows["fine"].location.file == f"{tmp_path}/a.yml"


def test_a_flow_id_twice_in_one_file_names_both_places(tmp_path):
    write(tmp_path, a="flows:\n" + FINE + FINE)
    problems = []
    read_flows([tmp_path], collect=problems)
    (problem,) = problems
    assert placed(problem) == "duplicate-key 6:3"
    assert f"{tmp_path}/a.yml:2:3" in problem.message


def test_an_invalid_second_definition_is_still_a_second_one(tmp_path):
    write(tmp_path, a="flows:\n" + FINE, b="flows:\n  fine: {description: d}\n")
    problems = []
    read_flows([tmp_path], collect=problems)
    assert sorted(each.code for each in problems) == ["duplicate-flow-id", "missing-key"]


def test_a_path_that_is_not_there_is_told_and_the_others_are_read(tmp_path):
    write(tmp_path, a="flows:\n" + FINE)
    problems = []
    flows = read_flows([tmp_path / "missing", tmp_path], collect=problems)
    assert list(flows) == ["fine"]
    assert [each.code for each in problems] == ["missing-file"]
    with pytest.raises(InvalidFile, match="missing"):
        flow_files([tmp_path / "missing"])


def test_all_errors_are_raised_together_and_warnings_are_not():
    _, problems = read(
        f"flows:\n  pattern_a:\n    steps: {ONE_STEP}\n  b: {{description: 1, steps: 1}}\n"
    )
    with pytest.raises(InvalidFlow) as caught:
        raise_if_errors(problems)
    assert [placed(each) for each in caught.value.problems] == [
        "invalid-value 4:20",
        "invalid-value 4:30",
    ]
    assert "a.yml:4:20: error[invalid-value]" in str(caught.value)
    raise_if_errors([each for each in problems if each.is_warning])
