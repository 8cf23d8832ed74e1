"""Sessions, restarts, many conversations at once, and events that come from outside."""

import asyncio
import time
from uuid import uuid4

import httpx
import pytest
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

HOURS = 3600.0


def age(talk, showcase, hours=2):
    """The conversation as if nobody had spoken for some hours."""
    events = showcase.tracker(talk.sender)["events"]
    showcase.put_events(
        talk.sender,
        [{**event, "timestamp": event["timestamp"] - hours * HOURS} for event in events],
    )


# --- sessions


def test_a_new_session_has_no_flow_and_no_route_but_the_shared_slots(talk, showcase):
    talk(">> start become_member >> set membership silver")
    talk(">> start book_trip >> set destination Rome")
    age(talk, showcase)
    assert talk("hello") == ["Hello."]
    assert (talk.flows, talk.route) == ([], None)
    assert talk.slot("destination") is None
    assert talk.slot("membership") == "Silver"
    assert talk(">> start become_member") == ["You're a Silver member.", "Anything else?"]


def test_a_new_session_may_begin_with_a_flow(talk, showcase):
    talk(">> start book_trip >> set destination Rome")
    age(talk, showcase)
    assert talk("book a trip") == ["Where to?"]
    assert talk.flows[0] == "book_trip"


def test_a_new_session_forgets_the_form_and_the_route_of_the_nlu_system(talk, showcase):
    talk("I want to complain")
    assert talk.route is False
    age(talk, showcase)
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
    assert talk.route is True


def test_what_an_ended_flow_persisted_is_carried_over(talk, showcase):
    talk(">> start order_drink")
    talk(">> start earn_points")
    age(talk, showcase)
    talk("hello")
    assert talk.slot("points") == 100


def test_within_a_session_the_flow_waits(talk, showcase):
    talk(">> start order_drink")
    age(talk, showcase, hours=0.5)
    assert talk(">> set drink coffee")[0] == "A coffee."


# --- restart


@pytest.mark.parametrize(
    "opening", [">> start book_trip >> set destination Rome", "I want to complain"]
)
def test_a_restart_forgets_the_flow_the_form_and_the_route(talk, opening):
    talk(opening)
    assert talk("/restart") == ["Let's start over."]
    assert (talk.flows, talk.route) == ([], None)
    assert talk.slot("destination") is None
    assert talk("hello") == ["Hello."]
    assert talk("book a trip") == ["Where to?"]


# --- many at once

SCRIPT = (
    (">> start book_trip", "Where to?"),
    (">> set destination {n}", "Which class?"),
    (">> start ask_weather >> set weather_city {n}", "It's foggy in {n}."),
    (">> set travel_class first >> set travelers 2", "What's your card number?"),
    (">> set card_number {n} >> set card_code 1", "Paid with card {n}."),
)


async def converse(client, number):
    """One conversation; the others get their turns while it waits for each answer."""
    sender, heard = uuid4().hex, []
    for text, _ in SCRIPT:
        body = {"sender": sender, "message": text.format(n=number)}
        answer = await client.post("/webhooks/rest/webhook", json=body)
        heard.append([message["text"] for message in answer.json()])
    return heard


async def test_twenty_conversations_at_once_never_mix(showcase):
    numbers = range(1001, 1021)
    async with httpx.AsyncClient(base_url=showcase.url, timeout=60) as client:
        all_heard = await asyncio.gather(*(converse(client, number) for number in numbers))
    for number, heard in zip(numbers, all_heard, strict=True):
        assert [said[0] for said in heard] == [said.format(n=number) for _, said in SCRIPT]
        assert heard[4][1] == f"Book {number}, First, for 2.0?"


async def test_messages_of_one_conversation_sent_at_once_are_answered_in_turn(showcase):
    sender = uuid4().hex
    async with httpx.AsyncClient(base_url=showcase.url, timeout=60) as client:
        body = {"sender": sender, "message": ">> start order_drink"}
        answers = await asyncio.gather(
            *(client.post("/webhooks/rest/webhook", json=body) for _ in range(5))
        )
    said = [[message["text"] for message in answer.json()] for answer in answers]
    assert said == [["Tea, coffee or lemonade?"]] * 5
    assert showcase.flows(sender) == ["order_drink", "pattern_collect_information"]


# --- events from outside

OUTSIDE = {
    "a flow's intent interrupts": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        outside: EXTERNAL_alarm
        bot: Are you safe?
        user: yes
        bot: Stay calm.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
    """,
    "a flow's intent starts it where nothing is under way": """
        outside: EXTERNAL_alarm
        bot: Are you safe?
        user: >> set is_safe true
        bot: Stay calm.
        bot: Anything else?
    """,
    "another intent is answered by its rule while the flow waits": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        user: >> set drink coffee
        bot: A coffee.
        bot: Anything else?
    """,
    "a pattern's question waits too": """
        user: >> hand over
        bot: Do you want to talk to a person?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        user: yes
        bot: A person takes over.
    """,
    "several in a row": """
        user: >> start book_trip >> set destination Rome
        bot: Which class?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        outside: EXTERNAL_alarm
        bot: Are you safe?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        user: yes
        bot: Stay calm.
        bot: Let's go on with booking a trip.
        bot: Which class?
    """,
    "it answers no question that takes the whole text": """
        user: >> start leave_note
        bot: What shall I write down?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        user: call me back
        bot: Noted: call me back
        bot: Anything else?
    """,
    "nor does the one that starts a flow": """
        user: >> start leave_note
        bot: What shall I write down?
        outside: EXTERNAL_alarm
        bot: Are you safe?
        user: yes
        bot: Stay calm.
        bot: Let's go on with leaving a note.
        bot: What shall I write down?
    """,
    "in the middle of a form": """
        user: I want to complain
        bot: What went wrong?
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        bot: What went wrong?
        user: everything
        bot: We noted: everything
    """,
    "with nothing under way the conversation stays free": """
        outside: EXTERNAL_weather_alert
        bot: A storm is coming.
        user: hello
        bot: Hello.
        user: book a trip
        bot: Where to?
    """,
}


@transcripts(OUTSIDE)
def test_an_intent_from_outside(talk, transcript):
    talk.play(transcript)


def test_an_event_from_outside_leaves_the_route_to_the_waiting_flow(talk, showcase):
    talk(">> start order_drink")
    showcase.trigger(talk.sender, "EXTERNAL_weather_alert")
    assert talk.route is True
    assert talk.flows == ["order_drink", "pattern_collect_information"]


def wait_for(showcase, talk, text):
    """Until the bot has said something by itself; what it said after it too."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        events = showcase.tracker(talk.sender)["events"]
        said = [event["text"] for event in events if event["event"] == "bot"]
        if text in said:
            return said[said.index(text) :]
        time.sleep(0.1)
    raise AssertionError(f"{text!r} was never said, but {said}")


def test_a_reminder_comes_in_the_middle_of_a_flow_which_goes_on(talk, showcase):
    assert talk(">> start set_reminder") == ["I'll tell you.", "Anything else?"]
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
    assert wait_for(showcase, talk, "This is your reminder.") == ["This is your reminder."]
    assert talk.route is True
    assert talk(">> set drink coffee") == ["A coffee.", "Anything else?"]


def test_a_reminder_may_start_a_flow_that_interrupts(talk, showcase):
    assert talk(">> start set_alarm") == ["I'll tell you.", "Anything else?"]
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
    wait_for(showcase, talk, "Are you safe?")
    talk.play(
        """
        user: yes
        bot: Stay calm.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
        """
    )


def test_a_reminder_that_comes_when_nothing_is_under_way_leaves_the_conversation_free(
    talk, showcase
):
    talk(">> start set_reminder")
    assert wait_for(showcase, talk, "This is your reminder.") == ["This is your reminder."]
    assert talk.route is None
    assert talk("hello") == ["Hello."]
