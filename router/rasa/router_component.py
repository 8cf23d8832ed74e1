"""What every router in a pipeline does; a new one brings a class with `decide`.

    @DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
    class BusinessHoursRouter(RouterComponent):
        def decide(self, turn: Turn) -> RoutingDecision: ...

In config.yml it goes by the path of its module (`bot.routers.BusinessHoursRouter`); its name
ends in `Router`, by which the checks know it.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, ClassVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from typing_extensions import Self

from router.flows.assistant import Assistant
from router.rasa.conversation import said_before
from router.rasa.tracker_state import DECISION_KEY, current_route, nlu_result, state_of
from router.rasa.turn_calls import ask_router, calls_of
from router.routing.decision import RoutingDecision, Turn
from router.routing.shared_question import SharedQuestion
from router.understanding.llm_prompt import Moment, startable_flows
from router.understanding.nlu_adapter import triggered_flow


class RouterComponent(GraphComponent):
    """Puts a decision on each message that no sticky route covers.

    Attributes:
        timeout: seconds that a turn may wait for the decision; None if it doesn't wait.
        sees_conversation: whether `Turn.conversation`, `slots` and `flows` are filled.
    """

    timeout: float | None = None
    sees_conversation: ClassVar[bool] = True

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Without a configuration; override it to read one."""
        return cls()

    def decide(self, turn: Turn) -> RoutingDecision | Awaitable[RoutingDecision]:
        """Which system answers `turn`; it doesn't raise."""
        raise NotImplementedError

    async def begin(
        self, turn: Turn
    ) -> RoutingDecision | Awaitable[RoutingDecision] | SharedQuestion:
        """The decision; or, from a router that asks a language model, one still to come.

        A command generator then asks its model at the same time, or both in one prompt.
        """
        decision = self.decide(turn)
        return await decision if inspect.isawaitable(decision) else decision

    async def process(
        self,
        messages: list[Message],
        tracker: DialogueStateTracker,
        assistant: Assistant,
    ) -> list[Message]:
        """Decides for each message; without a conversation (NLU evaluation) nothing happens."""
        if tracker.events and current_route(tracker) is None:
            for message in messages:
                start = time.perf_counter()
                decision = await self.begin(self._turn(message, tracker, assistant))
                if isinstance(decision, SharedQuestion):
                    calls_of(message).question = decision
                elif inspect.isawaitable(decision):
                    ask_router(message, decision)
                else:
                    latency_ms = (time.perf_counter() - start) * 1000
                    decided = replace(decision, latency_ms=latency_ms).as_dict()
                    message.set(DECISION_KEY, decided, add_to_output=True)
        return messages

    def _turn(self, message: Message, tracker: DialogueStateTracker, assistant: Assistant) -> Turn:
        nlu, state = nlu_result(message.data), state_of(tracker)
        ranking = message.get("intent_ranking") or ()
        turn = Turn(
            text=nlu.text,
            intent=nlu.intent,
            confidence=nlu.confidence,
            ranking=tuple((item["name"], float(item["confidence"])) for item in ranking),
            triggered_flow=triggered_flow(nlu, state, assistant),
            deadline=calls_of(message).deadline_within(self.timeout) if self.timeout else None,
        )
        if not self.sees_conversation:
            return turn
        flows = startable_flows(Moment(nlu.text, state, assistant))
        return replace(
            turn,
            conversation=said_before(tracker),
            slots=state.slots,
            flows=tuple(flow.id for flow in flows),
        )
