"""The conversation patterns every assistant has, unless its flows replace them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from router.errors import Problem
from router.flows.model import Flow
from router.flows.reading import flows_from_data
from router.flows.yaml_source import parse_yaml

RESET_ACTION = "action_reset_routing"
FREE_CHITCHAT = "utter_free_chitchat_response"

# In-process actions that patterns use; a bot may list a custom action of the same name.
DEFAULT_FLOW_ACTIONS = frozenset(
    {
        "action_cancel_flow",
        "action_clarify_flows",
        "action_clean_stack",
        "action_correct_flow_slot",
        "action_repeat_bot_messages",
        "action_run_slot_rejections",
    }
)


@lru_cache(maxsize=4)
def default_patterns(has_router: bool, chats: bool = False) -> Mapping[str, Flow]:
    """Pattern id -> its default flow.

    Without a router none of them resets a route. Small talk is answered with the response
    `utter_free_chitchat_response` where the domain has it (`chats`).
    """
    data = _read("default_patterns.yml")["flows"]
    if not has_router:
        completed = data["pattern_completed"]
        completed["steps"] = [
            step for step in completed["steps"] if step.get("action") != RESET_ACTION
        ]
    if chats:
        data["pattern_chitchat"]["steps"][0]["action"] = FREE_CHITCHAT
    problems: list[Problem] = []
    flows = flows_from_data(data, problems)
    assert not problems, problems
    return flows


def default_responses() -> dict[str, list[dict[str, Any]]]:
    """Response name -> variations, as a domain has them, for what the patterns say."""
    responses: dict[str, list[dict[str, Any]]] = _read("default_responses.yml")["responses"]
    return responses


def _read(name: str) -> Any:
    text = (files("router.flows") / name).read_text(encoding="utf-8")
    return parse_yaml(text, name)
