"""Whatever an endpoint does, a call ends by its deadline with an error of ours."""

from __future__ import annotations

import asyncio
import datetime
import logging
import socket
import ssl
from pathlib import Path

import pytest
from llm_clients import KEY, client_for, ends_by, eventually
from llm_faults import FAULTS, seconds_for

from router.errors import LLMError, LLMTimeout, LLMUnavailable
from router.llm import Deadline

SECRET_TEXT = "my account number is 4711"


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_an_error_of_ours_in_time(serve, fault, caplog):
    caplog.set_level(logging.INFO)
    script, kind, words = FAULTS[fault]
    client = client_for(serve(script).url)
    seconds = seconds_for(fault)
    with ends_by(seconds), pytest.raises(LLMError) as raised:
        await client.complete(SECRET_TEXT, deadline=Deadline.after(seconds))
    await client.aclose()
    assert type(raised.value) is kind
    assert words in str(raised.value)
    assert str(raised.value).startswith("openai at 127.0.0.1:")
    assert "model test-model: " in str(raised.value)
    for text in (str(raised.value), repr(raised.value), caplog.text):
        assert KEY not in text
        assert SECRET_TEXT not in text


@pytest.mark.parametrize("fault", ["401", "500", "hang", "no JSON", "10 MB", "not UTF-8"])
async def test_a_fault_of_embeddings_is_the_same(serve, fault):
    script, kind, _ = FAULTS[fault]
    reply = {**script, "match": ".", "raw": "x" * 40_000_000} if fault == "10 MB" else script
    client = client_for(serve({**reply, "match": "."}).url)
    seconds = seconds_for(fault)
    with ends_by(seconds), pytest.raises(kind):
        await client.embed(["hello"], deadline=Deadline.after(seconds))
    await client.aclose()


async def test_a_refused_connection():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    with ends_by(1), pytest.raises(LLMUnavailable, match="refused: nothing listens there"):
        await client_for(url).complete("hello", deadline=Deadline.after(1))


async def test_an_unknown_host(monkeypatch):
    def unknown(*arguments, **keys):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    client = client_for("http://llm.invalid/v1")
    with pytest.raises(LLMUnavailable, match=r"at llm.invalid, .*isn't known \(DNS\)"):
        await client.complete("hello", deadline=Deadline.after(1))


async def test_tls_asked_of_a_server_without(serve):
    url = serve("hello").url.replace("http:", "https:")
    with ends_by(2), pytest.raises(LLMUnavailable, match="no TLS that this machine accepts"):
        await client_for(url).complete("hello", deadline=Deadline.after(2))


def self_signed(folder: Path) -> ssl.SSLContext:
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_a_certificate_that_nobody_signed(serve, tmp_path):
    server = serve("hello", tls=self_signed(tmp_path))
    with ends_by(2), pytest.raises(LLMUnavailable, match="its certificate isn't trusted"):
        await client_for(server.url).complete("hello", deadline=Deadline.after(2))
    assert server.requests == []


async def test_a_deadline_of_0_asks_nobody(serve):
    server = serve("hello")
    client = client_for(server.url)
    with ends_by(0), pytest.raises(LLMTimeout, match="there was no time left"):
        await client.complete("hello", deadline=Deadline.after(0))
    with pytest.raises(LLMTimeout):
        await client.embed(["hello"], deadline=Deadline.after(-1))
    assert server.connections == 0


async def test_the_time_out_of_an_endpoint_holds_within_the_deadline(serve):
    client = client_for(serve({"hang": True}).url, timeout=0.2)
    with ends_by(0.2), pytest.raises(LLMTimeout, match=r"within 0\.2 s"):
        await client.complete("hello", deadline=Deadline.after(60))
    await client.aclose()


async def test_a_cancelled_turn_closes_its_request(serve):
    server = serve({"hang": True}, "hello")
    client = client_for(server.url)
    call = asyncio.ensure_future(client.complete("hello", deadline=Deadline.after(60)))
    await eventually(lambda: len(server.requests) == 1)
    call.cancel()
    with ends_by(0), pytest.raises(asyncio.CancelledError):
        await call
    await eventually(lambda: server.abandoned == 1)
    assert (await client.complete("again", deadline=Deadline.after(5))).text == "hello"
    await client.aclose()


async def test_a_request_whose_time_is_over_is_closed_too(serve):
    server = serve({"hang": True})
    client = client_for(server.url)
    with pytest.raises(LLMTimeout):
        await client.complete("hello", deadline=Deadline.after(0.2))
    await eventually(lambda: server.abandoned == 1)
    await client.aclose()


async def test_a_500_is_asked_again_within_the_deadline(serve):
    server = serve({"status": 500}, {"close": True}, "third time lucky")
    client = client_for(server.url, {"retries": 2})
    completion = await client.complete("hello", deadline=Deadline.after(10))
    await client.aclose()
    assert (completion.text, completion.attempts) == ("third time lucky", 3)


async def test_retry_after_is_waited_for_if_there_is_time(serve):
    server = serve({"status": 429, "retry_after": 0.3}, "now")
    client = client_for(server.url, {"retries": 1})
    completion = await client.complete("hello", deadline=Deadline.after(10))
    await client.aclose()
    assert completion.text == "now"
    assert completion.latency_ms >= 300


async def test_retry_after_beyond_the_deadline_fails_at_once(serve):
    server = serve({"status": 429, "retry_after": 60}, "too late")
    client = client_for(server.url, {"retries": 3})
    with ends_by(0), pytest.raises(LLMUnavailable) as raised:
        await client.complete("hello", deadline=Deadline.after(30))
    await client.aclose()
    assert raised.value.retry_after == 60
    assert len(server.requests) == 1


@pytest.mark.parametrize("fault", ["401", "400", "no JSON", "empty answer"])
async def test_what_a_retry_cannot_help_is_asked_once(serve, fault):
    server = serve(FAULTS[fault][0], "never asked")
    client = client_for(server.url, {"retries": 3})
    with pytest.raises(FAULTS[fault][1]):
        await client.complete("hello", deadline=Deadline.after(10))
    await client.aclose()
    assert len(server.requests) == 1


async def test_the_breaker_opens_and_closes_again(serve):
    server = serve({"status": 500, "times": 3}, "back", "still there")
    client = client_for(server.url, {"breaker_failures": 2, "breaker_seconds": 0.6})

    async def ask() -> str:
        return (await client.complete("hello", deadline=Deadline.after(5))).text

    for _ in range(2):
        with pytest.raises(LLMUnavailable, match="status 500"):
            await ask()
    with pytest.raises(LLMUnavailable, match="failed 2 times in a row and rests"):
        await ask()
    assert len(server.requests) == 2

    await asyncio.sleep(0.7)
    with pytest.raises(LLMUnavailable, match="status 500"):
        await ask()  # the one on trial
    with pytest.raises(LLMUnavailable, match="rests"):
        await ask()

    await asyncio.sleep(0.7)
    assert [await ask(), await ask()] == ["back", "still there"]
    await client.aclose()


async def test_what_an_error_says_is_at_hand_without_the_key(serve):
    client = client_for(serve({"status": 401, "answer": f"Incorrect key: {KEY}."}).url)
    with pytest.raises(LLMError) as raised:
        await client.complete("hello", deadline=Deadline.after(5))
    await client.aclose()
    assert raised.value.detail == "Incorrect key: (key removed)."


async def test_a_text_that_is_no_unicode_is_refused(serve):
    server = serve("never asked")
    client = client_for(server.url)
    with pytest.raises(LLMError, match="can't be written as JSON in UTF-8"):
        await client.complete("\ud800", deadline=Deadline.after(5))
    await client.aclose()
