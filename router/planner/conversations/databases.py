"""Conversations in a database that a connection string names."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import ibis
import ibis.expr.types as ir

from router.errors import InvalidConfig
from router.planner.conversations.events import as_events
from router.planner.conversations.refusal import refused
from router.planner.conversations.source import EventSource

__all__ = ["open_database"]

TABLE = "events"
PATIENCE = 5  # seconds to connect within
_NAMES = {"postgresql": "postgres", "sqlite3": "sqlite"}
#: Backends that come with an extra of ours; Ibis has its own for all others.
_EXTRAS = {"postgres": "postgres", "pyspark": "spark", "sqlite": "plan", "duckdb": "plan"}
_READ_ONLY = "-c default_transaction_read_only=on"


def open_database(url: str, place: str = "", *, schema: str = "") -> EventSource:
    """Opens the table of events in a database.

    Args:
        url: as Ibis reads it; `table` names another table than `events`, `parquet` files
            that the database's engine reads. A driver's name (`postgresql+psycopg2`) is left
            out.
        place: what errors call it; by default the URL without password and options.
        schema: of PostgreSQL, if not the default.

    Raises:
        InvalidConfig: it can't be reached, or has no such table.
    """
    parts = urlsplit(url)
    dialect = parts.scheme.partition("+")[0].lower()
    dialect = _NAMES.get(dialect, dialect)
    host = parts.netloc.rpartition("@")[2]
    place = place or f"{dialect}://{host}{parts.path}"
    options = dict(parse_qsl(parts.query))
    table, parquet = options.pop("table", TABLE), options.pop("parquet", "")
    secrets = (parts.password or "", unquote(parts.password or ""))
    rest = f"{dialect}://{parts.netloc}{parts.path}?{urlencode(options)}"
    with _explained(place, secrets, dialect):
        if dialect == "sqlite":
            if parts.netloc:
                meant = unquote(f"sqlite:///{parts.netloc}{parts.path}")
                advice = f"Write three slashes before a relative path ({meant}), four before /."
                raise refused(place, "sqlite:// is followed by no host.", advice=advice)
            connection = _sqlite(unquote(parts.path.removeprefix("/")), place)
        elif dialect == "pyspark":
            connection = _spark(options, parts.path.removeprefix("/"))
        else:
            connection = ibis.connect(rest, **_careful(dialect, options, schema))
    close: Callable[[], object] = connection.disconnect
    try:
        with _explained(place, secrets, dialect):
            events = _table(connection, table, parquet, place)
    except InvalidConfig:
        close()
        raise
    if dialect == "pyspark":
        return EventSource(place, events, close, secrets, kept=lambda table: table.cache())
    return EventSource(place, events, close, secrets)


def _table(connection: ibis.BaseBackend, name: str, parquet: str, place: str) -> ir.Table:
    if parquet:
        return as_events(connection.read_parquet(parquet), place)
    if name not in connection.list_tables():
        message = f"The database has no table `{name}`, so it's no tracker store."
        raise refused(place, message, advice="Name the one that the server writes to.")
    return as_events(connection.table(name), place)


def _sqlite(path: str, place: str) -> ibis.BaseBackend:
    """A connection that can't create or change the file."""
    file = Path(path)
    if not file.is_file():
        raise refused(place, f"There is no database {path!r}.", advice="Check its path.")
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return ibis.sqlite.from_connection(connection)
    except BaseException:
        connection.close()
        raise


def _spark(options: dict[str, str], warehouse: str) -> ibis.BaseBackend:
    """Ibis by itself can't set what Spark has to know before it starts."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    for key, value in options.items():
        builder = builder.config(key, value)
    if warehouse:
        builder = builder.config("spark.sql.warehouse.dir", warehouse)
    return ibis.pyspark.connect(builder.getOrCreate())


def _careful(dialect: str, given: dict[str, str], schema: str) -> dict[str, object]:
    """What a connection needs to give up in time, and to change nothing."""
    if dialect != "postgres":
        return {}
    careful: dict[str, object] = {"connect_timeout": PATIENCE, "options": _READ_ONLY}
    if schema:
        careful["schema"] = schema
    return {key: value for key, value in careful.items() if key not in given}


@contextlib.contextmanager
def _explained(place: str, secrets: tuple[str, ...], dialect: str) -> Iterator[None]:
    try:
        yield
    except InvalidConfig:
        raise
    except ImportError as error:
        extra = _EXTRAS.get(dialect)
        package = f"rasa-coexistence[{extra}]" if extra else f"ibis-framework[{dialect}]"
        message = f"What reads {dialect}:// isn't installed."
        raise refused(place, message, advice=f"Run `pip install '{package}'`.") from error
    except Exception as error:  # every database has errors of its own
        raise refused(place, error, secrets) from error
