"""Several flows fit what the user says: the offer and the choice, over the REST channel."""

import pytest
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

OFFER = "I can help with more than one of these. Which one do you mean"
CLARIFICATION = {
    "the flows are offered by their names": f"""
        user: >> clarify order_drink pick_seat compare_prices
        bot: {OFFER}: ordering a drink, picking a seat or comparing prices?
        user: >> start pick_seat
        bot: Which seat?
    """,
    "flows whose guard is false are not offered": f"""
        user: >> clarify order_drink vip_lounge pick_seat
        bot: {OFFER}: ordering a drink or picking a seat?
    """,
    "with one valid option it is that start": """
        user: >> clarify order_drink vip_lounge
        bot: Tea, coffee or lemonade?
    """,
    "the choice interrupts the flow that asked": f"""
        user: >> start compare_prices
        bot: What does the first trip cost?
        user: >> clarify order_drink pick_seat
        bot: {OFFER}: ordering a drink or picking a seat?
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set drink lemonade
        bot: Let's go on with comparing prices.
        bot: What does the first trip cost?
    """,
    "the question may be answered instead": f"""
        user: >> start compare_prices
        bot: What does the first trip cost?
        user: >> clarify order_drink pick_seat
        bot: {OFFER}: ordering a drink or picking a seat?
        user: >> set first_price 5
        bot: And the second?
    """,
    "another offer replaces it": f"""
        user: >> clarify order_drink pick_seat
        bot: {OFFER}: ordering a drink or picking a seat?
        user: >> clarify rate_us pick_seat
        bot: {OFFER}: rating us or picking a seat?
        user: >> start rate_us
        bot: From 1 to 10?
    """,
    "to cancel it is to cancel the flow it was made in": f"""
        user: >> start compare_prices
        bot: What does the first trip cost?
        user: >> clarify order_drink pick_seat
        bot: {OFFER}: ordering a drink or picking a seat?
        user: >> cancel flow
        bot: Okay, I'm stopping comparing prices.
        bot: Anything else?
    """,
    "it is dropped beside other commands": """
        user: >> clarify order_drink pick_seat >> start ask_weather
        bot: In which city?
    """,
}


@transcripts(CLARIFICATION)
def test_several_flows_are_offered_and_one_is_chosen(talk, transcript):
    talk.play(transcript)
