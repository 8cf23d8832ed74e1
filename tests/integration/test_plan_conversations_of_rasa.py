"""What Rasa itself stores, read by the planner."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from router.planner.conversations import analyse, open_source
from router.planner.model import SkillTraffic

pytestmark = pytest.mark.integration


def store_at(path: Path, domain: Any = None) -> Any:
    from rasa.core.tracker_store import SQLTrackerStore
    from rasa.shared.core.domain import Domain

    return SQLTrackerStore(domain or Domain.empty(), dialect="sqlite", db=str(path))


def test_forms_questions_and_restarts_as_rasa_stores_them(tmp_path: Path) -> None:
    from rasa.shared.core import events
    from rasa.shared.core.trackers import DialogueStateTracker

    def said(intent: str) -> Any:
        return events.UserUttered("text", {"name": intent, "confidence": 0.9})

    def asked() -> list[Any]:
        utterance = events.BotUttered("how much?", metadata={"utter_action": "utter_ask_amount"})
        return [events.SlotSet("requested_slot", "amount"), utterance]

    told = [
        *(events.ActionExecuted("action_session_start"), events.SessionStarted()),
        *(events.ActionExecuted("action_listen"), said("transfer")),
        *(events.ActionExecuted("transfer_form"), events.ActiveLoop("transfer_form"), *asked()),
        *(said("balance"), events.ActionExecuted("utter_balance"), events.BotUttered("20")),
        *(events.ActionExecuted("transfer_form"), *asked()),
        *(said("inform"), events.ActionExecuted("transfer_form"), *asked()),
        *(events.ActiveLoop(None), events.SlotSet("requested_slot", None)),
        *(said("nlu_fallback"), events.ActionExecuted("action_default_fallback")),
        *(said("balance"), events.Restarted()),
    ]
    path = tmp_path / "rasa.db"
    store = store_at(path)
    asyncio.run(store.save(DialogueStateTracker.from_events("someone", told)))
    store.engine.dispose()
    with open_source(f"sqlite:///{path}") as source:
        traffic = analyse(source, {"transfer": "transfer", "balance": "balance"})
    assert (traffic.conversations, traffic.turns) == (1, 5)
    assert traffic.interruptions == {("transfer", "balance"): 1}
    assert traffic.skills == {
        "balance": SkillTraffic(1, 2, restarts=1),
        "transfer": SkillTraffic(1, 1, repeated_questions=1),
    }


async def test_a_conversation_with_both_systems(talk: Any, mini_agent: Any, tmp_path: Path) -> None:
    for text in ("give feedback", "it was great", "transfer money", "add a contact", "Ben"):
        await talk(text)
    for text in ("stop", "give feedback"):
        await talk(text)
    tracker = await talk.tracker()
    path = tmp_path / "rasa.db"
    store = store_at(path, mini_agent.domain)
    await store.save(tracker)
    store.engine.dispose()
    exported = tmp_path / "exported.jsonl"
    lines = [
        json.dumps({"sender_id": tracker.sender_id, **event.as_dict()}) for event in tracker.events
    ]
    exported.write_text("\n".join(lines), encoding="utf-8")
    skills = {"feedback": "feedback", "opinion": "feedback"}
    flows = {"transfer_money": "transfer", "add_contact": "contacts"}
    seen = []
    for target in (f"sqlite:///{path}", str(exported)):
        with open_source(target) as source:
            seen.append(analyse(source, skills, flows=flows))
    assert seen[0] == seen[1]
    assert seen[0].turns == 7
    assert seen[0].interruptions == {("transfer", "contacts"): 1}
    assert seen[0].successions.keys() == {
        ("feedback", "transfer"),
        ("transfer", "contacts"),
        ("contacts", "feedback"),
    }
    assert seen[0].handoffs == {("feedback", "transfer"): 1, ("contacts", "feedback"): 1}
