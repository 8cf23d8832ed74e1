"""Files of this room that hold a list: cassettes and scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from router.errors import InvalidFile, Location, Problem

__all__ = ["read_list"]


def read_list(path: Path, what: str, advice: str) -> list[Any]:
    """The items of a YAML file; none if it is empty.

    Args:
        path: the file.
        what: what it is, as the errors name it.
        advice: what to write if it isn't a list.

    Raises:
        InvalidFile: it isn't there, can't be read, or holds something else.
    """
    place = Location(str(path))
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        problem = Problem(place, "missing-file", f"The {what} isn't there.", "Check its path.")
        raise InvalidFile([problem]) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        message = f"The {what} can't be read: {error}."
        raise InvalidFile([Problem(Location(str(path), line), "yaml-syntax", message)]) from error
    if data is not None and not isinstance(data, list):
        raise InvalidFile([Problem(place, "invalid-value", f"The {what} isn't a list.", advice)])
    return data or []
