"""A routing question that may go into another prompt, so that one call answers both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from router.llm.scripted import asking
from router.routing.decision import RoutingDecision, Turn
from router.routing.llm_prompt import shared_answer, shared_preface
from router.routing.llm_router import LLMAnswer, LLMRouter

__all__ = ["SharedQuestion"]


@dataclass(frozen=True)
class SharedQuestion:
    """What a router wants to know about a turn, if nobody else asks a model anyway."""

    router: LLMRouter
    turn: Turn

    async def ask_alone(self) -> RoutingDecision:
        """Asks it in a call of its own."""
        return await self.router.decide(self.turn)

    @property
    def preface(self) -> str:
        """What to put before the other prompt."""
        return shared_preface(self.router.config, self.turn)

    def asked(self) -> AbstractContextManager[None]:
        """The block within which a prompt begins with the preface."""
        spelling = self.router.spelling.items()
        return asking(routes={outcome: f"route: {answer}" for outcome, answer in spelling})

    def decided(self, answer: str | None, call: Mapping[str, Any]) -> RoutingDecision:
        """What the answer to both says about the route.

        Args:
            answer: its text; None without one.
            call: the call's record.
        """
        record = {**call, "shared": True}
        if answer is None:
            read = LLMAnswer(None, f"on_error: {call.get('outcome')}", record)
        else:
            outcome, reason = self.router.read(shared_answer(answer))
            record["outcome"] = "read" if outcome else "unreadable"
            read = LLMAnswer(outcome, reason, record)
        return self.router.decided(read, float(call.get("latency_ms", 0.0)))
