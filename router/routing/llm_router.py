"""Routing by a language model: it says which system answers, or which topic it is.

Follows https://rasa.com/docs/pro/customize/coexistence-routers (LLMBasedRouter).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from router.errors import LLMError
from router.llm import LLMClient
from router.llm.prompts import PromptFailed
from router.routing.decision import OUTCOMES, RoutingDecision, Turn
from router.routing.llm_configuration import LLMRouterConfig
from router.routing.llm_prompt import LETTERS, letter_prompt, read_letter, read_topic, topic_prompt


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
        config = self.config
        deadline = turn.deadline_within(config.timeout)
        try:
            ask = topic_prompt if config.topics else letter_prompt
            completion = await self.client.complete(
                ask(config, turn, self.template), deadline=deadline
            )
        except (LLMError, PromptFailed) as error:
            call = {"outcome": type(error).__name__}
            return self._decided(config.on_error, f"on_error: {type(error).__name__}", call)
        outcome, reason = self._read(completion.text)
        call = completion.record("read" if outcome else "unreadable")
        if outcome is None:
            return self._decided(config.on_error, "on_error: unreadable answer", call)
        return self._decided(outcome, reason, call)

    def _read(self, answer: str) -> tuple[str | None, str]:
        if not self.config.topics:
            letter = read_letter(answer)
            return (LETTERS[letter], f"answer {letter}") if letter else (None, "")
        topic = read_topic(answer, self.config.topics)
        return (topic.route, f"topic {topic.name}") if topic else (None, "")

    def _decided(self, outcome: str, reason: str, call: dict[str, Any]) -> RoutingDecision:
        route, sticky = OUTCOMES[outcome]
        return RoutingDecision(
            route=route,
            sticky=sticky,
            reason=reason,
            router=self.name,
            config=self.config.fingerprint,
            details={"llm": call},
        )
