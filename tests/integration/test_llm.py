"""Routing and understanding by a language model, in the real Rasa, over real HTTP."""

import asyncio
import logging
import time

import pytest

from router.llm import FakeServer

pytestmark = [pytest.mark.integration, pytest.mark.alone]

ROUTING, COMMANDS = "You route messages", "You steer a chat assistant"
WAIT = 0.4


@pytest.fixture
def bot(llm_bot, monkeypatch, request):
    """Loads the bot against a server that follows a script; `bot(...)` gives a conversation."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    monkeypatch.chdir(llm_bot)
    servers = []

    def load(*script):
        server = FakeServer(script).__enter__()
        servers.append(server)
        (llm_bot / "endpoints.yml").write_text(
            "model_groups:\n- id: small\n  limits: {retries: 0, concurrent_calls: 300}\n"
            f"  models:\n  - {{provider: openai, model: small, api_base: '{server.url}'}}\n"
        )
        return Bot(Agent.load(str(llm_bot / "models" / "llm.tar.gz")), server, request.node.nodeid)

    yield load
    for server in servers:
        server.__exit__(None, None, None)


class Bot:
    def __init__(self, agent, server, sender):
        self.agent, self.server, self.sender = agent, server, sender

    async def __call__(self, text, sender=None):
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, channel, sender or self.sender))
        return [message.get("text") for message in channel.messages]

    async def tracker(self):
        return await self.agent.tracker_store.retrieve(self.sender)

    async def decision(self):
        records = [
            event.metadata["routing_decision"]
            for event in (await self.tracker()).events
            if "routing_decision" in (event.metadata or {})
        ]
        return records[-1]

    @property
    def asked(self):
        """What the server was asked, in order: "route" or "commands"."""
        prompts = [str(request.body) for request in self.server.requests]
        return ["route" if ROUTING in prompt else "commands" for prompt in prompts]


def routes(letter, **keys):
    return {"match": ROUTING, "answer": letter, **keys}


def commands(text, **keys):
    return {"match": COMMANDS, "answer": text, **keys}


async def test_a_message_is_routed_and_understood_by_the_model(bot):
    talk = bot(routes("A"), commands("start flow transfer_money\nset slot recipient Ann"))
    assert await talk("send Ann some money") == ["How much?"]
    decision = await talk.decision()
    assert (decision["route"], decision["sticky"], decision["reason"]) == ("calm", True, "answer A")
    assert decision["llm"]["outcome"] == "read"
    message = (await talk.tracker()).latest_message
    (call,) = message.parse_data["llm_calls"]
    assert (call["for"], call["outcome"], call["model"]) == ("commands", "read", "small")


async def test_a_message_for_the_nlu_system_is_answered_by_its_rules(bot):
    talk = bot(routes("C"), commands("start flow transfer_money", delay=1))
    assert await talk("when are you open") == ["We are open from nine to five."]
    message = (await talk.tracker()).latest_message
    (call,) = message.parse_data["llm_calls"]
    assert (call["for"], call["outcome"]) == ("commands", "cancelled")
    assert 0 < call["latency_ms"] < 1000
    assert "commands" not in message.parse_data


async def test_a_call_that_was_answered_for_nothing_is_counted_with_its_cost(bot):
    talk = bot(routes("C", delay=WAIT), commands("start flow transfer_money"))
    await talk("when are you open")
    (call,) = (await talk.tracker()).latest_message.parse_data["llm_calls"]
    assert call["outcome"] == "not needed" and call["prompt_tokens"] > 0


async def test_a_message_that_no_model_is_asked_about_is_no_call(bot):
    talk = bot(routes("C"), commands("start flow transfer_money"))
    assert await talk("when are you open " * 40) == ["We are open from nine to five."]
    assert talk.asked == ["route"]
    assert "llm_calls" not in (await talk.tracker()).latest_message.parse_data


async def test_the_first_turn_waits_once_for_both_calls(bot):
    talk = bot(routes("A", delay=WAIT), commands("start flow transfer_money", delay=WAIT))
    await talk("hi", "warm up")
    start = time.perf_counter()
    assert await talk("send money") == ["Who gets the money?"]
    assert time.perf_counter() - start < 1.7 * WAIT


async def test_no_model_is_asked_for_buttons_intents_and_sticky_nlu_turns(bot):
    talk = bot(
        routes("A", times=1), commands("start flow transfer_money\nset slot recipient Ann", times=1)
    )
    await talk("send Ann some money")
    assert sorted(talk.asked) == ["commands", "route"]
    assert await talk("/SetSlots(amount=10)") == [
        "Sent 10.0 to Ann.",
        "What else can I do for you?",
    ]
    assert await talk("/opening_hours") == ["We are open from nine to five."]
    assert len(talk.asked) == 2


async def test_an_active_flow_asks_for_commands_alone(bot):
    talk = bot(
        routes("A"),
        commands("start flow transfer_money", times=1),
        commands("set slot recipient Ann", times=1),
    )
    await talk("send money")
    assert await talk("to Ann") == ["How much?"]
    assert sorted(talk.asked) == ["commands", "commands", "route"]


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 429, "retry_after": 60},
        {"status": 401},
        {"close": True},
        {"answer": ""},
        {"raw": "{]"},
        {"raw_hex": "fffe"},
        {"answer": "what a lovely day"},
    ],
    ids=str,
)
async def test_a_model_that_fails_locks_nobody_in(bot, fault):
    talk = bot({"match": "", **fault})
    assert await talk("when are you open") == ["We are open from nine to five."]
    decision = await talk.decision()
    assert decision["reason"].startswith("on_error: ")
    assert (decision["route"], decision["sticky"]) == ("nlu", False)
    assert (await talk.tracker()).get_slot("route_session_to_calm") is None


async def test_a_model_that_hangs_ends_the_turn_at_its_deadline(bot):
    talk = bot({"match": "", "hang": True})
    start = time.perf_counter()
    assert await talk("when are you open") == ["We are open from nine to five."]
    assert 1.5 < time.perf_counter() - start < 4


async def test_a_generator_without_an_answer_says_so_and_keeps_the_flow(bot):
    talk = bot(
        routes("A"), commands("start flow transfer_money", times=1), {"status": 500, "match": ""}
    )
    await talk("send money")
    said = await talk("to Ann")
    assert said[-1] == "Who gets the money?"
    assert "went wrong" in said[0]


async def test_many_conversations_wait_at_the_same_time(bot):
    talk = bot(routes("A", delay=WAIT), commands("start flow transfer_money", delay=WAIT))
    await talk("hi", "warm up")
    start = time.perf_counter()
    answers = await asyncio.gather(*(talk("send money", f"user {n}") for n in range(50)))
    assert time.perf_counter() - start < 50 * WAIT / 3
    assert answers == [["Who gets the money?"]] * 50


async def test_a_cancelled_turn_cancels_its_calls(bot):
    talk = bot({"match": "", "hang": True})
    turn = asyncio.ensure_future(talk("send money"))
    await until(lambda: len(talk.server.requests) == 2)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await until(lambda: talk.server.abandoned == 2)


async def until(holds):
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


async def test_what_was_said_in_both_systems_is_in_the_prompts(bot):
    talk = bot(routes("C", times=1), routes("A"), commands("start flow transfer_money"))
    await talk("when are you open")
    await talk("send money")
    last = [str(request.body) for request in talk.server.requests[-2:]]
    assert all("We are open from nine to five." in prompt for prompt in last)
