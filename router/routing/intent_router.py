"""Routing by intent: lists in config.yml say which system answers which intent.

Follows https://rasa.com/docs/pro/customize/coexistence-routers (IntentBasedRouter).
"""

from __future__ import annotations

from dataclasses import dataclass

from router.routing.configuration import FALLBACK_INTENT, IntentRouterConfig
from router.routing.decision import OUTCOMES, RoutingDecision, Turn


@dataclass(frozen=True)
class IntentRouter:
    """Decides by lists of intents; the first rule that fits wins."""

    config: IntentRouterConfig
    name: str = "IntentBasedRouter"

    def decide(self, turn: Turn) -> RoutingDecision:
        """Which system answers `turn`; the reason names the rule that decided."""
        outcome, reason = self._rule(turn)
        route, sticky = OUTCOMES[outcome]
        return RoutingDecision(
            route=route,
            sticky=sticky,
            reason=reason,
            router=self.name,
            intent=turn.intent,
            confidence=turn.confidence,
            margin=turn.margin,
            config=self.config.fingerprint,
        )

    def _rule(self, turn: Turn) -> tuple[str, str]:
        config = self.config
        if turn.intent is None:
            return "nlu", "no intent"
        if turn.confidence < config.min_confidence:
            return config.unsure, "below min_confidence"
        if turn.margin < config.min_margin:
            return config.unsure, "below min_margin"
        if turn.intent in config.nlu_entry.sticky:
            return "nlu", "in nlu_entry.sticky"
        if turn.intent in config.nlu_entry.non_sticky:
            return "nlu_once", "in nlu_entry.non_sticky"
        if turn.intent in config.calm_entry.sticky:
            return "calm", "in calm_entry.sticky"
        if turn.intent in config.calm_entry.non_sticky:
            return "calm_once", "in calm_entry.non_sticky"
        if turn.triggered_flow is not None:
            return "calm", "nlu_trigger of a flow"
        if turn.intent == FALLBACK_INTENT:  # the classifier's own word for being unsure
            return config.unsure, "fallback intent"
        return config.unlisted, "in no list"
