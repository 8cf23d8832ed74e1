"""A bot behind HTTP: `rasa run --enable-api`, spoken to over its REST channel and its tracker API.

Needs the channel `rest` in the server's credentials.yml. Two variables of the environment hold
what the API wants to see: `COEXIST_TOKEN` the server's `--auth-token`, `COEXIST_JWT` a JSON web
token whose payload is `{"user": {"username": ..., "role": "admin"}}`: the role `user` may see
one conversation only, and each case has its own.

The API can't delete a conversation. When a case is over, its conversation is overwritten with
an empty one; stores that only ever add events, such as SQL's, keep it. Ids begin with `e2e-`.

Rasa's own tracker stores give a whole conversation; others may give its latest session alone. Of
a turn that begins a new one (`/restart`, `/session_start`), they tell what the session's start
did, and neither the message nor what was done before.

API: https://rasa.com/docs/rasa/pages/http-api
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx

from router.e2e.cases import TestCase, Turn
from router.e2e.observed import Event, ObservedTurn
from router.errors import BotUnreachable, CaseNotPlayable

__all__ = ["JWT_VARIABLE", "TOKEN_VARIABLE", "ServerBot"]

TOKEN_VARIABLE = "COEXIST_TOKEN"
JWT_VARIABLE = "COEXIST_JWT"

_SECONDS_TO_CONNECT = 5.0
_SECONDS_TO_CLOSE = 5.0
_ALL = {"include_events": "ALL"}
_REST = "webhooks/rest/webhook"
# Rasa sets it to the first message's metadata. It begins the session, too: the API does so only
# to add an event.
_SESSION_METADATA = "session_started_metadata"
_SHOWN = 200  # characters of an answer that an error tells


@dataclass(frozen=True)
class _State:
    """A conversation as the API tells it: all events, and the slots' values."""

    events: tuple[Event, ...] = ()
    slots: Mapping[str, Any] = field(default_factory=dict)


class ServerBot:
    """A `Bot` whose conversations are on a server.

    async with ServerBot("http://localhost:5005") as bot:
        ...
    """

    def __init__(
        self,
        url: str,
        *,
        seconds: float = 60.0,
        environment: Mapping[str, str] = os.environ,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Opens no connection yet.

        Args:
            url: the server's address, such as `http://localhost:5005`.
            seconds: how long an answer may take.
            environment: where the token and the JWT are.
            transport: what stands for the network in tests.
        """
        self.url = url.rstrip("/")
        token, jwt = environment.get(TOKEN_VARIABLE), environment.get(JWT_VARIABLE)
        if token:
            # Rasa takes it in the address only, which httpx logs.
            logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.AsyncClient(
            base_url=f"{self.url}/",
            params={"token": token} if token else {},
            headers={"Authorization": f"Bearer {jwt}"} if jwt else {},
            timeout=httpx.Timeout(seconds, connect=min(_SECONDS_TO_CONNECT, seconds), pool=None),
            limits=httpx.Limits(max_connections=None),
            transport=transport,
        )

    async def __aenter__(self) -> ServerBot:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def check(self) -> None:
        """Makes sure that there's a server, with the API and a model, and that it lets us in.

        Raises:
            BotUnreachable: says what's missing, and what to do.
        """
        await self.ask("GET", "status")

    async def begin(self, case: TestCase, sender_id: str) -> ServerConversation:
        """A fresh conversation: its session is set out, then its fixtures are.

        Raises:
            BotUnreachable: the server can't be had; the text says why, and what to do.
            CaseNotPlayable: the case stubs actions, which are the server's own.
        """
        if case.stubs:
            raise CaseNotPlayable(
                "It has stubs, and a server's actions can't be stubbed: "
                "run it in process, without --url."
            )
        started = time.perf_counter()
        state = await self.set_slots(sender_id, {_SESSION_METADATA: None})
        opening = ObservedTurn("", state.events, {}, state.slots, _ms_since(started))
        metadata = case.turns[0].metadata if case.turns else {}
        slots = {**case.slots, **({_SESSION_METADATA: dict(metadata)} if metadata else {})}
        if slots:
            # Not along with the first: they would be stamped with a time before the session's
            # start, and SQL's store, which sorts by time, would leave them out of it.
            await self.set_slots(sender_id, slots)
        return ServerConversation(self, sender_id, opening, await self.state(sender_id))

    async def set_slots(self, sender_id: str, slots: Mapping[str, Any]) -> _State:
        """Sets slots in a conversation, whose session is begun first if need be.

        Gives no more of it than its latest session.
        """
        path = f"conversations/{sender_id}/tracker/events"
        events = [{"event": "slot", "name": name, "value": slots[name]} for name in slots]
        return self._state(await self.ask("POST", path, json=events, params=_ALL))

    async def state(self, sender_id: str) -> _State:
        """The conversation as it stands."""
        path = f"conversations/{sender_id}/tracker"
        return self._state(await self.ask("GET", path, params=_ALL))

    async def send(self, sender_id: str, turn: Turn) -> None:
        """Sends a message and waits until it is dealt with."""
        body = {"sender": sender_id, "message": turn.user, "metadata": dict(turn.metadata)}
        answers = await self.ask("POST", _REST, json=body)
        if not isinstance(answers, list):
            raise self._unreachable("answered the message with something other than a list.")

    async def empty(self, sender_id: str) -> None:
        """Overwrites a conversation, as far as the server's store lets itself be overwritten."""
        path = f"conversations/{sender_id}/tracker/events"
        await self.ask("PUT", path, json=[], timeout=_SECONDS_TO_CLOSE)

    async def ask(self, method: str, path: str, **request: Any) -> Any:
        """The JSON that the server answers with.

        Raises:
            BotUnreachable: it answers with none.
        """
        try:
            answer = await self._client.request(method, path, **request)
        except httpx.TimeoutException as error:
            raise self._unreachable(f"doesn't answer in time ({_kind(error)}).") from error
        except httpx.HTTPError as error:
            what = str(error).rstrip(".") or _kind(error)
            raise self._unreachable(f"can't be reached ({what}). Is it running?") from error
        if answer.status_code != httpx.codes.OK:
            raise self._unreachable(_refusal(answer, path))
        try:
            return answer.json()
        except ValueError as error:
            what = f"answered /{path} with what isn't JSON: {_shown(answer.text)}"
            raise self._unreachable(what) from error

    def _state(self, data: Any) -> _State:
        events = data.get("events") if isinstance(data, Mapping) else None
        slots = data.get("slots") if isinstance(data, Mapping) else None
        if not isinstance(events, list) or not isinstance(slots, Mapping):
            raise self._unreachable(
                f"isn't Rasa's: its answer has no events and slots: {_shown(str(data))}"
            )
        return _State(tuple(events), slots)

    def _unreachable(self, what: str) -> BotUnreachable:
        return BotUnreachable(f"The server {self.url} {what}")


@dataclass
class ServerConversation:
    """A `Conversation` on a server."""

    bot: ServerBot
    sender_id: str
    opening: ObservedTurn
    known: _State

    async def open(self) -> ObservedTurn:
        """What the session's start said."""
        return self.opening

    async def say(self, turn: Turn) -> ObservedTurn:
        """Sends the message; reads what it added to the tracker.

        Raises:
            BotUnreachable: the server doesn't answer.
        """
        started = time.perf_counter()
        await self.bot.send(self.sender_id, turn)
        latency = _ms_since(started)
        before, self.known = self.known, await self.bot.state(self.sender_id)
        events = _added(before.events, self.known.events)
        is_recorded = any(event.get("event") in ("user", "session_started") for event in events)
        return ObservedTurn(
            user=turn.user,
            events=events,
            before=before.slots,
            slots=self.known.slots,
            latency_ms=latency,
            failure="" if is_recorded else _NOT_RECORDED,
        )

    async def close(self) -> None:
        """Empties the conversation.

        Raises:
            BotUnreachable: the server doesn't answer.
        """
        await self.bot.empty(self.sender_id)


_NOT_RECORDED = (
    "The server took the message and recorded nothing of it: something was raised in the turn. "
    "The server's log says what."
)


def _added(before: Sequence[Event], after: Sequence[Event]) -> tuple[Event, ...]:
    """What is behind the last event that was there before: all of it in a new session."""
    if after[: len(before)] == before:
        return tuple(after[len(before) :])
    known = [position for position, event in enumerate(after, start=1) if event in before]
    return tuple(after[known[-1] if known else 0 :])


def _refusal(answer: httpx.Response, path: str) -> str:
    """What an answer that isn't 200 means, and what to do."""
    status, told = answer.status_code, _shown(_message(answer))
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
    if status == httpx.codes.NOT_FOUND and path == _REST:
        return f"has no /{path} (404). Add `rest:` to its credentials.yml."
    if status == httpx.codes.NOT_FOUND:
        return (
            "has no tracker API (404). Start it with `rasa run --enable-api`, and give its "
            "address alone, such as http://localhost:5005."
        )
    return f"answered /{path} with {status}: {told}"


def _message(answer: httpx.Response) -> str:
    try:
        data = answer.json()
    except ValueError:
        return answer.text or answer.reason_phrase
    return str(data.get("message", data)) if isinstance(data, Mapping) else str(data)


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def _kind(error: Exception) -> str:
    return type(error).__name__


def _ms_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)
