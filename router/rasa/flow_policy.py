"""The policy `FlowPolicy`: while CALM answers, the flow engine says what comes next."""

from __future__ import annotations

from typing import Any

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from router.checks.config_checks import importer_missing
from router.dialogue.engine import LISTEN, pending_action
from router.flows.assistant import Assistant
from router.rasa.errors import reported_by_rasa
from router.rasa.provider import NODE_NAME
from router.rasa.tracker_state import answering_system, state_of
from router.routing.decision import Route

PRIORITY = 7
ABSTAINING = 0  # below all others: where no policy knows an answer, stock's is to stand


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class FlowPolicy(Policy):
    """Predicts the action at which the topmost flow stands, else to listen.

    It abstains on turns that the NLU system answers. Predicting changes nothing: a flow
    moves on when its action is executed.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Its priority; there is nothing else to configure."""
        return {POLICY_PRIORITY: PRIORITY}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FlowPolicy:
        """For training.

        Raises:
            CoexistenceSetupError: Rasa met this package too late, when it imported this
                policy: without the importer the model would hold no flows.
        """
        if NODE_NAME not in execution_context.graph_schema.nodes:
            with reported_by_rasa():
                raise importer_missing()
        return cls(config, model_storage, resource, execution_context)

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Nothing to learn: flows are read, not trained."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        assistant: Assistant,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """One action with certainty while CALM answers, none otherwise."""
        probabilities = self._default_predictions(domain)
        if answering_system(tracker) is not Route.CALM:
            abstention = self._prediction(probabilities)
            abstention.policy_priority = ABSTAINING
            return abstention
        state = state_of(tracker)
        action = pending_action(state, assistant) or LISTEN
        probabilities[domain.index_for_action(action)] = 1.0
        frame = state.top
        metadata = {"flow": frame.flow_id, "step": frame.step_id} if frame else None
        return self._prediction(probabilities, action_metadata=metadata)
