"""From observed turns, and stored events, to cases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from router.e2e.observed import ObservedTurn
from router.e2e.reading import read_suite
from router.e2e.writing.cases import NAME_LENGTH, case_name, steps_of_turns
from router.e2e.writing.conversations import Written, written_from
from router.e2e.writing.exported import StoredConversation, read_exported
from router.e2e.writing.picking import Picking
from router.e2e.writing.proposals import Detail
from router.e2e.writing.sessions import sessions_of
from router.errors import InvalidTest, Problem

Event = dict[str, Any]
DECISION = {"route": "calm", "sticky": True, "reason": "model", "router": "LLMBasedRouter"}


def user(text: str | None, intent: str = "greet", **parse_data: Any) -> Event:
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent}, **parse_data}}


def bot(text: str, utter: str | None = None, **data: Any) -> Event:
    return {"event": "bot", "text": text, "metadata": {"utter_action": utter}, "data": data}


def slot(name: str, value: Any, **metadata: Any) -> Event:
    return {"event": "slot", "name": name, "value": value, "metadata": metadata}


def action(name: str) -> Event:
    return {"event": "action", "name": name, "policy": "policy_0_FlowPolicy"}


LISTEN = action("action_listen")
START = [action("action_session_start"), {"event": "session_started", "timestamp": 1000.5}, LISTEN]
TRACE = [["started", "transfer"], ["left", "transfer", "ask", -1, "END"], ["started", "pattern_x"]]
COMMANDS = [
    {"command": "start flow", "flow": "transfer"},
    {"command": "set slot", "name": "amount", "value": "5", "source": "llm"},
    {"command": "set slot", "name": "person", "value": "Anna", "source": "nlu"},
]
TURN = ObservedTurn(
    "send 5",
    (
        user(
            "send 5",
            route="calm",
            commands=COMMANDS,
            llm_calls=[{"for": "commands", "outcome": "read"}],
        ),
        slot(
            "route_session_to_calm", True, routing_decision={**DECISION, "llm": {"outcome": "read"}}
        ),
        slot("amount", 4.0),
        slot("amount", 5.0),
        slot("requested_slot", "person"),
        slot("dialogue_stack", [], trace=TRACE),
        action("utter_ask_person"),
        bot("To whom?", "utter_ask_person", buttons=[{"title": "Anna", "payload": "/anna"}]),
        bot(
            "Or?", None, buttons=[{"title": "Ben", "payload": "/ben", "type": "x"}, {"title": "C"}]
        ),
        action("action_reset_routing"),
        slot("points", 0.0),
        slot("amount", None),
        slot(
            "route_session_to_calm", None, release={"reason": "action_reset_routing", "reset": True}
        ),
        LISTEN,
    ),
)


def test_all_that_a_turn_did_is_expected_of_it() -> None:
    assert steps_of_turns([TURN]) == [
        {
            "user": "send 5",
            "commands": ["start flow transfer", "set slot amount 5"],
            "route": "calm",
            "assertions": [
                {"routed_to": "calm"},
                {"flow_started": "transfer"},
                {"flow_completed": {"flow_id": "transfer"}},
                {"slot_was_set": [{"name": "amount", "value": 5.0}]},
                {"bot_uttered": {"utter_name": "utter_ask_person"}},
                {"bot_uttered": {"buttons": [{"title": "Ben", "payload": "/ben"}, {"title": "C"}]}},
                {"routing_reset": True},
            ],
        },
        {"bot": "Or?"},
    ]


@pytest.mark.parametrize(
    ("detail", "steps"),
    [
        ("texts", [{"user": "send 5"}, {"bot": "To whom?"}, {"bot": "Or?"}]),
        ("responses", [{"user": "send 5"}, {"utter": "utter_ask_person"}, {"bot": "Or?"}]),
    ],
)
def test_less_may_be_expected(detail: Detail, steps: list[dict[str, Any]]) -> None:
    assert steps_of_turns([TURN], detail) == steps


def test_what_is_expected_can_be_read_and_is_met(tmp_path: Path) -> None:
    from router.e2e.assertions import ASSERTIONS
    from router.e2e.assertions.base import Moment, Outcome

    written = Written()
    written.add_case("money", steps_of_turns([TURN]), {})
    file = tmp_path / "test_money.yml"
    file.write_text(written.as_yaml(), encoding="utf-8")
    [case] = read_suite([file]).cases
    outcomes = [
        (check.text, ASSERTIONS[check.name].check(check.value, TURN, Moment()))
        for check in case.turns[0].checks
    ]
    assert len(outcomes) == 8
    assert [
        o for o in outcomes if not (isinstance(o[1], Outcome) and o[1].status == "passed")
    ] == []
    assert case.turns[0].commands == ("start flow transfer", "set slot amount 5")
    assert case.turns[0].route == "calm"


def test_a_route_and_commands_that_no_model_gave_are_not_scripted() -> None:
    events = (
        user("hi", commands=COMMANDS),
        slot("route_session_to_calm", True, routing_decision=DECISION),
    )
    [step] = steps_of_turns([ObservedTurn("hi", events)])
    assert step == {"user": "hi", "assertions": [{"routed_to": "calm"}]}


def test_the_opening_has_plain_checks_and_no_message() -> None:
    opening = ObservedTurn("", (bot("Welcome.", "utter_welcome"), slot("points", 1)))
    assert steps_of_turns([opening]) == [{"utter": "utter_welcome"}]
    assert steps_of_turns([opening], "texts") == [{"bot": "Welcome."}]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hello", "hello"),
        ("a\n b\x07\tc", "a b c"),
        ("a::b", "a:b"),
        ("", "conversation"),
        ("word " * 20, ("word " * 11).strip() + " word ..."),
    ],
)
def test_a_name_is_one_short_line(text: str, name: str) -> None:
    assert case_name(text) == name
    assert len(case_name(text)) <= NAME_LENGTH + 4


CONVERSATION = [
    *START,
    user("hi"),
    action("utter_greet"),
    bot("Hello.", "utter_greet"),
    slot("name", "Anna"),
    LISTEN,
    action("action_session_start"),
    {"event": "session_started", "timestamp": 2000.0},
    slot("name", "Anna"),
    slot("route_session_to_calm", None),
    bot("Welcome back.", "utter_back"),
    LISTEN,
    user("more", "ask", route="nlu"),
    LISTEN,
    {"event": "slot", "name": "x", "value": 0},
    slot("route_session_to_calm", None, release={"reason": "max_idle_minutes: 9", "reset": True}),
    user("late", "ask", route="calm"),
    LISTEN,
    user("/restart", "restart"),
    action("action_restart"),
    {"event": "restart"},
    LISTEN,
    user("anew"),
    LISTEN,
    user("no, stop"),
    LISTEN,
    {"event": "rewind"},
]


def test_a_conversation_falls_into_sessions_at_session_starts_and_restarts() -> None:
    sessions = sessions_of("me", CONVERSATION)
    assert [[turn.user for turn in session.turns] for session in sessions] == [
        ["hi"],
        ["", "more", "late", "/restart"],
        ["anew", "no, stop"],
    ]
    assert [session.started for session in sessions] == [1000.5, 2000.0, None]
    assert [session.slots for session in sessions] == [{}, {"name": "Anna"}, {}]


def test_a_route_given_up_for_idleness_belongs_to_the_message_that_came_late() -> None:
    [_, second, _] = sessions_of("me", CONVERSATION)
    more, late = second.turns[1:3]
    assert more.released is None
    assert late.released == "max_idle_minutes: 9"
    assert late.before == {"name": "Anna", "route_session_to_calm": None}
    assert late.slots == {**late.before, "x": 0}


def test_a_conversation_that_begins_in_mid_session_is_taken_as_it_is() -> None:
    [session] = sessions_of("me", [user("hi"), bot("Hello."), LISTEN])
    assert [turn.user for turn in session.turns] == ["hi"]
    assert sessions_of("me", [*START, bot("Anyone?")]) == []


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({**user("EXTERNAL: remind", "remind")}, "/remind"),
        (
            {
                **user("x", "remind", entities=[{"entity": "who", "value": "Ä"}]),
                "metadata": {"is_external": True},
            },
            '/remind{"who": "Ä"}',
        ),
        (user(None, "photo"), "/photo"),
        (user(" ", "photo"), "/photo"),
    ],
)
def test_what_came_from_outside_is_sent_as_its_intent(event: Event, text: str) -> None:
    [session] = sessions_of("me", [event, LISTEN])
    assert [turn.user for turn in session.turns] == [text]


@pytest.mark.parametrize("text", [None, "", " "])
def test_a_message_without_text_and_intent_is_left_out_with_a_warning(text: str | None) -> None:
    silent = {"event": "user", "text": text}
    events = [user("hi"), LISTEN, silent, slot("amount", 5), bot("What?"), LISTEN, user("more")]
    problems: list[Problem] = []
    [session] = sessions_of("me", events, problems)
    assert [turn.user for turn in session.turns] == ["hi", "more"]
    assert session.turns[1].before == {"amount": 5}
    assert sessions_of("you", [*START, silent, bot("What?"), LISTEN], problems) == []
    assert [str(each) for each in problems] == [
        f"conversation {name}:1:1: warning[left-out-messages]: "
        "Messages of the user without text and intent were left out: 1."
        for name in ("me", "you")
    ]


def test_slots_carried_over_become_fixtures_and_equal_ones_are_shared() -> None:
    stored = [StoredConversation(name, tuple(CONVERSATION)) for name in "ab"]
    written = written_from(stored, Picking(), detail="responses")
    assert written.fixtures == {"slots_1": {"name": "Anna"}}
    assert [case.get("fixtures") for case in written.cases] == [None, ["slots_1"], None] * 2
    assert written.names == ["hi", "more", "anew", "hi (2)", "more (2)", "anew (2)"]
    assert written.cases[1]["steps"][0] == {"utter": "utter_back"}


@pytest.mark.parametrize(
    ("picking", "names"),
    [
        (Picking(), ["hi", "more", "anew"]),
        (Picking(min_user_turns=3), ["more"]),
        (Picking(route="calm"), ["more"]),
        (Picking(route="nlu", min_user_turns=4), []),
        (Picking(actions=frozenset({"utter_greet", "utter_x"})), ["hi"]),
        (Picking(intents=frozenset({"restart"})), ["more"]),
        (Picking(since=1500.0), ["more"]),
        (Picking(limit=2), ["hi", "more"]),
        (Picking(limit=1, intents=frozenset({"greet"})), ["hi"]),
    ],
)
def test_sessions_are_picked(picking: Picking, names: list[str]) -> None:
    written = written_from([StoredConversation("me", tuple(CONVERSATION))], picking)
    assert written.names == names


def test_no_more_conversations_are_asked_for_than_it_takes() -> None:
    def conversations() -> Any:
        yield StoredConversation("a", tuple(CONVERSATION))
        raise AssertionError("a second one was asked for")

    assert len(written_from(conversations(), Picking(limit=3)).cases) == 3


SECRETS = [
    "max@gmx.de",
    "+49 151 2345678",
    "DE89 3704 0044 0532 0130 00",
    "4111 1111 1111 1111",
    "Mustermann",
]
PERSONAL = [
    action("action_session_start"),
    {"event": "session_started"},
    slot("iban", "DE89370400440532013000"),
    LISTEN,
    user(
        "I'm Mustermann, max@gmx.de, +49 151 2345678",
        route="calm",
        commands=[
            {"command": "set slot", "name": "mail", "value": "max@gmx.de", "source": "llm"},
            {"command": "set slot", "name": "name", "value": "Mustermann", "source": "llm"},
        ],
        llm_calls=[{"for": "commands", "outcome": "read"}],
        entities=[{"entity": "mail", "value": "max@gmx.de"}],
    ),
    slot("mail", "max@gmx.de"),
    slot("card", {"number": 4111111111111111, "iban": ["DE89 3704 0044 0532 0130 00"]}),
    bot(
        "Is it max@gmx.de?",
        None,
        buttons=[{"title": "max@gmx.de", "payload": '/ok{"n": "+491512345678"}'}],
    ),
    LISTEN,
    user("4111 1111 1111 1111"),
]


def test_nothing_personal_is_in_what_is_written_and_the_same_stays_the_same() -> None:
    stored = [StoredConversation("+49 151 2345678", tuple(PERSONAL))]
    text = written_from(stored, Picking(), patterns=[re.compile("Mustermann")]).as_yaml()
    plain = re.sub(r"\W", "", text)
    assert [s for s in SECRETS if re.sub(r"\W", "", s) in plain] == []
    [mail] = set(re.findall(r"person\d+@example\.com", text))
    assert text.count(mail) == 6
    assert f"set slot mail {mail}" in text


def test_without_a_mask_all_of_it_is_there() -> None:
    stored = [StoredConversation("me", tuple(PERSONAL))]
    text = written_from(stored, Picking(), masked=False).as_yaml()
    assert [secret for secret in SECRETS if secret not in text] == []


def tracker(sender: str, *texts: str) -> dict[str, Any]:
    return {"sender_id": sender, "events": [user(text) for text in texts], "slots": {}}


A, B = tracker("a", "one", "two"), tracker("b", "three")
EVENTS = [
    {**user("one"), "sender_id": "a"},
    {**user("three"), "sender_id": "b"},
    {**user("two"), "sender_id": "a"},
]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([A, B]),
        json.dumps([A, B], indent=2),
        "\n".join(map(json.dumps, [A, B])),
        "\ufeff" + "\r\n".join(map(json.dumps, [A, B])) + "\r\n\r\n",
        json.dumps(EVENTS),
        "\n".join(map(json.dumps, EVENTS)),
        "\n".join(map(json.dumps, [A, EVENTS[1]])),
    ],
)
def test_a_file_holds_trackers_or_events_in_a_list_or_in_lines(tmp_path: Path, text: str) -> None:
    file = tmp_path / "export.json"
    file.write_text(text, encoding="utf-8")
    exported = read_exported(file)
    assert exported.problems == ()
    assert {c.sender_id: [e["text"] for e in c.events] for c in exported.conversations} == {
        "a": ["one", "two"],
        "b": ["three"],
    }


@pytest.mark.parametrize(
    "broken",
    [
        {"event": "user", "text": 5},
        {"event": "user", "text": "x", "parse_data": "x"},
        {"event": "user", "text": "x", "parse_data": {"intent": "greet"}},
        {"event": "user", "text": "x", "parse_data": {"commands": {}}},
        {"event": "bot", "text": "x", "metadata": []},
        {"event": 5},
    ],
)
def test_an_event_of_another_kind_is_left_out_alone(tmp_path: Path, broken: Event) -> None:
    file = tmp_path / "export.jsonl"
    lines = [{"sender_id": "a", "events": [user("hi"), broken]}, {"sender_id": "a", **broken}]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    exported = read_exported(file)
    assert [problem.location.line for problem in exported.problems] == [1, 2]
    written = written_from(exported.conversations, Picking())
    assert [len(case["steps"]) for case in written.cases] == [1]


def test_one_tracker_may_be_the_file(tmp_path: Path) -> None:
    file = tmp_path / "tracker.json"
    file.write_text(json.dumps({"events": [user("hi")]}, indent=1), encoding="utf-8")
    [conversation] = read_exported(file).conversations
    assert conversation.sender_id == "conversation 1"


def test_broken_lines_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    lines = [
        json.dumps(A).encode(),
        b'{"sender_id": "max@gmx.de", "events": [',
        b'{"sender_id": "\xff"}',
        b"5",
        b"",
        b'{"event": "user", "text": "max@gmx.de"}',
        b'{"sender_id": "c", "events": {}}',
        b'{"sender_id": "c"}',
        json.dumps({"sender_id": "c", "events": [user("x"), 5, {}]}).encode(),
        json.dumps(B).encode(),
    ]
    file.write_bytes(b"\n".join(lines))
    exported = read_exported(file)
    assert [c.sender_id for c in exported.conversations] == ["a", "c", "b"]
    assert [problem.location.line for problem in exported.problems] == [2, 3, 4, 6, 7, 8, 9]
    told = "\n".join(map(str, exported.problems))
    assert f"{file}:3:1: warning[unreadable-line]: The line isn't UTF-8." in told
    assert "2 of 3 events" in told
    assert "gmx" not in told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "It holds none"),
        (b"[]", "It holds none"),
        (b"[\n{},\n{]", "3:1: .*isn't JSON"),
        (b"hello", "1:1: .*isn't JSON"),
        (b"[" * 100_000, "isn't JSON"),
    ],
)
def test_a_file_without_conversations_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(data)
    with pytest.raises(InvalidTest, match=words):
        read_exported(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidTest, match="No such file"):
        read_exported(tmp_path / "none.json")
