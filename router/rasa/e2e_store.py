"""Where the conversations of tests are kept: in memory, each with what its turns added."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["TestConversations"]


class TestConversations(InMemoryTrackerStore):
    """Rasa's own store, which also tells what is new in a conversation.

    A tracker that is read again may have fewer events than before, since it begins with the
    latest session: so events are counted from where a tracker was read.
    """

    __test__ = False  # not a test of pytest's

    def __init__(self) -> None:
        super().__init__(Domain.empty())
        self._at_work: dict[str, tuple[DialogueStateTracker, int]] = {}
        self._saved: dict[str, list[Event]] = {}
        self._slots: dict[str, Mapping[str, Any]] = {}

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """As the tracker store it is."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            self._at_work[sender_id] = tracker, len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """As the tracker store it is."""
        self._at_work.setdefault(tracker.sender_id, (tracker, 0))  # it is new
        await super().save(tracker)
        self._saved.setdefault(tracker.sender_id, []).extend(self._unsaved(tracker.sender_id))
        self._slots[tracker.sender_id] = tracker.current_slot_values()

    def new_events(self, sender_id: str) -> list[Event]:
        """What came since it was asked last; of a turn that failed also what isn't saved."""
        return [*self._saved.pop(sender_id, ()), *self._unsaved(sender_id)]

    def slots(self, sender_id: str) -> Mapping[str, Any]:
        """The values of all slots at the end of the latest turn that was gone through with."""
        return self._slots.get(sender_id) or {s.name: s.initial_value for s in self.domain.slots}

    def forget(self, sender_id: str) -> None:
        """Nothing is known of the conversation any more."""
        self.store.pop(sender_id, None)
        self._at_work.pop(sender_id, None)
        self._saved.pop(sender_id, None)
        self._slots.pop(sender_id, None)

    def _unsaved(self, sender_id: str) -> list[Event]:
        tracker, known = self._at_work.get(sender_id, (None, 0))
        if tracker is None:
            return []
        self._at_work[sender_id] = tracker, len(tracker.events)
        return list(islice(tracker.events, known, None))
