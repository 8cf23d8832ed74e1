"""Models that say what a test's steps say, and suites whose models are recorded."""

import asyncio
from pathlib import Path

import pytest

from router.errors import InvalidAnswer, InvalidFile, LLMTimeout, NotRecorded
from router.llm import Deadline, FakeLLM
from router.llm.building import shared_client
from router.llm.cassette_file import read_cassette
from router.llm.configuration import ModelConfig, ModelGroup
from router.llm.modes import LLM_MODES
from router.llm.scripted import ScriptedClient, asking, saying
from router.llm.suite_answers import SuiteAnswers, cassette_of
from router.routing.decision import Turn
from router.routing.llm_configuration import read_llm_router_config
from router.routing.llm_router import LLMRouter
from router.routing.shared_question import SharedQuestion

LETTERS = {"calm": "A", "nlu_once": "B", "nlu": "C"}
GROUP = ModelGroup(
    id="small", models=(ModelConfig(provider="openai", model="m", api_key="${NO_SUCH_KEY}"),)
)


def soon():
    return Deadline.after(5)


async def answer(said=None, route=None, **question):
    with saying(said, route), asking(**question):
        return (await ScriptedClient().complete("?", deadline=soon())).text


async def test_commands_are_given_line_by_line():
    assert await answer(["start flow a", "set slot b 1"], commands=True) == (
        "start flow a\nset slot b 1"
    )


async def test_a_route_is_given_as_the_one_who_asks_spells_it():
    assert await answer(route="nlu_once", routes=LETTERS) == "B"
    assert await answer(route="calm", routes={"calm": "money"}) == "money"


async def test_a_question_for_both_gets_both_and_no_commands_for_the_nlu_system():
    both = {"calm": "route: A", "nlu": "route: C"}
    assert await answer(["cancel flow"], "calm", commands=True, routes=both) == (
        "route: A\ncancel flow"
    )
    assert await answer(None, "nlu", commands=True, routes=both) == "route: C"


@pytest.mark.parametrize(
    ("said", "question", "advice"),
    [
        ((None, "calm"), {"commands": True}, "Write `commands:` for this turn"),
        ((["cancel flow"], None), {"routes": LETTERS}, "Write `route:` for this turn: calm, nlu"),
        ((None, "calm_once"), {"routes": LETTERS}, "can't answer `route: calm_once`. Write calm"),
        ((["cancel flow"], "calm"), {}, "neither a route nor commands"),
    ],
)
async def test_what_the_turn_does_not_say_is_no_answer(said, question, advice):
    with pytest.raises(NotRecorded, match=advice):
        await answer(*said, **question)


async def test_no_commands_are_an_empty_answer():
    with pytest.raises(InvalidAnswer):
        await answer([], commands=True)


async def test_vectors_can_not_be_said():
    with pytest.raises(NotRecorded, match="Remove `embeddings`"):
        await ScriptedClient().embed(["a"], deadline=soon())


async def test_conversations_at_the_same_time_say_their_own():
    async def converse(flow):
        with saying([f"start flow {flow}"], None), asking(commands=True):
            await asyncio.sleep(0)
            return (await ScriptedClient().complete("?", deadline=soon())).text

    flows = [f"f{number}" for number in range(20)]
    assert await asyncio.gather(*map(converse, flows)) == [f"start flow {f}" for f in flows]


# --- who asks


def router(**keys):
    entries = {"calm_entry": {"sticky": "handles money"}}
    config = read_llm_router_config({**entries, **keys})
    return LLMRouter(config, ScriptedClient())


TOPICS = [
    {"name": "money", "description": "d", "route": "calm"},
    {"name": "cards", "description": "d", "route": "nlu"},
    {"name": "loans", "description": "d", "route": "calm"},
]


@pytest.mark.parametrize(
    ("keys", "route", "reason"),
    [({}, "nlu_once", "answer B"), ({"topics": TOPICS}, "calm", "topic money")],
)
async def test_a_router_reads_the_route_that_a_step_says(keys, route, reason):
    with saying(None, route):
        decision = await router(**keys).decide(Turn(text="hi"))
    assert (decision.outcome, decision.reason) == (route, reason)


@pytest.mark.parametrize("keys", [{}, {"topics": TOPICS}])
async def test_a_shared_question_reads_its_part_of_the_answer_to_both(keys):
    question = SharedQuestion(router(**keys), Turn(text="hi"))
    with saying(["start flow pay"], "calm"), question.asked(), asking(commands=True):
        completion = await ScriptedClient().complete("?", deadline=soon())
    decision = question.decided(completion.text, completion.record("read"))
    assert decision.outcome == "calm" and completion.text.endswith("\nstart flow pay")


# --- the answers of a suite


def live(monkeypatch, *replies):
    """What a live model would answer."""
    fake = FakeLLM(*replies)
    monkeypatch.setattr("router.llm.suite_answers.live_client", lambda group: fake)
    return fake


def client_of(suite):
    with suite.clients():
        return shared_client(GROUP)


async def ask(conversation, client, prompt):
    with conversation.turn():
        return (await client.complete(prompt, deadline=soon())).text


def test_a_cassette_stands_beside_its_tests():
    assert cassette_of(Path("e2e/money.yml")) == Path("e2e/cassettes/money.yml")


@pytest.mark.parametrize("mode", ["replay", "scripted"])
def test_without_live_models_no_key_is_needed(mode):
    assert mode in LLM_MODES
    client_of(SuiteAnswers(mode))


async def test_each_conversation_of_a_file_is_recorded_and_replayed_from_its_beginning(
    monkeypatch, tmp_path
):
    fake = live(monkeypatch, "one", "two")
    suite = SuiteAnswers("record")
    client, file = client_of(suite), tmp_path / "test_a.yml"
    first, second = suite.conversation(file), suite.conversation(file)
    assert [await ask(first, client, "p"), await ask(first, client, "p")] == ["one", "two"]
    assert await ask(second, client, "p") == "one"
    assert len(fake.prompts) == 2
    assert [each.answer for each in read_cassette(cassette_of(file))] == ["one", "two"]

    replay = SuiteAnswers("replay")
    client = client_of(replay)
    for _ in range(2):
        conversation = replay.conversation(file)
        said = [await ask(conversation, client, "p") for _ in range(3)]
        assert said == ["one", "two", "two"]


async def test_a_prompt_that_two_conversations_ask_at_once_is_asked_once(monkeypatch, tmp_path):
    fake = live(monkeypatch, {"delay": 0.05, "answer": "one"})
    suite = SuiteAnswers("record")
    client = client_of(suite)
    conversations = [suite.conversation(tmp_path / "a.yml") for _ in range(5)]
    said = await asyncio.gather(*(ask(each, client, "p") for each in conversations))
    assert said == ["one"] * 5 and len(fake.prompts) == 1


async def test_an_error_is_recorded_and_raised_again(monkeypatch, tmp_path):
    live(monkeypatch, LLMTimeout("too late"))
    suite = SuiteAnswers("record")
    client, file = client_of(suite), tmp_path / "a.yml"
    for _ in range(2):
        with pytest.raises(LLMTimeout):
            await ask(suite.conversation(file), client, "p")
    replay = SuiteAnswers("replay")
    with pytest.raises(LLMTimeout):
        await ask(replay.conversation(file), client_of(replay), "p")


async def test_files_have_cassettes_of_their_own(monkeypatch, tmp_path):
    live(monkeypatch, "one", "two")
    suite = SuiteAnswers("record")
    client = client_of(suite)
    for name in ("a.yml", "b.yml"):
        await ask(suite.conversation(tmp_path / name), client, "p")
    replay = SuiteAnswers("replay")
    client = client_of(replay)
    said = [await ask(replay.conversation(tmp_path / n), client, "p") for n in ("b.yml", "a.yml")]
    assert said == ["two", "one"]


async def test_an_unknown_prompt_shows_the_nearest_and_what_differs(monkeypatch, tmp_path):
    live(monkeypatch, "one")
    suite = SuiteAnswers("record")
    file = tmp_path / "a.yml"
    await ask(suite.conversation(file), client_of(suite), "flows:\n- pay")
    replay = SuiteAnswers("replay")
    with pytest.raises(NotRecorded, match=r"(?s)a.yml.*-- pay\n\+- send"):
        await ask(replay.conversation(file), client_of(replay), "flows:\n- send")


async def test_without_a_cassette_only_a_question_is_an_error(tmp_path):
    replay = SuiteAnswers("replay")
    client, conversation = client_of(replay), replay.conversation(tmp_path / "a.yml")
    with pytest.raises(NotRecorded, match="holds no recordings"):
        await ask(conversation, client, "p")


async def test_a_broken_cassette_is_told_when_a_conversation_begins(tmp_path):
    cassette_of(tmp_path / "a.yml").parent.mkdir()
    cassette_of(tmp_path / "a.yml").write_text("answer: x\n")
    with pytest.raises(InvalidFile):
        SuiteAnswers("replay").conversation(tmp_path / "a.yml")


async def test_a_question_outside_of_any_turn_is_told(tmp_path):
    client = client_of(SuiteAnswers("scripted"))
    with pytest.raises(NotRecorded, match="outside of any test's turn"):
        await client.complete("p", deadline=soon())
