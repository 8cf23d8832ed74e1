"""All checks of a turn, in order and out of it; nothing that the test says is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from asserting import checks, says, steps
from observed_events import action, decided, slot, trace, turn, user

from router.e2e.assertions import ASSERTIONS
from router.e2e.assertions.base import Moment, Named, Outcome, failed, passed
from router.e2e.assertions.reading import truth_in
from router.e2e.cases import Check, Turn
from router.e2e.judging import judge_turn
from router.e2e.observed import ObservedTurn
from router.e2e.results import CheckResult
from router.errors import Location

TURN = turn(
    user("send 50", "calm"),
    decided("calm", True),
    slot("amount", 50.0),
    trace(["started", "transfer_money"]),
    action("utter_ok", "FlowPolicy"),
    says("Right.", "utter_ok"),
    action("action_send", "FlowPolicy"),
    says("Sent."),
    trace(["left", "transfer_money", "send", -1, "END"]),
)
TWICE = turn(user("hi"), *[action("utter_hi"), says("Hello", "utter_hi")] * 2)
PLACE = Location("test_x.yml", 7)


async def judged(
    given: Sequence[Check],
    observed: ObservedTurn = TURN,
    moment: Moment | None = None,
    in_order: bool = False,
    strict: bool = False,
    route: str | None = None,
    **more: Any,
) -> tuple[CheckResult, ...]:
    written = Turn("send 50", PLACE, tuple(given), in_order=in_order, route=route)
    return await judge_turn(written, observed, moment or Moment(), strict=strict, **more)


def statuses(results: Sequence[CheckResult]) -> list[str]:
    return [each.status for each in results]


async def test_all_checks_are_made_whatever_became_of_those_before_them() -> None:
    given = (*steps("- bot: Nope\n- utter: utter_ok"), *checks("- routing_reset: true\n"))
    results = await judged(given)
    assert [each.name for each in results] == ["bot", "utter", "routing_reset"]
    assert statuses(results) == ["failed", "passed", "failed"]
    assert [each.place.line for each in results] == [1, 2, 1]


async def test_expected_is_as_written_or_else_as_read() -> None:
    given = checks("- slot_was_set: [{name: amount, value: 50}]\n- routing_reset: true")
    read = await judged(given)
    assert [each.expected for each in read] == ["slot_was_set: amount = 50", "routing_reset: true"]
    [written] = await judged([replace(given[0], text="slot_was_set: [amount]")])
    assert written.expected == "slot_was_set: [amount]"


async def test_plain_checks_come_in_any_order() -> None:
    given = steps("- bot: Sent.\n- action: utter_ok\n- utter: utter_ok\n- slot_was_set: amount")
    assert statuses(await judged(given)) == ["passed"] * 4
    assert statuses(await judged(given, in_order=True)) == ["passed"] * 4


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("- bot: Hello\n- bot: Hello", []),
        ("- bot: Hello\n- bot: Hello\n- bot: Hello", [2]),
        ("- utter: utter_hi\n- bot: Hello\n- utter: utter_hi\n- utter: utter_hi", [3]),
        ("- action: utter_hi\n- action: utter_hi\n- action: utter_hi", [2]),
        ("- bot_uttered: {text_matches: H}\n" * 3, [2]),
        ("- action_executed: utter_hi\n" * 2, []),
    ],
)
async def test_equal_checks_need_one_message_or_action_each(text: str, wrong: list[int]) -> None:
    results = await judged(checks(text), TWICE)
    assert [i for i, each in enumerate(results) if each.status == "failed"] == wrong
    for index in wrong:
        assert results[index].got.startswith("there are fewer than expected; ")


async def test_equal_checks_of_slots_may_be_met_by_one_event() -> None:
    text = "- slot_was_set: amount\n- slot_was_set: amount"
    assert statuses(await judged(steps(text))) == ["passed", "passed"]


IN_ORDER = """\
- flow_started: transfer_money
- slot_was_set: [{name: amount}]
- bot_uttered: {utter_name: utter_ok}
- routed_to: calm
- action_executed: action_send
- bot_uttered: {text_matches: Sent}
- flow_completed: transfer_money
"""


async def test_assertions_in_order_pass_in_that_order() -> None:
    assert set(statuses(await judged(checks(IN_ORDER), in_order=True))) == {"passed"}


async def test_out_of_order_they_pass_only_without_it() -> None:
    text = "- action_executed: action_send\n- bot_uttered: {utter_name: utter_ok}"
    assert statuses(await judged(checks(text))) == ["passed", "passed"]
    first, second = await judged(checks(text), in_order=True)
    assert (first.status, second.status) == ("passed", "failed")
    assert second.got == (
        'it was so only before `action_executed: action_send`; behind that: "Sent."'
    )


async def test_one_that_fails_leaves_the_order_of_the_others() -> None:
    text = "- action_executed: utter_ok\n- flow_started: other\n- bot_uttered: {text_matches: Sent}"
    results = await judged(checks(text), in_order=True)
    assert statuses(results) == ["passed", "failed", "passed"]
    assert results[1].got == "no flow was started"


async def test_what_isnt_there_is_looked_for_only_behind_the_one_before() -> None:
    text = "- action_executed: action_send\n- bot_did_not_utter: {utter_name: utter_ok}"
    assert statuses(await judged(checks(text), in_order=True)) == ["passed", "passed"]
    assert statuses(await judged(checks(text))) == ["passed", "failed"]


async def test_plain_steps_have_no_order_beside_ordered_assertions() -> None:
    given = (*checks("- action_executed: action_send"), *steps("- slot_was_set: amount"))
    assert statuses(await judged(given, in_order=True)) == ["passed", "passed"]
    ordered = checks("- action_executed: action_send\n- slot_was_set: [{name: amount}]")
    assert statuses(await judged(ordered, in_order=True)) == ["passed", "failed"]


async def test_equal_assertions_in_order_need_one_event_each() -> None:
    text = "- bot_uttered: {text_matches: H}\n" * 3
    results = await judged(checks(text), TWICE, in_order=True)
    assert statuses(results) == ["passed", "passed", "failed"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("- bot: Right.\n- bot: Sent.", []),
        ("- utter: utter_ok", ['"Sent."']),
        ("- action: utter_ok", ['"Right." (utter_ok)', '"Sent."']),
        ("- bot_uttered: {text_matches: '[.]'}\n- utter: utter_ok", []),
        ("- bot_uttered: {text_matches: '[.]'}\n- bot_uttered: {text_matches: Right}", []),
        ("- bot_uttered: {text_matches: Right}\n- utter: utter_ok", ['"Sent."']),
        ("- bot_did_not_utter: {text_matches: x}", ['"Right." (utter_ok)', '"Sent."']),
        ("- generative_response_is_relevant:\n- utter: utter_ok", []),
    ],
)
async def test_strict_fails_each_message_that_no_check_asks_for(text: str, left: list[str]) -> None:
    results = [each for each in await judged(checks(text), strict=True) if each.name == "strict"]
    assert [each.got for each in results] == left
    assert all(each.status == "failed" and each.place.line == 7 for each in results)


async def test_a_bot_that_answers_twice_is_caught_by_strict() -> None:
    results = await judged(checks("- bot: Hello"), TWICE, strict=True)
    assert [(each.name, each.got) for each in results] == [
        ("bot", ""),
        ("strict", '"Hello" (utter_hi)'),
    ]
    assert statuses(await judged(checks("- bot: Hello"), TWICE)) == ["passed"]


async def test_without_checks_only_strict_finds_anything() -> None:
    assert await judged(()) == ()
    assert [each.name for each in await judged((), strict=True)] == ["strict", "strict"]


async def test_the_opening_has_its_own_checks() -> None:
    opening = turn(says("Welcome!"))
    results = await judged(
        steps("- bot: Sent."), opening, opening=steps("- bot: Welcome!"), route="calm", live=True
    )
    assert [(each.name, each.status) for each in results] == [("bot", "passed")]


async def test_skipped_and_measured_are_passed_on() -> None:
    given = checks("- generative_response_is_relevant:\n- turn_latency_ms: {at_most: 5}")
    graded, latency = await judged(given, replace(TURN, latency_ms=20.0))
    assert graded.status == "skipped"
    assert graded.reason.startswith("no judge is configured")
    assert (latency.status, latency.got, latency.measured) == (
        "passed",
        "20 ms",
        {"latency_ms": 20.0},
    )


@pytest.mark.parametrize(
    ("route", "status", "got"),
    [("calm", "passed", ""), ("calm_once", "failed", "calm: r (R)")],
)
async def test_the_route_is_checked_where_models_answer_by_themselves(
    route: str, status: str, got: str
) -> None:
    assert await judged((), route=route) == ()
    [result] = await judged((), route=route, live=True)
    assert (result.name, result.status, result.got) == ("route", status, got)
    assert result.expected == f"route: {route}"
    assert result.place.line == 7


async def test_a_route_that_no_router_gave_fails() -> None:
    active = replace(turn(user("50", "calm")), before={"route_session_to_calm": True})
    [result] = await judged((), active, route="calm", live=True)
    assert result.got == "calm, by the active route; no router was asked"


class BotIsPolite:
    """What a bot's own assertion may look like: the bot says please, or it needn't."""

    def read(self, value: Any, location: Location) -> bool:
        return truth_in(value, location, "bot_is_polite")

    def check(self, expected: bool, observed: ObservedTurn, moment: Moment) -> Outcome:
        said = [each for each in observed.messages if "please" in each.text.lower()]
        return passed() if bool(said) is expected else failed("not a single please")

    def names(self, expected: bool) -> Iterator[Named]:
        return iter(())


async def test_a_new_assertion_is_a_class_and_a_line_in_the_registry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ASSERTIONS, "bot_is_polite", BotIsPolite())
    results = await judged(checks("- bot_is_polite: true\n- bot_is_polite: false"))
    assert [(each.name, each.status, each.got) for each in results] == [
        ("bot_is_polite", "failed", "not a single please"),
        ("bot_is_polite", "passed", ""),
    ]


async def test_the_turns_before_are_what_a_handoff_is_from() -> None:
    moment = Moment(earlier=(turn(user("hi")),))
    given = checks("- handoff: {from: nlu, to: calm}")
    assert statuses(await judged(given, TURN, moment)) == ["passed"]
