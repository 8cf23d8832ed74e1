"""What makes vectors for a component: the encoder of this process, or an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from router.embedding import (
    Embedder,
    EncoderSettings,
    EndpointEmbedder,
    LocalEmbedder,
    load_encoder,
)
from router.llm import Deadline
from router.rasa.model_endpoints import client_for, endpoints_path, model_groups

if TYPE_CHECKING:
    from router.embedding.encoder import Vectors

TRAINING_SECONDS = 3600.0  # for all texts that an endpoint embeds at training


def embedder_for(settings: EncoderSettings) -> Embedder:
    """The embedder that the settings name; components of one process share what it loads.

    Raises:
        EncoderUnavailable: the encoder isn't installed, or isn't in the folder.
        InvalidConfig: the endpoint's model can't be read.
    """
    if settings.embeddings is None:
        folder = Path(settings.folder).resolve() if settings.folder else None
        return LocalEmbedder(load_encoder(folder))
    group = settings.models(model_groups(endpoints_path()))
    return EndpointEmbedder(client_for(settings.models), group.models[0].model)


def embedded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """The texts' vectors, for training: it waits, also where an event loop runs already.

    Raises:
        LLMError: an endpoint gives none.
    """

    async def embed() -> Vectors:
        try:
            deadline = Deadline.after(TRAINING_SECONDS)
            return (await embedder.embed(texts, deadline=deadline)).vectors
        finally:
            # The loop ends here, and so must the connections it opened.
            if isinstance(embedder, EndpointEmbedder):
                await embedder.client.aclose()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, embed()).result()
