"""Asks an OpenAI-compatible endpoint over HTTP, with httpx and nothing else."""

from __future__ import annotations

import functools
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from router.errors import InvalidAnswer, LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm.client import Message
from router.llm.configuration import Limits, ModelConfig
from router.llm.endpoint import Answer, Vectors, status_error
from router.llm.openai_protocol import read_completion, read_error, read_retry_after, read_vectors
from router.llm.per_loop import PerLoop
from router.llm.secrets import resolve, scrub

__all__ = ["HttpEndpoint"]

# More of an error's body than anyone would read.
_ERROR_BYTES = 10_000
_HEADERS = {
    "content-type": "application/json",
    # A compressed body could grow a thousandfold before its length is seen.
    "accept-encoding": "identity",
    "user-agent": "rasa-coexistence",
}


class HttpEndpoint:
    """An `Endpoint` that speaks OpenAI's protocol: `/chat/completions` and `/embeddings`.

    Connections are kept and used again, by each event loop its own.
    """

    def __init__(
        self,
        config: ModelConfig,
        limits: Limits | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Asks the endpoint of `config`.

        Args:
            config: needs an `api_base`, its own or its provider's.
            limits: of which the bytes are obeyed here.
            environment: where variables are looked up; `os.environ` by default.
            transport: what carries requests instead of the network.

        Raises:
            MissingVariable: `config` names a variable that isn't set.
        """
        self._config = config
        self._limits = limits or Limits()
        self._base = str(resolve(config.base_url or "", environment)).rstrip("/")
        self._model = str(resolve(config.model, environment))
        self._name = config.model_copy(update={"api_base": self._base}).endpoint
        parameters = resolve(config.parameters, environment)
        extra_headers = parameters.pop("extra_headers", None) or {}
        self._parameters: dict[str, Any] = parameters
        self._environment = environment
        headers = {**_HEADERS, **{str(k).lower(): str(v) for k, v in extra_headers.items()}}
        key = config.api_key
        if key is None and config.provider == "openai" and config.api_base is None:
            # OpenAI's own variable, as its clients look it up; never sent anywhere else.
            key = "${OPENAI_API_KEY}"
        if key is not None:
            headers["authorization"] = f"Bearer {resolve(key, environment)}"
        # httpx hides the value of `authorization` in its repr.
        self._headers = httpx.Headers(headers)
        self._tls: ssl.SSLContext | None = None
        self._transport = transport
        self._idle: PerLoop[list[httpx.AsyncClient]] = PerLoop(list)

    def __repr__(self) -> str:
        return f"HttpEndpoint({self.name!r}, model={self.model!r})"

    @property
    def name(self) -> str:
        """Provider and host."""
        return self._name

    @property
    def model(self) -> str:
        """The model as configured."""
        return self._config.model

    @property
    def timeout(self) -> float:
        """Seconds one attempt may take."""
        return self._config.timeout

    @property
    def loaded(self) -> bool:
        """Whether the certificates are read."""
        return self._tls is not None

    def load(self) -> None:
        """Reads the certificates that are trusted: a fifth of a second."""
        if self._tls is None:
            self._tls = _tls_context()

    async def complete(self, messages: Sequence[Message], seconds: float) -> Answer:
        """As `Endpoint.complete`."""
        body = {"model": self._model, "messages": list(messages), **self._parameters}
        limit = self._limits.completion_bytes
        content, headers = await self._post("/chat/completions", body, limit, seconds)
        answer = read_completion(content)
        cost = _told_cost(headers)
        if cost is None:
            cost = self._config.cost(answer.prompt_tokens, answer.completion_tokens)
        return replace(answer, cost=cost)

    async def embed(self, texts: Sequence[str], seconds: float) -> Vectors:
        """As `Endpoint.embed`."""
        own = {"temperature", "max_tokens", "logit_bias"}
        keys = {name: value for name, value in self._parameters.items() if name not in own}
        body = {"model": self._model, "input": list(texts), "encoding_format": "float", **keys}
        limit = self._limits.embedding_bytes
        content, headers = await self._post("/embeddings", body, limit, seconds)
        vectors = read_vectors(content, len(texts))
        cost = _told_cost(headers)
        return replace(
            vectors, cost=self._config.cost(vectors.prompt_tokens, 0) if cost is None else cost
        )

    async def aclose(self) -> None:
        """Closes the connections of the running event loop."""
        for client in self._idle.pop() or ():
            await client.aclose()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[httpx.AsyncClient]:
        """One with a connection that nobody uses, or a new one.

        A client shared by all calls would look at every connection before and after each of
        them: with hundreds at once, httpx would be busy with nothing else.
        """
        idle = self._idle.get()
        client = idle.pop() if idle else self._make_client()
        try:
            yield client
        finally:
            idle.append(client)

    def _make_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            headers=self._headers, transport=self._transport, verify=self._tls or True
        )

    async def _post(
        self, path: str, body: Mapping[str, Any], limit: int, seconds: float
    ) -> tuple[bytes, httpx.Headers]:
        url = self._base + path
        try:
            async with (
                self._client() as client,
                client.stream("POST", url, json=body, timeout=seconds) as it,
            ):
                if it.status_code >= 300:
                    raise await self._refusal(it)
                return await _read(it, limit), it.headers
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise _mapped(error) from error
        except ValueError as error:
            # Floats that JSON doesn't have, lone surrogates in a user's message.
            raise LLMRefused("the request can't be written as JSON in UTF-8.") from error

    async def _refusal(self, response: httpx.Response) -> LLMError:
        try:
            detail = read_error(await _read(response, _ERROR_BYTES))
        except (InvalidAnswer, httpx.HTTPError):
            detail = ""
        return status_error(
            response.status_code,
            retry_after=read_retry_after(response.headers),
            detail=self._without_key(detail),
        )

    def _without_key(self, text: str) -> str:
        key = self._headers.get("authorization", "").removeprefix("Bearer ")
        return scrub(text.replace(key, "(key removed)") if key else text, self._environment)


@functools.cache
def _tls_context() -> ssl.SSLContext:
    """The certificates that are trusted, read once: all endpoints trust the same."""
    return httpx.create_ssl_context()


async def _read(response: httpx.Response, limit: int) -> bytes:
    """The body, given up as soon as it is longer than `limit` bytes.

    Raises:
        InvalidAnswer: it is.
    """
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > limit:
            raise InvalidAnswer(f"the answer is longer than {limit:,} bytes.")
    return bytes(body)


def _mapped(error: Exception) -> LLMError:
    """Our error for one of httpx's; its own words may hold the URL and are left out."""
    if isinstance(error, httpx.TimeoutException):
        return LLMTimeout("no answer in time.")
    if isinstance(error, httpx.ConnectError):
        return LLMUnavailable(_why_not_connected(error))
    if isinstance(error, (httpx.DecodingError, httpx.TooManyRedirects)):
        return InvalidAnswer("the answer's encoding can't be read.")
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return LLMRefused("its api_base is no URL.")
    if isinstance(error, httpx.LocalProtocolError):
        return LLMRefused("the request can't be sent: a header holds what none may.")
    return LLMUnavailable(f"the connection broke ({type(error).__name__}).")


def _why_not_connected(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate isn't trusted ({cause.verify_message})."
        if isinstance(cause, ssl.SSLError):
            return f"it speaks no TLS that this machine accepts ({cause.reason})."
        if isinstance(cause, socket.gaierror):
            return "its host name isn't known (DNS)."
        if isinstance(cause, ConnectionRefusedError):
            return "the connection was refused: nothing listens there."
        cause = cause.__cause__ or cause.__context__
    return "no connection can be made."


def _told_cost(headers: httpx.Headers) -> float | None:
    """US dollars that a LiteLLM proxy has reckoned for the call."""
    try:
        return float(headers["x-litellm-response-cost"])
    except (KeyError, ValueError):
        return None
