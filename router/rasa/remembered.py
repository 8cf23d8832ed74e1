"""What models were asked before isn't asked again: for tests, which say the same a lot.

A loaded model is a function. Rasa's pipeline, up to the first component that looks at the
conversation, makes the same of the same message; Rasa's policies predict the same for
conversations with the same intents, entities, slots, loops and actions. All else is asked
each time: components of a bot's own, Duckling (it knows what time it is), and policies that
were trained on texts.
"""

from __future__ import annotations

import copy
import functools
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from itertools import islice, takewhile
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.graph import GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.rasa.flow_policy import FlowPolicy
from router.rasa.outvoted import ask_only_if_it_counts
from router.rasa.past_states import keep_past_states
from router.rasa.provider import AssistantProvider
from router.rasa.tracker_state import message_route

__all__ = ["remember"]

ANSWERS = 20_000  # of each kind
CONVERSATIONS = 200  # that go on at a time
_PIPELINE = ("rasa.nlu.", "rasa.graph_components.")
_POLICIES = ("rasa.core.policies.", "rasa.graph_components.")
_OURS = frozenset({FlowPolicy, AssistantProvider})  # on turns of the NLU system they say nothing
_TIMED = frozenset({"DucklingEntityExtractor"})
_VOLATILE = frozenset({"metadata", "timestamp"})


class _Memory(OrderedDict[Hashable, Any]):
    """Answers by question; of those beyond `ANSWERS`, the one longest not asked for goes."""

    def answer(self, question: Hashable, ask: Callable[[], Any]) -> Any:
        """The answer, which the caller must not change."""
        if question not in self:
            self[question] = ask()
            if len(self) > ANSWERS:
                self.popitem(last=False)
        self.move_to_end(question)
        return self[question]


def remember(processor: MessageProcessor) -> None:
    """From now on, this processor's models are asked the same only once."""
    runner, metadata = processor.graph_runner, processor.model_metadata
    # Rasa makes an empty domain, and compares all of this one with it, for each message.
    processor.domain.is_empty = functools.cache(processor.domain.is_empty)
    if isinstance(runner, DaskGraphRunner):
        _remember_parses(runner)
        for node in runner._instantiated_nodes.values():
            if isinstance(node._component, DomainProvider):
                keep_past_states(node._component.provide_inference())
        if metadata.core_target is not None:
            _remember_predictions(runner, metadata.core_target)


def _remember_parses(runner: DaskGraphRunner) -> None:
    """The last of the components that only look at the message does the others' work, too."""
    nodes = [runner._instantiated_nodes[name] for name in _message_chain(runner._graph_schema)]
    if not nodes:
        return
    steps = [(node._component, node._fn) for node in nodes]
    memory = _Memory()

    def parse(_: Any, messages: Sequence[UserMessage]) -> Any:
        def ask() -> Any:
            parsed: Any = messages
            for component, process in steps:
                parsed = process(component, messages=parsed)
            return parsed

        question = tuple((each.text, repr(each.metadata)) for each in messages)
        return [_copied(message) for message in memory.answer(question, ask)]

    for node in nodes[:-1]:
        node._fn = lambda _, messages: messages
    nodes[-1]._fn = parse


def _copied(message: Message) -> Message:
    """A message that can be told more; what it was told so far stays the first one's.

    Components change what goes into the result (`output_properties`), and nothing else.
    """
    told = {key: message.data[key] for key in message.output_properties & message.data.keys()}
    return Message(
        data={**message.data, **_plain_copy(told)},
        output_properties=set(message.output_properties),
        time=message.time,
        features=list(message.features),
    )


def _plain_copy(value: Any) -> Any:
    """As `copy.deepcopy` of what JSON can hold, in a fraction of the time."""
    if isinstance(value, dict):
        return {key: _plain_copy(each) for key, each in value.items()}
    return [_plain_copy(each) for each in value] if isinstance(value, list) else value


def _message_chain(schema: GraphSchema) -> list[str]:
    """The nodes from the message on, each of which needs the one before it and nothing else."""
    chain = [PLACEHOLDER_MESSAGE]
    while True:
        following = [n for n, node in schema.nodes.items() if chain[-1] in node.needs.values()]
        if len(following) != 1:
            return chain[1:]
        node = schema.nodes[following[0]]
        if list(node.needs) != ["messages"] or not _is_known(node, _PIPELINE):
            return chain[1:]
        chain.append(following[0])


def _remember_predictions(runner: DaskGraphRunner, target: str) -> None:
    """What the policies predict together, unless one of them may look at more."""
    nodes = runner._graph_schema.minimal_graph_schema([target]).nodes.values()
    if not all(_is_known(node, _POLICIES) or node.uses in _OURS for node in nodes):
        return
    ask_only_if_it_counts(runner, target)
    memory, questions, run = _Memory(), _Questions(), runner.run

    def predict(inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> Any:
        tracker = (inputs or {}).get(PLACEHOLDER_TRACKER)
        if targets != [target] or tracker is None:
            return run(inputs, targets)
        question = questions.of(tracker)
        results = memory.answer(question, lambda: run(inputs, targets))
        return {target: _as_of_now(results[target])}

    runner.run = predict


def _is_known(node: SchemaNode, modules: tuple[str, ...]) -> bool:
    return node.uses.__module__.startswith(modules) and node.uses.__name__ not in _TIMED


class _Questions:
    """What policies are asked, told by the events; those of before aren't read each time."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[list[Event], list[Hashable]]] = OrderedDict()

    def of(self, tracker: DialogueStateTracker) -> Hashable:
        """All of a conversation that tells for a policy that isn't trained on texts."""
        events = list(tracker.events)
        known, seen = self._known.pop(tracker.sender_id, ([], []))
        count = sum(1 for _ in takewhile(_is_same, zip(known, events, strict=False)))
        # The latest message may still change.
        behind = (i for i in range(count - 1, -1, -1) if isinstance(events[i], UserUttered))
        count = next(behind, 0)
        seen = [*seen[:count], *map(_seen_by_policies, islice(events, count, None))]
        self._known[tracker.sender_id] = events, seen
        if len(self._known) > CONVERSATIONS:
            self._known.popitem(last=False)
        return tuple(filter(None, seen))


def _is_same(pair: tuple[Event, Event]) -> bool:
    return pair[0] is pair[1]


def _seen_by_policies(event: Event) -> Hashable:
    """What of an event tells; None if nothing does."""
    if isinstance(event, UserUttered):
        entities = json.dumps(event.entities, sort_keys=True, default=repr)
        told = (event.intent_name, event.full_retrieval_intent_name, entities)
        return (*told, event.use_text_for_featurization, message_route(event))
    if isinstance(event, ActionExecuted):
        return event.action_name, event.action_text, event.hide_rule_turn
    if isinstance(event, SlotSet):
        return event.key, repr(event.value)
    if isinstance(event, BotUttered):
        return None
    data = event.as_dict()
    return repr({key: data[key] for key in data.keys() - _VOLATILE})


def _as_of_now(prediction: PolicyPrediction) -> PolicyPrediction:
    """The same prediction, made now: trackers keep its events, so they get their own."""
    made = copy.copy(prediction)
    made.events = [_happening_now(event) for event in prediction.events]
    made.optional_events = [_happening_now(event) for event in prediction.optional_events]
    made.action_metadata = copy.copy(prediction.action_metadata)
    return made


def _happening_now(event: Event) -> Event:
    twin = copy.copy(event)
    twin.timestamp, twin.metadata = time.time(), dict(event.metadata)
    return twin
