"""The mini bot's custom actions; some fail on purpose, for the tests."""

import threading
import time
from decimal import Decimal

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

THREADS: list[str] = []


class CheckBalance(Action):
    def name(self):
        return "action_check_balance"

    async def run(self, dispatcher, tracker, domain):
        return [SlotSet("balance_covers", (tracker.get_slot("amount") or 0) <= 500)]


class Send(Action):
    def name(self):
        return "action_send"

    def run(self, dispatcher, tracker, domain):
        THREADS.append(threading.current_thread().name)
        if tracker.get_slot("amount") == 66:
            raise RuntimeError("the bank is closed")
        if tracker.get_slot("amount") == 77:
            time.sleep(3)
        return []


class Verify(Action):
    def name(self):
        return "action_verify"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("verified", True)]


class BlockCard(Action):
    def name(self):
        return "action_block_card"

    def run(self, dispatcher, tracker, domain):
        return []


class ValidateAmount(Action):
    def name(self):
        return "validate_amount"

    def run(self, dispatcher, tracker, domain):
        if tracker.get_slot("amount") == 13:
            dispatcher.utter_message(text="Thirteen brings bad luck.")
            return [SlotSet("amount", None)]
        return []


class FindMood(Action):
    def name(self):
        return "action_find_mood"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("mood", "happy")] if "happy" in tracker.latest_message["text"] else []


class ReturnDecimal(Action):
    def name(self):
        return "action_return_decimal"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("tip", Decimal("20.5")), SlotSet("route_session_to_calm", False)]
