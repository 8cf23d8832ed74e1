"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from router.errors import InvalidTest, Location, Problem

__all__ = ["replace_file", "write_new"]


def write_new(path: Path, text: str, *, force: bool = False) -> None:
    """Writes a file; over one that is there already only with `force`.

    Raises:
        InvalidTest: a file is there, or can't be written.
    """
    if path.is_file() and not force:
        message, advice = "The file is there already.", "Name another, or write --force."
        raise InvalidTest([Problem(Location(str(path)), "file-exists", message, advice)])
    replace_file(path, text)


def replace_file(path: Path, text: str) -> None:
    """Writes a file; a reader never sees half of it, unless it is a device or a pipe.

    Raises:
        InvalidTest: it can't be written.
    """
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if path.exists() and not path.is_file():  # which nothing can replace
            path.write_text(text, encoding="utf-8")
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        message = f"The file can't be written: {error.strerror or error}."
        raise InvalidTest([Problem(Location(str(path)), "unwritable-file", message)]) from error
