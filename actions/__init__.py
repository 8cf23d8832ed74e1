"""The custom actions of the sample bank.

They work in the assistant's own process and on an action server alike: each opens its
own database connection, so several threads may run them at once.
"""

from __future__ import annotations

from rasa_sdk import Tracker

__all__ = ["text_slot", "verified_customer"]


def text_slot(tracker: Tracker, name: str) -> str | None:
    """The slot as stripped text, or None if it is empty."""
    value = tracker.get_slot(name)
    return None if value is None else str(value).strip() or None


def verified_customer(tracker: Tracker) -> str | None:
    """The customer's number, if the customer was verified in this conversation."""
    return text_slot(tracker, "customer_number") if tracker.get_slot("is_verified") else None
