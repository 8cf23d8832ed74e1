"""`action_repeat_bot_messages`: what the assistant said last, once more."""

from __future__ import annotations

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from router.dialogue.frames import COLLECT
from router.dialogue.state import DialogueState


def repeated_messages(tracker: DialogueStateTracker, state: DialogueState) -> list[Event]:
    """The messages of the turn before the one that asks for them, in their order.

    Without those of its last action if that was the question which stands below the
    pattern: it is asked again anyway.
    """
    said = _last_messages(tracker)
    if said and len(state.stack) > 1 and state.stack[-2].type == COLLECT:
        said.pop()
    return [BotUttered(each.text, each.data, each.metadata) for group in said for each in group]


def _last_messages(tracker: DialogueStateTracker) -> list[list[BotUttered]]:
    """One list of messages for each action that said any."""
    groups: list[list[BotUttered]] = [[]]
    turns = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            turns += 1
            if turns == 2:
                break
        elif turns and isinstance(event, BotUttered):
            groups[0].insert(0, event)
        elif turns and isinstance(event, ActionExecuted) and groups[0]:
            groups.insert(0, [])
    return [group for group in groups if group]
