"""The judge of a suite whose models are recorded, replayed or live: asked as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from router.e2e.assertions.base import Judge
from router.e2e.cases import TestCase
from router.e2e.judge import judge_from
from router.llm.suite_answers import ConversationAnswers, SuiteAnswers

__all__ = ["CaseJudge", "case_judges"]


@dataclass(frozen=True)
class CaseJudge:
    """A judge whose grades are in a case's cassette, beside what the assistant's models say."""

    judge: Judge
    answers: ConversationAnswers

    async def grade(self, question: str) -> float:
        """As the judge; raises `NotRecorded` where a replayed cassette has no grade."""
        with self.answers.turn():
            return await self.judge.grade(question)


def case_judges(
    answers: SuiteAnswers | None, endpoints: Path, group: str | None = None
) -> Callable[[TestCase], Judge] | None:
    """What gives a case's judge; None if none is configured.

    Tests can't say grades: with scripted answers there's no judge unless one is named, which
    then is asked as it is.

    Args:
        answers: how the assistant's models answer; None if they are a server's.
        endpoints: the file whose `model_groups` count; it may be missing.
        group: the id of the judge's; by default `judge`, if there is one.

    Raises:
        InvalidConfig: there's no such group, or it can't be read.
    """
    if answers is not None and answers.mode != "scripted":
        with answers.clients():
            judge = judge_from(endpoints, group)
        if judge is None:
            return None
        return lambda case: CaseJudge(judge, answers.conversation(Path(case.file)))
    live = judge_from(endpoints, group) if answers is None or group is not None else None
    return None if live is None else lambda case: live
