"""The steps `bot` and `utter`: the older way of saying what the bot answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.expected_message import ExpectedMessage
from router.e2e.assertions.reading import name_in, text_in
from router.e2e.observed import BotMessage, ObservedTurn
from router.errors import Location

__all__ = ["Bot", "MessageCheck", "Utter"]


class MessageCheck:
    """What all that expect one message have in common."""

    def check(self, expected: ExpectedMessage, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether a message is all that's expected."""
        messages = [each for each in turn.messages if each.position > moment.after]
        for message in messages:
            if expected.is_met_by(message):
                return passed(message.position)
        return failed(expected.instead(messages))

    def accepts(self, expected: ExpectedMessage, message: BotMessage) -> bool:
        """Whether the message is one that's expected."""
        return expected.is_met_by(message)

    def names(self, expected: ExpectedMessage) -> Iterator[Named]:
        """The response."""
        return expected.named


class Bot(MessageCheck):
    """`- bot: text`: the bot says exactly this, but for space round it.

    Other messages may come with it, in any order.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> ExpectedMessage:
        """The text."""
        return ExpectedMessage(text=text_in(value, location, "bot", "Write `bot:` and the text."))


class Utter(MessageCheck):
    """`- utter: utter_greet`: the bot says this response, whichever of its variations.

    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> ExpectedMessage:
        """The response's name."""
        advice = "Write `utter: utter_name`."
        return ExpectedMessage(utter=name_in(value, location, "utter", advice))
