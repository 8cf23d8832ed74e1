"""All that passing cases exercised of a bot."""

from __future__ import annotations

from collections.abc import Sequence

from router.checks.project import Project
from router.e2e.cases import TestCase
from router.e2e.coverage.dialogues import dialogue_areas
from router.e2e.coverage.file_places import FilePlaces
from router.e2e.coverage.flows import flow_areas
from router.e2e.coverage.handoffs import handoffs, skills_of
from router.e2e.coverage.model import Coverage
from router.e2e.coverage.names import name_areas
from router.e2e.observed import ObservedTurn

__all__ = ["measure"]


def measure(
    played: Sequence[tuple[TestCase, Sequence[ObservedTurn]]], project: Project
) -> Coverage:
    """What of the bot's files these cases exercised, in the order of the files.

    Args:
        played: the cases that passed, with the turns of their last attempt.
        project: the bot's files.
    """
    assistant, places = project.assistant(), FilePlaces.of(project)
    return Coverage(
        areas={
            **flow_areas(played, project, assistant),
            **dialogue_areas(played, project, places),
            **name_areas(played, project, places),
        },
        handoffs=handoffs(played, skills_of(project, assistant), assistant),
    )
