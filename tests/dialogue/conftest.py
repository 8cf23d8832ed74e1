"""Small assistants from YAML text, and a driver that plays their turns without Rasa."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from textwrap import dedent
from typing import Any

import pytest

from router.dialogue.actions import RUNNABLE, run_default_action
from router.dialogue.commands import Command
from router.dialogue.engine import LISTEN, failed, pending_action, resumed
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION, default_responses
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec
from router.flows.yaml_source import parse_yaml


def assistant_from(
    flows: str,
    slots: Mapping[str, str | Mapping[str, Any]] | None = None,
    *,
    actions: Iterable[str] = (),
    without_responses: Iterable[str] = (),
    has_router: bool = False,
) -> Assistant:
    """An assistant with these flows; a slot is its type, or its keys as in the domain.

    Flows need no `description`. Each slot has its `utter_ask_<slot>`, unless left out.
    """
    data = parse_yaml(dedent(flows), "flows.yml")
    for flow in data.values():
        flow.setdefault("description", "d")
    problems: list[Any] = []
    read = flows_from_data(data, problems)
    errors = [problem for problem in problems if not problem.is_warning]
    assert not errors, errors
    keys = {
        name: {"type": slot} if isinstance(slot, str) else slot
        for name, slot in (slots or {}).items()
    }
    responses = {*default_responses(), *(f"utter_ask_{name}" for name in keys)}
    return Assistant(
        flows=read,
        slots={name: SlotSpec.from_dict(name, slot) for name, slot in keys.items()},
        actions=frozenset(actions),
        responses=frozenset(responses) - frozenset(without_responses),
        has_router=has_router,
    )


class Conversation:
    """A conversation with an assistant, action by action as the border drives it.

    `effects` are the slots that a custom action sets when it runs, or what it raises.
    """

    def __init__(
        self, assistant: Assistant, effects: Mapping[str, Any] | None = None, **slots: Any
    ) -> None:
        initial = {name: slot.initial_value for name, slot in assistant.slots.items()}
        self.assistant = assistant
        self.effects = effects or {}
        self.state = DialogueState(slots={**initial, **slots})

    def turn(self, *commands: Command) -> list[str]:
        """Plays a turn: what was run and uttered, but for the engine's own silent actions."""
        self.state = begin_turn(self.state, commands, self.assistant)
        said: list[str] = []
        for _ in range(1000):
            action = pending_action(self.state, self.assistant)
            if action in (None, LISTEN):
                return said
            said += self._run(str(action))
        raise AssertionError("the turn never ends")

    def _run(self, action: str) -> list[str]:
        before, said = self.state, [action]
        if action in self.assistant.actions or action not in RUNNABLE | {RESET_ACTION}:
            effect = self.effects.get(action, {})
            if isinstance(effect, Exception):
                self.state = failed(before, self.assistant, "action_failed")
                return said
            now = before.with_slots(effect)
        elif action == RESET_ACTION:
            now = DialogueState(slots=before.slots)
        else:
            result = run_default_action(action, before, self.assistant)
            now, said = result.state, [result.utter] if result.utter else []
        self.state = resumed(before, now, self.assistant)
        return said

    @property
    def flows(self) -> list[str]:
        """The user flows on the stack, bottom first."""
        return [frame.flow_id for frame in self.state.user_frames]

    def __getitem__(self, slot: str) -> Any:
        return self.state.slots[slot]


@pytest.fixture(scope="session")
def assistant_of() -> Callable[..., Assistant]:
    """Makes an assistant from the YAML text of its flows."""
    return assistant_from


@pytest.fixture(scope="session")
def talk_to() -> Callable[..., Conversation]:
    """Starts a conversation: with an assistant, or with the YAML text of its flows."""

    def start(flows: Any, slots: Any = None, **keys: Any) -> Conversation:
        effects, values = keys.pop("effects", None), keys.pop("values", {})
        if not isinstance(flows, Assistant):
            flows = assistant_from(flows, slots, **keys)
        return Conversation(flows, effects, **values)

    return start
