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

Fixtures are set as in process, between the session's start and the assistant's listening: what
it did last is undone, and done again behind them. An `action_session_start` of one's own can't
be shown the first message's metadata and channel, though, which are set behind it; and of a slot
type of one's own the domain tells no more than its class: values are set as written.

API: https://rasa.com/docs/rasa/pages/http-api
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

import httpx

from router.e2e.cases import TestCase, Turn
from router.e2e.fixture_slots import fixture_slots
from router.e2e.observed import Event, ObservedTurn
from router.e2e.server_answers import (
    JWT_VARIABLE,
    REST,
    TOKEN_VARIABLE,
    refusal,
    shown,
    slots_of_domain,
)
from router.e2e.server_events import (
    added_events,
    in_front_of_listening,
    opening_events,
    slot_events,
)
from router.errors import BotUnreachable, CaseNotPlayable
from router.flows.slots import SlotSpec

__all__ = ["JWT_VARIABLE", "TOKEN_VARIABLE", "ServerBot"]

_SECONDS_TO_CONNECT = 5.0
_SECONDS_TO_CLOSE = 5.0
_ALL = {"include_events": "ALL"}
# Rasa sets it to the first message's metadata. It begins the session, too: the API does so only
# to add an event.
_SESSION_METADATA = "session_started_metadata"
_RASAS_SLOTS = ("requested_slot", _SESSION_METADATA)  # that no domain lists


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
        self._slots: Mapping[str, SlotSpec] | None = None

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
            InvalidTest: a fixture's slot can't be what the test says.
        """
        if case.stubs:
            raise CaseNotPlayable(
                "It has stubs, and a server's actions can't be stubbed: "
                "run it in process, without --url."
            )
        specs = await self.slots()
        fixtures = fixture_slots(case, specs)
        metadata = case.turns[0].metadata if case.turns else {}
        slots = {**({_SESSION_METADATA: dict(metadata)} if metadata else {}), **fixtures}
        started = time.perf_counter()
        begun = await self.add(sender_id, slot_events({_SESSION_METADATA: None}))
        # Not along with the first: they would be stamped with a time before the session's
        # start, and SQL's store, which sorts by time, would leave them out of it.
        setting = in_front_of_listening(slots, begun.events) if slots else []
        state = await self.add(sender_id, setting) if setting else begun
        events = opening_events(begun.events, added_events(begun.events, state.events))
        before = {name: slot.initial_value for name, slot in specs.items()}
        opening = ObservedTurn("", events, before, state.slots, _ms_since(started))
        return ServerConversation(self, sender_id, opening, await self.state(sender_id))

    async def slots(self) -> Mapping[str, SlotSpec]:
        """The slots of the server's domain, which is asked for once, and those Rasa adds."""
        if self._slots is None:
            domain = await self.ask("GET", "domain", headers={"Accept": "application/json"})
            found = slots_of_domain(domain)
            if found is None:
                raise self._unreachable(f"isn't Rasa's: it has no domain: {shown(str(domain))}")
            self._slots = {name: SlotSpec(name) for name in _RASAS_SLOTS} | found
        return self._slots

    async def add(self, sender_id: str, events: Sequence[Event]) -> _State:
        """Adds events to a conversation, whose session is begun first if need be.

        Gives no more of it than its latest session.
        """
        path = f"conversations/{sender_id}/tracker/events"
        return self._state(await self.ask("POST", path, json=events, params=_ALL))

    async def state(self, sender_id: str) -> _State:
        """The conversation as it stands."""
        path = f"conversations/{sender_id}/tracker"
        return self._state(await self.ask("GET", path, params=_ALL))

    async def send(self, sender_id: str, turn: Turn) -> None:
        """Sends a message and waits until it is dealt with."""
        body = {"sender": sender_id, "message": turn.user, "metadata": dict(turn.metadata)}
        answers = await self.ask("POST", REST, json=body)
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
            raise self._unreachable(refusal(answer, path))
        try:
            return answer.json()
        except ValueError as error:
            what = f"answered /{path} with what isn't JSON: {shown(answer.text)}"
            raise self._unreachable(what) from error

    def _state(self, data: Any) -> _State:
        events = data.get("events") if isinstance(data, Mapping) else None
        slots = data.get("slots") if isinstance(data, Mapping) else None
        if not isinstance(events, list) or not isinstance(slots, Mapping):
            raise self._unreachable(
                f"isn't Rasa's: its answer has no events and slots: {shown(str(data))}"
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
        observed = _observed(turn, before, self.known)
        is_recorded = any(e.get("event") in ("user", "session_started") for e in observed.events)
        failure = "" if is_recorded else _NOT_RECORDED
        return replace(observed, latency_ms=latency, failure=failure)

    async def so_far(self, turn: Turn) -> ObservedTurn | None:
        """What the server has kept of the turn, which it does once it is through with it.

        None if that's nothing, or it doesn't answer. What it logs, it doesn't tell.
        """
        try:
            before, self.known = self.known, await self.bot.state(self.sender_id)
        except BotUnreachable:
            return None
        observed = _observed(turn, before, self.known)
        return observed if observed.events else None

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


def _observed(turn: Turn, before: _State, after: _State) -> ObservedTurn:
    events = added_events(before.events, after.events)
    return ObservedTurn(turn.user, events, before.slots, after.slots)


def _kind(error: Exception) -> str:
    return type(error).__name__


def _ms_since(started: float) -> float:
    return 1000 * (time.perf_counter() - started)
