"""Turns of a real bot as spans and metrics, and what of them is never recorded."""

import asyncio
import logging
import shutil
import sys
import time

import httpx
import pytest
import rasa_process
from telemetry_recorder import collector, recorder

from router.errors import CoexistenceError
from router.llm import FakeServer
from router.telemetry.api import content

pytestmark = [pytest.mark.integration, pytest.mark.alone]

ROUTING, COMMANDS = "You route messages", "You steer a chat assistant"
SECRET = "Zebrafink"
GROUP = (
    "model_groups:\n- id: small\n  limits: {{retries: 0}}\n"
    "  models:\n  - {{provider: openai, model: small, api_base: '{url}'}}\n"
)


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(content, "is_logged", False)
    found = recorder()
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def bot(llm_bot, monkeypatch, request, recorded):
    """Loads the bot against a server that follows a script, with further lines of endpoints.yml."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    import structlog
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    monkeypatch.chdir(llm_bot)
    servers = []

    def load(*script, endpoints=""):
        servers.append(FakeServer(script).__enter__())
        text = GROUP.format(url=servers[-1].url) + endpoints
        (llm_bot / "endpoints.yml").write_text(text)
        agent = Agent.load(str(llm_bot / "models" / "llm.tar.gz"))
        recorded.clear()

        async def say(text):
            channel = CollectingOutputChannel()
            await agent.handle_message(UserMessage(text, channel, request.node.nodeid))
            return [message.get("text") for message in channel.messages]

        say.agent, say.sender = agent, request.node.nodeid
        return say

    yield load
    for server in servers:
        server.__exit__(None, None, None)


def routes(letter, **keys):
    return {"match": ROUTING, "answer": letter, **keys}


def commands(text, **keys):
    return {"match": COMMANDS, "answer": text, **keys}


def parent(span, spans):
    return next(each for each in spans if span.parent.span_id == each.context.span_id)


async def test_a_turn_its_decision_and_its_calls_are_one_trace(bot, recorded):
    talk = bot(routes("A"), commands("start flow transfer_money\nset slot recipient Ann"))
    assert await talk("send Ann some money") == ["How much?"]
    spans = recorded.spans()
    turn, routing = recorded.span("coexist.turn"), recorded.span("coexist.routing")
    assert turn.parent is None
    assert {span.context.trace_id for span in spans} == {turn.context.trace_id}
    assert sorted(parent(call, spans).name for call in recorded.spans("chat small")) == [
        "coexist.routing",
        "coexist.turn",
    ]
    told = {
        name.removeprefix("coexist."): value
        for name, value in turn.attributes.items()
        if name.startswith("coexist.")
    }
    assert told == {
        "route": "calm",
        "sticky": True,
        "reason": "answer A",
        "router": "LLMBasedRouter",
        "outcome": "calm",
        "policy": "FlowPolicy",
        "flow": "transfer_money",
    }
    assert routing.attributes["coexist.reason"] == "answer A"
    assert turn.start_time <= routing.start_time <= routing.end_time <= turn.end_time


async def test_turns_are_counted_by_route_reason_and_router(bot, recorded):
    talk = bot(routes("C", times=1), routes("A"), commands("start flow transfer_money"))
    await talk("when are you open")
    await talk("send money")
    await talk("/SetSlots(recipient=Ann)")
    found = recorded.metrics()
    counted = {
        tuple(dict(key).get(f"coexist.{name}") for name in ("route", "reason", "router")): count
        for key, count in found["coexist.turns"].items()
    }
    assert counted == {
        ("nlu", "answer C", "LLMBasedRouter"): 1,
        ("calm", "answer A", "LLMBasedRouter"): 1,
        ("calm", "sticky route", None): 1,
    }
    assert sum(found["coexist.turn.duration"].values()) == 3
    assert sum(found["coexist.llm.tokens"].values()) > 0


async def test_a_decision_without_a_model_has_its_span_and_no_call(bot, recorded):
    talk = bot()
    assert await talk("/greet") == ["Hello!"]
    turn, routing = recorded.span("coexist.turn"), recorded.span("coexist.routing")
    assert recorded.spans("chat") == []
    assert parent(routing, [turn]) is turn
    assert (routing.attributes["coexist.router"], routing.attributes["coexist.route"]) == (
        "payload",
        "nlu",
    )
    assert turn.attributes["coexist.policy"] == "RulePolicy"


async def test_a_model_that_fails_shows_in_the_turn_and_in_the_errors(bot, recorded):
    talk = bot({"match": "", "status": 500})
    await talk("when are you open")
    assert recorded.span("coexist.turn").attributes["coexist.reason"] == "on_error: LLMUnavailable"
    kinds = {call.attributes["error.type"] for call in recorded.spans("chat")}
    assert kinds == {"LLMUnavailable"}
    errors = recorded.metrics()["coexist.llm.errors"]
    assert {dict(key)["error.type"] for key in errors} == kinds


async def test_a_call_that_was_not_needed_is_seen_as_cancelled(bot, recorded):
    talk = bot(routes("C"), commands("start flow transfer_money", delay=1))
    await talk("when are you open")
    for _ in range(500):  # what is cancelled may end a moment after the turn
        outcomes = sorted(call.attributes["coexist.outcome"] for call in recorded.spans("chat"))
        if len(outcomes) == 2:
            break
        await asyncio.sleep(0.01)
    assert outcomes == ["answered", "cancelled"]
    assert "coexist.llm.errors" not in recorded.metrics()


async def test_an_event_that_stands_for_a_message_is_a_turn_too(bot, recorded):
    from rasa.core.channels.channel import CollectingOutputChannel

    talk = bot()
    tracker = await talk.agent.processor.fetch_tracker_and_update_session(talk.sender)
    channel = CollectingOutputChannel()
    await talk.agent.processor.trigger_external_user_uttered("greet", None, tracker, channel)
    assert [message["text"] for message in channel.messages] == ["Hello!"]
    assert recorded.span("coexist.turn").attributes["coexist.route"] == "nlu"


async def conversation(talk):
    """Turns in which the user, and the model after them, say the secret."""
    return [
        await talk(text)
        for text in (
            f"send {SECRET} some money",
            f"/SetSlots({SECRET})",
            f"/SetSlots({SECRET}=1)",
            "/SetSlots(amount=10)",
            f"when are you open, {SECRET}",
            f"/{SECRET}",
            f"what about {SECRET}",
        )
    ]


SCRIPT = (
    routes("A", times=1),
    commands(f"start flow transfer_money\nset slot recipient {SECRET}", times=1),
    routes("B", times=1),
    routes(f"I can't say, {SECRET}", times=1),
    routes(f"you said {SECRET}", status=400),
    commands(f"{SECRET}?", times=2),
    commands(f"you said {SECRET}", status=500),
)


async def test_what_users_and_models_say_is_in_no_span_metric_or_log(bot, recorded, caplog, capfd):
    from structlog.testing import capture_logs

    caplog.set_level(logging.INFO)
    talk = bot(*SCRIPT)
    with capture_logs() as structured:
        said = await conversation(talk)
    assert SECRET in str(said), "the bot itself uses what it's told"
    spans = recorded.spans()
    assert {span.name for span in spans} == {"coexist.turn", "coexist.routing", "chat small"}
    assert len(recorded.spans("coexist.turn")) == 7
    assert SECRET not in "".join(span.to_json() for span in spans)
    metrics = recorded.metrics()
    assert "coexist.llm.errors" in metrics
    assert SECRET not in str(metrics)
    lines = [line for line in structured if line["log_level"] != "debug"]
    assert "coexistence.routing_decision" in {line["event"] for line in lines}
    assert "coexistence.set_slots_refused" in {line["event"] for line in lines}
    assert SECRET not in str(lines)
    assert caplog.records
    assert SECRET not in caplog.text
    assert SECRET not in "".join(capfd.readouterr())


async def test_with_log_content_it_is_in_the_spans_and_nowhere_else(bot, recorded, caplog):
    from structlog.testing import capture_logs

    caplog.set_level(logging.INFO)
    talk = bot(*SCRIPT, endpoints="telemetry: {log_content: true}\n")
    with capture_logs() as structured:
        await conversation(talk)
    first = recorded.spans("coexist.turn")[0].attributes
    assert first["coexist.user_message"] == f"send {SECRET} some money"
    assert first["coexist.bot_messages"] == ("How much?",)
    calls = [call.attributes for call in recorded.spans("chat")]
    assert all(SECRET in call["gen_ai.input.messages"] for call in calls)
    assert any(SECRET in call.get("gen_ai.output.messages", "") for call in calls)
    assert SECRET not in str(recorded.metrics())
    assert SECRET not in str([line for line in structured if line["log_level"] != "debug"])
    assert SECRET not in caplog.text


def test_a_wrong_key_stops_the_model_from_loading_and_says_where(bot):
    with pytest.raises(CoexistenceError, match=r"endpoints.yml:6:13.*Did you mean 'endpoint'\?"):
        bot(endpoints="telemetry: {endpont: 'http://localhost:4318'}\n")


def test_a_variable_that_is_not_set_is_named(bot):
    keys = "telemetry: {endpoint: 'http://localhost:4318', headers: {x-key: '${NOWHERE_SET}'}}\n"
    with pytest.raises(CoexistenceError, match=r"endpoints.yml:6.*NOWHERE_SET isn't set"):
        bot(endpoints=keys)


@pytest.fixture
def not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "router.telemetry.exporting", None)


def test_without_the_extra_the_error_says_what_to_install(bot, not_installed):
    with pytest.raises(CoexistenceError, match=r"pip install 'rasa-coexistence\[otel\]'"):
        bot(endpoints="telemetry: {endpoint: 'http://localhost:4318'}\n")


async def test_without_the_extra_variables_meant_for_others_break_nothing(
    bot, not_installed, monkeypatch, caplog
):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318")
    talk = bot()
    assert await talk("/greet") == ["Hello!"]
    assert "rasa-coexistence[otel]" in caplog.text


def test_a_served_bot_sends_its_turns_to_the_collector(llm_bot, tmp_path):
    project = tmp_path / "bot"
    shutil.copytree(llm_bot, project, ignore=shutil.ignore_patterns(".rasa"))
    port, out = rasa_process.free_port(), project / "server.txt"
    with collector() as it, FakeServer([routes("C"), commands("start flow x")]) as model:
        text = f"telemetry: {{endpoint: '{it.url}', service_name: bank}}\n"
        (project / "endpoints.yml").write_text(GROUP.format(url=model.url) + text)
        arguments = ("--port", str(port), "--model", "models/llm.tar.gz")
        process = rasa_process.start("run", *arguments, cwd=project, out=out)
        try:
            url = f"http://127.0.0.1:{port}"
            until(lambda: is_up(url), process, out)
            message = {"sender": "ann", "message": f"open today, {SECRET}?"}
            answer = httpx.post(f"{url}/webhooks/rest/webhook", json=message, timeout=30).json()
            assert [each["text"] for each in answer] == ["We are open from nine to five."]
            until(lambda: it.count("/v1/traces"), process, out)
        finally:
            process.terminate()
            process.join(30)
            process.kill()
        sent = b"".join(body for _, _, body in it.requests)
    for told in (b"coexist.turn", b"coexist.routing", b"chat small", b"bank"):
        assert told in sent
    assert SECRET.encode() not in sent


def is_up(url):
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def until(holds, process, out, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert process.is_alive(), out.read_text()[-3000:]
        assert time.monotonic() < end, out.read_text()[-3000:]
        time.sleep(0.2)
