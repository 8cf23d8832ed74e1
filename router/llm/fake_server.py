"""An OpenAI-compatible server on loopback that does what a script says.

    python -m router.llm.fake_server script.yml --port 8089

prints its `api_base` and serves until it's interrupted. In tests:

    with FakeServer(["start flow transfer_money", {"status": 500}]) as server:
        ... ModelConfig(provider="openai", model="any", api_base=server.url) ...
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from router.errors import CoexistenceError, NotRecorded
from router.llm.script import Reply, Script, fake_vector, prompt_text, read_script

__all__ = ["FakeServer", "Request", "main"]

_CHUNKS = 20
_MAX_BODY = 50_000_000


@dataclass(frozen=True)
class Request:
    """What a client sent: header names in lower case, the body read as JSON."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] = field(default_factory=dict)


class FakeServer:
    """Serves a script from a thread, as a context manager.

    Attributes:
        requests: what came, in order.
        connections: how many connections were opened.
        abandoned: how many requests the client left before the answer was complete.
    """

    def __init__(
        self,
        script: Script | Iterable[Reply | Mapping[str, Any] | str],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Binds when entered; port 0 takes any free one."""
        self._script = script if isinstance(script, Script) else Script(script)
        self._address = (host, port)
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True, name="fake-llm-server")
        self._server: asyncio.Server | None = None
        self.requests: list[Request] = []
        self.connections = 0
        self.abandoned = 0

    def __enter__(self) -> FakeServer:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(timeout=10)
        except BaseException:  # Ctrl-C, too: nobody else would stop the thread
            self._stop_loop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=10)
        self._stop_loop()

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._server is not None, "The server isn't started: use it in a `with`."
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """The `api_base` of the server."""
        return f"{'https' if self._tls else 'http'}://{self._address[0]}:{self.port}/v1"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _listen(self) -> None:
        host, port = self._address
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self._tls)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.wait(others, timeout=0.1)  # again: one may just have begun to wait

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                if not await self._answer(request, reader, writer):
                    return
            writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError, ValueError, ssl.SSLError):
            pass  # the client went away or doesn't speak HTTP
        except asyncio.CancelledError:
            pass  # the server closes; asyncio would log a task that ends this way
        finally:
            writer.close()

    async def _answer(
        self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Sends the reply; False if the connection is to be closed."""
        sending = asyncio.ensure_future(self._send(request, writer))
        # An early byte or the end of the stream: no client of ours pipelines requests.
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                return sending.result()
            self.abandoned += 1
            return False
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        try:
            embeds = "input" in request.body
            reply = self._script.next_for(_prompt_of(request), only_matching=embeds)
        except NotRecorded:
            reply = Reply(status=404, answer="The script has no reply left.")
        await asyncio.sleep(reply.delay)
        if reply.hang:
            await asyncio.Event().wait()
        if reply.close:
            return False
        body = _body(reply, request)
        writer.write(_head(reply, len(body)))
        await writer.drain()
        if reply.body_delay:
            for start in range(0, len(body), step := max(1, len(body) // _CHUNKS)):
                writer.write(body[start : start + step])
                await writer.drain()
                await asyncio.sleep(reply.body_delay / _CHUNKS)
        else:
            writer.write(body)
        await writer.drain()
        return True


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        # A client that greets with TLS would wait for ever for the end of the headers.
        first_byte = await reader.readexactly(1)
        if not first_byte.isalpha():
            return None
        head = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return None
    first, *lines = head.split("\r\n")
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines if line)
    }
    length = int(headers.get("content-length", 0))
    if length > _MAX_BODY:
        return None
    body = await reader.readexactly(length)
    return Request(first.split(" ")[1], headers, json.loads(body) if body else {})


def _prompt_of(request: Request) -> str:
    if "input" in request.body:
        texts = request.body["input"]
        return texts if isinstance(texts, str) else "\n".join(map(str, texts))
    return prompt_text(request.body.get("messages", []))


def _head(reply: Reply, length: int) -> bytes:
    headers = {"content-type": "application/json", "content-length": str(length), **reply.headers}
    if reply.retry_after is not None:
        headers["retry-after"] = f"{reply.retry_after:g}"
    phrase = HTTPStatus(reply.status).phrase if reply.status in list(HTTPStatus) else "Fake"
    lines = [f"HTTP/1.1 {reply.status} {phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _body(reply: Reply, request: Request) -> bytes:
    if reply.body is not None:
        return reply.body
    if reply.status >= 300:
        return json.dumps({"error": {"message": reply.text or "scripted"}}).encode()
    model = str(request.body.get("model", "fake"))
    read = len(_prompt_of(request).split()) if reply.prompt_tokens is None else reply.prompt_tokens
    if "input" in request.body:
        given = request.body["input"]
        texts = [given] if isinstance(given, str) else given
        vectors = reply.vectors or tuple(fake_vector(text) for text in texts)
        items = [{"index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        usage = {"prompt_tokens": read, "total_tokens": read}
        return json.dumps(
            {"object": "list", "data": items, "model": model, "usage": usage}
        ).encode()
    text = reply.text
    written = reply.completion_tokens
    written = len(text.split()) if written is None else written
    message = {"role": "assistant", "content": text}
    completion = {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
        },
    }
    return json.dumps(completion).encode()


@click.command()
@click.argument("script", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=0, show_default="any free one", help="The port.")
def main(script: Path, host: str, port: int) -> None:
    """Serves SCRIPT, a YAML list of replies, as an OpenAI-compatible endpoint."""
    try:
        server = FakeServer(read_script(script), host=host, port=port)
    except CoexistenceError as error:
        raise click.ClickException(str(error)) from error
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(server)
        except OSError as error:
            message = f"Can't listen on {host}:{port} ({error.strerror}). Give another --port."
            raise click.ClickException(message) from error
        click.echo(server.url)
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
