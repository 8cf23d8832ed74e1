"""Other people's files are read as they are, and a case written anew reads as before."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_files import write

from router.e2e.reading import read_suite
from router.e2e.reports.case_files import as_test_file

SAMPLE_SUITE = Path(__file__).parents[2] / "e2e_tests"
RASA_PRO = """\
fixtures:
  - premium:
      - membership_type: premium
      - logged_in: True
metadata:
  - user_info:
      language: English
  - device_info:
      os: linux
stub_custom_actions:
  a case::action_check:
    events:
      - event: slot
        name: x
        value: 1
    responses:
      - text: hello
test_cases:
  - test_case: a case
    fixtures:
      - premium
    metadata: user_info
    steps:
      - user: "hi"
        metadata: device_info
      - utter: utter_greet
      - slot_was_set:
          - membership_type
          - logged_in: True
      - slot_was_not_set:
          - foo
          - bar: baz
      - user: |
          two
          lines
        assertion_order_enabled: true
        assertions:
          - flow_started: "order"
          - pattern_clarification_contains:
              - a
              - b
          - slot_was_set:
              - name: card_type
                value: "Visa"
              - name: other
          - slot_was_not_set:
              - name: other
                value: 5
          - action_executed: "action_check"
          - bot_uttered:
              utter_name: utter_x
              text_matches: "order"
              buttons:
                - title: "Yes"
                  payload: "/SetSlots(confirm=True)"
          - bot_did_not_utter:
              utter_name: utter_y
          - generative_response_is_relevant:
              threshold: 0.90
              utter_name: utter_free
          - generative_response_is_grounded:
              threshold: 0.90
              utter_source: EnterpriseSearchPolicy
              ground_truth: x
          - flow_completed:
              flow_id: order
              flow_step_id: done
          - flow_cancelled:
              flow_id: order
          - flow_started:
              operator: "any"
              flow_ids: [a, b]
"""


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def texts(turn):
    return [check.text for check in turn.checks]


def said(cases):
    """All that cases say, their places left out."""
    return [
        (
            case.name,
            case.slots,
            case.tags,
            case.strict,
            {name: (stub.events, stub.responses) for name, stub in case.stubs.items()},
            [check.text for check in case.opening],
            [
                (turn.user, turn.in_order, turn.commands, turn.route, turn.metadata, texts(turn))
                for turn in case.turns
            ],
        )
        for case in cases
    ]


def test_a_file_in_the_style_of_rasa_pro_is_read_without_a_warning():
    write(pro=RASA_PRO)
    suite = read_suite(["pro.yml"])
    (case,) = suite.cases
    assert suite.problems == ()
    assert case.slots == {"membership_type": "premium", "logged_in": True}
    assert list(case.stubs) == ["action_check"]
    assert case.turns[0].metadata == {"language": "English", "os": "linux"}
    assert [len(turn.checks) for turn in case.turns] == [3, 12]
    assert [turn.user for turn in case.turns] == ["hi", "two\nlines"]
    assert case.turns[1].in_order


def test_a_case_written_anew_reads_as_before():
    write(
        pro=RASA_PRO,
        conftest="tags: [all]\nstrict: true\nstub_custom_actions: {action_log: {}}\n",
    )
    before = read_suite(["pro.yml"]).cases
    write(elsewhere__anew=as_test_file(before))
    Path("conftest.yml").unlink()
    assert said(read_suite(["elsewhere"]).cases) == said(before)


def test_the_sample_suite_written_anew_reads_as_before():
    cases = read_suite([SAMPLE_SUITE]).cases
    write(anew=as_test_file(cases))
    names = [name for name, *_ in said(read_suite(["anew.yml"]).cases)]
    assert len(names) == len(cases)
    unnamed = [rest for _, *rest in said(read_suite(["anew.yml"]).cases)]
    assert unnamed == [rest for _, *rest in said(cases)]
