"""Routing by a cascade: what is cheap decides, and a language model where that is in doubt.

The model is asked about the messages whose confidence is nearest the threshold, on the logit
scale; selective prediction as in Geifman and El-Yaniv (2017), "Selective Classification for
Deep Neural Networks", https://arxiv.org/abs/1705.08500.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from router.routing.configuration import FALLBACK_INTENT
from router.routing.decision import OUTCOMES, RoutingDecision, Turn
from router.routing.hybrid_configuration import HybridRouterConfig
from router.routing.intent_router import IntentRouter
from router.routing.llm_router import LLMRouter
from router.routing.semantic_router import SemanticRouter

__all__ = ["HybridRouter"]


@dataclass(frozen=True)
class HybridRouter:
    """Decides by intents, by meaning, or by the one and then the other; a model helps out.

    `semantic` may be None if `config.stage` is `intents`.
    """

    config: HybridRouterConfig
    llm: LLMRouter
    semantic: SemanticRouter | None = None
    name: str = "HybridRouter"

    async def decide(self, turn: Turn) -> RoutingDecision:
        """Which system answers `turn`; it never raises, and takes no longer than allowed."""
        cheap = await self.decide_cheaply(turn)
        return await self.ask(turn, cheap) if self.is_doubtful(turn, cheap) else cheap

    async def decide_cheaply(self, turn: Turn) -> RoutingDecision:
        """What the stage before the model says, with its name in `details`."""
        if self.config.stage != "semantic":
            by_intent = self._by_intent(turn)
            if by_intent.details["stage_is_sure"] or self.semantic is None:
                return by_intent
        assert self.semantic is not None, "a stage that wasn't trained"
        decision = await self.semantic.decide(turn)
        return self._own(decision, {"stage": "semantic", **decision.details})

    def is_doubtful(self, turn: Turn, cheap: RoutingDecision) -> bool:
        """Whether the model is to be asked after the cheap stage's decision."""
        if self.config.llm_band == 0 or not turn.text.strip():
            return False
        if cheap.details["stage"] == "intents":
            return not cheap.details["stage_is_sure"]
        # Without a distance there was no vector: nothing is known about the message.
        distance: float = cheap.details.get("distance", 0.0)
        return abs(distance) <= self.config.llm_band

    async def ask(self, turn: Turn, cheap: RoutingDecision) -> RoutingDecision:
        """What the model says; without an answer `on_error`, or else the cheap decision."""
        start = time.perf_counter()
        answer = await self.llm.ask(turn)
        details = {
            **cheap.details,
            "stage": "llm",
            "cheap": {"outcome": cheap.outcome, "reason": cheap.reason},
            "llm": answer.call,
        }
        outcome = answer.outcome or self.config.on_error or cheap.outcome
        route, sticky = OUTCOMES[outcome]
        return replace(
            cheap,
            route=route,
            sticky=sticky,
            reason=answer.reason,
            latency_ms=cheap.latency_ms + (time.perf_counter() - start) * 1000,
            details=details,
        )

    async def compare(self, turn: Turn) -> tuple[RoutingDecision, RoutingDecision]:
        """The cheap stage's decision and the model's, whether or not it would be asked."""
        cheap = await self.decide_cheaply(turn)
        return cheap, await self.ask(turn, cheap)

    def _by_intent(self, turn: Turn) -> RoutingDecision:
        config = self.config
        is_sure = (
            turn.intent is not None
            and turn.intent != FALLBACK_INTENT
            and turn.confidence >= config.min_confidence
            and turn.margin >= config.min_margin
        )
        flow = turn.triggered_flow
        if turn.intent not in self._listed and flow in self._listed:
            turn = replace(turn, intent=flow)
        details = {"stage": "intents", "stage_is_sure": is_sure}
        return self._own(self._intents.decide(turn), details)

    @cached_property
    def _listed(self) -> frozenset[str | None]:
        return frozenset(self.config.outcomes())

    @cached_property
    def _intents(self) -> IntentRouter:
        config = self.config
        return IntentRouter(
            config.intent_lists(min_confidence=config.min_confidence, min_margin=config.min_margin)
        )

    def _own(self, decision: RoutingDecision, details: dict[str, Any]) -> RoutingDecision:
        return replace(decision, router=self.name, config=self.config.fingerprint, details=details)
