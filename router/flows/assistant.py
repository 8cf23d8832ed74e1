"""What a trained assistant knows about its CALM side, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from router.errors import IncompatibleModel, InvalidFlow
from router.flows.default_patterns import FREE_CHITCHAT, default_patterns
from router.flows.model import Flow, NluTrigger, fingerprint_of
from router.flows.reading import flows_from_data
from router.flows.slots import SlotSpec

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Assistant:
    """Flows, slots and names, as the dialogue engine and the routers need them.

    `flows` holds the user's own, `settings` the keys of the router's configuration that
    concern the whole assistant (`auto_release`, ...). `actions` and `responses` are the
    names the domain has.
    """

    flows: Mapping[str, Flow] = field(default_factory=dict)
    slots: Mapping[str, SlotSpec] = field(default_factory=dict)
    actions: frozenset[str] = frozenset()
    responses: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    has_router: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def all_flows(self) -> Mapping[str, Flow]:
        """The user's flows, and each default pattern they don't replace."""
        chats = FREE_CHITCHAT in self.responses
        return {**default_patterns(self.has_router, chats), **self.flows}

    def flow(self, flow_id: str) -> Flow | None:
        """The flow or pattern of that id, or None."""
        return self.all_flows.get(flow_id)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of CALM in it: Rasa then behaves as without this layer."""
        return not self.flows and not self.has_router

    @cached_property
    def triggers(self) -> Mapping[str, tuple[Flow, NluTrigger]]:
        """Intent -> the flow it starts."""
        return {
            trigger.intent: (flow, trigger)
            for flow in self.all_flows.values()
            for trigger in flow.nlu_triggers
        }

    @cached_property
    def categorical(self) -> frozenset[str]:
        """Names of the categorical slots, in comparisons with which case doesn't matter."""
        return frozenset(name for name, slot in self.slots.items() if slot.type == "categorical")

    @cached_property
    def validated_slots(self) -> Mapping[str, SlotSpec]:
        """The slots whose domain refuses some values."""
        return {name: slot for name, slot in self.slots.items() if slot.rejections}

    @cached_property
    def shared_slots(self) -> frozenset[str]:
        """Names of the slots that both systems use and a reset leaves alone."""
        return frozenset(name for name, slot in self.slots.items() if slot.shared)

    @cached_property
    def flow_slots(self) -> frozenset[str]:
        """Slots that a flow collects or sets: CALM's own."""
        names: frozenset[str] = frozenset()
        return names.union(*(flow.collected_slots | flow.set_slots for flow in self.flows.values()))

    @cached_property
    def _slots_by_flow(self) -> dict[str, frozenset[str]]:
        return {}

    def collected_by(self, flow_id: str) -> frozenset[str]:
        """Slots the flow, or one it calls, asks for."""
        return self._gather(flow_id, frozenset(), lambda flow: flow.collected_slots)

    def reset_with(self, flow_id: str) -> frozenset[str]:
        """Slots that go back to their initial value when the flow ends.

        Those that it, or a flow it calls, collects or sets, unless persisted or shared.
        """
        known = self._slots_by_flow
        if flow_id not in known:
            flow = self.flow(flow_id)
            kept = self.shared_slots | frozenset(flow.persisted_slots if flow else ())
            known[flow_id] = self._gather(flow_id, frozenset(), _resettable) - kept
        return known[flow_id]

    def _gather(self, flow_id: str, seen: frozenset[str], own: Any) -> frozenset[str]:
        flow = self.flow(flow_id)
        if flow is None or flow_id in seen:
            return frozenset()
        found: frozenset[str] = own(flow)
        for called in flow.called_flows:
            found |= self._gather(called, seen | {flow_id}, own)
        return found

    def initial_value(self, slot: str) -> Any:
        """The value a slot has before anything set it."""
        return self.slots[slot].initial_value if slot in self.slots else None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the trained model; read back by `from_dict`."""
        return {
            "version": FORMAT_VERSION,
            "flows": {flow_id: flow.source for flow_id, flow in self.flows.items()},
            "slots": {name: slot.as_dict() for name, slot in self.slots.items()},
            "actions": sorted(self.actions),
            "responses": sorted(self.responses),
            "intents": sorted(self.intents),
            "has_router": self.has_router,
            "settings": dict(self.settings),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Assistant:
        """Reads what `as_dict` gave.

        Raises:
            IncompatibleModel: `data` was written by another version of the format.
            InvalidFlow: its flows can't be read.
        """
        if data.get("version") != FORMAT_VERSION:
            raise IncompatibleModel(
                f"The model holds flows in format {data.get('version')!r}, this version of "
                f"rasa-coexistence reads format {FORMAT_VERSION}. Train the model again."
            )
        problems: list[Any] = []
        flows = flows_from_data(data["flows"], problems)
        errors = [problem for problem in problems if not problem.is_warning]
        if errors:
            raise InvalidFlow(errors)
        return cls(
            flows=flows,
            slots={name: SlotSpec.from_dict(name, slot) for name, slot in data["slots"].items()},
            actions=frozenset(data["actions"]),
            responses=frozenset(data["responses"]),
            intents=frozenset(data["intents"]),
            has_router=bool(data["has_router"]),
            settings=dict(data["settings"]),
        )

    def fingerprint(self) -> str:
        """A hash that changes with anything in it (Rasa's training cache asks for it)."""
        return fingerprint_of(self.as_dict())


def _resettable(flow: Flow) -> frozenset[str]:
    kept = {step.slot for step in flow.collects if not step.reset_after_flow_ends}
    return (flow.collected_slots | flow.set_slots) - kept
