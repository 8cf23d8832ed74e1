"""What a test may expect: one assertion a file, registered here.

An assertion reads its value from the test file once, and is then asked about turns:

    class RoutedTo:
        def read(self, value: Any, location: Location) -> ExpectedRoute: ...
        def check(self, expected: ExpectedRoute, turn: ObservedTurn, moment: Moment) -> Outcome: ...
        def names(self, expected: ExpectedRoute) -> Iterator[Named]: ...

A new one is a file with such a class, and a line in `ASSERTIONS`. What `read` gives has a
`__str__` that reports can show. One that a single message of the bot's meets has `accepts` as
well (see `ExpectsMessage`), so that strict cases know which messages are expected.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.e2e.assertions.actions import ActionExecuted
from router.e2e.assertions.answered_by import AnsweredBy
from router.e2e.assertions.base import Assertion
from router.e2e.assertions.bot_uttered import BotDidNotUtter, BotUttered
from router.e2e.assertions.flow_ended import FlowCancelled, FlowCompleted
from router.e2e.assertions.flow_started import FlowStarted
from router.e2e.assertions.generated import IsGrounded, IsRelevant
from router.e2e.assertions.handoff import Handoff
from router.e2e.assertions.limits import LLMCalls, TurnLatency
from router.e2e.assertions.pattern_clarification import PatternClarificationContains
from router.e2e.assertions.plain_messages import Bot, Utter
from router.e2e.assertions.routing import RoutedTo, RoutingReset
from router.e2e.assertions.slots import SlotWasNotSet, SlotWasSet, StepSlots

__all__ = ["ASSERTIONS", "STEP_CHECKS"]

#: What stands under `assertions:`, by its key; the plain steps too, under theirs.
ASSERTIONS: Mapping[str, Assertion] = {
    "action": ActionExecuted("action"),
    "action_executed": ActionExecuted(),
    "answered_by": AnsweredBy(),
    "bot": Bot(),
    "bot_did_not_utter": BotDidNotUtter(),
    "bot_uttered": BotUttered(),
    "flow_cancelled": FlowCancelled(),
    "flow_completed": FlowCompleted(),
    "flow_started": FlowStarted(),
    "generative_response_is_grounded": IsGrounded(),
    "generative_response_is_relevant": IsRelevant(),
    "handoff": Handoff(),
    "llm_calls": LLMCalls(),
    "pattern_clarification_contains": PatternClarificationContains(),
    "routed_to": RoutedTo(),
    "routing_reset": RoutingReset(),
    "slot_was_not_set": SlotWasNotSet(),
    "slot_was_set": SlotWasSet(),
    "turn_latency_ms": TurnLatency(),
    "utter": Utter(),
}

#: What stands beside `user:` as a step of its own, by its key. What these read, the
#: assertion of the same name checks.
STEP_CHECKS: Mapping[str, Assertion] = {
    "action": ASSERTIONS["action"],
    "bot": ASSERTIONS["bot"],
    "slot_was_not_set": StepSlots(SlotWasNotSet()),
    "slot_was_set": StepSlots(SlotWasSet()),
    "utter": ASSERTIONS["utter"],
}
