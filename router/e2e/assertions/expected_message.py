"""A message of the bot's, as a test describes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.e2e.assertions.base import Named
from router.e2e.assertions.patterns import PATTERN_SECONDS, is_found
from router.e2e.assertions.reading import Name
from router.e2e.assertions.wording import as_value, buttons_text, likeness, listed, message_text
from router.e2e.observed import BotMessage

__all__ = ["ExpectedMessage", "messages_instead"]


@dataclass(frozen=True)
class ExpectedMessage:
    """What one message must be, all of it; None where nothing is said of it.

    Attributes:
        text: the whole text, but for space round it.
        utter: the response that it comes from.
        pattern: a regular expression that is found in the text.
        buttons: as many and in this order; of each the keys that are given (`title`, `payload`).
    """

    text: str | None = None
    utter: Name | None = None
    pattern: str | None = None
    buttons: tuple[Mapping[str, str], ...] | None = None

    def __str__(self) -> str:
        parts = [self.text] if self.text is not None else []
        parts += [self.utter.text] if self.utter else []
        parts += [f"matches {as_value(self.pattern)}"] if self.pattern else []
        parts += [f"buttons {buttons_text(self.buttons)}"] if self.buttons is not None else []
        return ", ".join(parts)

    @property
    def named(self) -> Iterator[Named]:
        """The response."""
        if self.utter:
            yield Named("response", self.utter.text, self.utter.location)

    def is_met_by(self, message: BotMessage) -> bool:
        """Whether the message is all of this."""
        return not any(wrong for wrong in self._differences(message))

    def undecided(self, messages: Sequence[BotMessage]) -> str:
        """Of which message the pattern can't say in time whether it's found; empty if of none."""
        for message in messages:
            if self.pattern is not None and is_found(self.pattern, message.text) is None:
                took = f"{as_value(self.pattern)} took too long, over {PATTERN_SECONDS:g} s"
                return f"{took}, on {message_text(message)}; write a simpler expression"
        return ""

    def instead(self, messages: Sequence[BotMessage]) -> str:
        """What was said, the nearest first; of one that's partly right, what's wrong with it."""
        if not messages:
            return "the bot said nothing"
        if undecided := self.undecided(messages):
            return undecided
        nearest = min(messages, key=self._distance)
        ordered = sorted(messages, key=lambda message: message is not nearest)
        wrong = [each for each in self._differences(nearest) if each]
        is_partly_right = len(wrong) < sum(1 for _ in self._differences(nearest))
        if not is_partly_right:
            return messages_instead(ordered)
        first = f"{message_text(nearest)} {' and '.join(wrong)}"
        rest = f"; also said: {messages_instead(ordered[1:])}" if ordered[1:] else ""
        return first + rest

    def _differences(self, message: BotMessage) -> Iterator[str]:
        """For each thing that's expected what's wrong with it, empty if it's right."""
        if self.text is not None:
            yield "" if message.text.strip() == self.text.strip() else "has another text"
        if self.utter is not None:
            wrong = f"isn't {self.utter}" if message.utter else "comes from no response"
            yield "" if message.utter == self.utter.text else wrong
        if self.pattern is not None:
            yield (
                ""
                if is_found(self.pattern, message.text)
                else f"doesn't match {as_value(self.pattern)}"
            )
        if self.buttons is not None:
            is_same = len(self.buttons) == len(message.buttons) and all(
                all(str(given.get(key)) == value for key, value in wanted.items())
                for wanted, given in zip(self.buttons, message.buttons, strict=True)
            )
            yield "" if is_same else f"has the buttons {buttons_text(message.buttons)}"

    def _distance(self, message: BotMessage) -> tuple[int, float]:
        wrong = sum(1 for each in self._differences(message) if each)
        if self.utter:
            return wrong, -likeness(self.utter.text, message.utter or "")
        return wrong, -likeness(self.text or self.pattern or "", message.text)


def messages_instead(messages: Sequence[BotMessage]) -> str:
    """What was said, in words."""
    if not messages:
        return "the bot said nothing"
    return listed([message_text(message) for message in messages], "; ")
