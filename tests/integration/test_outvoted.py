"""Policies that aren't asked where they are outvoted change nothing of what a bot does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.integration

CONVERSATIONS = (
    ("hello", "I want to give feedback", "it was great", "thanks"),
    ("it was awful", "thanks", "I want to give feedback", "hello", "it was awful"),
    ("I want to give feedback", "thanks", "hello", "it was great", "it was great"),
    ("my card is lost", "what are your opening hours?", "4711", "hello", "I want to give feedback"),
    ("I want to give feedback", "what are your opening hours?", "it was great", "it was awful"),
    ("my card is lost", "I want to give feedback", "it was great", "it was awful", "4711"),
    ("my card is lost", "it was great", "1234", "send 20 dollars to Anna", "yes", "hello"),
)


@pytest.fixture(scope="module")
def agent(bank: Path) -> Any:
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    [model] = (bank / "models").glob("*.tar.gz")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(bank))
        endpoint = EndpointConfig(actions_module="actions", timeout=5)
        yield Agent.load(str(model), action_endpoint=endpoint)


async def played(agent: Any, name: str) -> list[list[tuple[Any, ...]]]:
    """What was done in each conversation, by which policy, and how sure it was."""
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
    from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected, SlotSet

    found = []
    for number, texts in enumerate(CONVERSATIONS):
        sender = f"{name} {number}"
        for text in texts:
            await agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender))
        done: list[tuple[Any, ...]] = []
        for event in (await agent.tracker_store.retrieve(sender)).events:
            if isinstance(event, ActionExecuted):
                done.append((event.action_name, event.policy, event.confidence))
            elif isinstance(event, ActionExecutionRejected):
                done.append((event.action_name, "rejected"))
            elif isinstance(event, SlotSet) and event.key == "route_session_to_calm":
                done.append((event.key, event.value))
        found.append(done)
    return found


async def test_ted_is_asked_only_where_no_other_policy_is_certain(agent: Any) -> None:
    from router.rasa.outvoted import ask_only_if_it_counts

    processor = agent.processor
    nodes = processor.graph_runner._instantiated_nodes.values()
    by_name = {type(node._component).__name__: node for node in nodes}
    by_name["RulePolicy"]._component._enable_fallback_prediction = False  # TED's guesses win
    ted = by_name["TEDPolicy"]
    calls: Counter[str] = Counter()
    stage, original = "always", ted._fn

    def counted(*given: Any, **named: Any) -> Any:
        calls[stage] += 1
        return original(*given, **named)

    ted._fn = counted
    always = await played(agent, "always")
    stage = "counting"
    ask_only_if_it_counts(processor.graph_runner, processor.model_metadata.core_target)
    counting = await played(agent, "counting")
    assert counting == always
    assert 0 < calls["counting"] < calls["always"]
    policies = {step[1] for done in counting for step in done}
    assert {"TEDPolicy", "RulePolicy", "rejected"} <= {str(each) for each in policies}, policies
