"""One turn of a conversation as data: what was said, who answered, why, and what changed.

Made by a session on Rasa, shown by the command line; needs no Rasa itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.routing.decision import Route, RoutingDecision

__all__ = ["StackFrame", "TurnRecord", "reply_text"]


@dataclass(frozen=True)
class StackFrame:
    """One flow in progress, or one pattern, named as users may read it."""

    name: str
    flow_id: str
    step_id: str
    is_pattern: bool = False
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TurnRecord:
    """What one user message led to.

    `route_before` and `route_after` are the routing slot's values (None: no route);
    `route` is who answered, None in an assistant that has one system only. `decision` is
    the router's, None if an active route made it needless. `policies` predicted the
    `actions`, in order of first use. `active_flow` is the flow under way after the turn, with
    those it called (`transfer money > check who you are`); `ended_flow` one that was under
    way in the turn and isn't any more; `active_form` the NLU system's form. `slots_changed`
    holds new values, `shared` all shared slots that have a value. `released` says why the
    route was given up, None if it wasn't. `llm_calls` are the calls of language models: what
    for (`route`, `commands`, or both), `outcome`, and what is known of `model`, `endpoint`,
    `latency_ms`, `prompt_tokens`, `completion_tokens`, `cost`, `attempts` and `replayed`.
    `errors` were logged during the turn.
    """

    user: str
    replies: tuple[str, ...] = ()
    route_before: bool | None = None
    route_after: bool | None = None
    route: Route | None = None
    decision: RoutingDecision | None = None
    intent: str | None = None
    confidence: float | None = None
    policies: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    active_flow: str | None = None
    ended_flow: str | None = None
    active_form: str | None = None
    slots_changed: Mapping[str, Any] = field(default_factory=dict)
    shared: Mapping[str, Any] = field(default_factory=dict)
    stack: tuple[StackFrame, ...] = ()
    released: str | None = None
    llm_calls: tuple[Mapping[str, Any], ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why this system answered, in the router's words."""
        if self.decision is not None:
            return self.decision.reason
        if self.route is None:
            return "no router"
        holds = self.route_before is (self.route is Route.CALM)
        return "route is active" if holds else "no decision"

    @property
    def router(self) -> str | None:
        """Who decided; None if an active route made a decision needless."""
        return self.decision.router if self.decision is not None else None


def reply_text(message: Mapping[str, Any]) -> str:
    """One message of the assistant as text; its buttons' titles stand in brackets."""
    parts = [str(message["text"])] if message.get("text") else []
    buttons: Sequence[Mapping[str, Any]] = message.get("buttons") or ()
    titles = (button.get("title") or button.get("payload") for button in buttons)
    parts += [f"[{title}]" for title in titles]
    parts += [f"<{kind}: {message[kind]}>" for kind in ("image", "attachment") if kind in message]
    parts += [str(message["custom"])] if "custom" in message else []
    return " ".join(parts)
