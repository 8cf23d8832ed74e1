"""The customer's contacts: finding, adding, removing and listing them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import text_slot, verified_customer
from actions.database import transaction


class _ValidateContact(Action, ABC):
    """Accepts a name in `slot` if it is a contact's, and spells it as the contact does."""

    # Abstract, so that rasa_sdk doesn't take this class itself for an action.
    @property
    @abstractmethod
    def slot(self) -> str:
        """The slot that holds the name."""

    def name(self) -> str:
        return f"validate_{self.slot}"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        wanted = text_slot(tracker, self.slot)
        if wanted is None:
            return [SlotSet(self.slot, None)]
        with transaction() as bank:
            contact = bank.execute(
                "SELECT name FROM contacts WHERE customer = ? AND name = ?",
                (verified_customer(tracker), wanted),
            ).fetchone()
        if contact is None:
            dispatcher.utter_message(response="utter_contact_unknown", unknown=wanted)
            return [SlotSet(self.slot, None)]
        return [SlotSet(self.slot, contact["name"])]


class ValidateRecipient(_ValidateContact):
    """Money goes to contacts only."""

    slot = "recipient"


class ValidateContactToRemove(_ValidateContact):
    """Only an existing contact can be removed."""

    slot = "contact_to_remove"


class ActionAddContact(Action):
    """Adds the contact; `contact_added` is false if there was one of that name."""

    def name(self) -> str:
        return "action_add_contact"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        customer = verified_customer(tracker)
        name = text_slot(tracker, "contact_name")
        iban = text_slot(tracker, "contact_iban")
        if customer is None or name is None or iban is None:
            return [SlotSet("contact_added", False)]
        with transaction() as bank:
            added = bank.execute(
                "INSERT INTO contacts (customer, name, iban)"
                " SELECT number, ?, ? FROM customers WHERE number = ?"
                " ON CONFLICT DO NOTHING",
                (name, iban.replace(" ", "").upper(), customer),
            )
            return [SlotSet("contact_added", added.rowcount == 1)]


class ActionRemoveContact(Action):
    """Removes the contact, if it is there."""

    def name(self) -> str:
        return "action_remove_contact"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        with transaction() as bank:
            bank.execute(
                "DELETE FROM contacts WHERE customer = ? AND name = ?",
                (verified_customer(tracker), text_slot(tracker, "contact_to_remove")),
            )
        return []


class ActionListContacts(Action):
    """Says the names of all contacts."""

    def name(self) -> str:
        return "action_list_contacts"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        with transaction() as bank:
            rows = bank.execute(
                "SELECT name FROM contacts WHERE customer = ? ORDER BY name",
                (verified_customer(tracker),),
            ).fetchall()
        if rows:
            names = ", ".join(row["name"] for row in rows)
            dispatcher.utter_message(response="utter_contacts", names=names)
        else:
            dispatcher.utter_message(response="utter_no_contacts")
        return []
