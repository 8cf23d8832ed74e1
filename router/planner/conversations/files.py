"""Conversations in files, read by an embedded DuckDB."""

from __future__ import annotations

import tempfile
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from router.errors import InvalidConfig
from router.planner.conversations.events import as_events
from router.planner.conversations.refusal import refused
from router.planner.conversations.source import EventSource

__all__ = ["open_files"]

_JSON = frozenset({".jsonl", ".ndjson", ".json"})
_PARQUET = frozenset({".parquet", ".pq"})
_MAX_LINE = 64 * 1024 * 1024  # bytes: a tracker with a very long conversation

# An event stands in a line of its own, or among those of a tracker.
_EVENTS = """
SELECT
    coalesce(event->>'sender_id', tracker->>'sender_id') AS sender,
    coalesce(try_cast(event->>'timestamp' AS DOUBLE), 0) AS "at",
    row_number() OVER () AS nth,
    event->>'event' AS type,
    event->>'$.parse_data.intent.name' AS intent,
    event->>'name' AS name,
    CASE WHEN event->>'event' = 'slot' THEN event->'value' END::VARCHAR AS value,
    CASE WHEN event->>'event' = 'user' THEN event->'$.parse_data.commands' END::VARCHAR AS commands
FROM (
    SELECT
        json AS tracker,
        unnest(
            CASE WHEN json_type(json, '$.events') = 'ARRAY'
            THEN CAST(json->'$.events' AS JSON[]) ELSE [json] END
        ) AS event
    FROM read_ndjson_objects([{files}], ignore_errors = true, maximum_object_size = {max_line})
)
"""


def open_files(path: Path, memory: str) -> EventSource:
    """Opens a file, or the files in a folder and below it: Parquet if there is any, else JSON.

    Raises:
        InvalidConfig: it isn't there, is of another kind, or can't be read.
    """
    files = _files(path)
    folder = tempfile.TemporaryDirectory(prefix="conversations-")
    connection: Backend = ibis.duckdb.connect(memory_limit=memory, temp_directory=folder.name)

    def close() -> None:
        connection.disconnect()
        folder.cleanup()

    try:
        connection.raw_sql("SET enable_progress_bar = false")
        return EventSource(str(path), _events(connection, files, str(path)), close)
    except InvalidConfig:
        close()
        raise
    except Exception as error:  # whatever DuckDB says about the files
        close()
        raise refused(str(path), error) from error


def _events(connection: Backend, files: list[Path], place: str) -> ir.Table:
    if files[0].suffix in _PARQUET:
        named = [str(file) for file in files]
        table = connection.read_parquet(named, union_by_name=True, file_row_number=True)
        if "id" not in table.columns:
            table = table.rename(id="file_row_number")
        return as_events(table, place)
    quoted = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return connection.sql(_EVENTS.format(files=quoted, max_line=_MAX_LINE))


def _files(path: Path) -> list[Path]:
    advice = "Name a file or folder of .jsonl or .parquet, an endpoints.yml, or a database's URL."
    if path.is_dir():
        below = sorted(file for file in path.rglob("*") if file.is_file())
        for suffixes in (_PARQUET, _JSON):
            files = [file for file in below if file.suffix in suffixes]
            if files:
                return files
        raise refused(str(path), "The folder has no conversations.", advice=advice)
    if not path.is_file():
        raise refused(str(path), "There is no such file or folder.", advice=advice)
    if path.suffix not in _PARQUET | _JSON:
        raise refused(str(path), f"A file {path.suffix or path.name!r} isn't read.", advice=advice)
    return [path]
