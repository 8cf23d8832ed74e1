"""Which flows a prompt shows: those that what the user says is most like.

Each flow becomes a short text, its document, whose vector is put into the model; a message is
compared with all of them. Follows https://rasa.com/docs/pro/customize/command-generator
(flow retrieval).
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.embedding import Embedder
from router.errors import IncompatibleModel, LLMError
from router.flows.assistant import Assistant
from router.flows.model import CollectStep, Flow
from router.llm.client import failed_call
from router.llm.deadline import Deadline, within
from router.understanding.llm_configuration import FlowRetrieval
from router.understanding.llm_prompt import Moment, fillable_slots

if TYPE_CHECKING:
    from router.embedding.encoder import Vectors

__all__ = ["FlowIndex", "FlowRetriever", "Retrieved", "flow_documents", "kept_first", "query_text"]

FORMAT = 1
_ARRAYS, _REST = "flows.npz", "flows.json"
_SHARE = 4  # looking flows up may take the fourth part of the time that a turn has left
_log = logging.getLogger(__name__)


def flow_documents(assistant: Assistant, with_slots: bool) -> dict[str, str]:
    """The text of each flow that has to be looked up, by its id.

    Those are the bot's own that aren't always included. Name and description; `with_slots`,
    also what the flow asks for: slots that commands may fill, with their descriptions and
    allowed values.
    """
    return {
        flow.id: "\n".join(
            [
                f"{flow.readable_name}: {flow.description}",
                *(
                    _slot_line(step, assistant)
                    for step in (fillable_slots(flow, assistant) if with_slots else ())
                ),
            ]
        )
        for flow in assistant.flows.values()
        if not flow.is_pattern and not flow.always_include_in_prompt
    }


def query_text(moment: Moment, turns: int) -> str:
    """The last `turns` messages of the user with what was said in between, newest first.

    An encoder reads only so many words: what it leaves out should be the oldest.
    """
    texts, wanted = [moment.message], turns - 1
    for who, text in reversed(moment.conversation):
        if not wanted:
            break
        texts.append(text)
        wanted -= who == "user"
    return "\n".join(texts)


def kept_first(moment: Moment, flows: Sequence[Flow]) -> tuple[list[Flow], list[Flow]]:
    """The flows that are shown in any case, the most important first; and the others.

    In progress, always included, and those that came up before, in this order.
    """
    active = [frame.flow_id for frame in reversed(moment.state.user_frames)]

    def rank(flow: Flow) -> int:
        if flow.id in active:
            return active.index(flow.id)
        return len(active) + (not flow.always_include_in_prompt)

    kept = [
        flow
        for flow in flows
        if flow.id in active or flow.always_include_in_prompt or flow.id in moment.mentioned
    ]
    ids = {flow.id for flow in kept}
    return sorted(kept, key=rank), [flow for flow in flows if flow.id not in ids]


@dataclass(frozen=True, eq=False)
class FlowIndex:
    """The flows' vectors: plain arrays, compared by numpy alone.

    Attributes:
        documents: flow id -> hash of the document that was embedded.
        vectors: one row of length 1 for each of them, in their order.
        encoder: the fingerprint of what made the vectors.
    """

    documents: Mapping[str, str]
    vectors: Vectors
    encoder: str

    @classmethod
    def of(cls, documents: Mapping[str, str], vectors: Vectors, encoder: str) -> FlowIndex:
        """The index of documents, by flow id, and of their vectors."""
        return cls({name: _hash(text) for name, text in documents.items()}, vectors, encoder)

    def current(self, documents: Mapping[str, str]) -> frozenset[str]:
        """Ids of the flows whose documents are still those that were embedded."""
        return frozenset(
            name for name, text in documents.items() if self.documents.get(name) == _hash(text)
        )

    def likeness(self, vector: Vectors) -> dict[str, float]:
        """Each flow's cosine with the vector of a text.

        Raises:
            IncompatibleModel: the vector hasn't the length of the flows'.
        """
        if vector.shape != self.vectors.shape[1:]:
            raise IncompatibleModel(
                f"The flows' vectors have {self.vectors.shape[1]} numbers, and the encoder gives "
                f"{vector.shape[0]}. Train the model again."
            )
        return dict(zip(self.documents, (self.vectors @ vector).tolist(), strict=True))

    def save(self, folder: Path) -> None:
        """Writes two files into a folder; neither is a pickle."""
        import numpy as np

        np.savez(folder / _ARRAYS, vectors=self.vectors)
        rest = {"format": FORMAT, "encoder": self.encoder, "documents": dict(self.documents)}
        text = json.dumps(rest, indent=1, ensure_ascii=False)
        (folder / _REST).write_text(text + "\n", encoding="utf-8")

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether an index was saved there."""
        return (folder / _REST).is_file()

    @classmethod
    def load(cls, folder: Path) -> FlowIndex:
        """Reads what `save` wrote.

        Raises:
            IncompatibleModel: the files aren't there, or aren't what this version writes.
        """
        import zipfile

        import numpy as np

        try:
            rest = json.loads((folder / _REST).read_text(encoding="utf-8"))
            if rest["format"] != FORMAT:
                raise ValueError(f"format {rest['format']} instead of {FORMAT}")
            with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
                vectors = arrays["vectors"]
            index = cls(dict(rest["documents"]), vectors, str(rest["encoder"]))
            if vectors.ndim != 2 or len(vectors) != len(index.documents):
                raise ValueError("the vectors don't fit the flows")
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise IncompatibleModel(
                f"The flows' vectors in {folder} can't be read: {error}. Train the model again."
            ) from error
        return index


@dataclass(frozen=True)
class Retrieved:
    """Flows to show, the most important first; `record` is what is kept of looking them up."""

    flows: tuple[Flow, ...]
    record: Mapping[str, Any] = field(default_factory=dict)


class FlowRetriever:
    """Looks up the flows that a message may be about.

    Raises:
        IncompatibleModel: the index was made by another embedder.
    """

    def __init__(self, settings: FlowRetrieval, index: FlowIndex, embedder: Embedder) -> None:
        if embedder.fingerprint != index.encoder:
            raise IncompatibleModel(
                f"The flows' vectors were made by the sentence encoder {index.encoder}, and this "
                f"one is {embedder.fingerprint}. Train the model again."
            )
        self._settings, self._index, self._embedder = settings, index, embedder
        self._known: tuple[Assistant, frozenset[str]] | None = None

    async def retrieve(
        self, moment: Moment, flows: Sequence[Flow], deadline: Deadline
    ) -> Retrieved:
        """Of `flows`, those kept in any case and the `num_flows` that are most alike.

        Nothing is embedded if there aren't more. All of them are given if there is no vector
        within `timeout`, or a fourth of the time that is left.
        """
        kept, others = kept_first(moment, flows)
        known = self._current(moment.assistant)
        ranked = [flow for flow in others if flow.id in known]
        number = self._settings.num_flows
        if len(ranked) <= number:
            return Retrieved((*kept, *others))
        start = time.perf_counter()
        text = query_text(moment, self._settings.turns_to_embed)
        seconds = min(self._settings.timeout, deadline.remaining() / _SHARE)
        share = deadline.at_most(seconds)
        try:
            embedded = await within(self._embedder.embed([text], deadline=share), share)
            likeness = self._index.likeness(embedded.vectors[0])
        except (LLMError, IncompatibleModel) as error:
            return Retrieved((*kept, *others), _record(start, failed_call(error)))
        ranked.sort(key=lambda flow: -likeness[flow.id])
        unknown = [flow for flow in others if flow.id not in known]
        record = _record(start, {**embedded.call, "outcome": "ranked"})
        return Retrieved((*kept, *ranked[:number], *unknown), record)

    def _current(self, assistant: Assistant) -> frozenset[str]:
        """Ids of the flows that the index knows as they are; found once for an assistant."""
        if self._known is None or self._known[0] is not assistant:
            documents = flow_documents(assistant, self._settings.should_embed_slots)
            current = self._index.current(documents)
            changed = sorted(set(documents) - current)
            if changed:
                _log.warning(
                    "These flows aren't what their vectors were made of, so each prompt shows "
                    "them: %s. Train the model again.",
                    ", ".join(changed),
                )
            self._known = assistant, current
        return self._known[1]


def _slot_line(step: CollectStep, assistant: Assistant) -> str:
    said = [step.description, ", ".join(assistant.slots[step.slot].values)]
    words = step.slot.replace("_", " ")
    return ": ".join([words, *filter(None, said)])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _record(start: float, call: Mapping[str, Any]) -> dict[str, Any]:
    latency = round((time.perf_counter() - start) * 1000, 1)
    return {"retrieval": {**call, "latency_ms": latency}}
