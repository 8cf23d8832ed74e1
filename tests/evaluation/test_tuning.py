"""Choosing how many messages to ask a model about: what helps is used, what doesn't is left off."""

from __future__ import annotations

import math
import random
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.evaluation import Answer, NothingToTune, choose, tuning_curve
from router.evaluation.tuning import _band_between, _chance

ROUTES = ("calm", "nlu", "nlu_once")


def simulated(
    llm_right: float, seed: int, messages: int = 1000, cheap_right: float = 0.94
) -> list[Answer]:
    """A cheap stage whose errors lie in the quarter of the messages that is nearest to doubt."""
    draw = random.Random(seed)
    answers = []
    for _ in range(messages):
        expected = draw.choice(ROUTES)
        near = draw.random() < 0.25
        distance = draw.choice((-1, 1)) * (draw.uniform(0, 1) if near else draw.uniform(1, 6))
        is_wrong = near and draw.random() < (1 - cheap_right) / 0.25
        answers.append(
            Answer(
                expected,
                other_than(expected, draw) if is_wrong else expected,
                distance,
                expected if draw.random() < llm_right else other_than(expected, draw),
            )
        )
    return answers


def other_than(route: str, draw: random.Random) -> str:
    return draw.choice([each for each in ROUTES if each != route])


@pytest.mark.parametrize("seed", range(20))
def test_a_good_model_is_used(seed: int) -> None:
    choice = choose(simulated(0.95, seed), share=0.25)
    assert not choice.is_off
    assert 0 < choice.share <= 0.25
    assert choice.accuracy > choice.baseline_accuracy + 0.02
    assert choice.band > 0
    assert "Ask the LLM" in choice.why


def test_a_weak_model_is_left_off() -> None:
    choices = [choose(simulated(0.75, seed), share=0.25) for seed in range(100)]
    assert sum(not choice.is_off for choice in choices) <= 10
    for choice in choices:
        if choice.is_off:
            assert (choice.band, choice.share) == (0, 0)
            assert choice.accuracy == choice.baseline_accuracy
            assert "Leave the LLM off" in choice.why


def test_chance_alone_seldom_looks_like_a_gain() -> None:
    """However many bands are tried: of models that are no better, 1 in 20 may pass."""
    draw = random.Random(1)
    passed = 0
    for _ in range(400):
        answers = [
            Answer("calm", *(draw.choice(("calm", "nlu")) for _ in "1"), draw.random(), llm)
            for llm in draw.choices(("calm", "nlu"), k=120)
        ]
        passed += not choose(answers, share=1.0).is_off
    assert 0 < passed <= 0.05 * 400 + 10


@pytest.mark.parametrize("llm_right", [0.5, 0.75, 0.95, 1.0])
def test_a_perfect_cheap_stage_needs_no_model(llm_right: float) -> None:
    answers = simulated(llm_right, 0, cheap_right=1.0)
    for choice in (choose(answers, share=1.0), choose(answers, accuracy=0.97)):
        assert choice.is_off
        assert choice.accuracy == 1.0


def test_the_smallest_share_that_is_accurate_enough_is_chosen() -> None:
    answers = simulated(0.97, 3)
    curve = tuning_curve(answers)
    choice = choose(curve, accuracy=0.96)
    assert choice.accuracy >= 0.96
    assert all(point.accuracy < 0.96 for point in curve.points if point.share < choice.share)


def test_an_accuracy_out_of_reach_gets_the_best_there_is_and_says_so() -> None:
    curve = tuning_curve(simulated(0.97, 3))
    choice = choose(curve, accuracy=1.0)
    assert choice.accuracy == max(point.accuracy for point in curve.points)
    assert "No share of calls reaches 1.000" in choice.why


def test_an_accuracy_reached_without_the_model_asks_for_nothing() -> None:
    choice = choose(simulated(0.97, 3), accuracy=0.9)
    assert (choice.is_off, choice.share, choice.band) == (True, 0, 0)
    assert "right already" in choice.why


def test_too_few_messages_are_unclear_however_good_the_model() -> None:
    answers = [Answer("calm", "nlu", n, "calm") for n in range(4)]
    choice = choose([*answers, *(Answer("nlu", "nlu", 9 + n, "nlu") for n in range(9))], share=1)
    assert (choice.is_off, choice.is_unclear) == (True, True)
    assert (choice.better, choice.worse) == (4, 0)
    assert choice.p_value == pytest.approx(1 / 16)


def test_five_changes_for_the_better_are_enough() -> None:
    choice = choose([Answer("calm", "nlu", n, "calm") for n in range(5)], share=1)
    assert (choice.is_off, choice.accuracy) == (False, 1.0)
    assert choice.p_value == pytest.approx(1 / 32)


def test_nothing_to_tune_is_an_error() -> None:
    with pytest.raises(NothingToTune, match="no messages"):
        tuning_curve([])
    with pytest.raises(NothingToTune, match="wasn't asked"):
        tuning_curve([Answer("calm", "nlu", 0.1, None), Answer("calm", "nlu", 0.2, "calm")])
    with pytest.raises(NothingToTune, match="wasn't asked"):
        tuning_curve([Answer("calm", "nlu", math.inf, "calm")])


@pytest.mark.parametrize(
    "wanted", [{}, {"share": 0.1, "accuracy": 0.9}, {"share": 1.5}, {"accuracy": -1}], ids=str
)
def test_one_wish_between_0_and_1_is_needed(wanted: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="either a share or an accuracy"):
        choose([Answer("calm", "nlu", 0.1, "calm")], **wanted)


def test_the_curve_ends_where_the_model_was_no_more_asked() -> None:
    curve = tuning_curve(
        [
            Answer("calm", "nlu", -0.1, "calm"),
            Answer("calm", "calm", 0.2, "calm"),
            Answer("calm", "nlu", 0.3, None),
            Answer("calm", "nlu", 0.4, "calm"),
        ]
    )
    assert [point.share for point in curve.points] == [0, 0.25, 0.5]
    assert (curve.messages, curve.asked) == (4, 2)


@pytest.mark.parametrize(
    ("nearest", "following", "band"),
    [
        (0.5, 1.0, 0.75),
        (0.0, 0.5, 0.25),
        (0.123456, 0.123457, 0.123456),
        (2.0, math.inf, 2.01),
        (1.0, math.nextafter(1.0, 2), 1.0),
        (1.0, 1.0, None),
        (0.0, 5e-324, None),
    ],
)
def test_a_band_lies_between_distances_with_few_digits(
    nearest: float, following: float, band: float | None
) -> None:
    assert _band_between(nearest, following) == band


answers = st.builds(
    Answer,
    expected=st.sampled_from(ROUTES),
    cheap=st.sampled_from(ROUTES),
    distance=st.one_of(st.floats(-8, 8), st.sampled_from((-1.0, 0.0, 1.0, math.inf))),
    llm=st.sampled_from(ROUTES),
)


@settings(deadline=None)  # the first example imports scikit-learn
@given(st.lists(answers, min_size=1, max_size=40))
def test_every_point_is_what_its_band_really_gives(given_answers: list[Answer]) -> None:
    if all(math.isinf(each.distance) for each in given_answers):
        return
    metrics = pytest.importorskip("sklearn.metrics")
    expected = [each.expected for each in given_answers]
    for point in tuning_curve(given_answers).points:
        is_asked = [point.band > 0 and abs(e.distance) <= point.band for e in given_answers]
        routed = [
            str(each.llm) if asked else each.cheap
            for each, asked in zip(given_answers, is_asked, strict=True)
        ]
        assert point.share == pytest.approx(sum(is_asked) / len(given_answers))
        assert point.accuracy == pytest.approx(metrics.accuracy_score(expected, routed))
        assert point.macro_f1 == pytest.approx(
            metrics.f1_score(
                expected, routed, labels=sorted(set(expected)), average="macro", zero_division=0
            )
        )
        right = [r == e.expected for r, e in zip(routed, given_answers, strict=True)]
        was_right = [e.cheap == e.expected for e in given_answers]
        assert point.better - point.worse == sum(right) - sum(was_right)


@given(st.lists(answers, min_size=1, max_size=40), st.floats(0, 1))
def test_no_choice_asks_for_more_than_its_share_or_is_worse_than_none(
    given_answers: list[Answer], share: float
) -> None:
    if all(math.isinf(each.distance) for each in given_answers):
        return
    choice = choose(given_answers, share=share)
    assert choice.share <= share + 1e-9
    assert choice.accuracy >= choice.baseline_accuracy
    assert 0 <= choice.p_value <= 1
    assert choice.is_off == (choice.band == 0)


@pytest.mark.parametrize("steps", range(1, 11))
def test_the_chance_is_that_of_the_highest_point_of_a_fair_walk(steps: int) -> None:
    highest = []
    for walk in product((-1, 1), repeat=steps):
        heights = [sum(walk[: end + 1]) for end in range(steps)]
        highest.append(max(heights))
    for gain in range(1, steps + 1):
        wanted = sum(height >= gain for height in highest) / 2**steps
        assert _chance(steps, gain) == pytest.approx(wanted)
