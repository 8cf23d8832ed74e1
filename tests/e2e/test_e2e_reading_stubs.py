"""What stubs hold is read, and compared with the bot, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_files import ONE_CASE, error, errors, write

from router.checks.project import Project, read_project
from router.e2e.reading import check_names, read_suite
from router.e2e.reading.stubs import EVENTS

MINI = Path(__file__).parents[1] / "bots" / "mini"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def mini() -> Project:
    return read_project(str(MINI / "config.yml"), MINI / "domain.yml", [MINI / "data"])


def stub(content: str) -> str:
    return f"stub_custom_actions:\n  action_send:\n    {content}\n" + ONE_CASE


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("{event: slott, name: a, value: 1}", "unknown-event"),
        ("{event: Slot, name: a}", "unknown-event"),
        ("{event: 1}", "unknown-event"),
        ("{event: [slot]}", "unknown-event"),
        ("{event: }", "unknown-event"),
        ("{event: slot, nam: a}", "missing-key"),
        ("{event: slot, name: }", "invalid-value"),
        ("{event: slot, name: 5}", "invalid-value"),
        ("{event: followup}", "missing-key"),
        ("{event: action, name: ''}", "invalid-value"),
        ("{event: action_execution_rejected}", "missing-key"),
        ("{event: active_loop}", "missing-key"),
        ("{event: active_loop, name: [a]}", "invalid-value"),
        ("{event: reminder, intent: greet}", "missing-key"),
        ("{event: entities}", "missing-key"),
        ("{event: user, text: hi}", "missing-key"),
    ],
)
def test_an_event_that_rasa_could_not_read_is_an_error_with_its_line(event, code):
    write(a=stub(f"events:\n    - {{event: restart}}\n    - {event}"))
    assert errors("a.yml") == [f"a.yml:5:{code}"]


@pytest.mark.parametrize(
    "event",
    [
        "{event: slot, name: a, value: null, timestamp: 1.5}",
        "{event: slot, name: a}",
        "{event: active_loop, name: null}",
        "{event: form, name: card_form}",
        "{event: reset_slots}",
        "{event: reminder, intent: greet, date_time: '2030-01-01T10:00:00'}",
    ],
)
def test_an_event_of_rasas_is_read(event):
    write(a=stub(f"events: [{event}]"))
    assert len(read_suite(["a.yml"]).cases[0].stubs["action_send"].events) == 1


def test_a_misspelt_event_is_told_with_the_nearest_name():
    assert error(stub("events: [{event: slott, name: a}]")) == (
        "a.yml:3:22: error[unknown-event]: Rasa has no event 'slott'. Did you mean 'slot'?"
    )


@pytest.mark.parametrize(
    "response",
    ["{response: }", "{response: 5}", "{text: x, buttons: yes}", "{text: x, buttons: [Yes]}"],
)
def test_a_response_that_could_not_be_said_is_an_error(response):
    write(a=stub(f"responses:\n    - {response}"))
    assert errors("a.yml") == ["a.yml:4:invalid-value"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "events: [{event: slot, name: amont, value: 1}]",
            "3:34: error[unknown-slot]: The bot has no slot 'amont'. Did you mean 'amount'?",
        ),
        (
            "events: [{event: followup, name: action_sendd}]",
            "3:38: error[unknown-action]: The bot has no action 'action_sendd'. "
            "Did you mean 'action_send'?",
        ),
        (
            "responses: [{response: utter_great}]",
            "3:28: error[unknown-response]: The bot has no response 'utter_great'. "
            "Did you mean 'utter_greet'?",
        ),
    ],
)
def test_what_a_stub_names_and_the_bot_lacks_is_an_error(mini, content, expected):
    write(a=stub(content))
    found = check_names(read_suite(["a.yml"]).cases, mini)
    assert [str(each) for each in found] == [f"a.yml:{expected}"]


def test_a_stub_that_names_what_the_bot_has_is_no_problem(mini):
    write(
        a=stub(
            "{events: [{event: slot, name: amount, value: 1}, {event: followup, "
            "name: action_listen}], responses: [{response: utter_greet}, {text: Sent.}]}"
        )
    )
    assert check_names(read_suite(["a.yml"]).cases, mini) == []


def test_a_stub_in_a_case_written_anew_is_plain_data():
    write(a=stub("events: [{event: slot, name: a, value: {b: [1]}}]"))
    source = read_suite(["a.yml"]).cases[0].source["stub_custom_actions"]
    (event,) = source["action_send"]["events"]
    assert event == {"event": "slot", "name": "a", "value": {"b": [1]}}
    assert (type(event), type(event["value"]), type(event["value"]["b"])) == (dict, dict, list)


@pytest.mark.integration
def test_the_events_are_those_that_rasa_reads():
    events = pytest.importorskip("rasa.shared.core.events")
    common = pytest.importorskip("rasa.shared.utils.common")
    own = {
        each.type_name
        for each in common.all_subclasses(events.Event)
        if each.__module__ == events.__name__
    }
    assert own - {events.Event.type_name} == set(EVENTS)


@pytest.mark.integration
@pytest.mark.parametrize("kind", sorted(EVENTS))
def test_rasa_reads_an_event_that_has_the_keys_it_needs(kind):
    events = pytest.importorskip("rasa.shared.core.events")
    values = {"entities": [], "parse_data": {}, "date_time": "2030-01-01T10:00:00"}
    given = {key: values.get(key, "something") for key in EVENTS[kind]}
    assert events.Event.from_parameters({"event": kind, **given}) is not None
