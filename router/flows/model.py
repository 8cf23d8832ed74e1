"""Flows as values: what CALM can do.

Nested lists of steps are flattened when a flow is read: each step knows, in `next`,
every step that may follow it, so that the engine only ever looks up ids.
Format: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Union

from router.errors import Location
from router.flows.conditions import Condition

END = "END"
PATTERN_PREFIX = "pattern_"
NOWHERE = Location("<memory>")


@dataclass(frozen=True)
class Branch:
    """A way on from a step: taken if `condition` (always, if None) holds.

    `target` is a step id or `END`; `location` is where the condition stands, or where the
    target does if there is none.
    """

    condition: Condition | None
    target: str
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Rejection:
    """An answer that isn't accepted: if `condition` (at `location`) holds, `utter` is said."""

    condition: Condition
    utter: str
    location: Location = field(default=NOWHERE, compare=False)
    utter_location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class _StepBase:
    id: str
    next: tuple[Branch, ...] = (Branch(None, END),)
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class ActionStep(_StepBase):
    """Runs a response, a custom action or a default action."""

    action: str = ""


@dataclass(frozen=True)
class CollectStep(_StepBase):
    """Asks for a slot until it has an acceptable value."""

    slot: str = ""
    description: str = ""
    utter: str = ""
    ask_action: str = ""
    ask_before_filling: bool = False
    reset_after_flow_ends: bool = True
    force_slot_filling: bool = False
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True)
class SetSlotsStep(_StepBase):
    """Gives slots values; None unsets. `places` are where the slots' names stand."""

    values: tuple[tuple[str, Any], ...] = ()
    places: tuple[Location, ...] = field(default=(), compare=False)

    def placed_values(self) -> Iterator[tuple[str, Any, Location]]:
        """Slot, value and place of each item; the step's place where none is known."""
        places = self.places or (self.location,) * len(self.values)
        for (name, value), place in zip(self.values, places, strict=True):
            yield name, value, place


@dataclass(frozen=True)
class LinkStep(_StepBase):
    """Ends this flow and starts another."""

    flow: str = ""


@dataclass(frozen=True)
class CallStep(_StepBase):
    """Runs another flow as a part of this one, then goes on."""

    flow: str = ""


@dataclass(frozen=True)
class NoopStep(_StepBase):
    """Does nothing but branch."""


Step = Union[ActionStep, CollectStep, SetSlotsStep, LinkStep, CallStep, NoopStep]


@dataclass(frozen=True)
class NluTrigger:
    """An intent that starts a flow, if predicted with at least `threshold`."""

    intent: str
    threshold: float = 0.0
    location: Location = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Flow:
    """A flow: `steps` in file order, nested lists flattened in place.

    `source` is the flow's own YAML as plain data, kept so that a trained model can
    hold the flow and its fingerprint can tell a changed one. `places` are where the values
    of its own keys stand (`if`), and the persisted slots (`persisted_slots.0`). `unread` says
    what can't be read (`steps`, `nlu_trigger`, ...): only checks ever see a flow with any.
    """

    id: str
    description: str
    steps: tuple[Step, ...]
    name: str = ""
    guard: Condition | None = None
    always_include_in_prompt: bool = False
    nlu_triggers: tuple[NluTrigger, ...] = ()
    persisted_slots: tuple[str, ...] = ()
    run_pattern_completed: bool = True
    source: Mapping[str, Any] = field(default_factory=dict, repr=False)
    location: Location = field(default=NOWHERE, compare=False)
    places: Mapping[str, Location] = field(default_factory=dict, repr=False, compare=False)
    unread: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    def place(self, key: str) -> Location:
        """Where the value of one of its keys stands; the flow's own place if it's not known."""
        return self.places.get(key, self.location)

    @property
    def readable_name(self) -> str:
        """The name to show to users: `name`, or the id in words."""
        return self.name or self.id.replace("_", " ")

    @property
    def is_pattern(self) -> bool:
        """Whether this flow is one of the conversation patterns."""
        return self.id.startswith(PATTERN_PREFIX)

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of what the flow does, to notice that it was changed."""
        return fingerprint_of([self.id, self.source])[:16]

    @cached_property
    def _by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    def step(self, step_id: str) -> Step | None:
        """The step of that id, or None."""
        return self._by_id.get(step_id)

    @cached_property
    def collects(self) -> tuple[CollectStep, ...]:
        """Its collect steps, in file order."""
        return tuple(step for step in self.steps if isinstance(step, CollectStep))

    @cached_property
    def called_flows(self) -> tuple[str, ...]:
        """The flows it calls, in file order."""
        return tuple(step.flow for step in self.steps if isinstance(step, CallStep))

    @cached_property
    def collected_slots(self) -> frozenset[str]:
        """Slots that one of its steps collects."""
        return frozenset(step.slot for step in self.collects)

    @cached_property
    def set_slots(self) -> frozenset[str]:
        """Slots that one of its steps sets."""
        return frozenset(self._set_slot_names())

    def _set_slot_names(self) -> Iterator[str]:
        for step in self.steps:
            if isinstance(step, SetSlotsStep):
                yield from (name for name, _ in step.values)


def fingerprint_of(data: Any) -> str:
    """A hash of plain data that doesn't depend on the order of keys."""
    return hashlib.sha256(json.dumps(_canonical(data), default=str).encode()).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = [[repr(key), _canonical(each)] for key, each in value.items()]
        return sorted(pairs, key=lambda pair: str(pair[0]))
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    return value
