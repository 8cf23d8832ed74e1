"""Cases on bots that hang, die, answer twice or are flaky, side by side."""

from __future__ import annotations

import asyncio
import itertools
import random

import pytest
from e2e_fake_bots import FakeBot, cases_from, greets, observed, talk

from router.e2e import running
from router.e2e.observed import ObservedTurn
from router.e2e.options import RunOptions
from router.e2e.running import run_cases
from router.errors import BotUnreachable, CaseNotPlayable, NotRecorded
from router.flows.assistant import Assistant

FOUR = talk("a", "b", "c", "d")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(running, "_PAUSE_SECONDS", 0.001)


async def run(cases, bot, **options):
    return await run_cases(cases, bot, RunOptions(**options))


def statuses(played):
    return [each.result.status for each in played]


class Finished(list):
    """The names of the cases that were told of."""

    def finished(self, result):
        self.append(result.name)


async def test_a_case_that_is_met_passes_and_leaves_nothing_open(tmp_path):
    bot = FakeBot()
    [played] = await run(cases_from(tmp_path, talk("a", turns=3)), bot)
    assert played.result.status == "passed"
    [attempt] = played.result.attempts
    assert [turn.user for turn in attempt.turns] == ["hi", "hi", "hi"]
    assert [turn.user for turn in played.observed[0]] == ["", "hi", "hi", "hi"]
    assert bot.closed == bot.begun
    assert played.result.rerun == f"coexist test {tmp_path}/test_it.yml::a"


async def test_results_stand_in_the_order_given_and_each_is_told_of_once(tmp_path):
    waits = iter([0.03, 0.02, 0.01, 0])

    async def slowly(conversation, text):
        await asyncio.sleep(next(waits))
        return observed(text, "hello")

    told = Finished()
    cases = cases_from(tmp_path, FOUR)
    played = await run_cases(cases, FakeBot(slowly), RunOptions(), told)
    assert [each.case.name for each in played] == ["a", "b", "c", "d"]
    assert told == ["d", "c", "b", "a"]


@pytest.mark.parametrize("workers", [1, 3])
async def test_as_many_cases_at_a_time_as_there_are_workers(tmp_path, workers):
    async def slowly(conversation, text):
        await asyncio.sleep(0.005)
        return observed(text, "hello")

    bot = FakeBot(slowly)
    played = await run(cases_from(tmp_path, FOUR), bot, workers=workers)
    assert statuses(played) == ["passed"] * 4
    assert bot.most_open == workers
    assert len({conversation.sender for conversation in bot.begun}) == 4


async def test_a_failed_turn_is_the_last_that_is_played(tmp_path):
    async def answers(conversation, text):
        return observed(text, "hello" if len(conversation.said) < 2 else "goodbye")

    bot = FakeBot(answers)
    [played] = await run(cases_from(tmp_path, talk("a", turns=4)), bot)
    [attempt] = played.result.attempts
    assert [turn.status for turn in attempt.turns] == ["passed", "failed"]
    assert bot.begun[0].said == ["hi", "hi"]
    assert bot.closed == bot.begun
    [check] = attempt.turns[1].checks
    assert "goodbye" in check.got


async def test_a_turn_that_hangs_ends_its_case_and_no_other(tmp_path):
    async def answers(conversation, text):
        if conversation.case.name == "b":
            await asyncio.Event().wait()
        return observed(text, "hello")

    bot = FakeBot(answers)
    played = await run(cases_from(tmp_path, talk("a", "b", "c", turns=2)), bot, timeout=0.05)
    assert statuses(played) == ["passed", "error", "passed"]
    [turn] = played[1].result.attempts[0].turns
    assert turn.error == "The bot didn't answer within 0.05 s."
    assert (turn.user, turn.status) == ("hi", "error")
    assert turn.latency_ms >= 40 and turn.reason == "not known"
    assert len(bot.closed) == 3


async def hangs(conversation, text):
    await asyncio.Event().wait()


async def test_of_a_turn_that_hangs_all_that_is_known_is_kept(tmp_path):
    async def tells(conversation, text):
        return observed(text, "wait", errors=("The action failed.",))

    [played] = await run(
        cases_from(tmp_path, talk("a")), FakeBot(hangs, telling=tells), timeout=0.05
    )
    [turn] = played.result.attempts[0].turns
    assert turn.error == "The bot didn't answer within 0.05 s."
    assert turn.logged_errors == ("The action failed.",)
    assert [message.text for message in turn.messages] == ["wait"]
    assert turn.latency_ms >= 40


async def test_errors_logged_in_a_turn_that_hangs_are_kept_without_any_event(tmp_path):
    async def tells(conversation, text):
        return ObservedTurn(text, errors=("The action failed.",))

    [played] = await run(
        cases_from(tmp_path, talk("a")), FakeBot(hangs, telling=tells), timeout=0.05
    )
    [turn] = played.result.attempts[0].turns
    assert (turn.logged_errors, turn.reason) == (("The action failed.",), "not known")


async def test_a_bot_that_cant_tell_how_far_it_came_doesnt_hide_why_it_was_given_up(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("router.e2e.attempts._GRACE_SECONDS", 0.01)

    async def breaks(conversation, text):
        raise KeyError("turn")

    for telling, why in (
        (breaks, "KeyError: 'turn'"),
        (hangs, "The bot didn't tell how far it came within 0.01 s."),
    ):
        bot = FakeBot(hangs, telling=telling)
        [played] = await run(cases_from(tmp_path, talk("a")), bot, timeout=0.05)
        [turn] = played.result.attempts[0].turns
        first, second = "The bot didn't answer within 0.05 s.", "How far it came isn't known: "
        assert turn.error == f"{first} {second}{why}"


async def test_a_turn_that_ignores_being_given_up_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("router.e2e.attempts._GRACE_SECONDS", 0.01)
    released = asyncio.Event()

    async def stubborn(conversation, text):
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        raise RuntimeError("nobody waits for this")

    [played] = await run(cases_from(tmp_path, talk("a")), FakeBot(stubborn), timeout=0.02)
    assert played.result.status == "error"
    released.set()
    await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (NotRecorded("The cassette has no answer."), "The cassette has no answer."),
        (KeyError("flow"), "KeyError: 'flow'"),
        (asyncio.CancelledError(), "The bot gave up to answer."),
    ],
)
async def test_what_a_bot_raises_is_the_turns_error(tmp_path, raised, told):
    async def broken(conversation, text):
        raise raised

    bot = FakeBot(broken)
    [played] = await run(cases_from(tmp_path, talk("a", turns=2)), bot)
    assert played.result.status == "error"
    [turn] = played.result.attempts[0].turns
    assert turn.error == told
    assert played.result.attempts[0].error == ""
    assert bot.closed == bot.begun


async def test_this_packages_error_is_found_below_the_one_that_wraps_it(tmp_path):
    async def broken(conversation, text):
        raise RuntimeError("node failed") from NotRecorded("No answer for this prompt.")

    [played] = await run(cases_from(tmp_path, talk("a")), FakeBot(broken))
    assert played.result.attempts[0].turns[0].error == "No answer for this prompt."


async def test_a_turn_not_gone_through_with_is_in_error_and_a_logged_error_isnt_one(tmp_path):
    async def answers(conversation, text):
        more = {"failure": "No answer."} if conversation.case.name == "a" else {}
        return observed(text, "hello", errors=("The action failed.",), **more)

    played = await run(cases_from(tmp_path, talk("a", "b")), FakeBot(answers))
    assert statuses(played) == ["error", "passed"]
    turns = [each.result.attempts[0].turns[0] for each in played]
    assert (turns[0].error, turns[0].checks) == ("No answer.", ())
    assert turns[0].messages[0].text == "hello"
    assert turns[1].logged_errors == ("The action failed.",)


async def test_what_the_opening_should_say_is_checked_before_the_first_message(tmp_path):
    text = """
test_cases:
  - test_case: welcomed
    steps:
      - bot: Welcome!
      - user: hi
      - bot: hello
"""

    async def welcome(conversation, text):
        event = {"event": "bot", "text": "Welcome!", "data": {}, "metadata": {}}
        return ObservedTurn("", (event,))

    cases = cases_from(tmp_path, text)
    [played] = await run(cases, FakeBot(opening=welcome))
    assert played.result.status == "passed"
    assert [turn.user for turn in played.result.attempts[0].turns] == ["", "hi"]
    [played] = await run(cases, FakeBot())
    assert played.result.status == "failed"
    assert [turn.user for turn in played.result.attempts[0].turns] == [""]


async def test_a_bot_that_answers_twice_fails_a_strict_case_only(tmp_path):
    strict = talk("a").replace("    steps", "    strict: true\n    steps")
    cases = cases_from(tmp_path, strict + talk("b").removeprefix("test_cases:\n"))

    async def twice(conversation, text):
        return observed(text, "hello", "hello")

    played = await run(cases, FakeBot(twice))
    assert statuses(played) == ["failed", "passed"]


async def test_a_conversation_of_500_turns(tmp_path):
    [played] = await run(cases_from(tmp_path, talk("a", turns=500)), FakeBot())
    assert played.result.status == "passed"
    assert len(played.result.attempts[0].turns) == 500


async def test_a_case_that_the_bot_cant_play_is_skipped_with_the_reason(tmp_path):
    bot = FakeBot(beginning=lambda case: CaseNotPlayable("It has stubs."))
    [played] = await run(cases_from(tmp_path, talk("a")), bot, retries=3)
    assert played.result.status == "skipped"
    assert [attempt.error for attempt in played.result.attempts] == ["It has stubs."]


async def test_a_conversation_that_cant_be_closed_is_an_error_of_its_case(tmp_path):
    bot = FakeBot(closing=RuntimeError("the store is full"))
    [played] = await run(cases_from(tmp_path, talk("a")), bot)
    assert played.result.status == "error"
    assert played.result.attempts[0].error == "RuntimeError: the store is full"


def failing_first(times):
    """A bot whose first conversations go wrong."""
    left = itertools.count()

    async def answers(conversation, text):
        return observed(text, "goodbye" if next(left) < times else "hello")

    return FakeBot(answers)


@pytest.mark.parametrize(
    ("failures", "options", "status", "attempts"),
    [
        (0, {"retries": 3}, "passed", 1),
        (1, {"retries": 3}, "flaky", 2),
        (2, {"retries": 3}, "flaky", 3),
        (9, {"retries": 3}, "failed", 4),
        (0, {"repeat": 3}, "passed", 3),
        (1, {"repeat": 3}, "flaky", 3),
        (9, {"repeat": 3}, "failed", 3),
        (1, {"repeat": 3, "retries": 1}, "flaky", 4),
    ],
)
async def test_only_a_case_whose_every_attempt_passes_has_passed(
    tmp_path, failures, options, status, attempts
):
    [played] = await run(cases_from(tmp_path, talk("a")), failing_first(failures), **options)
    assert played.result.status == status
    assert len(played.result.attempts) == len(played.observed) == attempts


@pytest.mark.parametrize(("flaky_fails", "count"), [(True, 1), (False, 4)])
async def test_nothing_begins_after_a_failure_if_asked_to_stop(tmp_path, flaky_fails, count):
    options = {"fail_fast": True, "retries": 1, "workers": 1, "flaky_fails": flaky_fails}
    played = await run(cases_from(tmp_path, FOUR), failing_first(1), **options)
    assert statuses(played) == ["flaky", "passed", "passed", "passed"][:count]


async def test_those_under_way_at_a_failure_go_on_to_their_end(tmp_path):
    async def answers(conversation, text):
        if conversation.case.name == "a":
            return observed(text, "goodbye")
        await asyncio.sleep(0.01)
        return observed(text, "hello")

    options = {"fail_fast": True, "workers": 2}
    played = await run(cases_from(tmp_path, FOUR), FakeBot(answers), **options)
    assert [(each.case.name, each.result.status) for each in played] == [
        ("a", "failed"),
        ("b", "passed"),
    ]


async def begun(cases, seed):
    bot = FakeBot()
    await run(cases, bot, seed=seed, workers=1)
    return [conversation.case.name for conversation in bot.begun], random.random()


async def test_a_seed_gives_the_order_of_beginning_and_the_random_numbers(tmp_path):
    cases = cases_from(tmp_path, talk(*"abcdefghij"))
    assert (await begun(cases, 0))[0] == list("abcdefghij")
    first = await begun(cases, 7)
    assert first == await begun(cases, 7)
    assert sorted(first[0]) == list("abcdefghij") != first[0]
    assert first != await begun(cases, 8)


async def test_a_bot_that_dies_isnt_waited_for_case_after_case(tmp_path):
    cases = cases_from(tmp_path, talk(*(f"case {number}" for number in range(100))))
    calls = itertools.count()

    async def dies(conversation, text):
        if next(calls) >= 10:
            raise BotUnreachable("It's gone.")
        return observed(text, "hello")

    bot = FakeBot(dies)
    played = await run(cases, bot, workers=4, retries=2)
    assert len(played) == 100
    assert statuses(played).count("passed") == 10
    assert len(bot.begun) <= 10 + 4 + 3
    assert bot.closed == sorted(bot.begun, key=bot.closed.index)
    told = {played[-1].result.attempts[0].error}
    assert told == {"It wasn't played, for the bot couldn't be reached any more."}


@pytest.mark.parametrize(
    ("before", "options"),
    [("hello", {"repeat": 3}), ("goodbye", {"repeat": 3}), ("goodbye", {"retries": 3})],
)
async def test_a_case_whose_bot_dies_between_attempts_is_in_error(tmp_path, before, options):
    calls = itertools.count()

    async def dies(conversation, text):
        if next(calls):
            raise BotUnreachable("It's gone.")
        return observed(text, before)

    [played] = await run(cases_from(tmp_path, talk("a")), FakeBot(dies), **options)
    assert played.result.status == "error"
    assert len(played.result.attempts) == 2
    assert played.result.last.turns[0].error == "It's gone."


async def test_a_bot_that_comes_back_is_asked_all_that_is_left(tmp_path):
    calls = itertools.count()

    async def hiccups(conversation, text):
        if next(calls) in (3, 4):
            raise BotUnreachable("Just a moment.")
        return await greets(conversation, text)

    cases = cases_from(tmp_path, talk(*"abcdefghij"))
    played = await run(cases, FakeBot(hiccups), workers=1)
    assert statuses(played).count("passed") == 8
    errors = [each for each in played if each.result.status == "error"]
    assert [each.result.attempts[0].turns[0].error for each in errors] == ["Just a moment."] * 2


async def test_an_interrupt_gives_what_is_done_and_closes_what_is_open(tmp_path):
    interrupt = asyncio.Event()

    async def answers(conversation, text):
        if conversation.case.name in "cd":
            interrupt.set()
            await asyncio.Event().wait()
        return observed(text, "hello")

    bot = FakeBot(answers)
    cases = cases_from(tmp_path, FOUR)
    played = await run_cases(cases, bot, RunOptions(workers=2), interrupt=interrupt)
    assert [each.case.name for each in played] == ["a", "b"]
    assert len(bot.closed) == len(bot.begun) == 4


async def test_a_run_that_is_cancelled_closes_what_is_open(tmp_path):
    reached = asyncio.Event()

    async def hangs(conversation, text):
        reached.set()
        await asyncio.Event().wait()

    bot = FakeBot(hangs)
    running_cases = asyncio.create_task(run(cases_from(tmp_path, FOUR), bot, workers=2))
    await reached.wait()
    running_cases.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running_cases
    assert len(bot.closed) == len(bot.begun) > 0


async def test_what_is_done_before_an_attempt_may_say_that_it_cant_be_made(tmp_path):
    said = iter(["", "The database can't be reset.", ""])

    async def before():
        return next(said)

    bot = FakeBot()
    played = await run(cases_from(tmp_path, talk("a", "b", "c")), bot, before_attempt=before)
    assert statuses(played) == ["passed", "error", "passed"]
    assert played[1].result.attempts[0].error == "The database can't be reset."
    assert len(bot.begun) == 2


@pytest.mark.parametrize(("scripted", "scores"), [(False, 1), (True, 0)])
async def test_a_models_commands_are_scored_unless_the_test_says_them(tmp_path, scripted, scores):
    text = talk("a").replace("user: hi\n", "user: hi\n        commands: [cancel flow, chitchat]\n")

    async def answers(conversation, text):
        turn = observed(text, "hello")
        turn.events[0]["parse_data"]["commands"] = [{"command": "cancel flow"}]
        return turn

    options = {"assistant": Assistant(), "scripted": scripted}
    [played] = await run(cases_from(tmp_path, text), FakeBot(answers), **options)
    assert played.result.status == "passed"
    score = played.result.attempts[0].turns[0].command_score
    assert [score.right, len(score.expected)] == [1, 2] if scores else score is None


async def test_a_report_that_breaks_while_running_is_no_silent_end(tmp_path):
    class Broken:
        def finished(self, result):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await run_cases(cases_from(tmp_path, FOUR), FakeBot(), RunOptions(), Broken())
