"""The bank's embedded database: one SQLite file, filled with sample data on first use.

`BANK_DB` names the file (default `bank.sqlite` in the working directory).
`python -m actions.database --reset` fills it with the sample data again.
Money is held in cents, as whole numbers.
"""

from __future__ import annotations

import argparse
import math
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

__all__ = ["as_text", "database_path", "main", "reset", "to_cents", "transaction"]

SCHEMA_VERSION = 1
BUSY_TIMEOUT_SECONDS = 5.0

TABLES = {
    "customers": "number TEXT PRIMARY KEY, name TEXT NOT NULL",
    "accounts": (
        "customer TEXT PRIMARY KEY REFERENCES customers (number),"
        " balance INTEGER NOT NULL CHECK (balance >= 0)"
    ),
    "contacts": (
        "customer TEXT NOT NULL REFERENCES customers (number),"
        " name TEXT NOT NULL COLLATE NOCASE, iban TEXT NOT NULL,"
        " PRIMARY KEY (customer, name)"
    ),
    "transfers": (
        "id INTEGER PRIMARY KEY, customer TEXT NOT NULL REFERENCES customers (number),"
        " recipient TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount > 0),"
        " status TEXT NOT NULL CHECK (status IN ('done', 'scheduled')),"
        " made_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP"
    ),
    "cards": (
        "customer TEXT NOT NULL REFERENCES customers (number), digits TEXT NOT NULL,"
        " blocked_because TEXT, PRIMARY KEY (customer, digits)"
    ),
}

# The IBANs are made up or come from the standard's own examples.
SAMPLE_ROWS: dict[str, Sequence[tuple[Any, ...]]] = {
    "customers": [("1001", "Robin Meyer"), ("1002", "Sam Okafor")],
    "accounts": [("1001", 250_000), ("1002", 4_210)],
    "contacts": [
        ("1001", "Anna", "DE89370400440532013000"),
        ("1001", "Ben", "GB29NWBK60161331926819"),
        ("1001", "Carla", "ES9121000418450200051332"),
        ("1002", "Anna", "NL91ABNA0417164300"),
    ],
    "transfers": [
        (1, "1001", "Ben", 1_850, "done", "2024-03-02 09:30:00"),
        (2, "1001", "Anna", 12_000, "done", "2024-03-05 17:05:00"),
    ],
    "cards": [("1001", "4711", None), ("1001", "8020", None), ("1002", "3305", None)],
}


def database_path() -> Path:
    """Where the database is: `BANK_DB`, or `bank.sqlite` in the working directory."""
    return Path(os.environ.get("BANK_DB") or "bank.sqlite")


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """A connection whose statements are committed together, or not at all.

    The lock is taken at the start, so that what was read is still true when it is
    written. Creates and fills the database if need be. A file that can't be opened, or
    stays locked for five seconds, raises `sqlite3.Error`.
    """
    # isolation_level=None: the module's own rules for opening transactions are off.
    with closing(
        sqlite3.connect(database_path(), timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    ) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                _fill(connection)
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def reset() -> Path:
    """Throw all data away and fill in the sample data; returns the file's path."""
    with transaction() as connection:
        _fill(connection)
    return database_path()


def _fill(connection: sqlite3.Connection) -> None:
    for table in reversed(TABLES):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for table, columns in TABLES.items():
        connection.execute(f"CREATE TABLE {table} ({columns})")
        rows = SAMPLE_ROWS[table]
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def to_cents(amount: object) -> int | None:
    """An amount in euros as cents; None if it isn't a number."""
    try:
        euros = float(str(amount))
    except ValueError:
        return None
    return round(euros * 100) if math.isfinite(euros) else None


def as_text(cents: int) -> str:
    """Cents as euros, for people: `2500.00`."""
    return f"{cents / 100:.2f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: `python -m actions.database --reset`."""
    parser = argparse.ArgumentParser(prog="python -m actions.database", description=__doc__)
    parser.add_argument(
        "--reset", action="store_true", required=True, help="fill in the sample data again"
    )
    parser.parse_args(arguments)
    sys.stdout.write(f"{reset()} holds the sample data again.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
