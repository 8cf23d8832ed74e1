"""Actions and conversations that go wrong: nobody is stuck, nothing is lost."""

import asyncio
import json
import sys
import time

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.alone]


async def to_the_confirmation(talk, amount):
    await talk("transfer money")
    await talk("Anna")
    assert await talk(str(amount)) == [f"Send {float(amount)} to Anna?"]


async def test_an_action_that_raises_stops_its_flow_and_says_so(talk):
    await to_the_confirmation(talk, 66)
    [sorry] = await talk("yes")
    assert "something went wrong" in sorry
    assert await talk.slot("route_session_to_calm") is None
    assert await talk.slot("dialogue_stack") == []
    assert await talk.slot("amount") is None
    assert await talk("hello") == ["Hi there."]


async def test_an_action_that_hangs_ends_at_the_timeout_of_endpoints_yml(talk):
    await to_the_confirmation(talk, 77)
    start = time.monotonic()
    [sorry] = await talk("yes")
    assert "something went wrong" in sorry
    assert time.monotonic() - start < 3  # the action sleeps longer; the time-out is 1 s
    assert await talk("hello") == ["Hi there."]


async def test_a_hanging_action_holds_up_nobody_else(mini_agent, talk):
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    await to_the_confirmation(talk, 77)
    waiting = asyncio.create_task(talk("yes"))
    await asyncio.sleep(0.2)
    channel = CollectingOutputChannel()
    await mini_agent.handle_message(UserMessage("hello", channel, f"{talk.sender} meanwhile"))
    assert not waiting.done()
    assert channel.messages[0]["text"] == "Hi there."
    await waiting


async def test_synchronous_actions_run_in_a_worker_thread(talk):
    await to_the_confirmation(talk, 20)
    await talk("yes")
    import threading

    assert sys.modules["mini_actions"].THREADS
    assert threading.main_thread().name not in sys.modules["mini_actions"].THREADS


async def on_action_server(mini_agent, talk, url, amount):
    """The conversation up to a call of the action server at `url`."""
    from rasa.utils.endpoints import EndpointConfig

    await talk("transfer money")
    await talk("Anna")
    processor = mini_agent.processor
    before, processor.action_endpoint = (
        processor.action_endpoint,
        EndpointConfig(url=url, timeout=0.5),
    )
    try:
        return await talk(str(amount))
    finally:
        processor.action_endpoint = before


async def test_an_action_server_that_is_down_stops_the_flow(mini_agent, talk, unused_port):
    [sorry] = await on_action_server(
        mini_agent, talk, f"http://127.0.0.1:{unused_port}/webhook", 20
    )
    assert "something went wrong" in sorry
    assert await talk.slot("route_session_to_calm") is None


async def test_an_action_server_that_hangs_is_given_up_at_the_timeout(mini_agent, talk):
    async def hang(reader, writer):
        await asyncio.sleep(30)

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    start = time.monotonic()
    [sorry] = await on_action_server(mini_agent, talk, f"http://127.0.0.1:{port}/webhook", 20)
    assert "something went wrong" in sorry
    assert time.monotonic() - start < 10
    server.close()


async def test_a_module_of_actions_that_is_not_there_is_named(mini_agent):
    from rasa.utils.endpoints import EndpointConfig

    from router.errors import ActionFailed

    endpoint = EndpointConfig(actions_module="no_such_module")
    with pytest.raises(ActionFailed, match=r"actions_module: no_such_module.*can't be imported"):
        await endpoint.request(json={"next_action": "action_x", "tracker": {}}, method="post")


async def test_an_action_that_the_module_lacks_is_named_with_those_it_has(mini_agent):
    from rasa.utils.endpoints import EndpointConfig

    from router.errors import ActionFailed

    endpoint = EndpointConfig(actions_module="mini_actions")
    with pytest.raises(ActionFailed, match=r"no action 'action_x'.*action_send"):
        await endpoint.request(json={"next_action": "action_x", "tracker": {}}, method="post")


@pytest.mark.parametrize("timeout", ["soon", 0, -1, None])
async def test_a_timeout_that_is_no_time_is_refused(mini_agent, timeout):
    from rasa.utils.endpoints import EndpointConfig

    from router.errors import ActionFailed

    endpoint = EndpointConfig(actions_module="mini_actions", timeout=timeout)
    with pytest.raises(ActionFailed, match=r"`timeout` of `action_endpoint`.*seconds above 0"):
        await endpoint.request(json={"next_action": "action_x", "tracker": {}}, method="post")


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_an_action_that_returns_what_cannot_be_stored_stops_its_flow(talk):
    await talk("leave a tip")
    [sorry] = await talk("13")
    assert "something went wrong" in sorry
    assert await talk("hello") == ["Hi there."]


async def test_an_action_server_that_answers_is_used(mini_agent, talk):
    async def answer(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1])
            for line in head.splitlines()
            if line.lower().startswith(b"content-length")
        )
        call = json.loads(await reader.readexactly(size))
        events = [{"event": "slot", "name": "balance_covers", "value": False}]
        body = json.dumps(
            {
                "events": events if call["next_action"] == "action_check_balance" else [],
                "responses": [],
            }
        )
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body.encode())
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    said = await on_action_server(mini_agent, talk, f"http://127.0.0.1:{port}/webhook", 20)
    assert said == ["That's more than you have.", "What else can I do for you?"]
    server.close()


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_action_that_exits_fails_and_ends_nothing_else(mini_agent, monkeypatch, is_async):
    from rasa.utils.endpoints import EndpointConfig

    from router.errors import ActionFailed
    from router.rasa.action_endpoint import _executor

    def leave(dispatcher, tracker, domain):
        sys.exit(3)

    async def leave_later(dispatcher, tracker, domain):
        sys.exit(3)

    run = leave_later if is_async else leave
    monkeypatch.setitem(_executor("mini_actions").actions, "action_leave", run)
    endpoint = EndpointConfig(actions_module="mini_actions")
    tracker = {"sender_id": "x", "slots": {}, "events": [], "latest_message": {}}
    with pytest.raises(ActionFailed, match=r"'action_leave' ended the process \(`sys.exit\(3\)`\)"):
        await endpoint.request(
            json={"next_action": "action_leave", "tracker": tracker}, method="post"
        )
