"""Knowing the customer, and blocking the customer's cards."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import text_slot, verified_customer
from actions.database import transaction


def verification(number: object) -> dict[str, Any]:
    """The slots that follow from a customer number; all empty if nobody has it.

    The sample bank takes the number's word for it. A real one asks for a secret here.
    """
    with transaction() as bank:
        customer = bank.execute(
            "SELECT number, name FROM customers WHERE number = ?",
            (None if number is None else str(number).strip(),),
        ).fetchone()
    if customer is None:
        return {"customer_number": None, "customer_name": None, "is_verified": None}
    return {
        "customer_number": customer["number"],
        "customer_name": customer["name"],
        "is_verified": True,
    }


class ActionVerifyCustomer(Action):
    """Sets `is_verified` from `customer_number`; empties the number if nobody has it."""

    def name(self) -> str:
        return "action_verify_customer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        slots = verification(tracker.get_slot("customer_number"))
        return [SlotSet(name, value) for name, value in slots.items()]


class ValidateBlockCardForm(FormValidationAction):
    """Checks what the form asks for, and doesn't ask a verified customer who they are."""

    def name(self) -> str:
        return "validate_block_card_form"

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        if tracker.get_slot("is_verified"):
            return [slot for slot in domain_slots if slot != "customer_number"]
        return domain_slots

    def validate_customer_number(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Verifies the customer, as the flow `verify_customer` does for CALM."""
        slots = verification(value)
        if slots["is_verified"]:
            dispatcher.utter_message(
                response="utter_customer_verified", customer_name=slots["customer_name"]
            )
        else:
            dispatcher.utter_message(response="utter_customer_unknown")
        return slots

    def validate_block_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """Lost or stolen; what else people call it is a synonym in the training data."""
        reason = str(value).lower()
        return {"block_reason": reason if reason in {"lost", "stolen"} else None}

    def validate_card_digits(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> dict[str, Any]:
        """The last four digits of one of the customer's cards."""
        digits = str(value)
        if not re.fullmatch(r"[0-9]{4}", digits):
            dispatcher.utter_message(response="utter_card_digits_malformed")
            return {"card_digits": None}
        customer = verified_customer(tracker)
        # An unverified customer is asked first; who the card belongs to is checked then.
        if customer is not None and not _has_card(customer, digits):
            dispatcher.utter_message(response="utter_card_unknown", digits=digits)
            return {"card_digits": None}
        return {"card_digits": digits}


class ActionBlockCard(Action):
    """Blocks the card; a card that is blocked already stays so."""

    def name(self) -> str:
        return "action_block_card"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        digits = text_slot(tracker, "card_digits")
        with transaction() as bank:
            blocked = bank.execute(
                "UPDATE cards SET blocked_because = ? WHERE customer = ? AND digits = ?",
                (text_slot(tracker, "block_reason") or "lost", verified_customer(tracker), digits),
            ).rowcount
        if blocked:
            dispatcher.utter_message(response="utter_card_blocked", digits=digits)
        else:
            dispatcher.utter_message(response="utter_card_unknown", digits=digits)
        return []


def _has_card(customer: str, digits: str) -> bool:
    with transaction() as bank:
        card = bank.execute(
            "SELECT 1 FROM cards WHERE customer = ? AND digits = ?", (customer, digits)
        ).fetchone()
    return card is not None
