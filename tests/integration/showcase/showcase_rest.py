"""The showcase bot behind `rasa run --enable-api`, and transcripts of what it should say."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest
import rasa_process

ROUTE = "route_session_to_calm"
STACK = "dialogue_stack"


class ShowcaseServer:
    """The running bot; its conversations are kept in memory."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.port = rasa_process.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def start(self) -> None:
        """Starts it and waits until the model is loaded."""
        arguments = ["--enable-api", "--port", str(self.port), "--model", "models/showcase.tar.gz"]
        out = self.project / "server.txt"
        self.process = rasa_process.start("run", *arguments, cwd=self.project, out=out)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.is_alive():
            try:
                if self.http.get("/status").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
        raise AssertionError(out.read_text(encoding="utf-8")[-3000:])

    def stop(self) -> None:
        """Ends the process."""
        self.http.close()
        self.process.kill()
        self.process.join()

    def messages(self, sender: str, text: str) -> list[dict[str, Any]]:
        """What the bot answers, whole messages with their buttons."""
        body = {"sender": sender, "message": text}
        answer = self.http.post("/webhooks/rest/webhook", json=body).raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def say(self, sender: str, text: str) -> list[str]:
        """The texts the bot answers."""
        return [message["text"] for message in self.messages(sender, text)]

    def trigger(self, sender: str, intent: str) -> list[str]:
        """The texts that an intent from outside leads to."""
        path = f"/conversations/{sender}/trigger_intent"
        answer = self.http.post(path, json={"name": intent}).raise_for_status()
        return [message["text"] for message in answer.json()["messages"]]

    def tracker(self, sender: str) -> dict[str, Any]:
        """The conversation with all its events."""
        path = f"/conversations/{sender}/tracker"
        answer = self.http.get(path, params={"include_events": "ALL"}).raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def slot(self, sender: str, name: str) -> Any:
        """A slot's value."""
        return self.tracker(sender)["slots"][name]

    def flows(self, sender: str) -> list[str]:
        """The flows and patterns on the stack, bottom first."""
        return [frame["flow_id"] for frame in self.slot(sender, STACK) or ()]

    def put_events(self, sender: str, events: list[dict[str, Any]]) -> None:
        """Replaces the events of a conversation."""
        path = f"/conversations/{sender}/tracker/events"
        self.http.put(path, json=events).raise_for_status()


class Talk:
    """One conversation with the running bot."""

    def __init__(self, server: ShowcaseServer, sender: str) -> None:
        self.server = server
        self.sender = sender

    def __call__(self, text: str) -> list[str]:
        """The texts the bot answers."""
        return self.server.say(self.sender, text)

    def buttons(self, text: str) -> dict[str, str]:
        """The buttons of the last message of the answer: title -> payload."""
        last = self.server.messages(self.sender, text)[-1]
        return {button["title"]: button["payload"] for button in last["buttons"]}

    def slot(self, name: str) -> Any:
        """A slot's value."""
        return self.server.slot(self.sender, name)

    @property
    def route(self) -> bool | None:
        """The routing slot."""
        value: bool | None = self.slot(ROUTE)
        return value

    @property
    def flows(self) -> list[str]:
        """The flows and patterns on the stack, bottom first."""
        return self.server.flows(self.sender)

    def play(self, transcript: str) -> None:
        """Says the `user:` lines of a transcript; the `bot:` lines must be the answers.

        An intent after `outside:` comes over the API's trigger_intent.
        """
        wanted = [line.strip() for line in dedent(transcript).strip().splitlines()]
        heard: list[str] = []
        for line in wanted:
            who, _, text = line.partition(": ")
            if who == "user":
                heard += [line, *(f"bot: {each}" for each in self(text))]
            elif who == "outside":
                said = self.server.trigger(self.sender, text)
                heard += [line, *(f"bot: {each}" for each in said)]
        assert heard == wanted


def transcripts(cases: Mapping[str, str]) -> Any:
    """Parametrises a test with transcripts, each under its sentence."""
    named = [pytest.param(text, id=name.replace(" ", "_")) for name, text in _checked(cases)]
    return pytest.mark.parametrize("transcript", named)


def _checked(cases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in cases.items():
        for line in dedent(text).strip().splitlines():
            assert line.strip().startswith(("user: ", "bot: ", "outside: ")), line
        yield name, text
