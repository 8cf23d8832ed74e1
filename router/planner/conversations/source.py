"""Where conversations are read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from router.planner.conversations.refusal import refused

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["EventSource", "open_source"]

MEMORY = "2GB"


@dataclass(frozen=True)
class EventSource:
    """Events that are read when they are analysed; use it in a `with` block, or close it.

    `place` names the source as errors do, `secrets` are what they mustn't tell. `events` has
    the columns that `as_events` gives. `kept` marks what is used several times, for engines
    that would make it anew each time.
    """

    place: str
    events: ir.Table
    close: Callable[[], object]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    kept: Callable[[ir.Table], ir.Table] = field(default=lambda table: table, repr=False)

    def __enter__(self) -> EventSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, counts: ir.Table) -> list[Mapping[str, Any]]:
        """The rows of what is made of its events.

        Raises:
            InvalidConfig: the database fails, or has something else than events.
        """
        try:
            rows: list[Mapping[str, Any]] = counts.to_pyarrow().to_pylist()
        except Exception as error:  # every database has errors of its own
            raise refused(self.place, error, self.secrets) from error
        return rows


def open_source(target: str, *, memory: str = MEMORY) -> EventSource:
    """Opens conversations; nothing is ever written to them.

    Args:
        target: an endpoints.yml with a `tracker_store`; a file or folder of JSON lines (an
            event with its `sender_id` a line, as `rasa export` writes them, or a tracker a
            line) or of Parquet; or a connection string of Ibis, with `?table=` if the table
            isn't named `events` (`postgres://user:password@host/database`,
            `bigquery://project/dataset`, `sqlite:///rasa.db`, or `pyspark://?parquet=folder`
            for files that Spark reads).
        memory: how much of it DuckDB takes for files before it goes on in a temporary folder.

    Raises:
        InvalidConfig: there is no such source, it can't be reached, or has no events;
            passwords aren't told.
    """
    try:
        import ibis  # noqa: F401 (comes with an extra)
    except ImportError as error:
        message = "Conversations are read with Ibis and DuckDB, which aren't installed."
        advice = "Run `pip install 'rasa-coexistence[plan]'`."
        raise refused(target, message, advice=advice) from error
    from router.planner.conversations.databases import open_database
    from router.planner.conversations.files import open_files
    from router.planner.conversations.tracker_store import tracker_store

    if Path(target).suffix in {".yml", ".yaml"}:
        store = tracker_store(Path(target))
        return open_database(store.url, store.place, schema=store.schema)
    return open_database(target) if "://" in target else open_files(Path(target), memory)
