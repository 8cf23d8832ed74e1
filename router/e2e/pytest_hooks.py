"""What a conftest.py may add to a run of end-to-end tests under pytest.

Each is called for the cases of its folder and of those below:

    # e2e_tests/conftest.py
    def coexist_before_case(case):
        database.reset()
"""

from __future__ import annotations

from pathlib import Path

import pytest

from router.e2e.bots import Bot
from router.e2e.cases import TestCase
from router.e2e.results import CaseResult

__all__ = ["coexist_after_case", "coexist_before_case", "coexist_bot"]


@pytest.hookspec
def coexist_before_case(case: TestCase) -> None:
    """Is called before a case is played; what it raises is the case's error."""


@pytest.hookspec
def coexist_after_case(case: TestCase, result: CaseResult) -> None:
    """Is called once a case was played, whatever came of it."""


@pytest.hookspec(firstresult=True)
def coexist_bot(config_file: Path | None) -> Bot | None:
    """The bot to play with, once for each config.yml; None for the one that options name.

    Args:
        config_file: that of the bot; None if there is none above the test files.
    """
