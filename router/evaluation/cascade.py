"""From messages and what is known of their routing to what a cascade is tuned on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from router.evaluation.answers import Recorded, recorded
from router.evaluation.asking import Routed
from router.evaluation.labelled import LabelledMessage
from router.evaluation.tuning import Answer

__all__ = ["known_of", "nearest_to_doubt", "tuned_on", "with_answers"]

Known = Mapping[str, Recorded]
"""What is known of each text."""


def known_of(messages: Iterable[LabelledMessage], answers: Known) -> dict[str, Recorded]:
    """What recorded answers, and the column `llm`, tell of the messages."""
    known: dict[str, Recorded] = {}
    for each in messages:
        found = answers.get(each.text, Recorded())
        known[each.text] = found.updated(Recorded(llm=each.llm))
    return known


def with_answers(known: Known, routed: Iterable[Routed]) -> dict[str, Recorded]:
    """What was known, and what a router said since."""
    found = dict(known)
    for each in routed:
        found[each.message.text] = found[each.message.text].updated(recorded(each))
    return found


def nearest_to_doubt(
    messages: Sequence[LabelledMessage], known: Known, share: float
) -> list[LabelledMessage]:
    """So many of the messages as a model is to be asked about, those most in doubt.

    Args:
        messages: all messages.
        known: what the cheap stage says of them.
        share: the part of all messages, 0 to 1.
    """
    doubtful = [each for each in messages if known[each.text].distance is not None]
    doubtful.sort(key=lambda each: _distance(known[each.text]))
    return doubtful[: math.ceil(share * len(messages))]


def tuned_on(messages: Iterable[LabelledMessage], known: Known) -> list[Answer]:
    """The messages whose cheap route is known, for a tuning curve."""
    answers = []
    for each in messages:
        found = known[each.text]
        if found.cheap is not None:
            answers.append(Answer(each.route, found.cheap, _distance(found), found.llm))
    return answers


def _distance(found: Recorded) -> float:
    return math.inf if found.distance is None else abs(found.distance)
