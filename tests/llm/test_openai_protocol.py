"""What an endpoint sends is read if it's what it should be, and refused if not."""

from __future__ import annotations

import contextlib
import email.utils
import json
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.errors import InvalidAnswer
from router.llm.openai_protocol import read_completion, read_error, read_retry_after, read_vectors


def encoded(data: object) -> bytes:
    return json.dumps(data).encode()


def completion(content: object, **keys: object) -> bytes:
    return encoded({"choices": [{"message": {"content": content}}], **keys})


def test_a_whole_completion():
    body = encoded(
        {
            "model": "gpt",
            "choices": [{"message": {"content": "hé"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1},
        }
    )
    answer = read_completion(body)
    assert (answer.text, answer.model, answer.finish_reason) == ("hé", "gpt", "length")
    assert (answer.prompt_tokens, answer.completion_tokens) == (3, 1)


@pytest.mark.parametrize("usage", [None, [], {"prompt_tokens": "3"}, {"prompt_tokens": -1}, {}])
def test_tokens_that_are_not_counted_are_unknown(usage):
    assert read_completion(completion("hi", usage=usage)).prompt_tokens is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"null", "null rather than an object"),
        (b"3", "a number rather than"),
        (b'"text"', "a text rather than"),
        (encoded({"choices": []}), "no choices"),
        (encoded({"choices": "x"}), "no choices"),
        (encoded({"choices": [None]}), "no choices"),
        (encoded({"choices": [{"text": "old"}]}), "no message"),
        (completion(None), "empty"),
        (completion("\n"), "empty"),
        (completion(["x"]), "no text but a list"),
        (completion({"x": 1}), "no text but an object"),
        (b"[" * 100_000, "isn't JSON"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "JSON"),
        (b"\xff\xfe{", "byte 0 of the answer isn't UTF-8"),
    ],
)
def test_what_is_no_completion(body, words):
    with pytest.raises(InvalidAnswer, match=words):
        read_completion(body)


def test_why_an_answer_is_empty_is_told():
    body = encoded({"choices": [{"message": {"content": ""}, "finish_reason": "content_filter"}]})
    with pytest.raises(InvalidAnswer, match=r"empty \(finish_reason: content_filter\)"):
        read_completion(body)


@given(st.binary())
def test_any_bytes_are_read_or_refused(body):
    for read in (read_completion, lambda data: read_vectors(data, 1)):
        with contextlib.suppress(InvalidAnswer):
            read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "data", "index", "embedding", "usage"]
            ),
            inner,
            max_size=4,
        )
    ),
)


@given(JSON)
def test_any_json_is_read_or_refused(data):
    for read in (read_completion, lambda body: read_vectors(body, 1)):
        with contextlib.suppress(InvalidAnswer):
            read(encoded(data))
    assert isinstance(read_error(encoded(data)), str)


def embeddings(*items: object) -> bytes:
    return encoded({"data": list(items), "model": "e", "usage": {"prompt_tokens": 2}})


def test_vectors_are_sorted_by_their_index():
    body = embeddings({"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2.5]})
    assert read_vectors(body, 2).vectors == ((1.0, 2.5), (3.0, 4.0))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (["x"], "no embeddings"),
        ([], "0 embeddings came for 2 texts"),
        ([{"index": 0, "embedding": [1]}] * 2, "don't say which text"),
        ([{"index": True, "embedding": [1]}, {"index": 0, "embedding": [1]}], "which text"),
        ([{"embedding": [1]}, {"embedding": "x"}], "no list of numbers"),
        ([{"embedding": [1]}, {"embedding": []}], "no list of numbers"),
        ([{"embedding": [1]}, {"embedding": [float("nan")]}], "no list of numbers"),
        ([{"embedding": [1]}, {"embedding": [True]}], "no list of numbers"),
        ([{"embedding": [1]}, {"embedding": [1, 2]}], "differ in length"),
    ],
)
def test_what_are_no_vectors(items, words):
    with pytest.raises(InvalidAnswer, match=words):
        read_vectors(embeddings(*items), 2)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (encoded({"error": {"message": "no  such\nmodel"}}), "no such model"),
        (encoded({"error": "plain"}), "plain"),
        (encoded({"message": "of vLLM"}), "of vLLM"),
        (b"<h1>502</h1>", "<h1>502</h1>"),
        (b"", ""),
        (b"\xff", "\ufffd"),
        (b"x" * 1000, "x" * 500),
    ],
)
def test_what_an_error_says(body, said):
    assert read_error(body) == said


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "3"}, 3),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_how_long_to_wait(headers, seconds):
    assert read_retry_after(httpx.Headers(headers)) == seconds


def test_how_long_to_wait_as_a_date():
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    assert 50 < (read_retry_after({"retry-after": date}) or 0) <= 60
