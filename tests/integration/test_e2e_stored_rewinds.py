"""What Rasa took back stays in the case made of its own store: a rewound turn was said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli.e2e_conversations import from_conversations
from router.e2e.reading import read_suite

pytestmark = pytest.mark.integration


@pytest.fixture
async def store(tmp_path: Path) -> str:
    """The URL of a store with a conversation in which the fallback took a message back."""
    from rasa.core.tracker_store import SQLTrackerStore
    from rasa.shared.core.domain import Domain
    from rasa.shared.core.events import (
        ActionExecuted,
        ActionExecutionRejected,
        BotUttered,
        SlotSet,
        UserUtteranceReverted,
        UserUttered,
    )
    from rasa.shared.core.trackers import DialogueStateTracker

    def said(text: str) -> UserUttered:
        return UserUttered(text, {"name": "inform", "confidence": 1.0})

    def answered(utter: str) -> BotUttered:
        return BotUttered(utter, metadata={"utter_action": utter})

    path = tmp_path / "rasa.db"
    domain = Domain.from_dict({"slots": {"topic": {"type": "text", "mappings": []}}})
    store = SQLTrackerStore(domain, dialect="sqlite", db=str(path))
    tracker = DialogueStateTracker("me", domain.slots)
    for event in (
        *(said("book a table"), answered("utter_ask_people"), ActionExecuted("action_listen")),
        *(said("when are you open"), SlotSet("topic", "hours")),
        *(ActionExecutionRejected("table_form"), ActionExecuted("action_default_fallback")),
        *(answered("utter_default"), UserUtteranceReverted(), ActionExecuted("action_listen")),
        *(said("4"), answered("utter_booked"), ActionExecuted("action_listen")),
    ):
        tracker.update(event)
    await store.save(tracker)
    store.engine.dispose()
    return f"sqlite:///{path}"


def test_the_case_of_an_sql_store_has_the_turns_that_were_taken_back(
    store: str, tmp_path: Path
) -> None:
    out = tmp_path / "test_stored.yml"
    arguments = ["--url", store, "--checks", "responses", "--out", str(out)]
    result = CliRunner().invoke(from_conversations, arguments)
    assert result.exit_code == 0, result.output
    [case] = read_suite([out]).cases
    assert [(turn.user, [check.text for check in turn.checks]) for turn in case.turns] == [
        ("book a table", ["utter: utter_ask_people"]),
        ("when are you open", ["utter: utter_default"]),
        ("4", ["utter: utter_booked"]),
    ]
