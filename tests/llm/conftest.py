"""What tests of language models share: a fake server, a key, and no proxy between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from llm_clients import KEY

from router.llm import FakeServer
from router.llm.building import _shared


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("TEST_LLM_KEY", KEY)
    _shared.clear()


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    """`serve("answer", {"status": 500}, ...)`: a running server with that script."""
    with ExitStack() as stack:
        yield lambda *script, **keys: stack.enter_context(FakeServer(script, **keys))
