"""The showcase bot's custom actions."""

from datetime import datetime, timedelta

from rasa_sdk import Action
from rasa_sdk.events import ReminderScheduled, SlotSet

WEATHER = {"Paris": "sunny", "Rome": "hot", "Oslo": "snowing"}
SOON = timedelta(seconds=1)


class BookTrip(Action):
    def name(self):
        return "action_book_trip"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("trip_number", "T-1")]


class CheckCard(Action):
    def name(self):
        return "action_check_card"

    def run(self, dispatcher, tracker, domain):
        return [SlotSet("card_accepted", tracker.get_slot("card_number") != "0000")]


class ValidateCardNumber(Action):
    def name(self):
        return "validate_card_number"

    def run(self, dispatcher, tracker, domain):
        if len(str(tracker.get_slot("card_number"))) == 4:
            return []
        dispatcher.utter_message(text="A card number has four digits.")
        return [SlotSet("card_number", None)]


class FindWeather(Action):
    def name(self):
        return "action_find_weather"

    async def run(self, dispatcher, tracker, domain):
        return [SlotSet("weather", WEATHER.get(tracker.get_slot("weather_city"), "foggy"))]


class AskLostItem(Action):
    def name(self):
        return "action_ask_lost_item"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="I'm sorry to hear that.")
        dispatcher.utter_message(text="What did you lose?")
        return []


class FindColor(Action):
    def name(self):
        return "action_find_color"

    def run(self, dispatcher, tracker, domain):
        said = tracker.latest_message["text"]
        return [SlotSet("color", "blue")] if "sky" in said else []


class FindAnimal(Action):
    def name(self):
        return "action_find_animal"

    def run(self, dispatcher, tracker, domain):
        said = tracker.latest_message["text"]
        return [SlotSet("animal", "cat")] if "meow" in said else []


class SearchBrochure(Action):
    def name(self):
        return "action_search_brochure"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="The brochure says: see page 7.")
        return []


class ScheduleReminder(Action):
    def name(self):
        return "action_schedule_reminder"

    def run(self, dispatcher, tracker, domain):
        return [reminder("EXTERNAL_reminder")]


class ScheduleAlarm(Action):
    def name(self):
        return "action_schedule_alarm"

    def run(self, dispatcher, tracker, domain):
        return [reminder("EXTERNAL_alarm")]


class CallService(Action):
    def name(self):
        return "action_call_service"

    def run(self, dispatcher, tracker, domain):
        raise RuntimeError("the service is down")


def reminder(intent):
    """An event that comes in a second, whatever the user says until then."""
    return ReminderScheduled(intent, datetime.now() + SOON, kill_on_user_message=False)
