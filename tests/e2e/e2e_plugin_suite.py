"""A suite for pytest, and its bot, which was never trained."""

from __future__ import annotations

from pathlib import Path

import pytest

# A bot that says what it hears, in capitals.
CONFTEST = """
from router.e2e.observed import ObservedTurn


class Parrot:
    async def begin(self, case, sender_id):
        return self

    async def open(self):
        return ObservedTurn("")

    async def say(self, turn):
        if turn.user == "silence":
            raise RuntimeError("nothing to say")
        said = {"event": "bot", "text": turn.user.upper()}
        return ObservedTurn(turn.user, ({"event": "user", "text": turn.user}, said))

    async def so_far(self, turn):
        return None

    async def close(self):
        pass


def pytest_coexist_bot(config_file):
    print("LOADED")
    return Parrot()
"""
CASES = """
test_cases:
  - test_case: a loud hello
    tags: [smoke, two-words]
    steps:
      - user: hello
      - bot: HELLO
  - test_case: a quiet hello
    steps:
      - user: hello
      - bot: hello
"""


def write(file: Path, text: str) -> None:
    """Writes a file and the folders around it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def hello_suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of cases, and the bot for them."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio")  # it warns where it isn't set up
    pytester.makeconftest(CONFTEST)
    write(pytester.path / "e2e_tests" / "test_hello.yml", CASES)
    return pytester
