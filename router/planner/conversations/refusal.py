"""The one error of conversations that can't be read."""

from __future__ import annotations

from collections.abc import Sequence

from router.errors import InvalidConfig, Location, Problem

__all__ = ["refused"]


def refused(
    place: Location | str, what: Exception | str, secrets: Sequence[str] = (), *, advice: str = ""
) -> InvalidConfig:
    """A problem with a source; of an error, what its first line says, without any secret."""
    message = what if isinstance(what, str) else f"It can't be read: {_first_line(what)}."
    for secret in filter(None, secrets):
        message = message.replace(secret, "***")
    at = place if isinstance(place, Location) else Location(place)
    return InvalidConfig([Problem(at, "conversations", message, advice)])


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
