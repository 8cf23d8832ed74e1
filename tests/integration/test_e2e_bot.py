"""The bot of the end-to-end harness that is loaded into this process."""

import asyncio
import itertools
import json
import logging
import shutil
import statistics

import pytest

from router.e2e.cases import Stub, TestCase, Turn
from router.errors import IncompatibleModel, InvalidTest, Location
from router.llm import FakeServer

pytestmark = pytest.mark.integration

PLACE = Location("test_x.yml", 3, 1)
_numbers = itertools.count()


@pytest.fixture(scope="module")
def load():
    """Loads a bot: `await load(project, llm=...)`."""
    from router.e2e.in_process_bot import load_bot

    return load_bot


@pytest.fixture(scope="module")
def mini(mini_bot, load):
    """The mini bot, whose endpoints name stores that aren't there."""
    endpoints = mini_bot / "endpoints.tested.yml"
    endpoints.write_text(
        (mini_bot / "endpoints.yml").read_text()
        + "tracker_store: {type: SQL, dialect: postgresql, url: nowhere, password: '${NO_SUCH}'}\n"
        + "lock_store: {type: redis, url: nowhere}\n"
        + "event_broker: {type: kafka, url: nowhere}\n"
    )
    return asyncio.run(load(mini_bot, endpoints=endpoints))


def said(text, **keys):
    return Turn(text, PLACE, **keys)


def a_case(*turns, name="a case", file="test_x.yml", stubs=(), **keys):
    turns = tuple(said(turn) if isinstance(turn, str) else turn for turn in turns)
    by_name = {stub.action: stub for stub in stubs}
    return TestCase(name, str(file), PLACE, turns, stubs=by_name, **keys)


async def play(bot, *turns, **keys):
    """The observed turns of a case, its opening left out."""
    case = a_case(*turns, **keys)
    conversation = await bot.begin(case, f"test-{next(_numbers)}")
    try:
        await conversation.open()
        return [await conversation.say(turn) for turn in case.turns]
    finally:
        await conversation.close()


def texts(turn):
    return [message.text for message in turn.messages]


async def test_a_turn_is_told_by_its_own_events(mini):
    first, second = await play(mini, "transfer money", "Anna")
    assert first.events[0]["event"] == "user" and first.events[0]["text"] == "transfer money"
    assert texts(first) == ["To whom?"] and texts(second) == ["How much?"]
    assert (first.route, first.decision.reason) == ("calm", "in calm_entry.sticky")
    assert first.before["recipient"] is None and second.slots["recipient"] == "Anna"
    assert second.before == first.slots
    assert first.latency_ms > 0 and first.errors == () and first.failure == ""
    json.dumps([first.events, second.events])


async def test_the_trace_tells_started_left_and_completed_flows(mini):
    turns = await play(mini, "transfer money", "Anna", "20", "yes")
    own = [s[1:] for t in turns for s in t.trace if s.flow in ("transfer_money", "check_balance")]
    assert own == [
        ("started", "transfer_money", "", -1, ""),
        ("left", "transfer_money", "0_collect_recipient", -1, "1_collect_amount"),
        ("left", "transfer_money", "1_collect_amount", -1, "2_call_check_balance"),
        ("started", "check_balance", "", -1, ""),
        ("left", "check_balance", "0_action_action_check_balance", -1, "END"),
        ("left", "transfer_money", "2_call_check_balance", 0, "confirm"),
        ("left", "transfer_money", "confirm", 0, "5_action_action_send"),
        ("left", "transfer_money", "5_action_action_send", -1, "6_action_utter_sent"),
        ("left", "transfer_money", "6_action_utter_sent", -1, "END"),
    ]
    last = turns[-1].trace[-1]
    assert last[1:] == ("left", "pattern_completed", "reset", -1, "END")


@pytest.mark.parametrize("message", ["stop", "/restart", "/session_start"])
async def test_a_flow_that_is_given_up_is_traced_as_cancelled(mini, message):
    _, turn = await play(mini, "transfer money", message)
    cancelled = [step[1:4] for step in turn.trace if step.kind == "cancelled"]
    assert cancelled == [("cancelled", "transfer_money", "0_collect_recipient")]
    assert not any(step.flow == "transfer_money" and step.target == "END" for step in turn.trace)


async def test_a_flow_whose_action_fails_is_traced_as_cancelled_and_the_error_told(mini):
    *_, turn = await play(mini, "transfer money", "Anna", "66", "yes")
    assert [step[1:4] for step in turn.trace if step.kind == "cancelled"] == [
        ("cancelled", "transfer_money", "5_action_action_send")
    ]
    assert any("the bank is closed" in error for error in turn.errors)
    assert turn.failure == ""


async def test_the_opening_starts_a_session_with_the_fixtures_in_their_types(mini):
    case = a_case("hello", slots={"tip": "5000", "verified": "yes", "contact": "Ben"})
    conversation = await mini.begin(case, "opening")
    opening = await conversation.open()
    assert opening.user == "" and opening.actions == ((0, "action_session_start"),)
    assert [(name, value) for _, name, value in opening.slots_set] == [
        ("tip", 5000.0),
        ("verified", True),
        ("contact", "Ben"),
    ]
    assert opening.before["tip"] is None and opening.slots["tip"] == 5000.0
    turn = await conversation.say(case.turns[0])
    assert texts(turn) in (["Hi there."], ["Hi there, generous Ben."])
    assert not any(name == "action_session_start" for _, name in turn.actions)
    await conversation.close()


async def test_a_fixture_that_can_not_be_set_is_told(mini):
    with pytest.raises(InvalidTest) as caught:
        await mini.begin(a_case("hello", slots={"tipp": 5, "tip": "much"}), "x")
    first, second = caught.value.problems
    assert "no slot 'tipp'" in first.message and "'tip' can't be set" in second.message


async def test_metadata_and_its_channel_come_with_the_message(mini):
    metadata = {"channel": "web", "device": "phone"}
    (turn,) = await play(mini, said("hello", metadata=metadata))
    assert turn.events[0]["input_channel"] == "web"
    assert turn.events[0]["metadata"].items() >= metadata.items()
    (turn,) = await play(mini, "hello")
    assert turn.events[0]["input_channel"] == "rest"


async def test_nothing_of_a_conversation_is_left_and_the_next_is_fresh(mini):
    await play(mini, "transfer money", "Anna")
    store, locks = mini.tested.store, mini.tested.agent.lock_store
    assert [*await store.keys(), *locks.conversation_locks] == []
    assert not any((store._at_work, store._saved, store._slots, mini.tested.actions._stubs))
    (turn,) = await play(mini, "Ben")
    assert turn.before["recipient"] is None and turn.stack == ()


async def test_a_variation_is_chosen_again_each_time_a_suite_is_played(mini, monkeypatch):
    from router.e2e.in_process_bot import InProcessBot

    responses = mini.tested.agent.nlg.responses
    monkeypatch.setitem(responses, "utter_greet", [{"text": "one"}, {"text": "two"}])

    async def chosen(bot):
        names = [f"case {number}" for number in range(12)]
        return [texts((await play(bot, "hello", name=name))[0]) for name in names]

    first, second, other = [InProcessBot(mini.tested, mini.answers, seed) for seed in (1, 1, 2)]
    said_first = await chosen(first)
    assert await chosen(second) == said_first
    assert len({tuple(text) for text in said_first}) == 2
    assert await chosen(other) != said_first


# --- custom actions


def stub(name, events=(), responses=()):
    return Stub(name, PLACE, tuple(events), tuple(responses))


POOR = {"event": "slot", "name": "balance_covers", "value": False}


async def test_a_stub_stands_for_its_action_and_the_others_run(mini):
    *_, turn = await play(
        mini,
        "transfer money",
        "Anna",
        "20",
        stubs=[stub("action_check_balance", [POOR], [{"text": "stubbed"}])],
    )
    assert texts(turn)[:2] == ["stubbed", "That's more than you have."]
    *_, turn = await play(mini, "transfer money", "Anna", "13")
    assert "Thirteen brings bad luck." in texts(turn)


async def test_a_stub_of_a_validation_refuses_and_a_response_may_be_named(mini):
    refusal = stub(
        "validate_amount",
        [{"event": "slot", "name": "amount", "value": None}],
        [{"response": "utter_not_positive"}],
    )
    *_, turn = await play(mini, "transfer money", "Anna", "20", stubs=[refusal])
    assert texts(turn)[0] == "More than zero please."
    assert turn.slots["amount"] is None


async def test_stubs_hold_in_their_own_conversation(mini):
    stubbed = [stub("action_check_balance", [POOR])]
    talk = ["transfer money", "Anna", "20"]
    answers = await asyncio.gather(
        *(play(mini, *talk, stubs=stubbed if n % 2 else ()) for n in range(10))
    )
    covered = [turns[-1].slots["balance_covers"] for turns in answers]
    assert [texts(turns[-1])[0] for turns in answers] == [
        "Send 20.0 to Anna?",
        "That's more than you have.",
    ] * 5, covered


@pytest.mark.parametrize(
    "name", ["action_reset_routing", "action_listen", "utter_greet", "card_form", "action_x"]
)
async def test_what_runs_in_the_server_can_not_be_stubbed(mini, name):
    with pytest.raises(InvalidTest, match=f"'{name}' is no custom action"):
        await mini.begin(a_case("hello", stubs=[stub(name)]), "x")


async def test_a_stub_that_is_no_data_is_told(mini):
    with pytest.raises(InvalidTest, match="holds what an action can't answer"):
        await mini.begin(a_case("hello", stubs=[stub("action_send", [{"event": {1}}])]), "x")


async def test_without_an_action_endpoint_the_turn_says_what_to_add(mini_bot, load, tmp_path):
    bot = await load(mini_bot, endpoints=tmp_path / "endpoints.yml")
    *_, turn = await play(bot, "transfer money", "Anna", "20")
    assert any("has no `action_endpoint`" in error for error in turn.errors)
    *_, turn = await play(
        bot,
        "transfer money",
        "Anna",
        "20",
        stubs=[stub("validate_amount"), stub("action_check_balance", [POOR])],
    )
    assert turn.errors == ()


# --- many at once, and what goes wrong


async def test_errors_belong_to_the_conversation_they_are_logged_in(mini):
    amounts = ["66", "20"] * 4
    answers = await asyncio.gather(
        *(play(mini, "transfer money", "Anna", amount, "yes") for amount in amounts)
    )
    failed = [any("bank is closed" in e for e in turns[-1].errors) for turns in answers]
    assert failed == [True, False] * 4


async def test_errors_logged_outside_of_a_turn_are_nobodys(mini):
    logging.getLogger("router").error("not in a turn")
    (turn,) = await play(mini, "hello")
    assert turn.errors == ()


async def test_what_is_raised_is_the_turns_failure_and_the_next_turn_goes_on(mini, monkeypatch):
    case = a_case("transfer money", "Anna", "Anna")
    conversation = await mini.begin(case, "failing")
    await conversation.open()
    first = await conversation.say(case.turns[0])
    processor = mini.tested.agent.processor
    original = processor._run_prediction_loop

    async def broken(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr(processor, "_run_prediction_loop", broken)
    failing = await conversation.say(case.turns[1])
    assert failing.failure == "RuntimeError: out of order" == failing.errors[-1]
    assert failing.events[0]["text"] == "Anna"
    monkeypatch.setattr(processor, "_run_prediction_loop", original)
    turn = await conversation.say(case.turns[2])
    assert texts(turn) == ["How much?"] and turn.before == first.slots
    await conversation.close()


async def test_a_cancelled_turn_leaves_the_bot_usable(mini):
    case = a_case("transfer money", "Anna", "77", "yes", "stop")
    conversation = await mini.begin(case, "cancelled")
    await conversation.open()
    for turn in case.turns[:3]:
        await conversation.say(turn)
    saying = asyncio.ensure_future(conversation.say(case.turns[3]))
    await asyncio.sleep(0.3)
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    turn = await conversation.say(case.turns[4])
    assert [step.kind for step in turn.trace if step.flow == "transfer_money"] == ["cancelled"]
    assert turn.events[0]["text"] == "stop" and turn.failure == ""
    await conversation.close()
    (turn,) = await play(mini, "hello")
    assert texts(turn) == ["Hi there."]


async def test_a_turn_that_is_given_up_tells_how_far_it_came(mini):
    case = a_case("transfer money", "Anna", "77", "yes")
    attempt = await attempt_at(case, mini, timeout=0.7)
    *_, turn = attempt.result.turns
    assert "within 0.7 s" in turn.error and turn.status == attempt.result.status == "error"
    assert turn.latency_ms >= 700 and turn.route == "calm"
    assert turn.events[0].startswith('user "yes"')


async def test_errors_logged_in_a_turn_that_is_given_up_are_kept(mini, monkeypatch):
    processor = mini.tested.agent.processor

    async def logs_and_hangs(*args, **kwargs):
        logging.getLogger("router").error("the bank doesn't answer")
        await asyncio.Event().wait()

    monkeypatch.setattr(processor, "_run_prediction_loop", logs_and_hangs)
    attempt = await attempt_at(a_case("transfer money"), mini, timeout=0.5)
    [turn] = attempt.result.turns
    assert "within 0.5 s" in turn.error
    assert turn.logged_errors == ("the bank doesn't answer",)


async def test_greetings_by_the_hundred_do_not_slow_down(mini):
    case = a_case(*["hello"] * 300)
    attempt = await attempt_at(case, mini)
    assert attempt.result.status == "passed"
    early, late = (
        sorted(turn.latency_ms for turn in turns)[15]
        for turns in (attempt.observed[20:50], attempt.observed[-30:])
    )
    assert late < 10 * early


async def attempt_at(case, bot, **options):
    from router.e2e.attempts import play as play_case
    from router.e2e.options import RunOptions

    return await play_case(case, bot, RunOptions(**options))


async def test_a_long_conversation_does_not_slow_down(mini):
    turns = await play(mini, *["/transfer", "/stop"] * 150)
    early = sorted(turn.latency_ms for turn in turns[10:40])
    late = sorted(turn.latency_ms for turn in turns[-30:])
    assert late[15] < 5 * early[15]
    assert {len(turn.events) for turn in turns[10::2]} == {len(turns[10].events)}
    assert turns[-2].trace and turns[-1].stack == ()


async def test_without_a_model_it_is_told(load, tmp_path):
    with pytest.raises(IncompatibleModel, match="Train one"):
        await load(tmp_path)


# --- models


@pytest.fixture
def talker(llm_bot, tmp_path):
    """The bot with models, in a folder with an endpoints.yml that names an unset key."""
    project = tmp_path / "bot"
    shutil.copytree(llm_bot, project)
    group = {"id": "small", "models": [{"provider": "openai", "model": "s"}]}
    group["models"][0]["api_key"] = "${NO_SUCH_KEY}"
    (project / "endpoints.yml").write_text(json.dumps({"model_groups": [group]}))
    return project


def script(delay=0.0):
    return [
        {"match": "You route messages", "answer": "A", "delay": delay},
        {"match": "(?s)You steer.*Ann.*", "answer": "set slot recipient Ann", "delay": delay},
        {"match": "You steer", "answer": "start flow transfer_money", "delay": delay},
    ]


def served(project, url):
    limits = {"retries": 0, "concurrent_calls": 300}
    model = {"provider": "openai", "model": "s", "api_base": url}
    group = {"id": "small", "limits": limits, "models": [model]}
    (project / "endpoints.yml").write_text(json.dumps({"model_groups": [group]}))


START = ("start flow transfer_money", "set slot recipient Ann")


async def test_steps_say_what_scripted_models_answer(load, talker):
    bot = await load(talker, llm="scripted")
    (turn,) = await play(bot, said("pay Ann", commands=START, route="calm"))
    assert (turn.route, turn.decision.reason) == ("calm", "answer A")
    assert texts(turn) == ["How much?"]
    assert [call["for"] for call in turn.llm_calls] == ["route", "commands"]
    (turn,) = await play(bot, said("when are you open", route="nlu"))
    assert (turn.route, turn.decision.reason) == ("nlu", "answer C")
    assert texts(turn) == ["We are open from nine to five."]


@pytest.mark.parametrize(
    ("keys", "advice"),
    [({"commands": START}, "Write `route:`"), ({"route": "calm"}, "Write `commands:`")],
)
async def test_a_step_that_does_not_say_it_fails_with_advice(load, talker, keys, advice):
    bot = await load(talker, llm="scripted")
    (turn,) = await play(bot, said("pay Ann", **keys))
    assert advice in turn.failure and turn.failure in turn.errors


async def test_conversations_are_recorded_and_replayed_without_a_connection(load, talker):
    file = talker / "e2e" / "test_money.yml"
    with FakeServer(script()) as server:
        served(talker, server.url)
        bot = await load(talker, llm="record")
        live = await play(bot, "send money", "to Ann", file=file)
        await bot.close()
        asked = len(server.requests)
    assert asked and (file.parent / "cassettes" / "test_money.yml").is_file()
    bot = await load(talker, llm="replay")
    again = await play(bot, "send money", "to Ann", file=file)
    assert [texts(turn) for turn in again] == [texts(turn) for turn in live]
    (turn,) = await play(bot, "something else", file=file)
    assert "+" in turn.failure and "something else" in turn.failure


async def test_conversations_wait_for_a_live_model_at_the_same_time(load, talker):
    with FakeServer(script(delay=0.5)) as server:
        served(talker, server.url)
        bot = await load(talker, llm="live")
        await play(bot, "send money", "to Ann")
        loop = asyncio.get_running_loop()
        started = loop.time()
        await asyncio.gather(*(play(bot, "send money", "to Ann") for _ in range(20)))
        together = loop.time() - started
        await bot.close()
    assert together < 20 * 2 * 0.5 / 3


async def test_a_conversation_of_500_turns(mini):
    order = "block my card", "4711", "hello", "transfer money", "Anna", "20", "yes", "hello"
    turns = await play(mini, *itertools.islice(itertools.cycle(order), 504))
    rounds = [turns[start : start + 8] for start in range(0, len(turns), 8)]
    assert {tuple(itertools.chain(*map(texts, each))) for each in rounds} == {
        tuple(itertools.chain(*map(texts, rounds[0])))
    }
    took = [sum(turn.latency_ms for turn in each) for each in rounds]
    assert statistics.median(took[-20:]) < 10 * statistics.median(took[:20])
