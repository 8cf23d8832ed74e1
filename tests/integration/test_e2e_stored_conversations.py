"""Conversations in a tracker store become tests; the store stays as it was."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from router.cli.e2e_conversations import from_conversations
from router.e2e.reading import read_suite
from router.errors import InvalidConfig

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(talk: Any, mini_agent: Any, tmp_path: Path) -> Path:
    """A store that holds a conversation with both systems, and one of another server's."""
    from rasa.core.tracker_store import SQLTrackerStore

    for text in ("hello", "transfer money", "Anna", "20", "yes", "give feedback", "it was great"):
        await talk(text)
    path = tmp_path / "rasa.db"
    store = SQLTrackerStore(mini_agent.domain, dialect="sqlite", db=str(path))
    await store.save(await talk.tracker())
    store.engine.dispose()
    said = {"event": "user", "text": "write to max@gmx.de", "parse_data": {"intent": {}}}
    with sqlite3.connect(path) as connection:
        for event in (said, {"event": "flow_started", "flow_id": "unknown to Rasa 3.6"}):
            row = ("another", event["event"], 1.0, json.dumps(event))
            sql = "INSERT INTO events (sender_id, type_name, timestamp, data) VALUES (?, ?, ?, ?)"
            connection.execute(sql, row)
    connection.close()
    return path


@pytest.fixture
def stored_case(database: Path, talk: Any, tmp_path: Path) -> Path:
    """The case that the conversation becomes."""
    out = tmp_path / "test_stored.yml"
    result = converted("--url", f"sqlite:///{database}", "--id", talk.sender, "--out", out)
    assert result.exit_code == 0, result.output
    return out


def converted(*arguments: object) -> Result:
    return CliRunner().invoke(from_conversations, list(map(str, arguments)))


def test_a_stored_conversation_becomes_a_case_of_all_that_happened(
    database: Path, talk: Any, tmp_path: Path
) -> None:
    before = database.read_bytes()
    out = tmp_path / "test_out.yml"
    arguments = ["--url", f"sqlite:///{database}", "--id", talk.sender, "--out", out]
    result = converted(*arguments)
    assert result.exit_code == 0, result.output
    [case] = read_suite([out]).cases
    found = [
        (turn.user, [check.text for check in turn.checks if check.name != "slot_was_set"])
        for turn in case.turns
    ]
    assert found[0] == (
        "hello",
        ["routed_to: nlu_once", 'bot_uttered: {"utter_name": "utter_greet"}'],
    )
    assert found[1][1][:2] == ["routed_to: calm", "flow_started: transfer_money"]
    assert 'flow_completed: {"flow_id": "transfer_money"}' in found[4][1]
    assert found[4][1][-1] == "routing_reset: true"
    assert found[5][1][0] == "routed_to: nlu"
    assert found[6][1][-1] == "routing_reset: true"
    [slots] = [check.text for check in case.turns[2].checks if check.name == "slot_was_set"]
    assert "Anna" in slots
    assert database.read_bytes() == before


def test_the_store_of_an_endpoints_file_is_read_row_by_row(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_FILE", str(database))
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(
        "tracker_store:\n  type: SQL\n  dialect: sqlite\n  db: ${DB_FILE}\n", encoding="utf-8"
    )
    result = converted(endpoints, "--checks", "texts")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("- test_case:") == 2
    assert "- user: write to person" in result.stdout
    assert "gmx" not in result.output


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tracker_store: {type: SQL, dialect: sqlite, db: none.db}", "no database 'none.db'"),
        ("tracker_store: {type: SQL, dialect: sqlite, db: empty.db}", "no table `events`"),
        (
            "tracker_store: {type: SQL, dialect: postgresql, url: 127.0.0.1, port: 1, "
            "username: me, password: secret}",
            "can't be read: .*127.0.0.1",
        ),
        ("tracker_store: {type: nowhere.Store}", "keeps nothing"),
        ("tracker_store: {type: redis, url: 127.0.0.1, port: 1}", "can't be read: .*refused"),
        ("action_endpoint: {url: x}", "It has no `tracker_store`"),
        ("tracker_store: {", "can't be read"),
        (None, "isn't there"),
    ],
)
def test_a_store_that_cannot_be_read_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, words: str
) -> None:
    from router.rasa.stored_conversations import open_store

    monkeypatch.chdir(tmp_path)
    sqlite3.connect("empty.db").close()
    endpoints = Path("endpoints.yml")
    if text is not None:
        endpoints.write_text(text, encoding="utf-8")

    async def read() -> list[str]:
        return await open_store(endpoints).sender_ids()

    with pytest.raises(InvalidConfig, match=words) as caught:
        asyncio.run(read())
    assert "secret" not in str(caught.value)
    assert not Path("none.db").exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [("nonsense", "isn't the URL of a database"), ("nonsense://x", "can't be read: Can't load")],
)
def test_what_is_no_url_is_refused(url: str, words: str) -> None:
    from router.rasa.stored_conversations import open_store

    with pytest.raises(InvalidConfig, match=words):
        open_store(url=url)


async def test_what_was_written_of_a_stored_conversation_holds_when_it_is_played(
    stored_case: Path, mini_bot: Path
) -> None:
    from router.e2e.in_process_bot import load_bot
    from router.e2e.options import RunOptions
    from router.e2e.running import run_cases

    bot = await load_bot(mini_bot)
    [played] = await run_cases(read_suite([stored_case]).cases, bot, RunOptions())
    await bot.close()
    assert played.result.last is not None
    checks = [check for turn in played.result.last.turns for check in turn.checks]
    assert [(check.expected, check.got) for check in checks if check.status != "passed"] == []
    assert len(checks) >= 15
    assert played.result.status == "passed"
