"""What the benchmark of many conversations measures is as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.many_conversations import planted, sessions_of, skills_of
from benchmarks.plan_conversations import measure

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the conversations (SGD) aren't here")


def test_a_small_run_finds_what_was_planted_and_takes_less_than_the_large_one_may() -> None:
    seconds, gigabytes = measure(DATA, 2000)
    assert seconds.holds
    assert gigabytes.holds
    assert "2,000 conversations" in seconds.note


def test_one_conversation_in_ten_is_interrupted_if_it_can_be() -> None:
    sessions = sessions_of(DATA)
    able = [tasks for tasks in sessions if len(tasks) > 1 and tasks[0][1] > 1]
    different = [tasks for tasks in able if tasks[0][0] != tasks[1][0]]
    assert sum(planted(DATA, 10 * len(sessions)).values()) == len(different)
    assert sum(planted(DATA, 5).values()) <= 5
    assert {skill for pair in planted(DATA, 8000) for skill in pair} <= set(skills_of(DATA))
