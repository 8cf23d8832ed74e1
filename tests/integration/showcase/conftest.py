"""The showcase bot, served once for all tests about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

pytest.register_assert_rewrite("showcase_rest")

from showcase_rest import ShowcaseServer, Talk  # noqa: E402 - its assertions are tests, too


@pytest.fixture(scope="session")
def showcase(showcase_bot: Path) -> Iterator[ShowcaseServer]:
    """The bot, served over HTTP."""
    server = ShowcaseServer(showcase_bot)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def talk(showcase: ShowcaseServer) -> Talk:
    """A conversation that nobody had before."""
    return Talk(showcase, uuid4().hex)
