"""What a fallback or `action_back` took back was said all the same: it is in the case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from router.cli.e2e_conversations import from_conversations
from router.e2e.reading import read_suite
from router.e2e.writing.sessions import sessions_of

Event = dict[str, Any]
REWIND = {"event": "rewind"}


def user(text: str, intent: str = "inform", **more: Any) -> Event:
    parsed = {"intent": {"name": intent}, "route": "nlu"}
    return {"event": "user", "text": text, "parse_data": parsed, **more}


def bot(text: str, utter: str) -> Event:
    return {"event": "bot", "text": text, "metadata": {"utter_action": utter}}


def slot(name: str, value: Any) -> Event:
    return {"event": "slot", "name": name, "value": value}


def action(name: str) -> Event:
    return {"event": "action", "name": name}


LISTEN = action("action_listen")
# A form that can't use a message, and the fallback: Rasa takes the message back.
BOOKING = [
    user("book a table"),
    slot("requested_slot", "people"),
    slot("place", "inside"),
    bot("For how many?", "utter_ask_people"),
    LISTEN,
    user("when are you open"),
    slot("place", "outside"),
    {"event": "action_execution_rejected", "name": "booking_form"},
    action("action_default_fallback"),
    bot("I didn't get that.", "utter_default"),
    REWIND,
    LISTEN,
    user("4"),
    slot("people", 4),
    bot("Booked.", "utter_booked"),
    LISTEN,
]


def test_a_message_that_the_fallback_took_back_stays_without_the_slots_it_set() -> None:
    [session] = sessions_of("me", BOOKING)
    assert [turn.user for turn in session.turns] == ["book a table", "when are you open", "4"]
    asked, number = session.turns[1:]
    assert [message.utter for message in asked.messages] == ["utter_default"]
    assert (asked.before["place"], asked.slots["place"]) == ("inside", "inside")
    assert number.before["place"] == "inside"


def test_all_that_was_taken_back_at_once_is_undone_and_stays() -> None:
    back = [user("/back", "back"), action("action_back"), bot("Well.", "utter_back"), REWIND]
    events = [*BOOKING, *back, REWIND, LISTEN, user("5"), LISTEN]
    [session] = sessions_of("me", events)
    assert [turn.user for turn in session.turns][-3:] == ["4", "/back", "5"]
    assert "people" in session.turns[-2].before
    assert "people" not in session.turns[-1].before


def test_a_message_that_rasa_puts_there_again_was_said_once() -> None:
    said = user("book", message_id="1")
    unclear = user("hm", "nlu_fallback", message_id="2")
    clear = user("a table", message_id="3")
    events = [said, LISTEN, unclear, bot("Again?", "utter_ask_rephrase"), LISTEN, clear, REWIND]
    events += [LISTEN, clear, slot("people", 2), bot("Booked.", "utter_booked"), LISTEN]
    [session] = sessions_of("me", events)
    assert [turn.user for turn in session.turns] == ["book", "hm", "a table"]
    assert [message.text for message in session.turns[-1].messages] == ["Booked."]
    again = user("a table", message_id="4")
    [session] = sessions_of("me", [*events, again, LISTEN])
    assert session.turns[-1].user == session.turns[-2].user == "a table"


def test_a_channel_that_gives_all_messages_one_id_loses_none() -> None:
    events = [user("book", message_id="x"), LISTEN, user("4", message_id="x"), LISTEN]
    [session] = sessions_of("me", events)
    assert [turn.user for turn in session.turns] == ["book", "4"]


def test_the_case_of_an_export_has_every_message_and_its_answer(tmp_path: Path) -> None:
    export, out = tmp_path / "export.json", tmp_path / "test_booking.yml"
    export.write_text(json.dumps({"sender_id": "me", "events": BOOKING}), encoding="utf-8")
    arguments = [str(export), "--checks", "responses", "--out", str(out)]
    result = CliRunner().invoke(from_conversations, arguments)
    assert result.exit_code == 0, result.output
    [case] = read_suite([out]).cases
    assert [(turn.user, [check.text for check in turn.checks]) for turn in case.turns] == [
        ("book a table", ["utter: utter_ask_people"]),
        ("when are you open", ["utter: utter_default"]),
        ("4", ["utter: utter_booked"]),
    ]
