"""User turns as spans, and `telemetry:` of endpoints.yml."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.checks.config_checks import locate_below
from router.errors import InvalidConfig, Location, Problem
from router.flows.assistant import Assistant
from router.flows.yaml_source import location_of, read_yaml
from router.flows.yaml_values import plain
from router.llm.secrets import MissingVariable, resolve
from router.rasa.model_endpoints import endpoints_path
from router.rasa.tracker_state import current_route, state_of
from router.routing.decision import Route, RoutingDecision
from router.telemetry.api import content, writable
from router.telemetry.configuration import TelemetryConfig, config_of_environment, read_telemetry
from router.telemetry.turns import routed, turn

logger = logging.getLogger(__name__)

_INSTALL = "Install it with `pip install 'rasa-coexistence[otel]'`."


def start_telemetry() -> None:
    """Begins to send spans and metrics if endpoints.yml or the environment says where to.

    Raises:
        InvalidConfig: `telemetry` can't be read, names a variable that isn't set, or needs
            the extra `otel`, which isn't installed.
    """
    file = endpoints_path()
    written = telemetry_config(file)
    config = written or config_of_environment()
    if config is None:
        return
    try:
        from router.telemetry.exporting import start
    except ModuleNotFoundError as error:
        message = "Telemetry needs OpenTelemetry, which isn't installed."
        if written is None:  # the variables may be meant for others
            logger.warning("%s %s", message, _INSTALL)
            return
        problem = Problem(Location(str(file)), "invalid-value", message, _INSTALL)
        raise InvalidConfig([problem]) from error
    start(config)


def telemetry_config(file: Path) -> TelemetryConfig | None:
    """What stands under `telemetry` in an endpoints file, its variables replaced; None without.

    Raises:
        InvalidConfig: it can't be read, or names a variable that isn't set.
        InvalidFile: the file can't be read.
    """
    data = read_yaml(file, collect=[]) if file.is_file() else None
    written = data.get("telemetry") if isinstance(data, Mapping) else None
    if written is None:
        return None
    config = read_telemetry(plain(written), locate_below(written, str(file)))
    try:
        return config.model_copy(update=resolve(dict(config)))
    except MissingVariable as error:
        problem = Problem(location_of(data, "telemetry"), "invalid-value", str(error), "Set it.")
        raise InvalidConfig([problem]) from error


def record_turn(
    route: Route,
    decision: RoutingDecision | None,
    tracker: DialogueStateTracker,
    assistant: Assistant,
) -> None:
    """Records who answers the message that the tracker is about to get, or got just now."""
    before = len(tracker.events)
    routed(
        route.value,
        decision.as_dict() if decision is not None else _undecided(route, tracker, assistant),
        is_new=decision is not None,
        conversation=tracker.sender_id,
        at_end=lambda: _at_end(tracker, before),
    )


def _undecided(route: Route, tracker: DialogueStateTracker, assistant: Assistant) -> dict[str, Any]:
    if not assistant.has_router:
        return {"reason": "no router"}
    if current_route(tracker) and route is Route.NLU:
        return {"reason": "event from outside"}
    return {"reason": "sticky route", "sticky": True}


def _at_end(tracker: DialogueStateTracker, before: int) -> dict[str, Any]:
    """What the turn came to, from the events since it began."""
    events = list(tracker.events)[before:]
    done = [e for e in events if isinstance(e, ActionExecuted)]
    policies = [e.policy for e in done if e.action_name != ACTION_LISTEN_NAME]
    flows = [frame.flow_id for frame in state_of(tracker).user_frames]
    told = {"coexist.policy": policies[-1] if policies else None}
    told["coexist.flow"] = flows[-1] if flows else None
    if content.is_logged:
        asked = [writable(e.text or "") for e in events if isinstance(e, UserUttered)]
        said = [writable(e.text or "") for e in events if isinstance(e, BotUttered)]
        return {**told, "coexist.user_message": "\n".join(asked), "coexist.bot_messages": said}
    return told


def _in_turn(original: Callable[..., Any]) -> Callable[..., Any]:
    """What a user's message, or an event that stands for one, sets off is one turn."""

    async def in_turn(self: MessageProcessor, *args: Any, **kwargs: Any) -> Any:
        with turn():
            return await original(self, *args, **kwargs)

    return in_turn


SEAMS: tuple[tuple[Any, str, Callable[..., Any]], ...] = tuple(
    (MessageProcessor, name, _in_turn)
    for name in ("handle_message", "log_message", "trigger_external_user_uttered")
)
