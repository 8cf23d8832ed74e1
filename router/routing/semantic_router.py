"""Routing by meaning: which intent's messages is this one like, and who answers that intent.

Routing *through* intents, and a fallback for what is like none of them, as Larson et al.
(2019), "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction",
https://arxiv.org/abs/1909.02027.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from router.embedding import Embedder
from router.errors import IncompatibleModel, LLMError
from router.llm.client import failed_call
from router.routing.decision import OUTCOMES, RoutingDecision, Turn
from router.routing.semantic_configuration import SemanticRouterConfig
from router.routing.semantic_model import SemanticModel, Verdict

__all__ = ["SemanticRouter"]


@dataclass(frozen=True)
class SemanticRouter:
    """Decides by the trained model; with an embedder of this process, without any network.

    The model must have been trained with the same configuration and the same embedder.

    Raises:
        IncompatibleModel: the embedder isn't the one the model was trained with.
    """

    config: SemanticRouterConfig
    model: SemanticModel
    embedder: Embedder
    name: str = "SemanticRouter"
    _places: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", self.config.places())
        if self.embedder.fingerprint != self.model.encoder:
            raise IncompatibleModel(
                f"The model was trained with the sentence encoder {self.model.encoder}, and this "
                f"one is {self.embedder.fingerprint}. Train it again."
            )

    async def decide(self, turn: Turn) -> RoutingDecision:
        """Which system answers `turn`.

        It never raises, and takes no longer than `encoder.timeout` says: without a vector,
        `unsure` of the configuration decides.
        """
        start = time.perf_counter()
        deadline = turn.deadline_within(self.config.encoder.timeout)
        if not turn.text.strip():
            return self._decision(self.config.unsure, "no text", start, {})
        try:
            embedded = await self.embedder.embed([turn.text], deadline=deadline)
            verdict = self.model.predict(embedded.vectors[0])
        except (LLMError, IncompatibleModel) as error:
            details = {"embedding": failed_call(error)}
            return self._decision(
                self.config.unsure, f"on_error: {type(error).__name__}", start, details
            )
        decision = self._decided(verdict, turn, start)
        if not embedded.call:
            return decision
        return replace(decision, details={**decision.details, "embedding": dict(embedded.call)})

    def _decided(self, verdict: Verdict, turn: Turn, start: float) -> RoutingDecision:
        details = {
            "nearest": [[name, round(share, 4)] for name, share in verdict.nearest],
            "distance": round(verdict.distance, 3),
        }
        place = self._places.get(verdict.intent) or self._places.get(verdict.flow or "")
        if not verdict.is_sure:
            outcome, reason = str(self.config.unsure), "below the threshold"
        elif place:
            outcome, reason = verdict.route, f"in {place}"
        elif verdict.flow in turn.flows:
            outcome, reason = verdict.route, "starts a flow"
        else:  # its flow can't start now, if it has one
            outcome, reason = str(self.config.unlisted), "in no list"
        decision = self._decision(outcome, reason, start, details)
        margin = verdict.nearest[0][1] - verdict.nearest[1][1] if verdict.nearest[1:] else None
        return replace(
            decision, intent=verdict.intent, confidence=verdict.confidence, margin=margin
        )

    def _decision(
        self, outcome: str, reason: str, start: float, details: dict[str, Any]
    ) -> RoutingDecision:
        route, sticky = OUTCOMES[outcome]
        return RoutingDecision(
            route=route,
            sticky=sticky,
            reason=reason,
            router=self.name,
            latency_ms=(time.perf_counter() - start) * 1000,
            config=self.config.fingerprint,
            details=details,
        )
