"""The bot that asks a language model, and the server that stands for the model."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from benchmarks.bot import SKILLS, nlu_examples, trained

ROUTING, COMMANDS = "You route messages", "You steer a chat assistant"
DEADLINE = 5.0  # seconds that a turn may wait for the model
ORDER, ANSWER, QUESTION = "show new book", "war and peace", "my hours"
ASKED_FOR_TITLE, ASKED_FOR_COPIES, TOLD_HOURS = "what title?", "what copies?", "here is the hours"

Reply = Mapping[str, Any]


def model() -> Path:
    """A trained model of the bot: two components ask a model, everything else is quick."""
    return trained("llm", _files())


def answers(delay: float = 0.0) -> list[Reply]:
    """A model that knows what to say, after so many seconds."""
    routing = f'{ROUTING}.*"[^"]*{{}}[^"]*"\\s+Answer with'
    return [
        {"match": rf"(?s){routing.format('new book')}", "answer": "A", "delay": delay},
        {"match": ROUTING, "answer": "C", "delay": delay},
        {
            "match": rf'(?s){COMMANDS}.*"{ANSWER}"\s+Commands:',
            "answer": f"set slot title {ANSWER}",
            "delay": delay,
        },
        {"match": COMMANDS, "answer": "start flow order_book", "delay": delay},
    ]


class Server:
    """The fake server as a process of its own, on a port that it may be given again."""

    def __init__(self, script: Sequence[Reply], port: int) -> None:
        self._script, self._port = script, port

    def __enter__(self) -> Server:
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as script:
            yaml.safe_dump([dict(reply) for reply in self._script], script)
            script.flush()
            command = ["-m", "router.llm.fake_server", script.name, "--port", str(self._port)]
            self._process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE)
            assert self._process.stdout is not None
            assert self._process.stdout.readline(), "the fake server ended"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Bot:
    """The bot in this process, asking the model at a port of this machine."""

    def __init__(self, port: int, limits: Mapping[str, Any] | None = None) -> None:
        """`limits` are those of the model group; its defaults without any."""
        import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
        from rasa.core.agent import Agent

        self.port = port
        deployment = {
            "provider": "self-hosted",
            "model": "bench",
            "api_base": f"http://127.0.0.1:{port}/v1",
        }
        group = {"id": "bench", "models": [deployment], "limits": dict(limits or {})}
        path, here = model(), Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "endpoints.yml").write_text(yaml.safe_dump({"model_groups": [group]}))
            os.chdir(folder)  # where Rasa's components look for endpoints.yml
            try:
                self.agent = Agent.load(str(path))
            finally:
                os.chdir(here)

    async def say(self, text: str, sender: str) -> list[str]:
        """What the bot answers."""
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, channel, sender))
        return [str(message.get("text")) for message in channel.messages]

    async def warm_up(self) -> None:
        """Does what only a bot's first messages do, and forgets the bots before it."""
        for text in (ORDER, ANSWER):
            await self.say(text, "warm up")
        gc.collect()

    async def tracker(self, sender: str) -> Any:
        """The conversation, as Rasa has it."""
        return await self.agent.tracker_store.retrieve(sender)

    def component(self, name: str) -> Any:
        """The loaded pipeline component of the class with this name."""
        assert self.agent.processor is not None
        nodes = self.agent.processor.graph_runner._instantiated_nodes.values()  # type: ignore[attr-defined]
        return next(node._component for node in nodes if type(node._component).__name__ == name)


def _files() -> dict[str, Any]:
    asked = {"llm": {"model_group": "bench"}, "timeout": DEADLINE}
    router = {
        "name": "LLMBasedRouter",
        "calm_entry": {"sticky": "takes orders for books"},
        "nlu_entry": {"sticky": "handles cards, loans, branches and opening hours"},
    }
    config = {
        "recipe": "default.v1",
        "assistant_id": "bench",
        "language": "en",
        "importers": [{"name": "router.CoexistenceImporter"}],
        "pipeline": [
            router | asked,
            {"name": "KeywordIntentClassifier"},
            {"name": "LLMCommandGenerator"} | asked,
        ],
        "policies": [{"name": "FlowPolicy"}, {"name": "RulePolicy"}],
    }
    group = {"id": "bench", "models": [{"provider": "self-hosted", "model": "bench"}]}
    return {
        "config.yml": config,
        "endpoints.yml": {"model_groups": [group]},
        "domain.yml": _domain(),
        "data/nlu.yml": {"version": "3.1", "nlu": list(nlu_examples())},
        "data/rules.yml": {"version": "3.1", "rules": list(_rules())},
        "flows/order.yml": _FLOWS,
    }


def _rules() -> Any:
    """No rule resets: who is sent to the NLU system stays there."""
    for skill in SKILLS:
        yield {
            "rule": skill,
            "steps": [{"intent": f"ask_{skill}"}, {"action": f"utter_{skill}"}],
        }
    yield {"rule": "order", "steps": [{"intent": "order"}, {"action": "utter_elsewhere"}]}
    yield {"rule": "thanks", "steps": [{"intent": "thanks"}, {"action": "utter_welcome"}]}


def _domain() -> dict[str, Any]:
    said = {f"utter_{skill}": f"here is the {skill}" for skill in SKILLS}
    said |= {f"utter_ask_{slot}": f"what {slot}?" for slot in ("title", "copies")}
    said |= {"utter_ordered": "ordered", "utter_welcome": "you are welcome"}
    said |= {"utter_elsewhere": "please ask again"}
    return {
        "version": "3.1",
        "intents": [*(f"ask_{skill}" for skill in SKILLS), "order", "thanks"],
        "slots": {"title": {"type": "text"}, "copies": {"type": "text"}},
        "responses": {name: [{"text": text}] for name, text in said.items()},
    }


_FLOWS = {
    "flows": {
        "order_book": {
            "description": "orders a book",
            "steps": [{"collect": "title"}, {"collect": "copies"}, {"action": "utter_ordered"}],
        }
    }
}
