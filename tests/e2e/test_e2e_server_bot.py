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
from router.errors import BotUnreachable, CaseNotPlayable, Location

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


async def test_fixtures_are_set_behind_the_sessions_start_by_a_request_of_their_own():
    rasa = FakeRasa()
    async with bot_of(rasa) as bot:
        conversation = await bot.begin(case(slots={"amount": 50}), "e2e-1")
        opening = await conversation.open()
        turn = await conversation.say(Turn("hi", PLACE))
    posted = [json.loads(request.content) for request in rasa.requests[:2]]
    assert [[event["name"] for event in events] for events in posted] == [
        ["session_started_metadata"],
        ["amount"],
    ]
    assert opening.events[0]["event"] == "session_started"
    assert turn.before["amount"] == turn.slots["amount"] == 50
    assert turn.events[0]["event"] == "user"


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
