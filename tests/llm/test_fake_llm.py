"""The fakes follow their script: one in process, one over HTTP, both the same."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys

import httpx
import pytest
from llm_clients import client_for, ends_by
from llm_faults import FAULTS, seconds_for

from router.errors import InvalidFile, LLMError, LLMTimeout, LLMUnavailable, NotRecorded
from router.llm import Deadline, FakeLLM, FakeServer, read_script
from router.llm.script import Script, fake_vector

SOON = Deadline.after(1000)


async def texts(client, *prompts):
    return [(await client.complete(prompt, deadline=SOON)).text for prompt in prompts]


async def test_answers_in_their_order():
    fake = FakeLLM("one", {"answer": "two"})
    assert await texts(fake, "a", "b") == ["one", "two"]
    assert [chat[0]["content"] for chat in fake.prompts] == ["a", "b"]


async def test_a_script_that_ends_fails_the_test_rather_than_the_turn():
    fake = FakeLLM("one")
    await texts(fake, "a")
    with pytest.raises(NotRecorded, match="none left for this prompt:\nagain"):
        await texts(fake, "again")


SCRIPT = [
    "first",
    {"match": "balance", "answer": "start flow check_balance"},
    {"match": "pay", "answer": "once", "times": 1},
    {"answer": "rest", "times": "always"},
]
PROMPTS = ["hello", "my balance", "pay", "pay", "balance?", "x"]
ANSWERS = ["first", "start flow check_balance", "once", "rest", "start flow check_balance", "rest"]


async def test_a_match_goes_first_and_lasts():
    assert await texts(FakeLLM(*SCRIPT), *PROMPTS) == ANSWERS


async def test_the_server_follows_the_same_script(serve):
    client = client_for(serve(*SCRIPT).url)
    assert await texts(client, *PROMPTS) == ANSWERS
    await client.aclose()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_the_same_error_as_over_http(fault):
    script, kind, _ = FAULTS[fault]
    if fault == "10 MB":
        assert len((await texts(FakeLLM(script), "x"))[0]) == 10_000_000
        return
    seconds = seconds_for(fault)
    with ends_by(seconds), pytest.raises(LLMError) as raised:
        await FakeLLM(script).complete("x", deadline=Deadline.after(seconds))
    assert type(raised.value) is kind


async def test_an_error_may_be_scripted_as_itself():
    fake = FakeLLM("one", LLMUnavailable("gone", retry_after=3), "two")
    assert await texts(fake, "a") == ["one"]
    with pytest.raises(LLMUnavailable, match="gone") as raised:
        await texts(fake, "b")
    assert raised.value.retry_after == 3
    assert await texts(fake, "c") == ["two"]


async def test_a_delay_is_awaited_and_the_deadline_holds():
    fake = FakeLLM({"delay": 0.1, "answer": "late"}, {"delay": 30, "answer": "too late"})
    completion = await fake.complete("x", deadline=SOON)
    assert completion.latency_ms >= 90
    with ends_by(0.1), pytest.raises(LLMTimeout):
        await fake.complete("x", deadline=Deadline.after(0.1))
    assert fake.deadlines[0] is SOON


async def test_a_hanging_fake_can_be_cancelled():
    task = asyncio.ensure_future(FakeLLM({"hang": True}).complete("x", deadline=SOON))
    await asyncio.sleep(0.01)
    task.cancel()
    with ends_by(0), pytest.raises(asyncio.CancelledError):
        await task


async def test_embeddings_use_up_no_answers():
    fake = FakeLLM("one")
    await fake.embed(["a", "b"], deadline=SOON)
    assert await texts(fake, "x") == ["one"]
    assert fake.embedded == [["a", "b"]]


async def test_embeddings_may_be_scripted():
    fake = FakeLLM({"match": "special", "vectors": [[1.0, 0.0]]}, {"match": "down", "status": 500})
    assert (await fake.embed(["special"], deadline=SOON)).vectors == ((1.0, 0.0),)
    with pytest.raises(LLMUnavailable):
        await fake.embed(["down"], deadline=SOON)


def test_texts_that_share_words_are_near():
    def cosine(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(fake_vector(one), fake_vector(other), strict=True))

    assert cosine("send money", "send money") == pytest.approx(1, abs=1e-3)
    assert cosine("send money now", "send money") > cosine("what is the weather", "send money")
    assert fake_vector("") == fake_vector("")


YAML = """
- answer: one
- match: "balance"
  answer: |-
    start flow check_balance
- status: 429
  retry_after: 1
"""


async def test_a_script_from_a_file(tmp_path):
    file = tmp_path / "script.yml"
    file.write_text(YAML)
    assert await texts(FakeLLM(script=read_script(file)), "balance", "x") == [
        "start flow check_balance",
        "one",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- answer: [", "can't be read"),
        ("answer: x", "The script isn't a list. Write `- answer: ...`."),
        ("- anwser: x", "A reply's keys are: answer, match"),
        ("- {match: '('}", "no regular expression"),
        ("- {raw_hex: xyz}", "hexadecimal"),
        ("- {status: 99}", "greater than or equal to 200"),
        ("- 3", "error"),
    ],
)
def test_what_is_no_script(tmp_path, text, words):
    file = tmp_path / "script.yml"
    file.write_text(text)
    with pytest.raises(InvalidFile, match=words):
        read_script(file)
    with pytest.raises(InvalidFile):
        read_script(tmp_path / "missing.yml")


def test_a_script_is_counted_down_once_for_all(serve):
    script = Script(["one", "two"])
    server = serve()
    server._script = script
    assert script.next_for("x").answer == "one"
    with httpx.Client() as client:
        message = {"role": "user", "content": "hi"}
        answers = [
            client.post(f"{server.url}/chat/completions", json={"messages": [message]})
            for _ in range(2)
        ]
    assert answers[0].json()["choices"][0]["message"]["content"] == "two"
    assert answers[1].status_code == 404
    assert "no reply left" in answers[1].text


def test_the_server_survives_what_is_no_http(serve):
    import socket

    server = serve("hello")
    for garbage in (
        b"\x16\x03\x01",
        b"nonsense\r\n\r\n",
        b"POST /x HTTP/1.1\r\ncontent-length: x\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(garbage)
            connection.recv(100)
    with httpx.Client() as client:
        body = {"messages": [{"role": "user", "content": "hi"}]}
        assert client.post(f"{server.url}/chat/completions", json=body).status_code == 200


def test_the_server_runs_as_a_program(tmp_path):
    file = tmp_path / "script.yml"
    file.write_text(YAML)
    command = [sys.executable, "-m", "router.llm.fake_server", str(file), "--port", "0"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        # A test run in the background inherits that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
        with httpx.Client() as client:
            answer = client.post(f"{url}/chat/completions", json=body)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=10) == 0
    assert answer.json()["choices"][0]["message"]["content"] == "one"
    assert json.loads(answer.text)["usage"]["total_tokens"] == 2


def test_the_program_says_that_a_port_is_taken(tmp_path):
    (tmp_path / "script.yml").write_text("- answer: A\n")
    with FakeServer(["A"]) as other:
        command = [sys.executable, "-m", "router.llm.fake_server", str(tmp_path / "script.yml")]
        command += ["--port", str(other.port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert f"Can't listen on 127.0.0.1:{other.port}" in done.stderr
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_a_script_that_is_not_there_is_missing(tmp_path):
    with pytest.raises(InvalidFile, match="missing-file"):
        read_script(tmp_path / "none.yml")


def test_the_program_says_what_is_wrong_with_a_script(tmp_path):
    command = [sys.executable, "-m", "router.llm.fake_server", str(tmp_path / "none.yml")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "none.yml" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_keys_of_a_script_are_documented():
    from pathlib import Path

    from router.llm.script import Reply

    documented = Path(__file__).parents[2].joinpath("docs/model_scripts.md").read_text("utf-8")
    assert [key for key in Reply.model_fields if f"`{key}`" not in documented] == []
