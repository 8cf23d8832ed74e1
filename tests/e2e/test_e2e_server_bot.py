"""The bot behind HTTP, on a stand-in for a Rasa server: what it sends, and what it can't have."""

from __future__ import annotations

import json
import logging

import httpx
import pytest
from e2e_fake_bots import cases_from, talk
from fake_rasa import WEBHOOK, FakeRasa

from router.e2e.cases import Stub, TestCase, Turn
from router.e2e.options import RunOptions
from router.e2e.running import run_cases
from router.e2e.server_bot import ServerBot
from router.errors import BotUnreachable, CaseNotPlayable, InvalidTest, Location

PLACE = Location("test_it.yml", 3)


def case(**more):
    return TestCase("a", "test_it.yml", PLACE, (), **more)


def bot_of(rasa, **environment):
    return ServerBot(
        "http://bot:5005/", environment=environment, transport=httpx.MockTransport(rasa)
    )


async def test_a_suite_on_a_server_gives_what_it_gives_elsewhere(tmp_path):
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        played = await run_cases(cases_from(tmp_path, talk("a", "b", turns=3)), bot, RunOptions())
    assert [each.result.status for each in played] == ["passed", "passed"]
    turn = played[0].observed[0][2]
    assert [event["event"] for event in turn.events] == ["user", "bot"]
    assert [message.text for message in turn.messages] == ["hello"]
    assert list(rasa.conversations.values()) == [[], []]
    assert all(sender.startswith("e2e-") for sender in rasa.conversations)


def posted(rasa):
    requests = [each for each in rasa.requests if each.method == "POST"]
    return [json.loads(request.content) for request in requests]


async def test_fixtures_are_set_in_their_types_between_the_sessions_start_and_listening():
    rasa = FakeRasa()
    slots = {"amount": "50", "verified": "yes", "plan": "GOLD"}
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(slots=slots), "e2e-1")
        opening = await conversation.open()
        turn = await conversation.say(Turn("hi", PLACE))
    in_types = [("amount", 50.0), ("verified", True), ("plan", "gold")]
    begin, given, _ = posted(rasa)
    assert [event["name"] for event in begin] == ["session_started_metadata"]
    assert [event["event"] for event in given] == ["undo", "slot", "slot", "slot", "action"]
    assert [(event["name"], event["value"]) for event in given[1:4]] == in_types
    kinds = [event["event"] for event in opening.events]
    assert kinds == ["action", "session_started", "slot", "slot", "slot", "action"]
    assert [(name, value) for _, name, value in opening.slots_set] == in_types
    assert (opening.before["verified"], opening.slots["verified"]) == (False, True)
    assert turn.before["amount"] == turn.slots["amount"] == 50
    assert turn.events[0]["event"] == "user"


async def test_what_begins_a_session_is_no_part_of_an_opening_without_fixtures():
    async with bot_of(FakeRasa()) as bot:
        opening = await (await bot.begin(case(), "e2e-1")).open()
    assert opening.slots_set == ()
    assert opening.events[-1]["name"] == "action_listen"
    assert opening.before["verified"] is opening.slots["verified"] is False


async def test_a_session_that_doesnt_end_in_listening_gets_its_fixtures_behind_it(monkeypatch):
    monkeypatch.setattr("fake_rasa.SESSION_START", ({"event": "session_started"},))
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        await bot.begin(case(slots={"amount": 5}), "e2e-1")
    assert [event["event"] for event in posted(rasa)[1]] == ["slot"]


@pytest.mark.parametrize(
    ("slots", "told"),
    [
        ({"amuont": 5}, "The domain has no slot 'amuont'"),
        ({"amount": "much"}, "The slot 'amount' can't be set to it: 'much' isn't a number."),
        ({"plan": "silver"}, "'silver' is none of basic, gold, __other__"),
    ],
)
async def test_a_fixture_that_cant_be_set_is_told_before_anything_begins(slots, told):
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        with pytest.raises(InvalidTest) as raised:
            await bot.begin(case(slots=slots), "e2e-1")
    assert told in str(raised.value)
    assert posted(rasa) == []


async def test_the_domain_is_asked_for_once_as_json():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        for number in range(3):
            await bot.begin(case(), f"e2e-{number}")
    [asked] = [each for each in rasa.requests if each.url.path == "/domain"]
    assert asked.headers["accept"] == "application/json"


async def test_slots_that_no_domain_lists_can_be_set_too():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(slots={"requested_slot": "amount"}), "e2e-1")
        assert (await conversation.open()).slots["requested_slot"] == "amount"


async def test_what_a_server_kept_of_a_turn_that_was_given_up_is_told():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(), "e2e-1")
        assert await conversation.so_far(Turn("hi", PLACE)) is None
        await bot.send("e2e-1", Turn("hi", PLACE))  # whose answer was lost
        turn = await conversation.so_far(Turn("hi", PLACE))
        rasa.answers["/conversations/e2e-1/tracker"] = httpx.ConnectError("gone")
        assert await conversation.so_far(Turn("hi", PLACE)) is None
    assert [message.text for message in turn.messages] == ["hello"]
    assert turn.before["verified"] is False


async def test_the_message_carries_its_metadata():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(), "e2e-1")
        await conversation.say(Turn("hi", PLACE, metadata={"channel": "web"}))
    [sent] = [each for each in rasa.requests if each.url.path == WEBHOOK]
    assert json.loads(sent.content) == {
        "sender": "e2e-1",
        "message": "hi",
        "metadata": {"channel": "web"},
    }


async def test_a_case_with_stubs_isnt_playable():
    async with bot_of(FakeRasa()) as bot:
        with pytest.raises(CaseNotPlayable, match="It has stubs, and a server's"):
            await bot.begin(case(stubs={"action_pay": Stub("action_pay", PLACE)}), "e2e-1")


async def test_a_message_of_which_nothing_is_recorded_is_a_failure_of_its_turn():
    rasa = FakeRasa()
    rasa.answers[WEBHOOK] = httpx.Response(200, json=[])
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(), "e2e-1")
        turn = await conversation.say(Turn("hi", PLACE))
    assert turn.failure.startswith("The server took the message and recorded nothing of it")


@pytest.mark.parametrize("latest_only", [False, True])
@pytest.mark.parametrize(
    ("text", "before"),
    [("/restart", ["user", "action", "restart"]), ("/session_start", ["user"])],
)
async def test_a_message_that_begins_a_session_is_no_failure(text, before, latest_only):
    async with bot_of(FakeRasa(latest_only=latest_only)) as bot:
        conversation = await bot.begin(case(slots={"amount": 50}), "e2e-1")
        turns = [await conversation.say(Turn(said, PLACE)) for said in ("hi", text, "hi", text)]
    assert [turn.failure for turn in turns] == [""] * 4
    said = ["user", "bot"]
    anew = [*([] if latest_only else before), "action", "session_started", "bot"]
    assert [[event["event"] for event in turn.events] for turn in turns] == [said, anew] * 2
    assert [message.text for message in turns[1].messages] == ["welcome"]
    assert (turns[1].before["amount"], turns[1].slots["amount"]) == (50, None)


async def test_a_conversation_that_lost_its_beginning_is_read_from_the_last_event_known():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(), "e2e-1")
        await conversation.say(Turn("hi", PLACE))
        del rasa.conversations["e2e-1"][:2]
        turn = await conversation.say(Turn("hi", PLACE))
    assert [event["event"] for event in turn.events] == ["user", "bot"]


async def test_token_and_jwt_come_from_the_environment_and_show_nowhere(caplog):
    rasa = FakeRasa()
    rasa.answers["/conversations/e2e-1/tracker/events"] = httpx.Response(500, text="broken")
    caplog.set_level(logging.DEBUG, "router")
    async with bot_of(rasa, COEXIST_TOKEN="hush", COEXIST_JWT="secret") as bot:
        with pytest.raises(BotUnreachable) as raised:
            await bot.begin(case(), "e2e-1")
    assert rasa.requests[0].url.params["token"] == "hush"
    assert rasa.requests[0].headers["authorization"] == "Bearer secret"
    told = str(raised.value) + caplog.text + repr(bot)
    assert "hush" not in told
    assert "secret" not in told


TRACKER = "/conversations/e2e-1/tracker/events"


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        (TRACKER, httpx.ConnectError("All connection attempts failed"), "Is it running?"),
        (TRACKER, httpx.ConnectTimeout(""), "doesn't answer in time (ConnectTimeout)"),
        (WEBHOOK, httpx.RemoteProtocolError("Server disconnected."), "(Server disconnected)."),
        (TRACKER, httpx.Response(401, json={"message": "No."}), "Set COEXIST_TOKEN to"),
        (TRACKER, httpx.Response(403, json={"message": "No."}), '"role": "admin"'),
        (TRACKER, httpx.Response(404, text="<html>"), "rasa run --enable-api"),
        (TRACKER, httpx.Response(409, json={"message": "No model."}), "with 409: No model."),
        (TRACKER, httpx.Response(500, json={"message": "Lock."}), "with 500: Lock."),
        (WEBHOOK, httpx.Response(404, text="<html>"), "Add `rest:` to its credentials.yml"),
        (WEBHOOK, httpx.Response(502, text="<p>\nbad   gateway" * 99), "502: <p> bad gateway"),
        (WEBHOOK, httpx.Response(503), "with 503: Service Unavailable"),
        (WEBHOOK, httpx.Response(200, text="ok"), "with what isn't JSON: ok"),
        (WEBHOOK, httpx.Response(200, json={}), "other than a list"),
        (TRACKER, httpx.Response(200, json=[1]), "isn't Rasa's"),
        ("/domain", httpx.Response(200, json=[1]), "isn't Rasa's: it has no domain: [1]"),
        ("/domain", httpx.Response(404, text="<html>"), "rasa run --enable-api"),
        (TRACKER, httpx.Response(200, json={"events": {}, "slots": {}}), "isn't Rasa's"),
        (TRACKER, httpx.Response(302, headers={"location": "/login"}), "with 302"),
    ],
)
async def test_what_it_cant_have_is_told_with_what_to_do(path, answer, told):
    rasa = FakeRasa()
    rasa.answers[path] = answer
    async with bot_of(rasa) as bot:
        with pytest.raises(BotUnreachable) as raised:
            conversation = await bot.begin(case(), "e2e-1")
            await conversation.say(Turn("hi", PLACE))
    assert str(raised.value).startswith("The server http://bot:5005 ")
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400
