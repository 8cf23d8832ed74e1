"""What was said, as prompts show it."""

from __future__ import annotations

from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

LONGEST = 20  # messages


def said_before(tracker: DialogueStateTracker) -> tuple[tuple[str, str], ...]:
    """The last messages of user and assistant since the session began, oldest first.

    Those of both systems: what one said the other may be asked about.
    """
    said: list[tuple[str, str]] = []
    for event in reversed(tracker.events):
        if isinstance(event, SessionStarted) or len(said) == LONGEST:
            break
        if isinstance(event, UserUttered | BotUttered) and event.text:
            who = "user" if isinstance(event, UserUttered) else "assistant"
            said.append((who, event.text))
    return tuple(reversed(said))
