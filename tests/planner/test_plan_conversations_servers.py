"""The same expression on databases that run by themselves."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from plan_conversation_events import (
    RESTART,
    SESSION,
    did,
    form,
    rows,
    said,
    slot,
    stack,
    start,
    write_parquet,
)

from benchmarks.many_conversations import skills_of, write_conversations
from router.errors import InvalidConfig
from router.planner.conversations import analyse, open_source
from router.planner.model import Traffic

DATA = Path(__file__).parents[3] / "shared" / "data"
SKILLS = {"transfer": "transfer", "balance": "balance", "block": "block"}
CALM, NLU = slot("route_session_to_calm", True), slot("route_session_to_calm", False)
ASKED = slot("requested_slot", "amount")
TALKS = {
    "interrupted": [
        *(SESSION, said("transfer"), form("f"), ASKED, said("balance"), ASKED),
        *(said("nlu_fallback"), did("action_default_fallback"), form(None), RESTART),
    ],
    "gone back": [SESSION, said("block"), said("balance"), did("action_block"), said("odd")],
    "flows": [
        *(SESSION, said("block"), NLU, did("action_reset_routing")),
        *(said(None, start("transfer_flow")), CALM, stack("transfer_flow")),
        *(said(None, start("balance_flow")), stack("transfer_flow", "balance_flow"), stack()),
    ],
    "cut": [did("utter_x"), said("thanks"), did("utter_x")],
}


def traffic_of(target: str, skills: Mapping[str, str] = SKILLS) -> Traffic:
    with open_source(target) as source:
        return analyse(
            source,
            skills,
            flows={"transfer_flow": "transfer", "balance_flow": "balance"},
            actions={"action_block": "block"},
            intents=["thanks"],
        )


@pytest.fixture
def expected(tmp_path: Path) -> Traffic:
    """What an embedded DuckDB says."""
    traffic = traffic_of(write_parquet(rows(TALKS), tmp_path / "expected.parquet"))
    assert traffic.interruptions == {("transfer", "balance"): 2, ("block", "balance"): 1}
    assert traffic.handoffs == {("block", "transfer"): 1}
    assert len(traffic.reasons) == 2
    return traffic


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URL of an empty PostgreSQL server."""
    psycopg = pytest.importorskip("psycopg")
    control, initialise = shutil.which("pg_ctl"), shutil.which("initdb")
    if not (control and initialise):
        pytest.skip("there is no PostgreSQL server here (pg_ctl, initdb)")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    data = folder / "data"
    user = None
    if os.getuid() == 0:  # it refuses to run as root
        user = "postgres"
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=user, cwd=folder, timeout=60, stdout=subprocess.DEVNULL
        )

    run(initialise, "-D", str(data), "-U", "me", "-A", "trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off"
    run(control, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    url = f"postgresql://me:secret@127.0.0.1:{port}/postgres"
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE events (id SERIAL PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, "
                "type_name VARCHAR(255) NOT NULL, timestamp FLOAT, intent_name VARCHAR(255), "
                "action_name VARCHAR(255), data TEXT)"
            )
            connection.execute("CREATE TABLE other (id SERIAL PRIMARY KEY, body TEXT)")
            names = ("sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")
            insert = f"INSERT INTO events ({', '.join(names)}) VALUES (%s, %s, %s, %s, %s, %s)"
            with connection.cursor() as cursor:
                cursor.executemany(insert, [[row[name] for name in names] for row in rows(TALKS)])
        yield url
    finally:
        run(control, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder)


def test_postgres_gives_the_same(postgres: str, expected: Traffic) -> None:
    assert traffic_of(postgres) == expected


def test_postgres_is_only_read(postgres: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres) as connection:
        count = "SELECT count(*) FROM pg_class"
        before = connection.execute(count).fetchone()
        with open_source(postgres) as source:
            analyse(source, SKILLS)
            backend = source.events.get_backend()
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                backend.raw_sql("DELETE FROM events")
        assert connection.execute(count).fetchone() == before


def test_the_postgres_of_an_endpoints_file(
    postgres: str, expected: Traffic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PORT", postgres.rpartition(":")[2].partition("/")[0])
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text(
        "tracker_store:\n  type: SQL\n  dialect: postgresql+psycopg2\n  url: 127.0.0.1\n"
        "  port: ${DB_PORT}\n  db: postgres\n  username: me\n  password: se/cret\n",
        encoding="utf-8",
    )
    assert traffic_of(str(endpoints)) == expected
    endpoints.write_text(f"tracker_store: {{type: SQL, url: '{postgres}'}}", encoding="utf-8")
    assert traffic_of(str(endpoints)) == expected


def test_another_table_of_postgres_is_refused(postgres: str) -> None:
    with pytest.raises(InvalidConfig, match=r"no `sender_id`, .*they have `id`, `body`"):
        open_source(f"{postgres}?table=other")
    with pytest.raises(InvalidConfig, match="no table `none`") as caught:
        open_source(f"{postgres}?table=none")
    with pytest.raises(InvalidConfig, match="nowhere"):
        open_source(postgres.replace("/postgres", "/nowhere"))
    assert "secret" not in str(caught.value)


@pytest.mark.integration  # half a minute
def test_spark_gives_the_same(expected: Traffic, tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java, which isn't here")
    folder = tmp_path / "events"
    folder.mkdir()
    write_parquet(rows(TALKS), folder / "talks.parquet")
    skills = dict(SKILLS)
    if DATA.is_dir():
        write_conversations(DATA, folder, 1000)
        skills |= skills_of(DATA)
        expected = traffic_of(str(folder), skills)
        assert expected.conversations == 1000 + len(TALKS)
        assert len(expected.interruptions) > 50
    target = (
        f"pyspark:///{tmp_path}/warehouse?parquet={folder}&spark.master=local[1]"
        "&spark.ui.enabled=false&spark.sql.shuffle.partitions=1&spark.driver.memory=1g"
    )
    assert traffic_of(target, skills) == expected


def test_bigquery_would_be_asked_the_same() -> None:
    """No server of it can run here: what it would be sent can be written, at least."""
    ibis = pytest.importorskip("ibis")
    from router.planner.conversations.counting import by_conversation, counts_of
    from router.planner.conversations.events import as_events
    from router.planner.conversations.kinds import Skills, kinds_of
    from router.planner.conversations.steps import steps_of

    text = dict.fromkeys(("sender_id", "type_name", "intent_name", "action_name", "data"), "string")
    table = ibis.table({"id": "int64", "timestamp": "float64", **text}, name="events")
    skills = Skills(("balance", "transfer"), {"transfer": "transfer"}, {"flow": "balance"})
    told = kinds_of(as_events(table, "x"), skills)
    steps = by_conversation(steps_of(told, skills.size))
    query = str(ibis.to_sql(counts_of(steps, skills.size), "bigquery"))
    assert query.count("`events`") == 1
