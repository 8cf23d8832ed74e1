"""Names that every Rasa Open Source 3.6 assistant has, so that checks need no Rasa.

A test compares them with Rasa's own.
"""

from __future__ import annotations

DEFAULT_ACTIONS = frozenset(
    {
        "...",
        "action_back",
        "action_deactivate_loop",
        "action_default_ask_affirmation",
        "action_default_ask_rephrase",
        "action_default_fallback",
        "action_extract_slots",
        "action_listen",
        "action_restart",
        "action_revert_fallback_events",
        "action_session_start",
        "action_two_stage_fallback",
        "action_unlikely_intent",
    }
)
DEFAULT_INTENTS = frozenset({"back", "nlu_fallback", "out_of_scope", "restart", "session_start"})
DEFAULT_SLOTS = frozenset(
    {
        "knowledge_base_last_object",
        "knowledge_base_last_object_type",
        "knowledge_base_listed_objects",
        "requested_slot",
        "session_started_metadata",
    }
)
# Those that the domain's own intents shadow, and that start no conversation with a system.
CONTROL_INTENTS = frozenset({"back", "restart", "session_start"})
