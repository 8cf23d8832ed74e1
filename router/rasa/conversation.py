"""What was said, as prompts show it."""

from __future__ import annotations

from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LONGEST = 20  # messages
_SPEAKERS = {UserUttered.type_name: "user", BotUttered.type_name: "assistant"}


def said_before(tracker: DialogueStateTracker) -> tuple[tuple[str, str], ...]:
    """The last messages of user and assistant since the session began, oldest first.

    Those of both systems: what one said the other may be asked about.
    """
    said: list[tuple[str, str]] = []
    for event in reversed(tracker.events):
        kind = event.type_name  # isinstance of events takes ten times as long
        if kind == SessionStarted.type_name or len(said) == LONGEST:
            break
        if kind in _SPEAKERS and event.text:
            said.append((_SPEAKERS[kind], event.text))
    return tuple(reversed(said))
