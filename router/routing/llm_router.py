"""Routing by a language model: it says which system answers, or which topic it is.

Follows https://rasa.com/docs/pro/customize/coexistence-routers (LLMBasedRouter).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from router.errors import LLMError
from router.llm import LLMClient
from router.llm.client import failed_call
from router.llm.prompts import PromptFailed
from router.llm.scripted import asking
from router.routing.decision import OUTCOMES, RoutingDecision, Turn
from router.routing.llm_configuration import LLMRouterConfig
from router.routing.llm_prompt import LETTERS, letter_prompt, read_letter, read_topic, topic_prompt

UNREADABLE = "on_error: unreadable answer"


@dataclass(frozen=True)
class LLMAnswer:
    """What a model said about a turn; `outcome` is None if it said nothing that can be read.

    `reason` says what it was, or why there is none; `call` is the call's record.
    """

    outcome: str | None
    reason: str
    call: dict[str, Any]


@dataclass(frozen=True)
class LLMRouter:
    """Asks for one letter, or for a topic where the configuration has some.

    What can't be read is never guessed: then, as after a time-out or an error, `on_error`
    of the configuration decides. `template` is the text of the bot's own prompt.
    """

    config: LLMRouterConfig
    client: LLMClient
    template: str | None = None
    name: str = "LLMBasedRouter"

    async def decide(self, turn: Turn) -> RoutingDecision:
        """Which system answers `turn`; it never raises, and takes no longer than allowed."""
        start = time.perf_counter()
        answer = await self.ask(turn)
        return self.decided(answer, (time.perf_counter() - start) * 1000)

    def decided(self, answer: LLMAnswer, latency_ms: float) -> RoutingDecision:
        """The decision that an answer makes."""
        route, sticky = OUTCOMES[answer.outcome or self.config.on_error]
        return RoutingDecision(
            route=route,
            sticky=sticky,
            reason=answer.reason,
            router=self.name,
            latency_ms=latency_ms,
            config=self.config.fingerprint,
            details={"llm": answer.call},
        )

    async def ask(self, turn: Turn) -> LLMAnswer:
        """What the model says; it never raises, and takes no longer than allowed."""
        prompt = topic_prompt if self.config.topics else letter_prompt
        deadline = turn.deadline_within(self.config.timeout)
        try:
            messages = prompt(self.config, turn, self.template)
            with asking(routes=self.spelling):
                completion = await self.client.complete(messages, deadline=deadline)
        except (LLMError, PromptFailed) as error:
            return LLMAnswer(None, f"on_error: {type(error).__name__}", failed_call(error))
        outcome, reason = self.read(completion.text)
        return LLMAnswer(outcome, reason, completion.record("read" if outcome else "unreadable"))

    @property
    def spelling(self) -> Mapping[str, str]:
        """Outcome -> what the model answers to say so; with topics, the first of that route."""
        if not self.config.topics:
            return {outcome: letter for letter, outcome in LETTERS.items()}
        return {topic.route: topic.name for topic in reversed(self.config.topics)}

    def read(self, answer: str) -> tuple[str | None, str]:
        """The outcome and the reason that an answer's text gives; no outcome if unreadable."""
        if not self.config.topics:
            letter = read_letter(answer)
            return (LETTERS[letter], f"answer {letter}") if letter else (None, UNREADABLE)
        topic = read_topic(answer, self.config.topics)
        return (topic.route, f"topic {topic.name}") if topic else (None, UNREADABLE)
