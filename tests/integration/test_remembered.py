"""A bot that remembers what its models said answers as one that asks them each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

CONVERSATIONS = (
    ("hello", "block my card", "4711", "hi there", "transfer money", "Anna", "20", "yes"),
    ("hello", "block my card", "hello", "4712", "give feedback", "it was great"),
    ("give feedback", "hi there", "it was great", "send 5 dollars", "Ben", "stop"),
    ("block my card", "4711", "transfer money", "Anna", "20", "no", "hello"),
)


@pytest.fixture
def agent(mini_bot: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The mini bot, loaded for this test alone."""
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    monkeypatch.syspath_prepend(str(mini_bot))
    endpoint = EndpointConfig(actions_module="mini_actions", timeout=5)
    return Agent.load(str(mini_bot / "models" / "mini.tar.gz"), action_endpoint=endpoint)


async def events_of(agent: Any, name: str) -> list[list[dict[str, Any]]]:
    """Plays all conversations; their events without what no two conversations share."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    found = []
    for number, texts in enumerate(CONVERSATIONS):
        sender = f"{name} {number}"
        for text in texts:
            await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender))
        tracker = await agent.tracker_store.retrieve(sender)
        found.append([_lasting(event.as_dict()) for event in tracker.events])
    return found


def _lasting(data: Any) -> Any:
    volatile = {"timestamp", "message_id", "latency_ms"}
    if isinstance(data, dict):
        return {key: _lasting(value) for key, value in data.items() if key not in volatile}
    return [_lasting(each) for each in data] if isinstance(data, list) else data


def count_calls(agent: Any, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often the intent classifier and the policies are asked from now on."""
    calls: Counter[str] = Counter()

    def counted(name: str, ask: Any) -> Any:
        def count(*given: Any, **named: Any) -> Any:
            calls[name] += 1
            return ask(*given, **named)

        return count

    for name, node in agent.processor.graph_runner._instantiated_nodes.items():
        if "Classifier" in name or "MemoizationPolicy" in name:
            kind = "parses" if "Classifier" in name else "predictions"
            monkeypatch.setattr(node, "_fn", counted(kind, node._fn))
    return calls


async def test_what_was_asked_before_is_answered_the_same_and_not_asked_again(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.rasa.remembered import remember

    calls = count_calls(agent, monkeypatch)
    asked = await events_of(agent, "asked")
    each_time = Counter(calls)
    remember(agent.processor)
    calls.clear()
    first = await events_of(agent, "first")
    once = Counter(calls)
    again = await events_of(agent, "again")
    assert asked == first == again
    texts = [text for conversation in CONVERSATIONS for text in conversation]
    assert each_time["parses"] == len(texts)
    assert once["parses"] == len(set(texts))
    assert 0 < once["predictions"] < each_time["predictions"]
    assert calls == once  # the second time, nothing is asked at all


async def test_the_time_of_what_is_told_again_is_that_of_its_telling(agent: Any) -> None:
    from router.rasa.remembered import remember

    remember(agent.processor)
    await events_of(agent, "first")
    await events_of(agent, "second")
    first = (await agent.tracker_store.retrieve("first 0")).events
    second = (await agent.tracker_store.retrieve("second 0")).events
    assert max(event.timestamp for event in first) <= min(event.timestamp for event in second)
    assert not {id(event) for event in first} & {id(event) for event in second}


async def test_states_that_are_kept_are_those_that_would_be_made_anew(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.rasa import past_states
    from router.rasa.remembered import remember

    compared: Counter[tuple[Any, ...]] = Counter()
    go_on = past_states._PastStates.__call__

    def compare(self: Any, tracker: Any, *options: Any, **named: Any) -> Any:
        states = go_on(self, tracker, *options, **named)
        assert states == self._original(tracker, *options, **named)
        compared[tuple(sorted(named))] += 1
        return states

    monkeypatch.setattr(past_states._PastStates, "__call__", compare)
    remember(agent.processor)
    await events_of(agent, "compared")
    assert sum(compared.values()) > 2 * sum(map(len, CONVERSATIONS))


async def test_a_pipeline_of_a_bots_own_is_asked_each_time(
    agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.rasa.remembered import remember

    calls = count_calls(agent, monkeypatch)
    schema = agent.processor.graph_runner._graph_schema.nodes
    of_its_own = type("TokenizerOfItsOwn", (), {"__module__": "bot.components"})
    for name, node in schema.items():
        if "Tokenizer" in name or "MemoizationPolicy" in name:
            monkeypatch.setattr(node, "uses", of_its_own)
    remember(agent.processor)
    await events_of(agent, "first")
    first = Counter(calls)
    await events_of(agent, "second")
    assert calls == first + first
