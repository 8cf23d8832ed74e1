"""Flows upon flows: interruption, cancelling and corrections, over the REST channel."""

import pytest
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

INTERRUPTION = {
    "three levels are resumed one by one": """
        user: book a trip
        bot: Where to?
        user: how is the weather
        bot: In which city?
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start pack_luggage
        bot: What do you want to take?
        user: >> set luggage_item book
        bot: Take your book.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
        user: >> set drink coffee
        bot: A coffee.
        bot: Let's go on with the weather.
        bot: In which city?
        user: Oslo
        bot: It's snowing in Oslo.
        bot: Let's go on with booking a trip.
        bot: Where to?
        user: Rome
        bot: Which class?
    """,
    "a flow without pattern_completed goes back to the interrupted one too": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start show_points
        bot: You have no points yet.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
    """,
    "starting a flow lower on the stack resumes it": """
        user: >> start book_trip >> set destination Rome
        bot: Which class?
        user: >> start ask_weather
        bot: In which city?
        user: >> start book_trip
        bot: Let's go on with booking a trip.
        bot: Which class?
        user: >> cancel flow
        bot: No trip then.
        bot: Let's go on with the weather.
        bot: In which city?
    """,
    "starting the active flow is dropped": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
    """,
    "of two flows started at once the first begins": """
        user: >> start ask_weather >> start order_drink
        bot: In which city?
        user: Oslo
        bot: It's snowing in Oslo.
        bot: Tea, coffee or lemonade?
        user: >> set drink lemonade
        bot: Anything else?
    """,
    "an answer and a new flow in one turn": """
        user: >> start compare_prices
        bot: What does the first trip cost?
        user: >> set first_price 7 >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set drink lemonade
        bot: Let's go on with comparing prices.
        bot: And the second?
    """,
    "duplicates are dropped": """
        user: >> start order_drink >> start order_drink >> set drink coffee >> set drink coffee
        bot: A coffee.
        bot: Anything else?
    """,
    "a slot that no active flow asks for is ignored": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set rating 5
        bot: Tea, coffee or lemonade?
        user: >> start rate_us
        bot: From 1 to 10?
    """,
}

CANCEL = {
    "in a call the caller is cancelled": """
        user: >> start book_trip >> set destination Rome >> set travel_class first
        bot: How many travelers?
        user: >> set travelers 2 >> set card_number 1234
        bot: What's the card's code?
        user: >> cancel flow
        bot: No trip then.
        bot: Shall I book another trip?
        user: yes
        bot: Where to?
        user: Oslo
        bot: Which class?
    """,
    "the interrupted flow goes on": """
        user: >> start book_trip
        bot: Where to?
        user: >> start ask_weather
        bot: In which city?
        user: >> cancel flow
        bot: Okay, I'm stopping the weather.
        bot: Let's go on with booking a trip.
        bot: Where to?
    """,
    "an intent may cancel": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: stop
        bot: Okay, I'm stopping ordering a drink.
        bot: Anything else?
    """,
    "a second cancel is dropped": """
        user: >> start book_trip
        bot: Where to?
        user: >> start ask_weather
        bot: In which city?
        user: >> cancel flow >> cancel
        bot: Okay, I'm stopping the weather.
        bot: Let's go on with booking a trip.
        bot: Where to?
    """,
    "with nothing active it cannot be handled": """
        user: >> cancel flow
        bot: I'm sorry, I didn't understand that. Could you say it in other words?
    """,
    "cancelling one flow and starting another": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> cancel flow >> start ask_weather
        bot: Okay, I'm stopping ordering a drink.
        bot: In which city?
    """,
    "what was collected is forgotten": """
        user: >> start order_drink >> set drink tea
        bot: With milk?
        user: >> cancel flow
        bot: Okay, I'm stopping ordering a drink.
        bot: Anything else?
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
    """,
}

TO_THE_CARD = """
        user: >> start book_trip >> set destination Rome >> set travel_class first
        bot: How many travelers?
        user: >> set travelers 2
        bot: What's your card number?
"""
CORRECTIONS = {
    "one answer": """
        user: >> set destination Oslo
        bot: All right, I changed destination to Oslo.
        bot: What's your card number?
    """,
    "two answers at once": """
        user: >> set travel_class economy >> set destination Oslo
        bot: All right, I changed travel class to Economy, destination to Oslo.
        bot: What's your card number?
    """,
    "an answer in another casing is no change": """
        user: >> set travel_class FIRST
        bot: What's your card number?
    """,
    "a correction and the answer to the question": """
        user: >> set destination Oslo >> set card_number 1234
        bot: All right, I changed destination to Oslo.
        bot: What's the card's code?
    """,
    "an answer taken back is asked for again": """
        user: >> set destination null
        bot: Where to?
        user: Oslo
        bot: What's your card number?
    """,
    "a value that is rejected": """
        user: >> set travelers 50
        bot: We seat nine at most.
        bot: How many travelers?
        user: >> set travelers 4
        bot: What's your card number?
    """,
    "a value of the wrong type": """
        user: >> set travelers lots
        bot: Please give me a number.
        bot: How many travelers?
    """,
    "an answer in the call from within the call": """
        user: >> set card_number 1234
        bot: What's the card's code?
        user: >> set card_number 5678
        bot: All right, I changed card number to 5678.
        bot: What's the card's code?
        user: >> set card_code 1
        bot: Paid with card 5678.
        bot: Book Rome, First, for 2.0?
    """,
    "an answer in a call that is over calls again": """
        user: >> set card_number 1234 >> set card_code 1
        bot: Paid with card 1234.
        bot: Book Rome, First, for 2.0?
        user: >> set card_number 5678
        bot: All right, I changed card number to 5678.
        bot: Paid with card 5678.
        bot: Book Rome, First, for 2.0?
    """,
    "an answer of the caller from within the call": """
        user: >> set card_number 1234
        bot: What's the card's code?
        user: >> set travelers 4
        bot: All right, I changed travelers to 4.
        bot: What's the card's code?
    """,
    "a slot of an interrupted flow is not corrected from above": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set destination Oslo
        bot: Tea, coffee or lemonade?
        user: >> cancel flow
        bot: Okay, I'm stopping ordering a drink.
        bot: Let's go on with booking a trip.
        bot: What's your card number?
    """,
}
OTHER_BRANCH = {
    "a corrected answer leads to another branch": """
        user: >> start order_drink >> set drink tea
        bot: With milk?
        user: >> set drink coffee
        bot: All right, I changed drink to Coffee.
        bot: A coffee.
        bot: Anything else?
    """,
}


@transcripts(INTERRUPTION)
def test_an_interrupted_flow_goes_on_where_it_was(talk, transcript):
    talk.play(transcript)


@transcripts(CANCEL)
def test_cancelling_takes_down_one_flow_and_what_it_called(talk, transcript):
    talk.play(transcript)


@transcripts(CORRECTIONS)
def test_a_correction_while_the_card_is_asked_for(talk, transcript):
    talk.play(TO_THE_CARD)
    talk.play(transcript)


@transcripts(OTHER_BRANCH)
def test_a_correction_of_a_branch(talk, transcript):
    talk.play(transcript)


def test_the_slots_of_a_cancelled_flow_and_its_call_are_reset(talk):
    talk.play(TO_THE_CARD)
    talk(">> set card_number 1234")
    assert talk.flows == ["book_trip", "pay", "check_card", "pattern_collect_information"]
    talk(">> cancel flow")
    for slot in ("destination", "travel_class", "travelers", "card_number"):
        assert talk.slot(slot) is None
