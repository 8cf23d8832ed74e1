"""Reads what OpenAI-compatible endpoints send, and trusts none of it.

Follows https://platform.openai.com/docs/api-reference/chat and .../embeddings
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from typing import Any

from router.errors import InvalidAnswer
from router.llm.endpoint import Answer, Vectors

__all__ = ["read_completion", "read_error", "read_retry_after", "read_vectors"]

_DETAIL_CHARACTERS = 500


def read_completion(body: bytes) -> Answer:
    """The first choice of a chat completion.

    Raises:
        InvalidAnswer: it isn't UTF-8, JSON or a chat completion, or its text is empty.
    """
    data = _decoded(body)
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise InvalidAnswer("the answer is JSON, but no chat completion: it has no choices.")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise InvalidAnswer("the answer is JSON, but no chat completion: it has no message.")
    text = message.get("content")
    reason = choice.get("finish_reason")
    reason = reason if isinstance(reason, str) else None
    if text is not None and not isinstance(text, str):
        raise InvalidAnswer(f"the answer's content is no text but {_kind(text)}.")
    if not text or not text.strip():
        because = f" (finish_reason: {_short(reason)})" if reason else ""
        raise InvalidAnswer(f"the answer is empty{because}.")
    return Answer(
        text,
        model=_text(data.get("model")),
        prompt_tokens=_tokens(data, "prompt_tokens"),
        completion_tokens=_tokens(data, "completion_tokens"),
        finish_reason=reason,
    )


def read_vectors(body: bytes, expected: int) -> Vectors:
    """The vectors of an embeddings answer, in the order of the texts.

    Raises:
        InvalidAnswer: it isn't UTF-8, JSON or a list of `expected` vectors of one length.
    """
    data = _decoded(body)
    items = data.get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidAnswer("the answer is JSON, but holds no embeddings.")
    if len(items) != expected:
        raise InvalidAnswer(f"{len(items)} embeddings came for {expected} texts.")
    # The order is promised by `index` alone.
    places = [item.get("index", place) for place, item in enumerate(items)]
    if any(type(place) is not int for place in places) or sorted(places) != list(range(expected)):
        raise InvalidAnswer("the embeddings don't say which text they belong to.")
    by_place = dict(zip(places, items, strict=True))
    vectors = tuple(_vector(by_place[place].get("embedding")) for place in range(expected))
    if len({len(vector) for vector in vectors}) > 1:
        raise InvalidAnswer("the embeddings differ in length.")
    return Vectors(vectors, _text(data.get("model")), _tokens(data, "prompt_tokens"))


def read_error(body: bytes) -> str:
    """What an error's body says, shortened; empty if nothing can be made of it."""
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        error = data.get("error", data)
        found = error.get("message") if isinstance(error, dict) else error
        text = found if isinstance(found, str) else text
    return re.sub(r"\s+", " ", text).strip()[:_DETAIL_CHARACTERS]


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms`, or `Retry-After` as seconds or as a date.

    `headers` finds names in any case, as those of httpx do (RFC 9110, 10.2.3).
    """
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) / unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return max(0.0, date.timestamp() - time.time())
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidAnswer(f"byte {error.start} of the answer isn't UTF-8.") from error
    if not text.strip():
        raise InvalidAnswer("the answer is empty.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        # The error's own text may quote the answer.
        raise InvalidAnswer("the answer isn't JSON.") from error
    if not isinstance(data, dict):
        raise InvalidAnswer(f"the answer is JSON, but {_kind(data)} rather than an object.")
    return data


def _vector(value: Any) -> tuple[float, ...]:
    numbers = isinstance(value, list) and all(type(item) in (int, float) for item in value)
    if not numbers or not value or not all(math.isfinite(item) for item in value):
        raise InvalidAnswer("an embedding is no list of numbers.")
    return tuple(float(item) for item in value)


def _tokens(data: Mapping[str, Any], name: str) -> int | None:
    usage = data.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if type(count) is int and count >= 0 else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _short(value: str) -> str:
    return re.sub(r"[^\w-]", "", value)[:40]


def _kind(value: Any) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", bool: "a bool", type(None): "null"}
    return kinds.get(type(value), "a number")
