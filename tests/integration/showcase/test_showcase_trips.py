"""The flows about trips once each, branch by branch, over the REST channel."""

import pytest
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

TRIPS = {
    "a trip is booked with a call inside a call": """
        user: book a trip
        bot: Where to?
        user: Rome
        bot: Which class?
        user: >> set travel_class business
        bot: How many travelers?
        user: 3
        bot: What's your card number?
        user: >> set card_number 1234
        bot: What's the card's code?
        user: >> set card_code 99
        bot: Paid with card 1234.
        bot: Book Rome, Business, for 3.0?
        user: yes
        bot: Booked: trip T-1.
        bot: Shall I book another trip?
        user: no
        bot: Have a good trip.
    """,
    "a branch may be a list that goes back to a step of the flow": """
        user: >> start book_trip >> set destination Rome >> set travel_class first
        bot: How many travelers?
        user: >> set travelers 1 >> set card_number 0000
        bot: What's the card's code?
        user: >> set card_code 99
        bot: That card was refused.
        bot: What's your card number?
        user: >> set card_number 1234 >> set card_code 11
        bot: Paid with card 1234.
        bot: Book Rome, First, for 1.0?
        user: no
        bot: Not booked.
        bot: Shall I book another trip?
        user: yes
        bot: Where to?
    """,
    "a custom action fills a slot that a response shows": """
        user: how is the weather
        bot: In which city?
        user: Oslo
        bot: It's snowing in Oslo.
        bot: Anything else?
    """,
    "an entity in the message that starts a flow is an answer": """
        user: weather in Paris
        bot: It's sunny in Paris.
        bot: Anything else?
    """,
    "nested branches ask on": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set drink tea
        bot: With milk?
        user: >> set with_milk true
        bot: Tea with milk.
        bot: Anything else?
    """,
    "a branch may name a step": """
        user: >> start order_drink >> set drink coffee
        bot: A coffee.
        bot: Anything else?
    """,
    "commands in the first language": """
        user: >> StartFlow(order_drink) >> SetSlot(drink, coffee)
        bot: A coffee.
        bot: Anything else?
    """,
    "a flow set like a slot is started": """
        user: >> set slot order_drink true
        bot: Tea, coffee or lemonade?
    """,
    "a branch may end the flow": """
        user: >> start order_drink >> set drink lemonade
        bot: Anything else?
    """,
    "a regular expression rejects": """
        user: >> start pick_seat
        bot: Which seat?
        user: >> set seat 99Z
        bot: There is no such seat.
        bot: Which seat?
        user: 12A
        bot: How many sit with you?
        user: 2
        bot: Seat 12A for 2.0 more?
        user: >> set seat_confirmed true
        bot: Seat 12A is yours.
        bot: Anything else?
    """,
    "a set contains a slot": """
        user: >> start pack_luggage >> set luggage_item knife
        bot: No knife on board.
        bot: Anything else?
    """,
    "a set does not contain a slot": """
        user: >> start pack_luggage >> set luggage_item book
        bot: Take your book.
        bot: Anything else?
    """,
    "a slot is greater than another": """
        user: >> start compare_prices >> set first_price 20 >> set second_price 9
        bot: Take the second.
        bot: Anything else?
    """,
    "a slot equals another": """
        user: >> start compare_prices >> set first_price 9 >> set second_price 9.0
        bot: They cost the same.
        bot: Anything else?
    """,
    "else is taken where no condition holds": """
        user: >> start compare_prices >> set first_price 3 >> set second_price 9
        bot: Take the first.
        bot: Anything else?
    """,
    "lists nest three deep": """
        user: >> start plan_group >> set group_size 60
        bot: Do you need a bus?
        user: >> set needs_bus yes
        bot: Two buses are ordered.
        bot: The group is planned.
        bot: Anything else?
    """,
    "a nested list goes on at a step of the outer one": """
        user: >> start plan_group >> set group_size 30 >> set needs_bus true
        bot: One bus is ordered.
        bot: The group is planned.
        bot: Anything else?
    """,
    "an outer else skips the nested lists": """
        user: >> start plan_group >> set group_size 5
        bot: The group is planned.
        bot: Anything else?
    """,
    "and binds not, and a set holds one of two": """
        user: >> start visa_advice >> set passport french >> set stay_days 14
        bot: You need no visa.
        bot: Anything else?
    """,
    "not makes the same condition false": """
        user: >> start visa_advice >> set passport french >> set stay_days 90
        bot: You need a visa.
        bot: Anything else?
    """,
    "a parenthesis with or": """
        user: >> start visa_advice >> set passport other >> set stay_days 0.5
        bot: You need no visa.
        bot: Anything else?
    """,
    "a text equals a quoted one": """
        user: >> start visa_advice >> set passport "none" >> set stay_days 5
        bot: Get a passport first.
        bot: Anything else?
    """,
}


@transcripts(TRIPS)
def test_each_flow_does_what_its_steps_say(talk, transcript):
    talk.play(transcript)
