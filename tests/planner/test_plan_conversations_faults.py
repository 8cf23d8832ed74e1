from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from plan_conversation_events import (
    SESSION,
    did,
    form,
    rows,
    said,
    slot,
    timed,
    write_lines,
    write_parquet,
    write_sqlite,
)

from router.errors import InvalidConfig
from router.planner.conversations import analyse, open_source
from router.planner.model import SkillTraffic, Traffic

SKILLS = {"transfer": "transfer", "balance": "balance"}
TALKS = {"a": [SESSION, said("transfer"), form("f"), said("balance")]}


def traffic_of(target: str, **more: object) -> Traffic:
    with open_source(target) as source:
        return analyse(source, SKILLS, **more)  # type: ignore[arg-type]


def endpoints(folder: Path, text: str) -> str:
    path = folder / "endpoints.yml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["rasa.db", "events.parquet"])
@pytest.mark.parametrize("left", [0, 10, 2000])
def test_a_corrupt_store_is_one_clear_error(name: str, left: int, tmp_path: Path) -> None:
    path = tmp_path / name
    many = {str(number): TALKS["a"] for number in range(100)}
    write = write_sqlite if name == "rasa.db" else write_parquet
    target = write(rows(many), path)
    path.write_bytes(path.read_bytes()[:left] + b"\0garbage" * 400)
    with pytest.raises(InvalidConfig, match=f"{name}.*error") as caught:
        traffic_of(target)
    assert len(caught.value.problems) == 1


def test_a_page_of_a_database_that_is_garbage_is_one_clear_error(tmp_path: Path) -> None:
    many = {str(number): TALKS["a"] for number in range(500)}
    target = write_sqlite(rows(many), tmp_path / "rasa.db")
    content = bytearray((tmp_path / "rasa.db").read_bytes())
    content[-20_000:] = b"\xff" * 20_000
    (tmp_path / "rasa.db").write_bytes(content)
    with pytest.raises(InvalidConfig, match=r"can't be read: .*malformed"):
        traffic_of(target)


def test_a_store_of_another_schema_is_refused_with_its_columns(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE events (id INTEGER, sender_id TEXT, kind TEXT, body TEXT)")
    connection.close()
    with pytest.raises(InvalidConfig) as caught:
        open_source(f"sqlite:///{tmp_path}/other.db")
    [problem] = caught.value.problems
    assert "no `type_name`, `timestamp`, `intent_name`, `action_name`" in problem.message
    assert "they have `id`, `sender_id`, `kind`, `body`" in problem.message
    assert "sender_id, type_name, timestamp" in problem.advice
    with pytest.raises(InvalidConfig, match="no table `talks`"):
        open_source(f"sqlite:///{tmp_path}/other.db?table=talks")


def test_a_table_may_have_another_name_and_names_in_capitals(tmp_path: Path) -> None:
    target = write_sqlite(rows(TALKS), tmp_path / "rasa.db")
    with sqlite3.connect(tmp_path / "rasa.db") as connection:
        connection.execute("ALTER TABLE events RENAME TO conversations")
        connection.execute("ALTER TABLE conversations RENAME COLUMN sender_id TO SENDER_ID")
    connection.close()
    assert traffic_of(f"{target}?table=conversations").interruptions
    with pytest.raises(InvalidConfig, match="no table `events`"):
        open_source(target)


def test_a_database_is_left_as_it_is_and_none_is_made(tmp_path: Path) -> None:
    target = write_sqlite(rows(TALKS), tmp_path / "rasa.db")
    before = (tmp_path / "rasa.db").read_bytes()
    assert traffic_of(target).conversations == 1
    assert (tmp_path / "rasa.db").read_bytes() == before
    with pytest.raises(InvalidConfig, match=r"There is no database .*none\.db"):
        open_source(f"sqlite:///{tmp_path}/none.db")
    assert [path.name for path in tmp_path.iterdir()] == ["rasa.db"]


def test_two_slashes_before_a_file_are_told_to_be_three() -> None:
    with pytest.raises(InvalidConfig, match=r"Write three slashes .*\(sqlite:///tracker\.db\)"):
        open_source("sqlite://tracker.db")


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_postgres_that_cannot_be_reached_is_refused_soon_without_its_password(
    tmp_path: Path, silent_server: int
) -> None:
    pytest.importorskip("psycopg")
    store = "tracker_store: {type: SQL, dialect: postgresql, url: 127.0.0.1, db: rasa, "
    login = f"port: {silent_server}, username: me, password: s3cret/word}}"
    for target in (
        "postgresql://me:s3cret%2Fword@127.0.0.1:1/rasa",
        f"postgres://me:s3cret%2Fword@127.0.0.1:{silent_server}/rasa",
        endpoints(tmp_path, store + login),
    ):
        started = time.monotonic()
        with pytest.raises(InvalidConfig, match=r"127\.0\.0\.1") as caught:
            open_source(target)
        assert time.monotonic() - started < 30
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nonsense://me:geheim@x/y", "Don't know how to connect|nonsense"),
        ("mysql://me:geheim@127.0.0.1:1/y", "mysql"),
        ("none.jsonl", "There is no such file or folder"),
        ("empty", "The folder has no conversations"),
        ("events.txt", r"A file '\.txt' isn't read"),
        ("none.yml", "can't be read"),
    ],
)
def test_what_is_no_source_is_refused(
    target: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("events.txt").touch()
    with pytest.raises(InvalidConfig, match=words) as caught:
        open_source(target)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("action_endpoint: {url: x}", "1:1: .*no `tracker_store`"),
        ("tracker_store:\n  type: redis\n  url: x", "2:.*'redis' isn't read.*rasa export"),
        ("tracker_store: {type: SQL, dialect: sqlite, db: none.db}", "no database 'none.db'"),
        ("tracker_store: {type: SQL, db: '${NOT_THERE}'}", "no NOT_THERE"),
        ("tracker_store: {", "endpoints.yml:"),
    ],
)
def test_an_endpoints_file_without_a_readable_store_says_why(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(InvalidConfig, match=words):
        open_source(endpoints(tmp_path, text))


@pytest.mark.parametrize(
    "store", ["db: ${STORE}", "url: 'sqlite:///${STORE}'", "dialect: sqlite\n  db: ${STORE}"]
)
def test_the_store_of_an_endpoints_file_is_read(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sqlite(rows(TALKS), tmp_path / "rasa 1.db")
    monkeypatch.setenv("STORE", str(tmp_path / "rasa 1.db"))
    target = endpoints(tmp_path, f"tracker_store:\n  type: sql\n  {store}\n")
    assert traffic_of(target).interruptions == {("transfer", "balance"): 1}


def test_an_empty_store_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    for target in (
        write_sqlite([], tmp_path / "rasa.db"),
        write_parquet([], tmp_path / "e.parquet"),
        str(tmp_path / "none.jsonl"),
        write_sqlite(rows({"a": [SESSION]}), tmp_path / "idle.db"),
    ):
        traffic = traffic_of(target)
        assert (traffic.conversations, traffic.turns) == (0, 0)
        assert traffic.skills["transfer"] == SkillTraffic()
        assert traffic.reasons == ("There are no conversations: no event is a message of a user.",)


def test_a_bot_without_skills_still_has_conversations(tmp_path: Path) -> None:
    with open_source(write_sqlite(rows(TALKS), tmp_path / "rasa.db")) as source:
        traffic = analyse(source, {})
    assert (traffic.conversations, traffic.turns, dict(traffic.skills)) == (1, 2, {})


def test_conversations_cut_in_the_middle_are_counted_and_used(tmp_path: Path) -> None:
    whole = [SESSION, said("transfer"), form("f"), said("balance"), form(None), said("transfer")]
    cuts = {str(n): whole[n:] for n in range(len(whole))}
    cuts |= {f"head {n}": whole[:n] for n in range(1, len(whole))}
    traffic = traffic_of(write_sqlite(rows(cuts), tmp_path / "rasa.db"))
    assert traffic.reasons == (
        "The beginning of 2 conversations is missing: what they were about isn't known.",
    )
    assert traffic.conversations == 10
    assert traffic.interruptions == {("transfer", "balance"): 4}


def test_intents_that_the_bot_does_not_have_are_counted(tmp_path: Path) -> None:
    said_ = ["odd", "odd", "strange", "thanks", "transfer", "nlu_fallback", *map(str, range(20))]
    target = write_sqlite(rows({"a": [said(intent) for intent in said_]}), tmp_path / "rasa.db")
    assert traffic_of(target, intents=["thanks"]).reasons == (
        "23 messages have intents that the bot doesn't have: odd (2), 0 (1), 1 (1), 10 (1), "
        "11 (1), 12 (1), 13 (1), 14 (1), 15 (1), 16 (1) and 12 more.",
    )
    assert traffic_of(target).reasons == ()


def test_lines_that_cannot_be_read_are_counted_and_the_rest_stands(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_lines(TALKS, path)
    broken = ['{"sender_id": "a", "eve', "[]", "12", '"text"', "", '{"events": 3}', "null"]
    path.write_text("\n".join([*broken, path.read_text(encoding="utf-8")]), encoding="utf-8")
    traffic = traffic_of(str(path))
    assert traffic.interruptions == {("transfer", "balance"): 1}
    [reason] = traffic.reasons
    assert "events have no sender, or can't be read" in reason


def test_json_that_is_no_event_does_no_harm(tmp_path: Path) -> None:
    odd = [
        {"event": "user", "parse_data": {"intent": None}},
        {"event": "user", "parse_data": {"intent": {"name": 3}}, "timestamp": "soon"},
        {"event": "user", "parse_data": []},
        {"event": ["user"], "name": {}},
        {"event": "slot", "name": "requested_slot", "value": {"a": [1]}},
        {"event": "unknown", "flow_id": "x"},
        {},
    ]
    path = tmp_path / "events.jsonl"
    lines = [json.dumps({"sender_id": "a", **event}) for event in odd]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert traffic_of(str(path)).turns == 3


def test_broken_json_in_a_row_costs_that_row_only(tmp_path: Path) -> None:
    stored = rows({"a": [*TALKS["a"], slot("route_session_to_calm", True), did("utter_x")]})
    for row, data in zip(stored, ["{", "", None, '"name": "x"', "[", "null"], strict=True):
        row["data"] = data
    expected = {("transfer", "balance"): 1}
    flows = {"f": "transfer"}
    sqlite, parquet = tmp_path / "rasa.db", tmp_path / "e.parquet"
    assert traffic_of(write_sqlite(stored, sqlite), flows=flows).interruptions == expected
    assert traffic_of(write_parquet(stored, parquet), flows=flows).interruptions == expected
    assert traffic_of(
        write_parquet(stored, tmp_path / "without.parquet", leave_out="data"), flows=flows
    ).interruptions == expected  # fmt: skip


def test_a_folder_of_files_is_one_store(tmp_path: Path) -> None:
    stored = rows(TALKS)
    (tmp_path / "day=1").mkdir()
    write_parquet(stored[:2], tmp_path / "day=1" / "a 'quoted'.parquet")
    write_parquet(stored[2:], tmp_path / "b.parquet")
    (tmp_path / "readme.txt").touch()
    assert traffic_of(str(tmp_path)).interruptions == {("transfer", "balance"): 1}
    half = timed(TALKS["a"])
    folder = tmp_path / "json"
    folder.mkdir()
    for name, events in (("a 'quoted'.jsonl", half[:2]), ("b.json", half[2:])):
        lines = [json.dumps({"sender_id": "a", **event}) for event in events]
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    assert traffic_of(str(folder)).interruptions == {("transfer", "balance"): 1}
