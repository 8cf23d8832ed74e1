"""What needs another configuration or another model: the showcase bot, loaded in process."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

pytestmark = pytest.mark.integration

CHANGED = "I was updated while we were talking, so we need to start over."


@pytest.fixture(scope="module")
def agent(showcase_bot: Path) -> Iterator[Any]:
    """The bot loaded in process, with its in-process actions."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    import structlog
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sys.path.insert(0, str(showcase_bot))
    endpoint = EndpointConfig(actions_module="showcase_bot.actions", timeout=5)
    yield Agent.load(str(showcase_bot / "models" / "showcase.tar.gz"), action_endpoint=endpoint)
    sys.path.remove(str(showcase_bot))


class Conversation:
    """One conversation with an agent."""

    def __init__(self, agent: Any) -> None:
        self.agent, self.sender = agent, uuid4().hex

    async def say(self, text: str) -> list[str]:
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, channel, self.sender))
        return [str(message.get("text")) for message in channel.messages]

    async def slot(self, name: str) -> Any:
        tracker = await self.agent.tracker_store.retrieve(self.sender)
        return tracker.get_slot(name)


@pytest.fixture
def conversation(agent: Any) -> Conversation:
    return Conversation(agent)


@pytest.mark.parametrize("carry_over", [True, False])
async def test_a_new_session_keeps_shared_slots_only_if_slots_are_carried_over(
    agent: Any, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, carry_over: bool
) -> None:
    from rasa.shared.core.domain import SessionConfig

    monkeypatch.setattr(agent.processor.domain, "session_config", SessionConfig(60, carry_over))
    await conversation.say(">> start become_member >> set membership gold")
    await conversation.say(">> start book_trip >> set destination Rome")
    now = time.time()
    monkeypatch.setattr("rasa.core.processor.time.time", lambda: now + 2 * 3600)
    expected = "Hello, dear gold member." if carry_over else "Hello."
    assert await conversation.say("hello") == [expected]
    assert await conversation.slot("route_session_to_calm") is None
    assert not await conversation.slot("dialogue_stack")
    assert await conversation.slot("destination") is None
    assert await conversation.say("book a trip") == ["Where to?"]


def with_flows(agent: Any, monkeypatch: pytest.MonkeyPatch, **flows: Any) -> None:
    """As if another model were loaded: some flows are others, or None and gone."""
    from router.rasa import seams

    before = seams.assistant_of(agent.processor)
    assert before is not None
    kept = {name: flow for name, flow in before.flows.items() if name not in flows}
    new = {name: flow for name, flow in flows.items() if flow is not None}
    changed = replace(before, flows={**kept, **new})
    monkeypatch.setattr(agent.processor.domain, seams._ASSISTANT, changed)


@pytest.mark.parametrize("removed", [False, True])
async def test_a_flow_that_was_changed_or_removed_meanwhile_is_given_up(
    agent: Any, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, removed: bool
) -> None:
    from router.flows.reading import flows_from_data
    from router.rasa.seams import assistant_of

    assert await conversation.say(">> start order_drink >> set drink tea") == ["With milk?"]
    source = assistant_of(agent.processor).flows["order_drink"].source
    new = None if removed else flows_from_data({"d": {**source, "name": "a drink"}}, [])["d"]
    with_flows(agent, monkeypatch, order_drink=new and replace(new, id="order_drink"))
    assert await conversation.say(">> set with_milk true") == [CHANGED]
    assert not await conversation.slot("dialogue_stack")
    assert await conversation.slot("route_session_to_calm") is None
    assert await conversation.say("hello") == ["Hello."]


async def test_a_change_of_a_flow_that_is_not_on_the_stack_is_nothing_to_the_others(
    agent: Any, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await conversation.say(">> start order_drink") == ["Tea, coffee or lemonade?"]
    with_flows(agent, monkeypatch, rate_us=None)
    assert await conversation.say(">> set drink coffee") == ["A coffee.", "Anything else?"]
