"""Whatever the endpoint of a model does, in the real Rasa: turns end, and nobody is locked in."""

import asyncio
import contextlib
import socket
import threading
import time

import httpx
import pytest
import rasa_process
import yaml
from test_llm import COMMANDS, ROUTING, Bot, commands, routes

from router.llm import FakeServer

pytestmark = [pytest.mark.integration, pytest.mark.alone]

DEADLINE = 2.0  # seconds; the bot's `timeout`
SLACK = 2.0  # seconds that a busy machine may add; far less than a fault would
REPHRASE = ["I'm sorry, I didn't understand that. Could you say it in other words?"]
HOURS = ["We are open from nine to five."]
ANSWERS = (
    routes("A"),
    {
        "match": rf"{COMMANDS}(?s:.*)Ann",
        "answer": "start flow transfer_money\nset slot recipient Ann",
    },
    commands("start flow transfer_money"),
)


def endpoints(url, prices=(), **limits):
    model = {"provider": "openai", "model": "small", "api_base": url, **dict(prices)}
    group = {"id": "small", "models": [model], "limits": {"retries": 0, **limits}}
    return yaml.safe_dump({"model_groups": [group]})


@pytest.fixture
def load(llm_bot, monkeypatch, request):
    """`load(*script, ...)`: a conversation with the bot, whose model follows the script."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent

    monkeypatch.chdir(llm_bot)
    with contextlib.ExitStack() as servers:

        def loaded(*script, url=None, **keys):
            server = servers.enter_context(FakeServer(script))
            (llm_bot / "endpoints.yml").write_text(endpoints(url or server.url, **keys))
            return Bot(Agent.load("models/llm.tar.gz"), server, request.node.nodeid)

        yield loaded


async def within_the_deadline(talk, text):
    """What the bot says to `text`, in time."""
    start = time.perf_counter()
    said = await talk(text)
    assert time.perf_counter() - start < DEADLINE + SLACK
    return said


async def is_on_error(talk, *kinds):
    decision = await talk.decision()
    assert (decision["route"], decision["sticky"]) == ("nlu", False)
    assert decision["reason"] in {f"on_error: {kind}" for kind in kinds}
    assert (await talk.tracker()).get_slot("route_session_to_calm") is None
    return True


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"delay": 30}, "LLMTimeout"),
        ({"body_delay": 30, "answer": "A"}, "LLMTimeout"),
        ({"hang": True}, "LLMTimeout"),
        ({"status": 401}, "LLMRefused"),
        ({"status": 429, "retry_after": 60}, "LLMUnavailable"),
        ({"status": 500}, "LLMUnavailable"),
        ({"close": True}, "LLMUnavailable"),
        ({"answer": "A", "size": 10_000_000}, "InvalidAnswer"),
        ({"raw": "<html>Bad gateway</html>"}, "InvalidAnswer"),
        ({"raw": "{}"}, "InvalidAnswer"),
        ({"raw_hex": "7b22fffe22"}, "InvalidAnswer"),
    ],
    ids=str,
)
async def test_after_a_fault_the_next_message_is_routed_anew(load, fault, kind):
    talk = load({"match": ".", "times": 2, **fault}, *ANSWERS)
    assert await within_the_deadline(talk, "when are you open") == HOURS
    assert await is_on_error(talk, kind)
    assert await talk("send Ann some money") == ["How much?"]


@pytest.mark.parametrize(
    "fault", [{"close": True}, {"answer": "x", "size": 10_000_000}, {"body_delay": 30}], ids=str
)
async def test_after_a_fault_within_a_flow_the_flow_goes_on(load, fault):
    script = {"match": ".", "times": 1, **fault}
    start = commands("start flow transfer_money", times=1)
    talk = load(ANSWERS[0], start, script, commands("set slot recipient Ann"))
    assert await talk("send money") == ["Who gets the money?"]
    talk.server.requests.clear()
    said = await within_the_deadline(talk, "to Ann")
    assert "went wrong" in said[0] and said[-1] == "Who gets the money?"
    assert await talk("to Ann") == ["How much?"]
    assert talk.asked == ["commands"] * 2


async def test_nothing_listens_there(load):
    talk = load(url=f"http://127.0.0.1:{rasa_process.free_port()}/v1")
    assert await within_the_deadline(talk, "when are you open") == HOURS
    assert await is_on_error(talk, "LLMUnavailable")


async def test_a_host_that_nobody_knows(load, monkeypatch):
    def unknown(host, *arguments, **keys):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    talk = load(url="http://llm.invalid/v1")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert await within_the_deadline(talk, "when are you open") == HOURS
    assert await is_on_error(talk, "LLMUnavailable")


async def test_a_server_that_speaks_no_tls(load):
    server = FakeServer(())
    with server:
        talk = load(url=server.url.replace("http:", "https:"))
        assert await within_the_deadline(talk, "when are you open") == HOURS
        assert await is_on_error(talk, "LLMUnavailable")


async def test_a_deadline_that_has_passed_asks_nobody(load):
    talk = load(*ANSWERS)
    nodes = talk.agent.processor.graph_runner._instantiated_nodes.values()
    [router] = [node._component for node in nodes if "router" in vars(node._component)]
    router.timeout = 1e-9
    assert await talk("when are you open") == HOURS
    assert await is_on_error(talk, "LLMTimeout")
    assert (await talk.decision())["llm"]["attempts"] == 0
    assert talk.asked == []


async def test_an_endpoint_that_fails_is_left_alone_for_a_while(load):
    waiting = {"match": r'"when are you open"\s+Commands:', "hang": True}
    failing = {"match": ROUTING, "times": 1, "status": 500}
    talk = load(waiting, failing, *ANSWERS, breaker_failures=1, breaker_seconds=1.0)
    for _ in range(3):
        assert await within_the_deadline(talk, "when are you open") == HOURS
        assert await is_on_error(talk, "LLMUnavailable")
    assert talk.asked.count("route") == 1
    await asyncio.sleep(1.1)
    assert await talk("send Ann some money") == ["How much?"]


async def test_each_call_is_on_record_with_tokens_and_cost(load):
    used = {"prompt_tokens": 100, "completion_tokens": 10}
    prices = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}
    script = routes("A", **used), commands("start flow transfer_money", **used)
    talk = load(*script, prices=prices)
    await talk("send money")
    decided = (await talk.decision())["llm"]
    [understood] = (await talk.tracker()).latest_message.parse_data["llm_calls"]
    assert understood["for"] == "commands"
    for record in (decided, understood):
        assert record.items() >= {**used, **called(talk, "read")}.items()
        assert record["cost"] == pytest.approx(0.2)
        assert record["latency_ms"] > 0


async def test_each_call_that_failed_is_on_record_with_its_attempts(load):
    failing = {"match": ".", "status": 500}
    script = routes("A", times=1), commands("start flow transfer_money", times=1), failing
    talk = load(*script, retries=1, breaker_failures=50)
    await talk("send money", "elsewhere")
    await talk("when are you open")
    decided = (await talk.decision())["llm"]
    talk.sender = "elsewhere"
    await talk("to Ann")
    [understood] = (await talk.tracker()).latest_message.parse_data["llm_calls"]
    assert understood["for"] == "commands"
    for record in (decided, understood):
        assert record.items() >= called(talk, "LLMUnavailable", attempts=2).items()
        assert record["latency_ms"] > 0


def called(talk, outcome, attempts=1):
    endpoint = f"openai at 127.0.0.1:{talk.server.port}"
    return {"endpoint": endpoint, "model": "small", "attempts": attempts, "outcome": outcome}


@pytest.mark.parametrize(
    "answer",
    [
        "start flow launch_rocket",
        "start flow",
        "StartFlow(",
        "set slot",
        "set slot recipient",
        "SetSlot(recipient, ",
        'set slot recipient "Ann',
        "start flow pattern_internal_error",
        "set slot route_session_to_calm true",
        "set slot dialogue_stack []",
    ],
)
async def test_what_is_no_whole_command_of_this_bot_starts_nothing(load, answer):
    talk = load(routes("A", times=1), commands(answer, times=1), *ANSWERS)
    assert await talk("please do it") == REPHRASE
    tracker = await talk.tracker()
    assert (tracker.get_slot("dialogue_stack"), tracker.get_slot("recipient")) == ([], None)
    assert tracker.get_slot("route_session_to_calm") is None
    assert await talk("send Ann some money") == ["How much?"]


@pytest.mark.parametrize("value", ["a lot", "true", "[1, 2]", "1e999", "null"])
async def test_a_value_of_the_wrong_type_is_asked_for_again(load, value):
    talk = load(
        *ANSWERS[:2], commands(f"set slot amount {value}", times=1), commands("set slot amount 20")
    )
    await talk("send Ann some money")
    said = await talk("well")
    assert said[-1] == "How much?"
    assert (await talk.tracker()).get_slot("amount") is None


KINDS = [
    "start flow transfer_money",
    "set slot recipient Ann",
    "cancel flow",
    "skip question",
    "offtopic reply",
    "provide info",
    "repeat message",
    "hand over",
    "cannot handle",
    "disambiguate flows transfer_money other",
]
LINES = {
    "unknown": [f"start flow flow_{n}" for n in range(200)],
    "values": [f"set slot recipient Ann{n}" for n in range(200)],
    "starts": ["start flow transfer_money"] * 200,
    "cancels": ["start flow transfer_money", "cancel flow"] * 100,
    "all kinds": KINDS * 20,
}


@pytest.mark.parametrize("lines", LINES.values(), ids=LINES)
async def test_two_hundred_commands_are_one_turn(load, lines):
    talk = load(routes("A", times=1), commands("\n".join(lines), times=1), *ANSWERS)
    said = await within_the_deadline(talk, "please do it")
    assert 0 < len(said) < 10
    tracker = await talk.tracker()
    assert len(tracker.get_slot("dialogue_stack")) <= len(KINDS)
    assert len(tracker.events) < 80
    assert await talk("send Ann some money")


async def test_a_killed_server_goes_on_where_it_was(llm_bot, tmp_path, load):
    talk = load(
        routes("A", times=1),
        commands("start flow transfer_money", times=1),
        {"match": ".", "hang": True, "times": 3},
        *ANSWERS[:2],
        commands("set slot recipient Ann"),
    )
    text = (llm_bot / "endpoints.yml").read_text()
    store = f"tracker_store: {{type: SQL, dialect: sqlite, db: {tmp_path / 'talks.db'}}}\n"
    (tmp_path / "endpoints.yml").write_text(text + store)
    with served(llm_bot, tmp_path) as bot:
        assert bot.say("flow", "send money") == ["Who gets the money?"]
        before = bot.tracker("flow")
        waiting = [
            threading.Thread(target=bot.say_to_nobody, args=said)
            for said in (("flow", "to Ann"), ("new", "send Ann some money"))
        ]
        for thread in waiting:
            thread.start()
        wait_until(lambda: len(talk.server.requests) == 5)
        bot.process.kill()
        for thread in waiting:
            thread.join()
    with served(llm_bot, tmp_path) as bot:
        after = bot.tracker("flow")
        assert after["events"] == before["events"]
        assert after["slots"]["route_session_to_calm"] is True
        assert bot.tracker("new")["slots"]["route_session_to_calm"] is None
        assert bot.say("flow", "to Ann") == ["How much?"]
        assert bot.say("new", "send Ann some money") == ["How much?"]


@contextlib.contextmanager
def served(bot, folder):
    """`rasa run` of the bot, with the endpoints of a folder."""
    running = Served(bot, folder)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.join()


class Served:
    def __init__(self, bot, folder):
        port, out = rasa_process.free_port(), folder / "server.txt"
        self.process = rasa_process.start(
            "run", "--enable-api", "--port", str(port), "--model", "models/llm.tar.gz",
            "--endpoints", str(folder / "endpoints.yml"), cwd=bot, out=out,
        )  # fmt: skip
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        wait_until(lambda: self._answers(out), seconds=120)

    def _answers(self, out):
        assert self.process.is_alive(), out.read_text()[-3000:]
        try:
            return self.http.get("/status").status_code == 200
        except httpx.TransportError:
            return False

    def say(self, sender, text):
        body = {"sender": sender, "message": text}
        answer = self.http.post("/webhooks/rest/webhook", json=body).raise_for_status()
        return [message["text"] for message in answer.json()]

    def say_to_nobody(self, sender, text):
        with contextlib.suppress(httpx.TransportError):
            self.say(sender, text)

    def tracker(self, sender):
        found = self.http.get(f"/conversations/{sender}/tracker")
        return found.raise_for_status().json()


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came about"
        time.sleep(0.05)
