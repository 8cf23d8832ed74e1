"""What is recorded once is replayed without a network, and never holds a key."""

from __future__ import annotations

import asyncio
import re

import pytest
import yaml
from llm_clients import KEY, client_for

from router.errors import InvalidFile, LLMUnavailable, NotRecorded
from router.llm import Deadline, FakeLLM, LLMClient, RecordingClient, ReplayingClient

SOON = Deadline.after(1000)
CHAT = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "hello"}]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cassettes" / "suite.yml"


async def record(path, *answers, prompts=("hello",), **keys):
    client = RecordingClient(FakeLLM(*answers), path, **keys)
    for prompt in prompts:
        await client.complete(prompt, deadline=SOON)


async def replayed(path, prompt="hello", **keys):
    return (await ReplayingClient(path, **keys).complete(prompt, deadline=SOON)).text


async def test_what_was_recorded_is_replayed(path):
    await record(path, "hi", "dear", prompts=("hello", CHAT))
    client = ReplayingClient(path)
    completion = await client.complete("hello", deadline=SOON)
    assert (completion.text, completion.model, completion.replayed) == ("hi", "fake", True)
    assert (completion.prompt_tokens, completion.attempts) == (1, 0)
    assert (await client.complete(CHAT, deadline=SOON)).text == "dear"


def test_all_of_them_are_clients(path):
    path.parent.mkdir()
    path.write_text("[]")
    for client in (FakeLLM(), ReplayingClient(path), RecordingClient(FakeLLM(), path)):
        assert isinstance(client, LLMClient)


async def test_embeddings_are_recorded_to_six_digits(path):
    recording = RecordingClient(FakeLLM(), path)
    given = await recording.embed(["a b", "c"], deadline=SOON)
    again = await ReplayingClient(path).embed(["a b", "c"], deadline=SOON)
    assert again.vectors == given.vectors
    with pytest.raises(NotRecorded, match="no recording of these texts"):
        await ReplayingClient(path).embed(["c", "a b"], deadline=SOON)


async def test_the_file_reads_like_the_conversation(path):
    prompt = "Which flow?\n\n  - transfer_money: sends it\n\nUSER: send 10 € to Ana 🙂\n"
    await record(path, "start flow transfer_money\nset slot amount 10", prompts=(prompt,))
    assert path.read_text(encoding="utf-8").endswith(
        """
- prompt: |
    Which flow?

      - transfer_money: sends it

    USER: send 10 € to Ana 🙂
  model: fake
  answer: |-
    start flow transfer_money
    set slot amount 10
  prompt_tokens: 13
  completion_tokens: 7
  latency_ms: 0.0
"""
    )


@pytest.mark.parametrize(
    "text",
    ["trailing \nspaces  ", "\ttab\n", "yes", "1.0", "null", "# no\ncomment", "a: b\n- c", " x"],
)
async def test_any_text_comes_back_as_it_was(path, text):
    await record(path, "x" + text, prompts=(text,))
    assert await replayed(path, text) == "x" + text


async def test_answers_to_one_prompt_come_in_their_order(path):
    await record(path, "one", "two", prompts=("hello", "hello"))
    client = ReplayingClient(path)
    texts = [(await client.complete("hello", deadline=SOON)).text for _ in range(3)]
    assert texts == ["one", "two", "two"]


async def test_recording_again_replaces_what_is_asked_and_keeps_the_rest(path):
    await record(path, "one", "other", prompts=("hello", "bye"))
    await record(path, "new")
    assert await replayed(path) == "new"
    assert await replayed(path, "bye") == "other"


async def test_each_answer_is_written_before_the_next_is_asked(path):
    with pytest.raises(LLMUnavailable):
        await record(path, "one", LLMUnavailable("down"), prompts=("hello", "bye"))
    assert await replayed(path) == "one"
    assert list(path.parent.iterdir()) == [path]


async def test_many_conversations_record_into_one_file(path):
    client = RecordingClient(FakeLLM({"match": ".", "answer": "hi", "delay": 0.01}), path)
    await asyncio.gather(*(client.complete(f"p{i}", deadline=SOON) for i in range(20)))
    assert len(yaml.safe_load(path.read_text(encoding="utf-8"))) == 20


async def test_no_key_gets_into_the_file(path, serve):
    server = serve(f"your key is {KEY}")
    client = RecordingClient(client_for(server.url), path)
    prompt = f"my key is {KEY} and sk-another-0123456789abcdef"
    completion = await client.complete(prompt, deadline=Deadline.after(10))
    await client.aclose()
    assert KEY in completion.text
    text = path.read_text(encoding="utf-8")
    assert KEY not in text
    assert "0123456789abcdef" not in text
    assert not re.search("authorization|bearer|header", text, re.IGNORECASE)
    assert await replayed(path, prompt) == "your key is ${TEST_LLM_KEY}"


async def test_what_differs_from_run_to_run_may_be_taken_out(path):
    def undated(text: str) -> str:
        return re.sub(r"\d{4}-\d\d-\d\d", "TODAY", text)

    await record(path, "hi", prompts=("It is 2024-01-31.",), normalise=undated)
    assert await replayed(path, "It is 2025-02-01.", normalise=undated) == "hi"
    assert "2024" not in path.read_text(encoding="utf-8")


async def test_an_unknown_prompt_is_shown_beside_the_nearest(path):
    await record(path, "a", "b", prompts=("flows:\n- pay\n- send\nUSER: hi", "quite another"))
    with pytest.raises(NotRecorded) as raised:
        await replayed(path, "flows:\n- pay\n- lend\nUSER: hi")
    assert str(raised.value).splitlines() == [
        f"{path} has no recording of this prompt. Record the suite anew, or correct the "
        "cassette. The nearest differs so:",
        "--- recorded",
        "+++ asked",
        "@@ -2,3 +2,3 @@",
        " - pay",
        "-- send",
        "+- lend",
        " USER: hi",
    ]


async def test_a_long_difference_is_cut(path):
    await record(path, "a", prompts=("x",))
    with pytest.raises(NotRecorded, match="lines more"):
        await replayed(path, "\n".join(map(str, range(500))))


async def test_an_empty_cassette_says_so(path):
    path.parent.mkdir()
    path.write_text("")
    with pytest.raises(NotRecorded, match="holds no recordings"):
        await replayed(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- prompt: [", r"suite.yml:1:1: error\[yaml-syntax\]|suite.yml:2"),
        ("a: b", "A cassette is a list"),
        ("- prompt: x\n  answr: y", "Recording 1: "),
        ("- prompt: x", "write prompt and answer, or texts and vectors"),
        ("- texts: [a, b]\n  vectors: [[1.0]]", "each text has one vector"),
    ],
)
def test_what_is_no_cassette(path, text, words):
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(InvalidFile, match=words):
        ReplayingClient(path)


def test_a_cassette_that_is_not_there(path):
    with pytest.raises(InvalidFile, match=r"suite.yml"):
        ReplayingClient(path)
