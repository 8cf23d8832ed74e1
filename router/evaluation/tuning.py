"""How many messages a router should ask a language model about, found on labelled messages.

A cheap stage decides about each message, and says by its `distance` how sure it is. The
model is asked for the messages nearest to doubt. The more it is asked, the better the routes
get, or the worse: that is the curve, and a choice is a point of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from router.errors import CoexistenceError

__all__ = ["Answer", "Choice", "Curve", "NothingToTune", "Point", "choose", "tuning_curve"]

SIGNIFICANT = 0.05


class NothingToTune(CoexistenceError):
    """There are no messages to tune on, or none that a language model was asked about."""


@dataclass(frozen=True)
class Answer:
    """What is known of one labelled message.

    Attributes:
        expected: where it should go: `calm`, `nlu`, `calm_once` or `nlu_once`.
        cheap: where the cheap stage sends it.
        distance: of the cheap stage from doubt, on the logit scale; infinite if no model is
            ever asked about it. Its sign doesn't matter.
        llm: where the language model sends it; None if it wasn't asked.
    """

    expected: str
    cheap: str
    distance: float
    llm: str | None


@dataclass(frozen=True)
class Point:
    """What one band gives.

    Attributes:
        share: the part of all messages that the model is asked about, 0 to 1.
        band: the `llm_band` that asks about just these.
        accuracy: the part of all messages that go where they should.
        macro_f1: F1 averaged over the routes that are expected.
        better: messages that go right because the model was asked.
        worse: messages that go wrong because the model was asked.
    """

    share: float
    band: float
    accuracy: float
    macro_f1: float
    better: int = 0
    worse: int = 0


@dataclass(frozen=True)
class Curve:
    """Points by rising share; the first asks about nothing.

    It ends before the nearest message that the model wasn't asked about. `messages` counts
    all, `asked` those of the last point.
    """

    points: tuple[Point, ...]
    messages: int
    asked: int


@dataclass(frozen=True)
class Choice:
    """The band to write into config.yml, and why.

    Attributes:
        band: the value of `llm_band`; 0 leaves the model off.
        share: the part of all messages that the model is then asked about.
        accuracy: what is reached with it.
        baseline_accuracy: what the cheap stage reaches alone.
        p_value: how likely a model no better than the cheap stage looks this good.
        is_off: whether the model is left off.
        why: the same in words.
        better: messages the model would put right, be it left off or not.
        worse: messages it would put wrong.
        is_unclear: whether asking seemed to help, and more messages would tell whether it does.
    """

    band: float
    share: float
    accuracy: float
    baseline_accuracy: float
    p_value: float
    is_off: bool
    why: str
    better: int = 0
    worse: int = 0
    is_unclear: bool = False


def tuning_curve(answers: Sequence[Answer]) -> Curve:
    """What each band gives, from asking about nothing to asking about all that were asked.

    Raises:
        NothingToTune: there are no answers, or the model wasn't asked about the message
            that is nearest to doubt.
    """
    if not answers:
        raise NothingToTune("There are no messages to tune on.")
    ranked = sorted(answers, key=lambda each: abs(each.distance))
    known = 0
    while known < len(ranked) and _is_known(ranked[known]):
        known += 1
    if not known:
        raise NothingToTune(
            "There's nothing to compare: the language model wasn't asked about the message "
            "that is nearest to doubt."
        )
    return Curve(tuple(_points(ranked, known)), len(ranked), known)


def choose(
    answers: Curve | Sequence[Answer], share: float | None = None, accuracy: float | None = None
) -> Choice:
    """The band that is best within a share of calls, or the smallest that is accurate enough.

    The model is left off if what it gains may be chance. Of the messages whose route it makes
    right or wrong, a model no better than the cheap stage would make each right with
    probability 1/2: the exact sign test of McNemar (1947), "Note on the sampling error of
    the difference between correlated proportions". Since the best of many bands is chosen,
    what is tested is the highest point of that random walk, whose distribution is exact, too,
    by the reflection principle (Feller 1968, "An Introduction to Probability Theory and Its
    Applications", volume 1, chapter III).

    Args:
        answers: the curve, or what it is made of.
        share: at most this part of the messages is asked about, 0 to 1.
        accuracy: the accuracy to reach with as few calls as possible, 0 to 1.

    Raises:
        NothingToTune: as `tuning_curve`.
        ValueError: not just one of share and accuracy is given, or it isn't between 0 and 1.
    """
    wanted = [each for each in (share, accuracy) if each is not None]
    if len(wanted) != 1 or not 0 <= wanted[0] <= 1:
        raise ValueError("Give either a share or an accuracy, between 0 and 1.")
    curve = answers if isinstance(answers, Curve) else tuning_curve(answers)
    allowed = [p for p in curve.points if share is None or p.share <= share + 1e-12]
    alone = allowed[0]
    # The first of equally good ones: it asks least.
    found = max(allowed, key=lambda p: p.better - p.worse)
    note = ""
    if accuracy is not None:
        enough = [p for p in allowed if p.accuracy >= accuracy - 1e-12]
        found = enough[0] if enough else found
        note = "" if enough else f"No share of calls reaches {accuracy:.3f}. "
    changed = allowed[-1].better + allowed[-1].worse
    p_value = _chance(changed, found.better - found.worse)
    is_off = found is alone or p_value >= SIGNIFICANT
    taken = alone if is_off else found
    return Choice(
        band=taken.band,
        share=taken.share,
        accuracy=taken.accuracy,
        baseline_accuracy=alone.accuracy,
        p_value=p_value,
        is_off=is_off,
        why=note + _why(alone, found, p_value, accuracy),
        better=found.better,
        worse=found.worse,
        is_unclear=is_off and found is not alone,
    )


def _is_known(answer: Answer) -> bool:
    return answer.llm is not None and math.isfinite(answer.distance)


def _points(ranked: Sequence[Answer], known: int) -> Iterator[Point]:
    expected = Counter(each.expected for each in ranked)
    given = Counter(each.cheap for each in ranked)
    right = Counter(each.expected for each in ranked if each.cheap == each.expected)
    better = worse = 0

    def point(asked: int, band: float) -> Point:
        f1 = [2 * right[name] / (expected[name] + given[name]) for name in expected]
        return Point(
            share=asked / len(ranked),
            band=band,
            accuracy=sum(right.values()) / len(ranked),
            macro_f1=sum(f1) / len(f1),
            better=better,
            worse=worse,
        )

    yield point(0, 0.0)
    for index, answer in enumerate(ranked[:known]):
        was, now = answer.cheap == answer.expected, answer.llm == answer.expected
        given[answer.cheap] -= 1
        given[str(answer.llm)] += 1
        right[answer.expected] += now - was
        better += now and not was
        worse += was and not now
        nearest = abs(answer.distance)
        following = abs(ranked[index + 1].distance) if index + 1 < len(ranked) else math.inf
        band = _band_between(nearest, following)
        if band is not None:
            yield point(index + 1, band)


def _band_between(nearest: float, following: float) -> float | None:
    """A number with few digits in the middle: at least the one, below the other, and not 0."""
    upper = following if math.isfinite(following) else nearest + 0.02
    middle = (nearest + upper) / 2
    short = (round(middle, digits) for digits in range(2, 17))
    return next((band for band in (*short, nearest) if nearest <= band < upper and band > 0), None)


def _chance(changed: int, gain: int) -> float:
    """How likely a fair walk of so many steps is somewhere at least so high."""
    if gain <= 0:
        return 1.0
    ups = (changed + gain + 1) // 2
    ways = at_least = lowest = math.comb(changed, ups)
    for up in range(ups, changed):
        ways = ways * (changed - up) // (up + 1)
        at_least += ways
    # An end exactly at that height is reached once, each higher one is mirrored.
    exactly = lowest if (changed + gain) % 2 == 0 else 0
    return float(min(1, (2 * at_least - exactly) / 2**changed))


def _why(alone: Point, found: Point, p_value: float, accuracy: float | None) -> str:
    counts = f"{found.better} messages go right by it and {found.worse} wrong"
    chance = f"p = {p_value:.3f}" if p_value >= 0.001 else "p < 0.001"
    if found is alone:
        if accuracy is not None and alone.accuracy >= accuracy:
            return f"Leave the LLM off: without it, {alone.accuracy:.3f} are right already."
        return "Leave the LLM off: asking it makes no share of the messages better."
    if p_value >= SIGNIFICANT:
        return f"Leave the LLM off: {counts}; the best of all bands may do so by chance ({chance})."
    return f"Ask the LLM: {counts} ({chance})."
