"""One way to ask for vectors, whether this process makes them or an endpoint does."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from router.embedding.encoder import Encoder, unit_rows
from router.errors import InvalidAnswer
from router.llm import Deadline, LLMClient
from router.llm.deadline import within

if TYPE_CHECKING:
    from router.embedding.encoder import Vectors

__all__ = ["Embedded", "Embedder", "EndpointEmbedder", "LocalEmbedder"]

BATCH = 256  # texts a request


@dataclass(frozen=True, eq=False)
class Embedded:
    """Vectors, one row a text, and the record of the call that they took; empty if none."""

    vectors: Vectors
    call: Mapping[str, Any] = field(default_factory=dict)


class Embedder(Protocol):
    """Makes vectors of texts, without holding up the event loop."""

    @property
    def fingerprint(self) -> str:
        """Tells what made a vector: those of two models can't be compared."""
        ...

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embedded:
        """One row of length 1 for each text.

        Raises:
            LLMError: an endpoint gives none in time.
        """
        ...


class LocalEmbedder:
    """The encoder of this process, in a thread: onnxruntime lets others run meanwhile."""

    # Its own, so that nothing else waits for the encoder.
    _threads = ThreadPoolExecutor(2, thread_name_prefix="encoder")

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.fingerprint = encoder.fingerprint

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embedded:
        """As `Embedder.embed`; milliseconds, unless others wait for the encoder, too.

        Raises:
            LLMTimeout: it isn't done in time.
        """

        async def encoded() -> Vectors:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self.encoder.encode, list(texts))

        return Embedded(await within(encoded(), deadline))


class EndpointEmbedder:
    """A model behind an endpoint; `model` tells which one, and where."""

    def __init__(self, client: LLMClient, model: str) -> None:
        self.client = client
        self.fingerprint = hashlib.sha256(model.encode()).hexdigest()[:12]

    async def embed(self, texts: Sequence[str], *, deadline: Deadline) -> Embedded:
        """As `Embedder.embed`, in batches; the call is that of the last one.

        Raises:
            LLMError: there is no answer, or not one vector of the same length for each text.
        """
        import numpy as np

        vectors: list[tuple[float, ...]] = []
        call: dict[str, Any] = {}
        for start in range(0, len(texts), BATCH):
            answer = await self.client.embed(texts[start : start + BATCH], deadline=deadline)
            vectors.extend(answer.vectors)
            call = answer.record()
        if len(vectors) != len(texts) or len({len(each) for each in vectors}) > 1:
            raise InvalidAnswer("there isn't one vector of the same length for each text.")
        return Embedded(unit_rows(np.asarray(vectors, np.float32).reshape(len(texts), -1)), call)
