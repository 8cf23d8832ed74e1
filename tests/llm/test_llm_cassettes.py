"""What is recorded once is replayed without a network, and never holds a key."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from llm_clients import KEY, client_for

from router.errors import (
    InvalidAnswer,
    InvalidFile,
    LLMError,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
    NotRecorded,
)
from router.llm import Deadline, FakeLLM, LLMClient, RecordingClient, ReplayingClient
from router.llm.cassette_file import CassetteWriter
from router.llm.cassettes import without_moment

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
    written = re.sub(r"latency_ms: .*", "latency_ms: 0.0", path.read_text(encoding="utf-8"))
    assert written.endswith(
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


@pytest.mark.parametrize("zone", ["+00:00", "+05:30", "-03:00"])
async def test_the_date_and_time_of_a_prompt_make_no_difference(path, zone):
    await record(path, "hi", prompts=(f"It is 2024-01-31 09:30{zone}. Pay by 2024-02-01.",))
    assert await replayed(path, "It is 2031-12-01 23:59+01:00. Pay by 2024-02-01.") == "hi"
    with pytest.raises(NotRecorded):
        await replayed(path, "It is 2031-12-01 23:59+01:00. Pay by 2024-02-02.")
    assert "It is (date and time)." in path.read_text(encoding="utf-8")


async def test_a_date_in_a_cassette_written_by_hand_makes_no_difference_either(path):
    path.parent.mkdir()
    path.write_text("- {prompt: It is 2024-01-31 09:30+00:00., answer: hi}", encoding="utf-8")
    assert await replayed(path, "It is 2025-06-01 10:00+02:00.") == "hi"


async def test_now_as_prompts_are_given_it_is_found(path):
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="minutes")
    assert without_moment(f"It is {now}.") == "It is (date and time)."


@pytest.mark.parametrize("kind", [LLMTimeout, LLMUnavailable, LLMRefused, InvalidAnswer])
async def test_an_error_is_recorded_and_raised_again(path, kind):
    failing = RecordingClient(FakeLLM(kind("no.", endpoint="e", model="m")), path)
    with pytest.raises(kind):
        await failing.complete("hello", deadline=SOON)
    with pytest.raises(kind, match="recording, model m: no answer, as recorded"):
        await replayed(path)


async def test_an_error_of_another_kind_is_recorded_as_what_it_is_a_kind_of(path):
    class Overloaded(LLMTimeout):
        pass

    for error, kind in ((Overloaded("no."), LLMTimeout), (LLMError("no."), LLMUnavailable)):
        with pytest.raises(LLMError):
            await record(path, error)
        with pytest.raises(kind):
            await replayed(path)


async def test_an_error_of_embeddings_is_recorded_too(path):
    failing = RecordingClient(FakeLLM({"match": "a", "status": 500}), path)
    with pytest.raises(LLMUnavailable):
        await failing.embed(["a"], deadline=SOON)
    with pytest.raises(LLMUnavailable, match="as recorded"):
        await ReplayingClient(path).embed(["a"], deadline=SOON)


async def test_an_answer_to_a_prompt_that_failed_replaces_the_error(path):
    with pytest.raises(LLMUnavailable):
        await record(path, LLMUnavailable("down"))
    await record(path, "hi")
    assert await replayed(path) == "hi"


async def test_clients_that_share_a_writer_lose_nothing_of_each_other(path):
    writer = CassetteWriter(path)
    first, second = (RecordingClient(FakeLLM("1", "2"), writer) for _ in range(2))
    for client, prompt in ((first, "a"), (second, "b"), (first, "c")):
        await client.complete(prompt, deadline=SOON)
    assert [await replayed(path, prompt) for prompt in "abc"] == ["1", "1", "2"]


async def test_clients_of_one_file_lose_nothing_of_each_other(path, monkeypatch):
    path.parent.mkdir()
    monkeypatch.chdir(path.parent)
    first, second = (RecordingClient(FakeLLM("1", "2"), each) for each in (path, Path(path.name)))
    for client, prompt in ((first, "a"), (second, "b"), (first, "c")):
        await client.complete(prompt, deadline=SOON)
    assert [await replayed(path, prompt) for prompt in "abc"] == ["1", "1", "2"]


async def test_a_later_run_replaces_what_an_earlier_one_recorded(path):
    for answer in ("old", "new"):
        await record(path, answer)
    assert await replayed(path) == "new"
    assert path.read_text(encoding="utf-8").count("answer:") == 1


async def test_comments_at_the_head_of_a_cassette_stay(path):
    await record(path, "hi")
    assert path.read_text(encoding="utf-8").startswith("# Recorded answers of a language model.")
    path.write_text("# Of the bank.\n# Made by hand.\n", encoding="utf-8")
    await record(path, "hi")
    await record(path, "ho")
    assert path.read_text(encoding="utf-8").startswith(
        "# Of the bank.\n# Made by hand.\n\n- prompt"
    )


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
        ("a: b", "The cassette isn't a list"),
        ("- prompt: x\n  answr: y", "Recording 1: "),
        ("- prompt: x", "write prompt and answer, or texts and vectors, or either and error"),
        ("- {prompt: x, answer: y, error: LLMTimeout}", "write prompt and answer"),
        ("- {error: LLMTimeout}", "write prompt and answer"),
        ("- {prompt: x, texts: [y], error: LLMTimeout}", "write prompt and answer"),
        ("- {prompt: x, error: Broken}", "Input should be 'LLMTimeout'"),
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
