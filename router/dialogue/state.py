"""Where a conversation stands in its flows: the stack and the slots, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from router.flows.model import END

START = "START"
FLOW = "flow"

#: Version of the frames' format in the slot `dialogue_stack`; see docs/dialogue_stack.md.
STACK_VERSION = 1

_OWN_KEYS = ("frame_id", "flow_id", "step_id", "type", "frame_type", "fingerprint", "version")


@dataclass(frozen=True)
class Frame:
    """One flow in progress.

    `type` is `flow` for the user's flows and the pattern's id for patterns. `frame_type`
    says how a user flow came about: `regular`, `interrupt`, `link` or `call`. `step_id`
    is the step it stands at: `START` before the first, `END` when it is done. `context`
    holds what a pattern was started with; `fingerprint` the flow as it was then.
    """

    frame_id: str
    flow_id: str
    step_id: str = START
    type: str = FLOW
    frame_type: str = "regular"
    fingerprint: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_user_flow(self) -> bool:
        """Whether a flow of the user's runs in it, rather than a pattern."""
        return self.type == FLOW

    def at(self, step_id: str) -> Frame:
        """The same frame at another step."""
        return self.changed(step_id=step_id)

    def changed(self, **changes: Any) -> Frame:
        """The same frame with other attributes."""
        # `replace` takes four times as long, and a turn comes through here dozens of times.
        frame = object.__new__(Frame)
        vars(frame).update(vars(self), **changes)
        return frame

    def with_context(self, **changes: Any) -> Frame:
        """The same frame with changed context; None removes a key."""
        merged = {**self.context, **changes}
        return self.changed(context={k: v for k, v in merged.items() if v is not None})

    def as_dict(self) -> dict[str, Any]:
        """The frame as stored in the slot `dialogue_stack`."""
        own = {"frame_id": self.frame_id, "flow_id": self.flow_id, "step_id": self.step_id}
        if self.is_user_flow:
            kind = {"frame_type": self.frame_type, "fingerprint": self.fingerprint}
        else:
            kind = {}
        return {**own, "type": self.type, **kind, **self.context, "version": STACK_VERSION}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Frame:
        """Reads a stored frame; unknown keys are its context.

        A user flow's frame of a later version has no fingerprint: its flow counts as changed.
        """
        kind = str(data.get("type", FLOW))
        is_known = data.get("version", STACK_VERSION) == STACK_VERSION
        return cls(
            frame_id=str(data.get("frame_id", "")),
            flow_id=str(data.get("flow_id", "")),
            step_id=str(data.get("step_id", START)),
            type=kind,
            frame_type=str(data.get("frame_type", "regular" if kind == FLOW else "")),
            fingerprint=str(data.get("fingerprint", "")) if is_known else "",
            context={key: value for key, value in data.items() if key not in _OWN_KEYS},
        )


@dataclass(frozen=True)
class DialogueState:
    """The stack, bottom first, and the value of every slot."""

    stack: tuple[Frame, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)

    @property
    def top(self) -> Frame | None:
        """The frame that goes on next."""
        return self.stack[-1] if self.stack else None

    @property
    def user_frames(self) -> tuple[Frame, ...]:
        """The frames of user flows, bottom first."""
        return tuple(frame for frame in self.stack if frame.is_user_flow)

    @property
    def active_frame(self) -> Frame | None:
        """The topmost frame of a user flow that isn't over."""
        live = [frame for frame in self.user_frames if frame.step_id != END]
        return live[-1] if live else None

    def push(self, frame: Frame) -> DialogueState:
        """With `frame` on top, given an id no other frame of the stack has."""
        taken = [int(f.frame_id) for f in self.stack if f.frame_id.isdecimal()]
        numbered = frame.changed(frame_id=str(max(taken, default=0) + 1))
        return DialogueState((*self.stack, numbered), self.slots)

    def pop(self) -> DialogueState:
        """Without the top frame."""
        return DialogueState(self.stack[:-1], self.slots)

    def with_top(self, frame: Frame) -> DialogueState:
        """With `frame` in place of the top one."""
        return DialogueState((*self.stack[:-1], frame), self.slots)

    def with_slots(self, changes: Mapping[str, Any]) -> DialogueState:
        """With some slots changed."""
        slots = self.slots
        # A domain may have thousands of slots, which a copy would go through.
        if all(name in slots and slots[name] is value for name, value in changes.items()):
            return self
        return DialogueState(self.stack, {**slots, **changes})

    def stack_as_data(self) -> list[dict[str, Any]]:
        """The stack as stored in the slot `dialogue_stack`."""
        return [frame.as_dict() for frame in self.stack]


def stack_from_data(data: Any) -> tuple[Frame, ...]:
    """Reads the slot `dialogue_stack`; anything but a list of maps is an empty stack."""
    return tuple(map(Frame.from_dict, _frames(data)))


def flows_on_stack(data: Any) -> set[str]:
    """The ids of the flows in the slot `dialogue_stack`."""
    return {str(item.get("flow_id", "")) for item in _frames(data)}


def _frames(data: Any) -> list[Mapping[str, Any]]:
    if not isinstance(data, Iterable) or isinstance(data, str | bytes | Mapping):
        return []
    return [item for item in data if isinstance(item, Mapping)]
