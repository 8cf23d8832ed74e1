"""The conversations of a tracker store, read and left as they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa  # type: ignore[import-untyped]  # 1.4 has no types
from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.exceptions import ConnectionException, RasaException
from rasa.utils.endpoints import EndpointConfig, read_endpoint_config
from sqlalchemy.exc import (  # type: ignore[import-untyped]
    ArgumentError,
    SQLAlchemyError,
)

from router.errors import InvalidConfig, Location, Problem

__all__ = ["StoredConversations", "open_store"]

_TABLE = SQLTrackerStore.SQLEvent.__tablename__
_KEY = "tracker_store"
_OPTION = "--url"


class StoredConversations:
    """A tracker store that was opened."""

    def __init__(self, store: TrackerStore, place: str) -> None:
        self._store = store
        self._place = place

    async def sender_ids(self) -> list[str]:
        """All that have a conversation, sorted.

        Raises:
            InvalidConfig: the store doesn't answer.
        """
        try:
            return sorted(str(each) for each in await self._store.keys())
        except Exception as error:  # every kind of store has errors of its own
            raise _unreadable(self._place, error) from error

    async def events_of(self, sender_id: str) -> list[Mapping[str, Any]]:
        """The events of all of a conversation's sessions, as JSON; none if there is none."""
        if isinstance(self._store, SQLTrackerStore):
            # The rows themselves: a tracker refuses events that this Rasa doesn't know.
            with self._store.session_scope() as session:
                rows = self._store._event_query(
                    session, sender_id, fetch_events_from_all_sessions=True
                ).all()
            return [json.loads(row.data) for row in rows]
        tracker = await self._store.retrieve_full_tracker(sender_id)
        return [event.as_dict() for event in tracker.events] if tracker is not None else []


def open_store(endpoints: Path | None = None, url: str | None = None) -> StoredConversations:
    """Opens a tracker store; creates neither database nor table.

    Args:
        endpoints: endpoints.yml, whose `tracker_store` it is.
        url: in place of it, an SQL database's URL: `postgresql://user:password@host/name`,
            `sqlite:///rasa.db`.

    Raises:
        InvalidConfig: there's no store to be read; passwords aren't told.
    """
    place = _OPTION if url else str(endpoints)
    config = EndpointConfig(url=url, type="SQL") if url else _configured(Path(place))
    try:
        if str(config.type).lower() == "sql":
            _must_be_there(config, place)
        store = TrackerStore.create(config, domain=Domain.empty())
    except (ConnectionException, SQLAlchemyError, RasaException, ImportError, OSError) as error:
        raise _unreadable(place, error) from error
    if isinstance(store, InMemoryTrackerStore):
        advice = "Name the store of the server, or a file that `rasa export` wrote."
        raise _refused(place, f"Its `{_KEY}` keeps nothing.", advice)
    return StoredConversations(store, place)


def _configured(endpoints: Path) -> EndpointConfig:
    if not endpoints.is_file():
        advice = "Name an endpoints.yml, an exported file, or --url."
        raise _refused(str(endpoints), "The file isn't there.", advice)
    try:
        config = read_endpoint_config(str(endpoints), _KEY)
    except RasaException as error:
        raise _refused(str(endpoints), f"The file can't be read: {error}.") from error
    if config is None:
        advice = "Name another, an exported file, or --url."
        raise _refused(str(endpoints), f"It has no `{_KEY}`.", advice)
    return config


def _must_be_there(config: EndpointConfig, place: str) -> None:
    """Rasa would wait for a database for ever, and fill an empty one with tables."""
    if place == _OPTION and "://" not in str(config.url):
        raise _no_url(place)
    given = {"host": config.url, **config.kwargs}
    keys = ("dialect", "host", "port", "db", "username", "password", "query")
    try:
        url = sa.engine.make_url(
            SQLTrackerStore.get_db_url(**{key: given[key] for key in keys if key in given})
        )
    except (ArgumentError, ValueError) as error:
        raise _no_url(place) from error
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise _refused(place, f"There is no database {url.database!r}.", "Check its path.")
    engine = sa.create_engine(url)
    try:
        if not sa.inspect(engine).has_table(_TABLE):
            message = f"The database has no table `{_TABLE}`, so it's no tracker store."
            raise _refused(place, message, "Name the one that the server writes to.")
    finally:
        engine.dispose()


def _no_url(place: str) -> InvalidConfig:
    advice = "Write one like postgresql://user:password@host/name or sqlite:///rasa.db."
    return _refused(place, "It isn't the URL of a database.", advice)


def _unreadable(place: str, error: Exception) -> InvalidConfig:
    return _refused(place, f"The tracker store can't be read: {_reason(error)}.")


def _reason(error: Exception) -> str:
    """Its first line, as what was raised lower down says it."""
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _refused(place: str, message: str, advice: str = "") -> InvalidConfig:
    return InvalidConfig([Problem(Location(place), "tracker-store", message, advice)])
