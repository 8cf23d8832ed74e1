"""Wrong test files: each mistake is told with its place, and what was probably meant."""

from __future__ import annotations

import pytest
from e2e_files import ONE_CASE, error, errors, write

from router.e2e.reading import read_suite

CASE = "test_cases:\n- test_case: one\n  steps:\n"
USER = CASE + "  - user: hi\n"
ASSERTIONS = USER + "    assertions:\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # the file
        ("test_case: []\n", "1:missing-key"),
        ("test_cases: {a: b}\n", "1:invalid-value"),
        ("test_cases: [one]\n", "1:invalid-value"),
        (ONE_CASE + "fixture: {}\n", "5:unknown-key"),
        (ONE_CASE + "llm_judge: {}\n", "5:unknown-key"),
        (ONE_CASE + "test_cases: []\n", "5:duplicate-key"),
        (ONE_CASE + "fixtures: premium\n", "5:invalid-value"),
        (ONE_CASE + "fixtures: [premium]\n", "5:invalid-value"),
        (ONE_CASE + "fixtures:\n- premium: gold\n", "6:invalid-value"),
        (ONE_CASE + "fixtures:\n- premium:\n", "6:invalid-value"),
        (ONE_CASE + "fixtures:\n- a: {x: 1}\n- a: {x: 2}\n", "7:duplicate-key"),
        (ONE_CASE + "metadata:\n- web: [channel]\n", "6:invalid-value"),
        (ONE_CASE + "metadata: {web: 1}\n", "5:invalid-value"),
        (ONE_CASE + "tags: 1\n", "5:invalid-value"),
        (ONE_CASE + "tags: [a, '']\n", "5:invalid-value"),
        (ONE_CASE + "strict: 'yes'\n", "5:invalid-value"),
        (ONE_CASE + "stub_custom_actions: [action_x]\n", "5:invalid-value"),
        (ONE_CASE + "stub_custom_actions:\n  action_x: [hello]\n", "6:invalid-value"),
        (ONE_CASE + "stub_custom_actions:\n  action_x: {event: []}\n", "6:unknown-key"),
        (ONE_CASE + "stub_custom_actions:\n  a:\n    events: [x]\n", "7:invalid-value"),
        (ONE_CASE + "stub_custom_actions:\n  a:\n    events: [{name: x}]\n", "7:invalid-value"),
        (ONE_CASE + "stub_custom_actions:\n  a:\n    responses: hi\n", "7:invalid-value"),
        (ONE_CASE + "stub_custom_actions:\n  onw::action_x: {}\n", "6:unknown-case"),
        # the case
        ("test_cases:\n- steps: [{user: hi}]\n", "2:missing-key"),
        ("test_cases:\n- test_case:\n  steps: [{user: hi}]\n", "2:invalid-value"),
        ('test_cases:\n- test_case: "a\\tb"\n  steps: [{user: hi}]\n', "2:invalid-value"),
        ('test_cases:\n- test_case: "a\\u2028b"\n  steps: [{user: hi}]\n', "2:invalid-value"),
        ('test_cases:\n- test_case: "a\\e[31m"\n  steps: [{user: hi}]\n', "2:invalid-value"),
        ("test_cases:\n- test_case: |\n    a\n    b\n  steps: [{user: hi}]\n", "2:invalid-value"),
        ("test_cases:\n- test_case: one\n", "2:missing-key"),
        ("test_cases:\n- test_case: one\n  steps: []\n", "3:invalid-value"),
        ("test_cases:\n- test_case: one\n  steps:\n", "3:invalid-value"),
        ("test_cases:\n- test_case: one\n  step: []\n", "3:unknown-key"),
        (ONE_CASE + "- test_case: one\n  steps: [{user: hi}]\n", "5:duplicate-case"),
        (ONE_CASE + "  fixtures: premium\n", "5:unknown-fixture"),
        (ONE_CASE + "  fixtures:\n  - premium\n", "6:unknown-fixture"),
        (ONE_CASE + "  fixtures: {points: 10}\n", "5:invalid-value"),
        (ONE_CASE + "  metadata: web\n", "5:unknown-metadata"),
        (ONE_CASE + "  metadata: {channel: web}\n", "5:invalid-value"),
        (ONE_CASE + "  tags: {a: b}\n", "5:invalid-value"),
        (ONE_CASE + "  strict: maybe\n", "5:invalid-value"),
        (ONE_CASE + "  stub_custom_actions: {two::action_x: {}}\n", "5:unknown-case"),
        # the step
        (CASE + "  - hi\n", "4:invalid-value"),
        (CASE + "  -\n", "4:invalid-value"),
        (CASE + "  - user:\n", "4:invalid-value"),
        (CASE + "  - user: [hi]\n", "4:invalid-value"),
        (CASE + "  - usr: hi\n", "4:step-kind"),
        (CASE + "  - user: hi\n    bot: hello\n", "4:step-kind"),
        (CASE + "  - flow_started: pay\n", "4:step-kind"),
        (USER + "    intent: greet\n", "5:unknown-key"),
        (USER + "    flow_started: pay\n", "5:unknown-key"),
        (USER + "    asertions: []\n", "5:unknown-key"),
        (USER + "    metadata: web\n", "5:unknown-metadata"),
        (USER + "    assertion_order_enabled: 1\n", "5:invalid-value"),
        (USER + "    route: calm_twice\n", "5:invalid-value"),
        (USER + "    commands: {start: pay}\n", "5:invalid-value"),
        (USER + "    commands: [1]\n", "5:invalid-value"),
        (USER + "  - bot:\n", "5:invalid-value"),
        (USER + "  - utter:\n", "5:invalid-value"),
        (USER + "  - action: []\n", "5:invalid-value"),
        (USER + "  - slot_was_set:\n", "5:invalid-value"),
        (USER + "  - bot: hi\n    metadata: web\n", "6:unknown-key"),
        # the assertion
        (USER + "    assertions:\n", "5:invalid-value"),
        (USER + "    assertions: []\n", "5:invalid-value"),
        (USER + "    assertions: {flow_started: pay}\n", "5:invalid-value"),
        (ASSERTIONS + "    - routing_reset\n", "6:invalid-value"),
        (ASSERTIONS + "    - flow_startd: pay\n", "6:unknown-assertion"),
        (ASSERTIONS + "    - bot_uttered:\n      utter_name: utter_hi\n", "6:invalid-value"),
        (ASSERTIONS + "    - flow_started: a\n      flow_cancelled: b\n", "6:invalid-value"),
        (ASSERTIONS + "    - flow_started: {flow_ids: [a], operatr: any}\n", "6:unknown-key"),
    ],
)
def test_a_mistake_is_told_with_its_line(text, expected):
    write(a=text)
    assert errors("a.yml") == [f"a.yml:{expected}"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("test_case: []\n", "Write it for 'test_case'."),
        (ONE_CASE + "fixture: {}\n", "Did you mean 'fixtures'?"),
        (ONE_CASE + "stub_custom_actions:\n  onw::a: {}\n", "Did you mean 'one'?"),
        (
            "fixtures: {premium: {x: 1}}\n" + ONE_CASE + "  fixtures: premum\n",
            "Did you mean 'premium'?",
        ),
        ("metadata: {web: {x: 1}}\n" + ONE_CASE + "  metadata: wep\n", "Did you mean 'web'?"),
        (CASE + "  - usr: hi\n", "Did you mean 'user'?"),
        (CASE + "  - flow_started: pay\n", "Write it in the list `assertions:`"),
        (USER + "    flow_started: pay\n", "Write it in the list `assertions:`"),
        (USER + "    asertions: []\n", "Did you mean 'assertions'?"),
        (USER + "    route: calm_ones\n", "Did you mean 'calm_once'?"),
        (ASSERTIONS + "    - flow_startd: pay\n", "Did you mean 'flow_started'?"),
        (ASSERTIONS + "    - bot_uttered:\n      utter_name: x\n", "Indent what belongs to"),
        (ASSERTIONS + "    - bot: hi\n", "Write it as a step of its own: - bot: ..."),
        (ASSERTIONS + "    - routing_reset\n", "like: - routing_reset: ..."),
    ],
)
def test_a_mistake_is_told_with_what_was_probably_meant(text, advice):
    assert advice in error(text)


def test_a_problem_reads_as_one_sentence_with_its_place():
    assert error(ASSERTIONS + "    - flow_startd: pay\n") == (
        "a.yml:6:7: error[unknown-assertion]: There is no assertion 'flow_startd'. "
        "Did you mean 'flow_started'?"
    )
    assert error(CASE + "  - user: a\n  - user: b\n    metadta: x\n") == (
        "a.yml:6:5: error[unknown-key]: Step 2 of test case 'one' has no key 'metadta'. "
        "Did you mean 'metadata'?"
    )


def test_a_wrong_step_does_not_hide_the_mistakes_after_it():
    write(a=CASE + "  - usr: a\n  - user: b\n    metadata: web\n  - user: c\n    route: x\n")
    codes = {"4:step-kind", "6:unknown-metadata", "8:invalid-value"}
    assert set(errors("a.yml")) == {f"a.yml:{code}" for code in codes}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"test_cases:\n\t- x\n", "2:yaml-syntax"),
        (b"test_cases: [\n", "2:yaml-syntax"),
        (b"test_cases:\n- test_case: \xff\n", "2:not-utf8"),
        (b"test_cases:\n- test_case: a\x00\n", "2:yaml-syntax"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path, text, code):
    (tmp_path / "a.yml").write_bytes(text)
    assert errors("a.yml") == [f"a.yml:{code}"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("test_cases: []\n", 1),
        ("tag: x\n", 1),
        ("tags: 1\n", 1),
        ("- fixtures\n", 1),
        ("fixtures:\n- a: b\n", 2),
    ],
)
def test_a_mistake_in_a_conftest_is_told_with_its_line(text, line):
    write(conftest=text, e2e__t=ONE_CASE)
    (found,) = errors("e2e")
    assert found.startswith(f"conftest.yml:{line}:")


def test_an_empty_conftest_gives_nothing():
    write(conftest="# later\n", t=ONE_CASE)
    assert read_suite(["t.yml"]).problems == ()
