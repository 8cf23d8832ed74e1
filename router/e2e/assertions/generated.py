"""`generative_response_is_relevant` and `..._is_grounded`: answers that a model grades."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Judge, Moment, Named, Outcome, failed, skipped
from router.e2e.assertions.expected_message import messages_instead
from router.e2e.assertions.reading import Name, map_in, name_in, number_in, place_in, text_in
from router.e2e.assertions.wording import listed, message_text
from router.e2e.observed import BotMessage, ObservedTurn, transcript
from router.errors import LLMError, Location, NotRecorded

__all__ = ["GeneratedAnswer", "IsGrounded", "IsRelevant"]

THRESHOLD = 0.5
NO_JUDGE = (
    "no judge is configured, or models are scripted: add a model group `judge` to endpoints.yml,"
    " or give --judge, and let models answer"
)
_SAID_BEFORE = 10  # messages that a judge is shown


@dataclass(frozen=True)
class GeneratedAnswer:
    """Which message is graded, what it must reach, and what is true."""

    threshold: float = THRESHOLD
    utter: Name | None = None
    source: str | None = None
    ground_truth: str | None = None

    def __str__(self) -> str:
        of = f" of {self.utter}" if self.utter else ""
        return f"at least {self.threshold:g}{of}"


class _Graded:
    """What both have in common; `name` is the assertion's, `keys` are those it may have."""

    name = ""
    keys: Sequence[str] = ("threshold", "utter_name", "utter_source")

    def read(self, value: Any, location: Location) -> GeneratedAnswer:
        """A map of its keys, all of them optional; nothing stands for the defaults."""
        if value is None or value == {}:
            return GeneratedAnswer()
        advice = f"Write `{self.name}:` with `threshold: {THRESHOLD}`."
        given = map_in(value, location, self.name, self.keys, advice=advice)

        def text(key: str) -> str | None:
            return (
                text_in(given[key], place_in(given, key, location), key) if key in given else None
            )

        threshold, utter = THRESHOLD, None
        if "threshold" in given:
            place = place_in(given, "threshold", location)
            threshold = number_in(given["threshold"], place, "threshold", most=1.0)
        if "utter_name" in given:
            place = place_in(given, "utter_name", location)
            utter = name_in(given["utter_name"], place, "utter_name")
        return GeneratedAnswer(threshold, utter, text("utter_source"), text("ground_truth"))

    async def check(self, expected: GeneratedAnswer, turn: ObservedTurn, moment: Moment) -> Outcome:
        """Whether the judge gives one of the messages in question the grade.

        With ordered assertions it may be the message that the one before was met by.
        """
        messages = [
            message
            for message in turn.messages
            if message.position >= moment.after and self.accepts(expected, message)
            if expected.source in (None, _metadata(turn, message).get("utter_source"))
        ]
        if not messages:
            return failed(f"no such message; {messages_instead(turn.messages)}")
        if moment.judge is None:
            return skipped(NO_JUDGE)
        grades: list[str] = []
        best = 0.0
        for message in messages:
            question = self.question(expected, message, turn, moment)
            if question is None:
                return failed("there is no ground truth: write `ground_truth:` and what is so")
            graded = await _grade(moment.judge, question)
            if isinstance(graded, str):
                return failed(graded)
            best = max(best, graded)
            if graded >= expected.threshold:
                measured = {"grade": graded}
                return Outcome("passed", position=message.position, measured=measured)
            grades.append(f"{graded:g} for {message_text(message)}")
        return failed(f"graded {listed(grades, '; ')}", grade=best)

    def accepts(self, expected: GeneratedAnswer, message: BotMessage) -> bool:
        """Whether the message is one that's graded."""
        return expected.utter is None or message.utter == expected.utter.text

    def names(self, expected: GeneratedAnswer) -> Iterator[Named]:
        """The response."""
        if expected.utter:
            yield Named("response", expected.utter.text, expected.utter.location)

    def question(
        self, expected: GeneratedAnswer, message: BotMessage, turn: ObservedTurn, moment: Moment
    ) -> str | None:
        """What the judge is asked; None if there's nothing to hold the message against."""
        raise NotImplementedError


class IsRelevant(_Graded):
    """A message of the turn answers what the user said, by the grade of a judge's.

    `threshold` (0.5) is the least grade, from 0 to 1. `utter_name` picks the messages of a
    response, `utter_source` those whose metadata names that source; without them it's enough
    that one message of the turn is relevant. Without a judge it is skipped.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "generative_response_is_relevant"

    def question(
        self, expected: GeneratedAnswer, message: BotMessage, turn: ObservedTurn, moment: Moment
    ) -> str:
        """Whether the answer is about what was said."""
        return _as_question(
            "How well does `answer` answer `user`, in the light of what was said `before`?"
            " 1: it is about it and helps. 0: it is about something else.",
            before=_before(moment),
            user=turn.user,
            answer=message.text,
        )


class IsGrounded(_Graded):
    """A message of the turn says nothing but what is so, by the grade of a judge's.

    What is so is `ground_truth`, or else what the message's metadata has under that key. The
    other keys are those of `generative_response_is_relevant`.
    Format: https://rasa.com/docs/pro/testing/evaluating-assistant
    """

    name = "generative_response_is_grounded"
    keys = (*_Graded.keys, "ground_truth")

    def question(
        self, expected: GeneratedAnswer, message: BotMessage, turn: ObservedTurn, moment: Moment
    ) -> str | None:
        """Whether the answer is borne out by what is true."""
        truth = expected.ground_truth or _metadata(turn, message).get("ground_truth")
        if not truth:
            return None
        return _as_question(
            "How much of what `answer` claims is borne out by `truth`?"
            " 1: all of it. 0: none, or it contradicts it.",
            truth=truth,
            user=turn.user,
            answer=message.text,
        )


async def _grade(judge: Judge, question: str) -> float | str:
    """The grade, or why there is none."""
    try:
        return await judge.grade(question)
    except LLMError as error:
        said = f" ({error.detail})" if error.detail else ""
        return f"the judge gave no grade: {error}{said}"
    except NotRecorded as error:
        return f"the judge gave no grade: {error}"


def _as_question(question: str, **data: Any) -> str:
    """The question, and what was said as JSON that nothing in it can end."""
    shown = json.dumps(data, ensure_ascii=False, default=str, indent=1).replace("<", "\\u003c")
    return f"{question}\n\n<data>\n{shown}\n</data>"


def _before(moment: Moment) -> list[str]:
    said = transcript(moment.earlier)[-_SAID_BEFORE:]
    return [f"{who}: {text}" for who, text in said]


def _metadata(turn: ObservedTurn, message: BotMessage) -> Mapping[str, Any]:
    return turn.events[message.position].get("metadata") or {}
