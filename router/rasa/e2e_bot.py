"""An assistant under test in this process: many conversations at once, on one loaded model."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Many models need it, and behind Rasa it takes four times as long to load.
import skops.io  # type: ignore[import-untyped]  # noqa: F401 - it has no types
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.core.http_interpreter import RasaNLUHttpInterpreter
from rasa.core.lock_store import InMemoryLockStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import Event, ReminderCancelled, ReminderScheduled, SlotSet
from rasa.shared.core.slots import CategoricalSlot, Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from router.errors import InvalidConfig, Problem
from router.flows.assistant import Assistant
from router.flows.slots import SlotSpec
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import location_of, plain
from router.llm.secrets import MissingVariable, resolve
from router.rasa.e2e_actions import TestActions, stubbable_actions
from router.rasa.e2e_responses import RepeatableResponses
from router.rasa.e2e_store import TestConversations
from router.rasa.loading import load_model, make_importable, model_file, quiet_structlog
from router.rasa.model_endpoints import ENDPOINTS
from router.rasa.remembered import remember
from router.rasa.seams import assistant_of
from router.rasa.turn_errors import logged_errors, own_words

__all__ = ["Answer", "TestedAssistant", "load_assistant"]

CHANNEL = "rest"  # that messages come by where nothing else is said


def load_assistant(
    project: Path, model: Path | None = None, endpoints: Path | None = None
) -> TestedAssistant:
    """Loads a trained assistant to be tested.

    Of endpoints.yml the custom actions, the models and `nlg` and `nlu` servers count; its
    stores and event broker are never touched.

    Args:
        project: the folder of config.yml; in-process actions are imported from it.
        model: a trained model, or a folder whose latest is taken (default `models`).
        endpoints: endpoints.yml (default: the project's, if there is one).

    Raises:
        IncompatibleModel: there's no model, or it can't be loaded.
        InvalidConfig: endpoints.yml names what isn't there.
    """
    quiet_structlog()
    make_importable(project)
    path = model_file(model or project / "models")
    file = endpoints or project / ENDPOINTS
    sections = _sections(file)
    actions = TestActions(plain(sections.get("action_endpoint")), file)
    store = TestConversations()
    nlu = _server(sections, "nlu")
    agent = Agent(
        generator=_server(sections, "nlg"),
        tracker_store=store,
        lock_store=InMemoryLockStore(),
        action_endpoint=actions,
        http_interpreter=RasaNLUHttpInterpreter(nlu) if nlu else None,
    )
    load_model(agent, path, file)
    return TestedAssistant(agent, path, actions, store)


def _sections(file: Path) -> Mapping[str, Any]:
    data = read_yaml(file, collect=[]) if file.is_file() else None
    return data if isinstance(data, Mapping) else {}


def _server(sections: Mapping[str, Any], key: str) -> EndpointConfig | None:
    section = sections.get(key)
    if not isinstance(section, Mapping):
        return None
    try:
        return EndpointConfig(**resolve(plain(section)))
    except MissingVariable as error:
        problem = Problem(location_of(section), "invalid-value", f"{key}: {error}", "Set it.")
        raise InvalidConfig([problem]) from error


@dataclass(frozen=True)
class Answer:
    """What came of a message, or of the beginning of a session.

    Attributes:
        events: those it added to the tracker, as JSON.
        slots: the slots' values after it.
        latency_ms: milliseconds until the assistant listened again.
        errors: what was logged as an error in its course, and what was raised.
        failure: what was raised, so that it wasn't gone through with; else empty.
    """

    events: tuple[Mapping[str, Any], ...]
    slots: Mapping[str, Any]
    latency_ms: float
    errors: tuple[str, ...] = ()
    failure: str = ""


@dataclass
class TestedAssistant:
    """A loaded assistant whose conversations don't mix and leave nothing behind.

    Attributes:
        model: the file of its model.
        stubbable: the actions that a stub may stand for.
        slots: its slots, by name.
    """

    __test__ = False  # not a test of pytest's

    agent: Agent
    model: Path
    actions: TestActions
    store: TestConversations
    slots: Mapping[str, SlotSpec] = field(init=False)
    stubbable: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        assert self.agent.processor is not None, "an agent without a model"
        self._processor = self.agent.processor
        remember(self._processor)
        self._processor.nlg = self._responses = RepeatableResponses(self._processor.nlg)
        domain = self._processor.domain
        self.slots = {slot.name: _spec(slot) for slot in domain.slots}
        self.stubbable = stubbable_actions(domain, self.assistant)
        self._with_reminders: set[str] = set()
        self._logged: dict[str, list[str]] = {}

    @property
    def assistant(self) -> Assistant | None:
        """Its flows and slots; None if it has no CALM side."""
        return assistant_of(self._processor)

    def expect(
        self, sender_id: str, *, stubs: Mapping[str, dict[str, Any]], seed: str = ""
    ) -> None:
        """Prepares a conversation.

        Args:
            sender_id: names it, and no other of this assistant's.
            stubs: what the actions named answer in it, as an action server would.
            seed: what variations of responses are chosen by.
        """
        self.actions.stub(sender_id, stubs)
        self._responses.seeds[sender_id] = seed

    async def start(
        self,
        sender_id: str,
        slots: Mapping[str, Any],
        metadata: Mapping[str, Any],
        channel: str | None = None,
    ) -> Answer:
        """Begins a session as a first message with this metadata would, then sets `slots`."""

        async def begin() -> None:
            tracker = await self._processor.fetch_tracker_with_initial_session(
                sender_id, _output(channel), dict(metadata) or None
            )
            given: list[Event] = [SlotSet(name, value) for name, value in slots.items()]
            # In front of listening: a fallback rewinds to it, and would take them along.
            listens = (
                tracker.events.pop() if tracker.latest_action_name == ACTION_LISTEN_NAME else None
            )
            tracker.update_with_events(given, self._processor.domain)
            if listens is not None:
                tracker.update(listens, self._processor.domain)
            await self._processor.save_tracker(tracker)

        return await self._answer(sender_id, begin())

    async def send(
        self,
        sender_id: str,
        text: str,
        metadata: Mapping[str, Any],
        channel: str | None = None,
    ) -> Answer:
        """Sends a message; may be cancelled, and then is as if it hadn't been sent."""
        message = UserMessage(
            text,
            _output(channel),
            sender_id,
            input_channel=channel or CHANNEL,
            metadata=dict(metadata) or None,
        )
        return await self._answer(sender_id, self.agent.handle_message(message))

    def so_far(self, sender_id: str) -> Answer:
        """What a message that was given up had come to; its slots aren't kept."""
        events = tuple(map(_as_json, self._new_events(sender_id)))
        errors = tuple(self._logged.get(sender_id, ()))
        return Answer(events, self.store.slots(sender_id), 0.0, errors)

    async def forget(self, sender_id: str) -> None:
        """Nothing of a conversation is known any more, or is to happen in it later."""
        if sender_id in self._with_reminders:
            self._with_reminders.remove(sender_id)
            tracker = DialogueStateTracker(sender_id, [])
            await self._processor._cancel_reminders([ReminderCancelled()], tracker)
        self.store.forget(sender_id)
        self.actions.forget(sender_id)
        self._responses.seeds.pop(sender_id, None)
        self._logged.pop(sender_id, None)

    async def _answer(self, sender_id: str, work: Awaitable[Any]) -> Answer:
        failure = ""
        started = time.perf_counter()
        with logged_errors() as errors:
            self._logged[sender_id] = errors
            try:
                await work
            except Exception as error:  # noqa: BLE001 - whatever fails belongs to this turn
                failure = own_words(error)
                errors.append(failure)
        latency_ms = (time.perf_counter() - started) * 1000
        return Answer(
            events=tuple(map(_as_json, self._new_events(sender_id))),
            slots=self.store.slots(sender_id),
            latency_ms=latency_ms,
            errors=tuple(errors),
            failure=failure,
        )

    def _new_events(self, sender_id: str) -> list[Event]:
        events = self.store.new_events(sender_id)
        if any(type(event) is ReminderScheduled for event in events):
            self._with_reminders.add(sender_id)
        return events


def _spec(slot: Slot) -> SlotSpec:
    values = tuple(slot.values) if isinstance(slot, CategoricalSlot) else ()
    return SlotSpec(slot.name, slot.type_name, slot.initial_value, values)


class _Channel(CollectingOutputChannel):
    """A channel of another name, by which responses choose among their variations."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def name(self) -> str:  # a class method in Rasa
        """The name that the test gives."""
        return self._name


def _output(channel: str | None) -> OutputChannel:
    return _Channel(channel) if channel else CollectingOutputChannel()


def _as_json(event: Event) -> Mapping[str, Any]:
    """The event as a tracker store would keep it, and the API tell it."""
    data: dict[str, Any] = json.loads(json.dumps(event.as_dict()))
    return data
