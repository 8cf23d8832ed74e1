"""`bot_uttered` and `bot_did_not_utter`: a message by its response, text and buttons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.expected_message import ExpectedMessage, messages_instead
from router.e2e.assertions.patterns import pattern_in
from router.e2e.assertions.plain_messages import MessageCheck
from router.e2e.assertions.reading import (
    items_in,
    map_in,
    name_in,
    place_in,
    refuse_value,
    text_in,
)
from router.e2e.observed import ObservedTurn
from router.errors import Location

__all__ = ["BotDidNotUtter", "BotUttered"]

_KEYS = ("utter_name", "text_matches", "buttons")
_BUTTON_KEYS = ("title", "payload")


class BotUttered(MessageCheck):
    """One message comes from `utter_name`, has `text_matches` in it, and these `buttons`.

    Any of the three may be left out; one message must satisfy the rest. `text_matches` is a
    regular expression, sought in the text. `buttons` are all that it has, in this order, each
    with the `title` and `payload` given.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> ExpectedMessage:
        """A map of one or more of the keys."""
        return _read(value, location, "bot_uttered")


class BotDidNotUtter:
    """No message is all of this: the same keys as in `bot_uttered`.

    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    def read(self, value: Any, location: Location) -> ExpectedMessage:
        """A map of one or more of the keys."""
        return _read(value, location, "bot_did_not_utter")

    def check(self, expected: ExpectedMessage, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether none of the messages is so."""
        messages = [each for each in turn.messages if each.position > moment.after]
        wrong = [each for each in messages if expected.is_met_by(each)]
        if wrong:
            return failed(f"the bot said {messages_instead(wrong)}")
        undecided = expected.undecided(messages)
        return failed(undecided) if undecided else passed()

    def names(self, expected: ExpectedMessage) -> Iterator[Named]:
        """The response."""
        return expected.named


def _read(value: Any, location: Location, name: str) -> ExpectedMessage:
    advice = f"Write `{name}:` with one or more of {', '.join(_KEYS)}."
    given = map_in(value, location, name, _KEYS, advice=advice)

    def place(key: str) -> Location:
        return place_in(given, key, location)

    utter = pattern = buttons = None
    if "utter_name" in given:
        utter = name_in(given["utter_name"], place("utter_name"), "utter_name")
    if "text_matches" in given:
        pattern = pattern_in(given["text_matches"], place("text_matches"), "text_matches")
    if "buttons" in given:
        buttons = tuple(_buttons(given["buttons"], place("buttons")))
    return ExpectedMessage(utter=utter, pattern=pattern, buttons=buttons)


def _buttons(value: Any, location: Location) -> Iterator[Mapping[str, str]]:
    advice = "Write `buttons:` and a list of `- title: ...` with `payload: ...`."
    if not isinstance(value, list):
        refuse_value(value, location, "buttons", advice)
    for item, place in items_in(value, location):
        given = map_in(item, place, "buttons", _BUTTON_KEYS, required=("title",), advice=advice)
        yield {key: text_in(text, place_in(given, key, place), key) for key, text in given.items()}
