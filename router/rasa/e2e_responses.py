"""Responses of which the same variation is chosen each time a test is played with a seed."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["RepeatableResponses"]


class RepeatableResponses(NaturalLanguageGenerator):
    """Generates responses as another does, whose random choices repeat themselves.

    Rasa chooses by numpy's numbers, which all conversations of a process share; the choice is
    made at once, so that seeding them before it is enough.

    Attributes:
        seeds: what each conversation's variations are chosen by, besides their place in it.
    """

    def __init__(self, inner: NaturalLanguageGenerator) -> None:
        self.inner = inner
        self.seeds: dict[str, str] = {}

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """As the generator it stands for."""
        place = f"{self.seeds.get(tracker.sender_id)}/{utter_action}/{len(tracker.events)}"
        np.random.seed(zlib.crc32(place.encode("utf-8", "replace")))
        return await self.inner.generate(utter_action, tracker, output_channel, **kwargs)
