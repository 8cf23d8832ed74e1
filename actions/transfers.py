"""Sending money: is there enough, and the transfer itself."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import text_slot, verified_customer
from actions.database import as_text, to_cents, transaction


class ActionCheckBalance(Action):
    """Sets `balance_covers` and, for what is said, `amount_text` and `account_balance`."""

    def name(self) -> str:
        return "action_check_balance"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        amount = to_cents(tracker.get_slot("amount"))
        with transaction() as bank:
            account = bank.execute(
                "SELECT balance FROM accounts WHERE customer = ?", (verified_customer(tracker),)
            ).fetchone()
        balance = None if account is None else account["balance"]
        covers = amount is not None and balance is not None and 0 < amount <= balance
        return [
            SlotSet("balance_covers", covers),
            SlotSet("amount_text", None if amount is None else as_text(amount)),
            SlotSet("account_balance", None if balance is None else as_text(balance)),
        ]


class ActionTransferMoney(Action):
    """Sends the money, or schedules it; `transfer_succeeded` says whether it worked.

    A scheduled transfer is only noted down: the balance falls on the day.
    """

    def name(self) -> str:
        return "action_transfer_money"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        succeeded = _transfer(
            customer=verified_customer(tracker),
            recipient=text_slot(tracker, "recipient"),
            amount=to_cents(tracker.get_slot("amount")),
            scheduled=text_slot(tracker, "schedule") == "tomorrow",
        )
        return [SlotSet("transfer_succeeded", succeeded)]


def _transfer(
    customer: str | None, recipient: str | None, amount: int | None, scheduled: bool
) -> bool:
    if amount is None or amount <= 0:
        return False
    with transaction() as bank:
        contact = bank.execute(
            "SELECT name FROM contacts WHERE customer = ? AND name = ?", (customer, recipient)
        ).fetchone()
        if contact is None:
            return False
        if not scheduled:
            # Checked in the same statement: another transfer may have come in between.
            paid = bank.execute(
                "UPDATE accounts SET balance = balance - ? WHERE customer = ? AND balance >= ?",
                (amount, customer, amount),
            )
            if paid.rowcount == 0:
                return False
        bank.execute(
            "INSERT INTO transfers (customer, recipient, amount, status) VALUES (?, ?, ?, ?)",
            (customer, contact["name"], amount, "scheduled" if scheduled else "done"),
        )
    return True
