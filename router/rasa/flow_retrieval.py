"""Flow retrieval of a command generator: its vectors in the model, and what came up before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from rasa.shared.core.events import SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from router.dialogue.commands import Clarify, Command, StartFlow, commands_from_dicts
from router.dialogue.state import flows_on_stack
from router.embedding import Embedder, EncoderUnavailable
from router.errors import CoexistenceError, LLMError
from router.flows.assistant import Assistant
from router.flows.slots import STACK_SLOT
from router.rasa.embedders import embedded, embedder_for
from router.rasa.model_endpoints import endpoints_path, model_groups
from router.rasa.tracker_state import COMMANDS_KEY
from router.understanding.flow_retrieval import FlowIndex, FlowRetriever, flow_documents
from router.understanding.llm_configuration import GeneratorConfig

_WITHOUT = "without_flow_retrieval.txt"  # in the model: why there are no vectors in it
log = structlog.get_logger(__name__)


def learn_flows(config: GeneratorConfig, assistant: Assistant, folder: Path) -> None:
    """Puts the flows' vectors into a folder of the model, if a prompt doesn't show all flows.

    Raises:
        EncoderUnavailable: config.yml asks for flow retrieval, and there is no encoder.
        LLMError: the endpoint gives no vectors.
    """
    retrieval = config.retrieval
    documents = flow_documents(assistant, retrieval.should_embed_slots)
    if not retrieval.active or len(documents) <= retrieval.num_flows:
        return
    with _told_what_for():
        embedder = _embedder(config)
        if isinstance(embedder, str):
            (folder / _WITHOUT).write_text(embedder, encoding="utf-8")
            return
        vectors = embedded(embedder, list(documents.values()))
    FlowIndex.of(documents, vectors, embedder.fingerprint).save(folder)


def recall_flows(config: GeneratorConfig, folder: Path) -> FlowRetriever | None:
    """What looks flows up; None if a prompt shows all of them, and a log line if it shouldn't.

    Raises:
        EncoderUnavailable: config.yml asks for flow retrieval, and there is no encoder.
        IncompatibleModel: the vectors can't be read, or come from another encoder.
    """
    embedder: Embedder | str
    if (folder / _WITHOUT).is_file():
        embedder = (folder / _WITHOUT).read_text(encoding="utf-8")
    elif FlowIndex.is_in(folder):
        with _told_what_for():
            embedder = _embedder(config)
    else:
        return None
    if isinstance(embedder, str):
        log.info("coexistence.no_flow_retrieval", reason=embedder, effect="all flows are shown")
        return None
    return FlowRetriever(config.retrieval, FlowIndex.load(folder), embedder)


def encoder_in_use(config: GeneratorConfig) -> str:
    """What would make the flows' vectors now, or why nothing can."""
    retrieval = config.retrieval
    if not retrieval.active:
        return ""
    try:
        if retrieval.embeddings is None:
            return embedder_for(retrieval).fingerprint
        return retrieval.models(model_groups(endpoints_path())).models[0].model
    except CoexistenceError as error:
        return str(error)


def flows_mentioned(message: Message, tracker: DialogueStateTracker) -> frozenset[str]:
    """Flows that were in progress since the session began, or were offered just before.

    And those that other generators' commands for the message name.
    """
    found = _named(commands_from_dicts(message.get(COMMANDS_KEY) or ()))
    is_last_turn = True
    for event in reversed(tracker.events):
        # type() rather than isinstance(): of Rasa's abstract event classes it is ten times faster.
        kind = type(event)
        if kind is SessionStarted:
            break
        if kind is SlotSet and event.key == STACK_SLOT:
            found |= flows_on_stack(event.value)
        elif kind is UserUttered and is_last_turn:
            is_last_turn = False
            found |= _named(commands_from_dicts(event.parse_data.get(COMMANDS_KEY) or ()))
    return frozenset(found)


def _named(commands: list[Command]) -> set[str]:
    found: set[str] = set()
    for command in commands:
        if isinstance(command, StartFlow):
            found.add(command.flow)
        elif isinstance(command, Clarify):
            found.update(command.options)
    return found


def _embedder(config: GeneratorConfig) -> Embedder | str:
    """What makes vectors, or why nothing can, if config.yml doesn't ask for it."""
    try:
        return embedder_for(config.retrieval)
    except EncoderUnavailable as error:
        if config.flow_retrieval is not None:
            raise
        return str(error)


@contextmanager
def _told_what_for() -> Iterator[None]:
    try:
        yield
    except (EncoderUnavailable, LLMError) as error:
        raise type(error)(
            f"flow_retrieval of LLMCommandGenerator: {error} Or write `flow_retrieval: "
            "{active: false}`, and each prompt shows all flows."
        ) from error
