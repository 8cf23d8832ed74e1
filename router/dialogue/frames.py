"""The frames that get pushed: a flow's, and each pattern's with its context."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from router.dialogue.state import FLOW, DialogueState, Frame
from router.flows.assistant import Assistant
from router.flows.model import CollectStep
from router.flows.slots import SlotSpec

COLLECT = "pattern_collect_information"
COMPLETED = "pattern_completed"
CANCEL = "pattern_cancel_flow"
CONTINUE = "pattern_continue_interrupted"
CORRECTION = "pattern_correction"
CLARIFICATION = "pattern_clarification"
CHITCHAT = "pattern_chitchat"
SEARCH = "pattern_search"
SKIP_QUESTION = "pattern_skip_question"
HUMAN_HANDOFF = "pattern_human_handoff"
REPEAT = "pattern_repeat_bot_messages"
CANNOT_HANDLE = "pattern_cannot_handle"
INTERNAL_ERROR = "pattern_internal_error"
CODE_CHANGE = "pattern_code_change"
SESSION_START = "pattern_session_start"
RESTART = "pattern_restart"


def flow_frame(assistant: Assistant, flow_id: str, frame_type: str = "regular") -> Frame:
    """A frame at the start of a user flow (or of a pattern started by name)."""
    flow = assistant.flow(flow_id)
    if flow is not None and flow.is_pattern:
        return pattern_frame(flow_id)
    return Frame(
        frame_id="",
        flow_id=flow_id,
        type=FLOW,
        frame_type=frame_type,
        fingerprint=flow.fingerprint if flow else "",
    )


def pattern_frame(pattern: str, **context: Any) -> Frame:
    """A frame at the start of a pattern, with `context`."""
    return Frame(frame_id="", flow_id=pattern, type=pattern, frame_type="", context=context)


def collect_frame(step: CollectStep, assistant: Assistant) -> Frame:
    """The pattern that asks for the slot of `step`; the slot's own rejections come last."""
    spec = assistant.slots.get(step.slot)
    own = spec.rejections if spec else ()
    rejections = [(item.condition.text, item.utter) for item in step.rejections]
    return pattern_frame(
        COLLECT,
        collect=step.slot,
        utter=step.utter,
        collect_action=step.ask_action,
        rejections=[{"if": text, "utter": utter} for text, utter in (*rejections, *own)],
    )


def refill_frame(spec: SlotSpec) -> Frame:
    """The pattern that refuses a slot's value by the domain's validation and asks anew."""
    return pattern_frame(
        COLLECT,
        collect=spec.name,
        utter=spec.refill_utter or f"utter_ask_{spec.name}",
        collect_action=f"action_ask_{spec.name}",
        rejections=[{"if": text, "utter": utter} for text, utter in spec.rejections],
    )


def context_of(state: DialogueState) -> Mapping[str, Any]:
    """What `context.<key>` means at the moment: what the pattern on top was started with.

    A question that a pattern asks knows what that pattern was started with, too.
    """
    frame = state.top
    if frame is None:
        return {}
    if frame.type == COLLECT and len(state.stack) > 1 and not state.stack[-2].is_user_flow:
        return {**state.stack[-2].context, **frame.context}
    return frame.context


def readable_name(assistant: Assistant, flow_id: str) -> str:
    """A flow's name as users may read it."""
    flow = assistant.flow(flow_id)
    return flow.readable_name if flow else flow_id.replace("_", " ")
