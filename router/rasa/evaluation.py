"""The router of a trained model, asked about single messages: no policies, no actions, no store.

Each message is the first of a conversation of its own. The pipeline runs as far as the router
needs it, so that command generators behind the router aren't asked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.model import get_latest_model
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

from router.errors import CoexistenceError, IncompatibleModel
from router.evaluation.asking import Ask
from router.flows.assistant import Assistant
from router.rasa.graph import run_graph
from router.rasa.router_component import RouterComponent
from router.rasa.seams import assistant_of
from router.rasa.tracker_state import DECISION_KEY
from router.rasa.turn_calls import cancelled_with_the_turn, finish
from router.rasa.user_turn import payload_data
from router.routing.decision import RoutingDecision, Turn
from router.routing.hybrid_router import HybridRouter

__all__ = ["LoadedRouter", "load_router"]

SENDER = "evaluation"


class LoadedRouter:
    """The router of a loaded model; may be asked about many messages at once."""

    def __init__(self, processor: MessageProcessor, assistant: Assistant, node: str) -> None:
        self._processor = processor
        self._assistant = assistant
        self._node = node

    @property
    def component(self) -> RouterComponent:
        """The pipeline's component."""
        nodes = self._processor.graph_runner._instantiated_nodes
        found: RouterComponent = nodes[self._node]._component
        return found

    @property
    def name(self) -> str:
        """The component's name in config.yml, without its module."""
        return type(self.component).__name__

    async def decide(self, text: str) -> RoutingDecision | None:
        """The decision about a text; None if none is made, since the route is given."""
        tracker = self._new_conversation()
        data = payload_data(text.strip(), tracker, self._assistant, self._processor.domain)
        if data is None:
            message = UserMessage(text, sender_id=SENDER)
            with cancelled_with_the_turn():
                [parsed] = await run_graph(
                    self._processor.graph_runner,
                    {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker},
                    self._node,
                )
                await finish(parsed)
            data = parsed.data
        found = data.get(DECISION_KEY)
        return RoutingDecision.from_dict(found) if found else None

    @contextmanager
    def deciding_by(self, stage: Literal["cheap", "llm"]) -> Iterator[Ask]:
        """Asks a single stage of a `HybridRouter` about every message, as long as it lasts.

        The decisions of the stage `llm` tell what the cheap one says, too.

        Raises:
            IncompatibleModel: the model's router is another one.
        """
        component = self.component
        router = getattr(component, "router", None)
        if not isinstance(router, HybridRouter):
            raise IncompatibleModel(
                f"The model's router is {self.name}, which has no `llm_band` to tune. Put a "
                "HybridRouter into the pipeline, and train."
            )
        hybrid = router

        async def by_model(turn: Turn) -> RoutingDecision:
            _, decision = await hybrid.compare(turn)
            return decision

        component.__dict__["begin"] = hybrid.decide_cheaply if stage == "cheap" else by_model
        try:
            yield self.decide
        finally:
            del component.__dict__["begin"]

    def _new_conversation(self) -> DialogueStateTracker:
        events = [
            ActionExecuted(ACTION_SESSION_START_NAME),
            SessionStarted(),
            ActionExecuted(ACTION_LISTEN_NAME),
        ]
        return DialogueStateTracker.from_events(SENDER, events, self._processor.domain.slots)


def load_router(project: Path, model: Path, endpoints: Path | None = None) -> LoadedRouter:
    """Loads the router of a trained model.

    Args:
        project: the folder of config.yml, in which the bot's own components are found.
        model: a model, or a folder whose latest is taken.
        endpoints: endpoints.yml, for the language models that it names.

    Raises:
        IncompatibleModel: there's no model, it can't be loaded, or has no router.
        InvalidConfig: a language model that it needs can't be read.
    """
    path = str(model) if model.is_file() else get_latest_model(str(model))
    if path is None:
        raise IncompatibleModel(f"There's no model in {model}. Train one with `rasa train`.")
    folder = str(project.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    agent = Agent()
    try:
        with _started_with(endpoints):
            agent.load_model(path)
    except CoexistenceError:
        raise
    except Exception as error:
        message = f"The model {path} can't be loaded: {error}. Train it again with `rasa train`."
        raise IncompatibleModel(message) from error
    processor = agent.processor
    assistant = assistant_of(processor)
    nodes = processor.graph_runner._instantiated_nodes.items()
    node = next((n for n, node in nodes if isinstance(node._component, RouterComponent)), None)
    if node is None or assistant is None:
        message = f"The model {path} has no router. Add one to the pipeline, and train."
        raise IncompatibleModel(message)
    return LoadedRouter(processor, assistant, node)


@contextmanager
def _started_with(endpoints: Path | None) -> Iterator[None]:
    """Components take the endpoints file from the command line, since Rasa doesn't tell them."""
    if endpoints is None:
        yield
        return
    given = sys.argv
    sys.argv = [given[0], "--endpoints", str(endpoints)]
    try:
        yield
    finally:
        sys.argv = given
