"""Which database the `tracker_store` of an endpoints.yml is."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from router.errors import InvalidConfig, InvalidFile, Location
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of, location_of, plain
from router.planner.conversations.refusal import refused

__all__ = ["TrackerStore", "tracker_store"]

_KEY = "tracker_store"
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EXPORT = "Export its conversations with `rasa export` to a file, and name that."


@dataclass(frozen=True)
class TrackerStore:
    """An SQL tracker store: its URL, and how errors name it."""

    url: str = field(repr=False)
    place: str
    schema: str = ""


def tracker_store(endpoints: Path) -> TrackerStore:
    """Reads the keys that Rasa's own SQL store has; `${VARIABLES}` are looked up.

    Raises:
        InvalidConfig: the file can't be read, or has no tracker store in an SQL database.
    """
    try:
        data = read_yaml(endpoints)
    except InvalidFile as error:
        raise InvalidConfig(error.problems) from error
    written = data.get(_KEY) if isinstance(data, Mapping) else None
    if not isinstance(written, Mapping):
        advice = f"Write `{_KEY}:` with its `type` and `dialect`, or name an exported file."
        raise refused(str(endpoints), f"It has no `{_KEY}`.", advice=advice)
    given = _with_variables(plain(written), key_location_of(data, _KEY))
    if str(given.get("type", "")).lower() != "sql":
        message = f"A tracker store of the type {given.get('type')!r} isn't read."
        raise refused(location_of(written, "type"), message, advice=_EXPORT)
    schema = os.environ.get("POSTGRESQL_SCHEMA", "")
    place = f"{endpoints}, {_KEY}"
    host = str(given.get("url") or given.get("host") or "")
    if "://" in host:
        return TrackerStore(host, f"{place} at {urlsplit(host).hostname or 'this machine'}", schema)
    dialect = str(given.get("dialect", "sqlite"))
    database = quote(str(given.get("db", "rasa.db")))
    if dialect.startswith("sqlite"):
        return TrackerStore(f"sqlite:///{database}", place)
    port = f":{given['port']}" if given.get("port") else ""
    query = f"?{urlencode(given['query'])}" if isinstance(given.get("query"), Mapping) else ""
    url = f"{dialect}://{_login(given)}{host or 'localhost'}{port}/{database}{query}"
    return TrackerStore(url, f"{place} at {host or 'localhost'}{port}", schema)


def _login(given: Mapping[str, Any]) -> str:
    user, password = given.get("username"), given.get("password")
    if not user:
        return ""
    return quote(str(user), safe="") + (f":{quote(str(password), safe='')}@" if password else "@")


def _with_variables(given: Mapping[str, Any], place: Location) -> dict[str, Any]:
    def looked_up(match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            message = f"The environment has no {match[1]}."
            raise refused(place, message, advice="Set it, or write the value.")
        return value

    return {
        key: _VARIABLE.sub(looked_up, value) if isinstance(value, str) else value
        for key, value in given.items()
    }
