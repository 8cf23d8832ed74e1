"""A stand-in for a Rasa server: its tracker API and its channel `rest`, with a bot that says hello.

As a handler of `httpx.MockTransport`, or over HTTP:

    with served(FakeRasa()) as url:
        ...
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

DOMAIN_SLOTS = {
    "amount": {"type": "float"},
    "verified": {"type": "bool", "initial_value": False},
    "plan": {"type": "categorical", "values": ["Basic", "Gold"]},
}
SLOTS = {"amount": None, "verified": False, "plan": None, "session_started_metadata": None}
SESSION_START = (
    {"event": "action", "name": "action_session_start"},
    {"event": "session_started"},
    {"event": "action", "name": "action_listen"},
)
WEBHOOK = "/webhooks/rest/webhook"
NEW_SESSION = ("/restart", "/session_start")


class FakeRasa:
    """Keeps conversations as Rasa's API does.

    `answers` are given in place of its own, by path; a message that is `hang` is answered
    after `hang_seconds`. With `latest_only` it gives the latest session of a conversation, as
    tracker stores of one's own may.
    """

    def __init__(self, hang_seconds: float = 60, *, latest_only: bool = False) -> None:
        self.conversations: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[httpx.Request] = []
        self.answers: dict[str, httpx.Response | Exception] = {}
        self.hang_seconds = hang_seconds
        self.latest_only = latest_only
        self.clock = itertools.count(1.0)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.requests.append(request)
        if path in self.answers:
            answer = self.answers[path]
            if isinstance(answer, Exception):
                raise answer
            return answer
        body = json.loads(request.content) if request.content else None
        if path == "/status":
            return httpx.Response(200, json={"model_file": "bot.tar.gz"})
        if path == "/domain":
            return httpx.Response(200, json={"slots": DOMAIN_SLOTS})
        if path == WEBHOOK:
            return self._say(body["sender"], body["message"])
        events = self.conversations.setdefault(path.split("/")[2], [])
        if request.method == "PUT":
            events[:] = body
        elif request.method == "POST":
            start = () if events else SESSION_START
            self._add(events, *start, *body)
        events = latest_session(events) if self.latest_only else events
        given = {e["name"]: e["value"] for e in applied(events) if e["event"] == "slot"}
        return httpx.Response(200, json={"events": events, "slots": {**SLOTS, **given}})

    def _say(self, sender: str, text: str) -> httpx.Response:
        if text == "hang":
            time.sleep(self.hang_seconds)
        events = self.conversations[sender]
        self._add(events, {"event": "user", "text": text, "parse_data": {}})
        if text == "/restart":
            self._add(events, {"event": "action", "name": "action_restart"}, {"event": "restart"})
        if text in NEW_SESSION:
            start = {"event": "action", "name": "action_session_start"}
            self._add(events, start, {"event": "session_started"})
        answer = "welcome" if text in NEW_SESSION else "hello"
        self._add(events, {"event": "bot", "text": answer, "data": {}, "metadata": {}})
        return httpx.Response(200, json=[{"recipient_id": sender, "text": answer}])

    def _add(self, events: list[dict[str, Any]], *more: dict[str, Any]) -> None:
        events += [{**event, "timestamp": next(self.clock)} for event in more]


def applied(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the latest session that count: without what was undone."""
    kept: list[dict[str, Any]] = []
    for event in latest_session(events):
        if event["event"] == "undo":
            last = max(n for n, each in enumerate(kept) if each["event"] == "action")
            del kept[last:]
        else:
            kept.append(event)
    return kept


def latest_session(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events from the last session's start on, with the action that began it."""
    starts = [n for n, event in enumerate(events) if event["event"] == "session_started"]
    start = starts[-1] if starts else 0
    is_begun = start > 0 and events[start - 1].get("name") == "action_session_start"
    return events[start - is_begun :]


@contextmanager
def served(rasa: FakeRasa) -> Iterator[str]:
    """Its address, as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            url = f"http://fake{self.path}"
            request = httpx.Request(self.command, url, content=self.rfile.read(length))
            response = rasa(request)
            self.send_response(response.status_code)
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: Any) -> None:
            """A client that hangs up is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
