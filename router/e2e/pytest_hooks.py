"""What a conftest.py may add to a run of end-to-end tests under pytest.

Each is called for the cases of its folder and of those below:

    # e2e_tests/conftest.py
    def pytest_coexist_before_case(case):
        from actions import database

        database.reset()
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from router.e2e.bots import Bot
    from router.e2e.cases import TestCase
    from router.e2e.results import CaseResult

__all__ = [
    "pytest_coexist_after_case",
    "pytest_coexist_before_case",
    "pytest_coexist_bot",
]


def pytest_coexist_before_case(case: TestCase) -> None:
    """Is called before a case is played; what it raises is the case's error.

    The bot is loaded by then, so that its own modules can be imported.
    """


def pytest_coexist_after_case(case: TestCase, result: CaseResult) -> None:
    """Is called once a case was played, whatever came of it."""


@pytest.hookspec(firstresult=True)  # type: ignore[untyped-decorator]  # as pluggy has it
def pytest_coexist_bot(config_file: Path | None) -> Bot | None:
    """The bot to play with, once for each config.yml; None for the one that options name.

    Args:
        config_file: that of the bot; None if there is none above the test files.
    """
