"""Asks any provider that LiteLLM knows, in process (https://docs.litellm.ai)."""

from __future__ import annotations

import asyncio
import functools
import importlib
import logging
import math
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from router.errors import InvalidAnswer, LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from router.llm.client import Message
from router.llm.configuration import Limits, ModelConfig
from router.llm.endpoint import Answer, Vectors, status_error
from router.llm.openai_protocol import read_retry_after
from router.llm.secrets import resolve, scrub

__all__ = ["LiteLLMEndpoint"]

# Where Rasa's names of providers differ from LiteLLM's.
_PROVIDERS = {"self-hosted": "hosted_vllm"}
_DETAIL_CHARACTERS = 500
_import_lock = threading.Lock()


class LiteLLMEndpoint:
    """An `Endpoint` over LiteLLM, which is imported by `load` and not before.

    LiteLLM keeps the connections itself, and reads whole answers into memory: their length
    is checked afterwards.
    """

    def __init__(
        self,
        config: ModelConfig,
        limits: Limits | None = None,
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Asks the endpoint of `config`.

        Args:
            config: keys that aren't ours go to LiteLLM as they are.
            limits: of which the bytes are obeyed here.
            environment: where variables are looked up; `os.environ` by default.

        Raises:
            MissingVariable: `config` names a variable that isn't set.
        """
        self._config = config
        self._limits = limits or Limits()
        self._environment = environment
        provider = _PROVIDERS.get(config.provider, config.provider)
        parameters = resolve(config.parameters, environment)
        parameters.pop("deployment", None)
        self._parameters: dict[str, Any] = parameters
        self._call: dict[str, Any] = {"model": f"{provider}/{resolve(config.model, environment)}"}
        if config.api_base is not None:
            self._call["api_base"] = resolve(config.api_base, environment)
        if config.api_key is not None:
            self._call["api_key"] = resolve(config.api_key, environment)
        self._litellm: Any = None

    def __repr__(self) -> str:
        return f"LiteLLMEndpoint({self.name!r}, model={self.model!r})"

    @property
    def name(self) -> str:
        """Provider and host."""
        base = self._call.get("api_base")
        return self._config.model_copy(update={"api_base": base}).endpoint

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
        """Whether LiteLLM is imported."""
        return self._litellm is not None

    def load(self) -> None:
        """Imports LiteLLM: several seconds.

        Raises:
            LLMRefused: it isn't installed.
        """
        with _import_lock:
            self._litellm = _import_litellm()

    async def complete(self, messages: Sequence[Message], seconds: float) -> Answer:
        """As `Endpoint.complete`."""
        arguments = {**self._call, **self._parameters, "messages": list(messages)}
        response = await self._ask("acompletion", arguments)
        try:
            choice = response.choices[0]
            text, reason = choice.message.content, choice.finish_reason
        except (AttributeError, IndexError, TypeError) as error:
            raise InvalidAnswer("the answer has no choices.") from error
        if not isinstance(text, str) or not text.strip():
            raise InvalidAnswer("the answer is empty.")
        if len(text.encode("utf-8", "replace")) > self._limits.completion_bytes:
            limit = self._limits.completion_bytes
            raise InvalidAnswer(f"the answer is longer than {limit:,} bytes.")
        read, written = _tokens(response, "prompt_tokens"), _tokens(response, "completion_tokens")
        cost = self._config.cost(read, written)
        return Answer(
            text,
            model=str(getattr(response, "model", "") or ""),
            prompt_tokens=read,
            completion_tokens=written,
            cost=_listed_cost(response) if cost is None else cost,
            finish_reason=reason if isinstance(reason, str) else None,
        )

    async def embed(self, texts: Sequence[str], seconds: float) -> Vectors:
        """As `Endpoint.embed`."""
        own = {"temperature", "max_tokens", "logit_bias"}
        keys = {name: value for name, value in self._parameters.items() if name not in own}
        arguments = {**self._call, **keys, "input": list(texts)}
        response = await self._ask("aembedding", arguments)
        try:
            items = [dict(item) for item in response.data]
            items.sort(key=lambda item: item["index"])
            vectors = tuple(tuple(float(n) for n in item["embedding"]) for item in items)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidAnswer("the answer holds no embeddings.") from error
        if len(vectors) != len(texts):
            raise InvalidAnswer(f"{len(vectors)} embeddings came for {len(texts)} texts.")
        if not all(math.isfinite(number) for vector in vectors for number in vector):
            raise InvalidAnswer("an embedding is no list of numbers.")
        read = _tokens(response, "prompt_tokens")
        cost = self._config.cost(read, 0)
        return Vectors(
            vectors,
            model=str(getattr(response, "model", "") or ""),
            prompt_tokens=read,
            cost=_listed_cost(response) if cost is None else cost,
        )

    async def aclose(self) -> None:
        """Does nothing: LiteLLM's connections belong to all who use it in the process."""

    async def _ask(self, function: str, arguments: Mapping[str, Any]) -> Any:
        if self._litellm is None:
            await asyncio.to_thread(self.load)
        try:
            return await getattr(self._litellm, function)(
                **arguments,
                # LiteLLM makes a new client, with connections of its own, for each time-out it
                # is given; what is left of the deadline is enforced by the caller.
                timeout=self._config.timeout,
                # The rounds of a group are the only retries, or a deadline would mean nothing.
                num_retries=0,
                max_retries=0,
                drop_params=True,
            )
        except LLMError:
            raise
        except Exception as error:
            # LiteLLM raises whatever the code of a provider does.
            raise self._mapped(error) from error

    def _mapped(self, error: Exception) -> LLMError:
        key = self._call.get("api_key")
        detail = str(error).replace(key, "(key removed)") if key else str(error)
        detail = scrub(detail, self._environment)[:_DETAIL_CHARACTERS]
        # By names, for LiteLLM, the OpenAI client and httpx each have their own classes.
        own = {kind.__name__ for kind in type(error).__mro__}
        all_names = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
        if own & {"APITimeoutError", "TimeoutError"}:
            return LLMTimeout("no answer in time.", detail=detail)
        if all_names & {"APIResponseValidationError", "JSONDecodeError", "UnicodeDecodeError"}:
            return InvalidAnswer("the answer can't be read.", detail=detail)
        if "HTTPStatusError" not in all_names and all_names & {"TransportError", "ClientError"}:
            return LLMUnavailable("no connection, or it broke.", detail=detail)
        status = getattr(error, "status_code", None)
        if not isinstance(status, int) or status < 300:
            return LLMUnavailable(f"LiteLLM failed ({type(error).__name__}).", detail=detail)
        if status == 500 and "HTTPStatusError" not in all_names and "HTTPError" not in all_names:
            # What no server sent: LiteLLM's own word for JSON that is no completion.
            return InvalidAnswer("the answer can't be read.", detail=detail)
        headers: Any = getattr(error, "litellm_response_headers", None) or {}
        wait = read_retry_after(headers)
        return status_error(status, retry_after=wait, detail=detail)


@functools.cache
def _import_litellm() -> Any:
    """LiteLLM, made quiet: no log lines, no reports, no download of a price list, no `.env`."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")
    wanted = os.environ.setdefault("LITELLM_LOG", "CRITICAL")
    try:
        litellm: Any = importlib.import_module("litellm")
    except ModuleNotFoundError as error:
        raise LLMRefused(
            "this provider needs LiteLLM, which isn't installed: install "
            "rasa-coexistence[llm], or write `client: http` if the endpoint speaks OpenAI's "
            "protocol."
        ) from error
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.drop_params = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logging.getLogger(name).setLevel(wanted.upper())
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _first_call(litellm)).result()
    return litellm


async def _first_call(litellm: Any) -> None:
    """Answered by LiteLLM itself: makes it import what it would during a user's first turn."""
    message = {"role": "user", "content": "hello"}
    await litellm.acompletion(model="openai/any", messages=[message], mock_response="hello")
    openai = importlib.import_module("openai")
    assert openai.AsyncOpenAI(api_key="none").chat.completions


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, what caused that, ..."""
    cause: BaseException | None = error
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__


def _tokens(response: Any, name: str) -> int | None:
    count = getattr(getattr(response, "usage", None), name, None)
    return count if type(count) is int and count >= 0 else None


def _listed_cost(response: Any) -> float | None:
    """US dollars by LiteLLM's price list; None for a model that isn't in it."""
    hidden = getattr(response, "_hidden_params", None)
    cost = hidden.get("response_cost") if isinstance(hidden, Mapping) else None
    return float(cost) if isinstance(cost, (int, float)) else None
