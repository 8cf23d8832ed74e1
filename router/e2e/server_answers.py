"""What a Rasa server's answers mean: its domain's slots, and what to do where it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import httpx

from router.flows.slots import SlotSpec

__all__ = ["JWT_VARIABLE", "REST", "TOKEN_VARIABLE", "refusal", "shown", "slots_of_domain"]

TOKEN_VARIABLE = "COEXIST_TOKEN"
JWT_VARIABLE = "COEXIST_JWT"
REST = "webhooks/rest/webhook"

_SHOWN = 200  # characters of an answer that an error tells
_OTHER = "__other__"  # what Rasa adds to the values of each categorical slot


def slots_of_domain(domain: Any) -> dict[str, SlotSpec] | None:
    """The slots as Rasa has them once it has read its domain; None if this is none.

    Args:
        domain: what the API answers at `/domain`.
    """
    slots = domain.get("slots") or {} if isinstance(domain, Mapping) else None
    if not isinstance(slots, Mapping):
        return None
    return {
        str(name): _as_in_rasa(SlotSpec.from_dict(str(name), data))
        for name, data in slots.items()
        if isinstance(data, Mapping)
    }


def _as_in_rasa(slot: SlotSpec) -> SlotSpec:
    if slot.type != "categorical":
        return slot
    values = dict.fromkeys((*(value.lower() for value in slot.values), _OTHER))
    return replace(slot, values=tuple(values))


def refusal(answer: httpx.Response, path: str) -> str:
    """What an answer that isn't 200 means, and what to do."""
    status, told = answer.status_code, shown(_message(answer))
    if status == httpx.codes.UNAUTHORIZED:
        return (
            f"asks who it is (401: {told}). Set {TOKEN_VARIABLE} to its --auth-token, or "
            f"{JWT_VARIABLE} to a JSON web token that it takes."
        )
    if status == httpx.codes.FORBIDDEN:
        return (
            f"doesn't let the JSON web token of {JWT_VARIABLE} see the conversations (403: "
            f'{told}). Its payload needs "user": {{"username": ..., "role": "admin"}}.'
        )
    if status == httpx.codes.NOT_FOUND and path == REST:
        return f"has no /{path} (404). Add `rest:` to its credentials.yml."
    if status == httpx.codes.NOT_FOUND:
        return (
            "has no tracker API (404). Start it with `rasa run --enable-api`, and give its "
            "address alone, such as http://localhost:5005."
        )
    return f"answered /{path} with {status}: {told}"


def shown(text: str) -> str:
    """A text in one line, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def _message(answer: httpx.Response) -> str:
    try:
        data = answer.json()
    except ValueError:
        return answer.text or answer.reason_phrase
    return str(data.get("message", data)) if isinstance(data, Mapping) else str(data)
