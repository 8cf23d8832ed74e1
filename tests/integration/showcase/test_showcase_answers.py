"""What may fill a slot, and what is refused: types, guards, mappings, over REST."""

import pytest
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

REPHRASE = "I'm sorry, I didn't understand that. Could you say it in other words?"

REFUSED = {
    "what is no bool": """
        user: >> start plan_group >> set group_size 30
        bot: Do you need a bus?
        user: >> set needs_bus perhaps
        bot: Please answer with yes or no.
        bot: Do you need a bus?
        user: >> set needs_bus no
        bot: The group is planned.
        bot: Anything else?
    """,
    "what is no number": """
        user: >> start plan_group
        bot: How many are you?
        user: >> set group_size many
        bot: Please give me a number.
        bot: How many are you?
        user: >> set group_size 3
        bot: The group is planned.
        bot: Anything else?
    """,
    "what is none of the choices": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set drink water
        bot: That isn't one of the choices I know.
        bot: Tea, coffee or lemonade?
        user: >> set drink cOFFEE
        bot: A coffee.
        bot: Anything else?
    """,
    "a value of the wrong type along with the start": """
        user: >> start order_drink >> set drink water
        bot: Tea, coffee or lemonade?
    """,
    "what validate_ refuses": """
        user: >> start book_trip >> set destination Rome >> set travel_class first
        bot: How many travelers?
        user: >> set travelers 0
        bot: Somebody has to travel.
        bot: How many travelers?
        user: >> set travelers 10
        bot: We seat nine at most.
        bot: How many travelers?
        user: >> set travelers 9
        bot: What's your card number?
        user: >> set card_number 12345
        bot: A card number has four digits.
        bot: What's your card number?
    """,
    "an answer given along with the start": """
        user: >> start rate_us >> set rating 0
        bot: From 1 to 10 please.
        bot: From 1 to 10?
    """,
    "a slot that only actions set": f"""
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set points 5
        bot: {REPHRASE}
        bot: Tea, coffee or lemonade?
    """,
    "a slot that a custom mapping's action fills": f"""
        user: >> start guess_color
        bot: What does your favorite color remind you of?
        user: >> set color red
        bot: {REPHRASE}
        bot: What does your favorite color remind you of?
    """,
    "a slot that only the NLU pipeline fills": f"""
        user: >> start give_consent
        bot: May we store your data?
        user: >> set consent true
        bot: {REPHRASE}
        bot: May we store your data?
    """,
    "the routing slot": f"""
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set route_session_to_calm false
        bot: {REPHRASE}
        bot: Tea, coffee or lemonade?
    """,
    "what no line of a command says": f"""
        user: >> I would rather not say
        bot: {REPHRASE}
    """,
    "a message that nothing makes a command of": f"""
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: blah
        bot: {REPHRASE}
        bot: Tea, coffee or lemonade?
    """,
}

GUARDS = {
    "a flow whose guard is false can't be started": f"""
        user: >> start vip_lounge
        bot: {REPHRASE}
    """,
    "once it holds the flow starts": """
        user: >> start become_member >> set membership gold
        bot: You're a Gold member.
        bot: Anything else?
        user: >> start vip_lounge
        bot: Come in.
        bot: Anything else?
    """,
    "a flow that only others call can't be started": f"""
        user: >> start pay
        bot: {REPHRASE}
    """,
    "in mid flow the question is asked again": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start vip_lounge
        bot: Tea, coffee or lemonade?
    """,
}

MAPPINGS = {
    "of the pipeline's value and the model's the pipeline's counts": """
        user: book a trip
        bot: Where to?
        user: Rome >> set destination Oslo
        bot: Which class?
        user: >> start book_trip >> set travel_class first
        bot: How many travelers?
        user: 2 >> set card_number 1234 >> set card_code 1
        bot: Paid with card 1234.
        bot: Book Rome, First, for 2.0?
    """,
    "a command doesn't correct what the pipeline filled": """
        user: book a trip to Paris
        bot: Which class?
        user: >> set destination Oslo
        bot: Which class?
        user: >> set travel_class first >> set travelers 1
        bot: What's your card number?
        user: >> set card_number 1234 >> set card_code 1
        bot: Paid with card 1234.
        bot: Book Paris, First, for 1.0?
    """,
    "with allow_nlu_correction it does": """
        user: >> start pick_seat
        bot: Which seat?
        user: 14C
        bot: How many sit with you?
        user: 2
        bot: Seat 14C for 2.0 more?
        user: >> set row_mates 3
        bot: All right, I changed row mates to 3.
        bot: Seat 14C for 3.0 more?
    """,
    "the pipeline may correct itself": """
        user: book a trip to Paris
        bot: Which class?
        user: Rome
        bot: All right, I changed destination to Rome.
        bot: Which class?
    """,
    "a mapping may ask for an active flow": """
        user: weather in Paris
        bot: It's sunny in Paris.
        bot: Anything else?
        user: book a trip
        bot: Where to?
    """,
    "the flow above takes the entity, not the one below": """
        user: book a trip
        bot: Where to?
        user: how is the weather
        bot: In which city?
        user: Paris
        bot: It's sunny in Paris.
        bot: Let's go on with booking a trip.
        bot: Where to?
    """,
}


@transcripts(REFUSED)
def test_it_is_refused(talk, transcript):
    talk.play(transcript)


@transcripts(GUARDS)
def test_a_guard_holds_back_a_flow(talk, transcript):
    talk.play(transcript)


@transcripts(MAPPINGS)
def test_a_mapping_says_what_fills_a_slot(talk, transcript):
    talk.play(transcript)


def test_an_action_may_fill_a_slot_in_one_flow_only(talk):
    talk.play(
        """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: meow
        bot: I'm sorry, I didn't understand that. Could you say it in other words?
        bot: Tea, coffee or lemonade?
        user: >> start guess_animal
        bot: What does your favorite animal say?
        user: meow
        bot: It's a cat.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
        """
    )


def test_a_categorical_value_is_kept_in_the_domains_casing(talk):
    talk(">> start order_drink >> set drink TEA")
    assert talk.slot("drink") == "Tea"


def test_slots_are_reset_at_the_end_of_a_flow_but_for_persisted_kept_and_actions_own(talk):
    talk(">> start order_drink")
    talk(">> start change_address >> set street Elm Street >> set zip_code 12345")
    assert talk(">> set door_code 7")[0] == "We write to Elm Street, 12345."
    assert talk.slot("street") == "Elm Street"  # persisted_slots
    assert talk.slot("zip_code") == "12345"  # reset_after_flow_ends: false
    assert talk.slot("door_code") is None
    talk(">> start ask_weather >> set weather_city Rome")
    assert talk.slot("weather") == "hot"  # set by a custom action
    assert talk.slot("weather_city") is None


def test_a_persisted_slot_is_known_to_the_next_flow_until_the_reset(talk):
    talk.play(
        """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start earn_points
        bot: You have 100.0 points.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
        user: >> start show_points
        bot: You have 100.0 points.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
        user: >> set drink lemonade
        bot: Anything else?
        user: >> start show_points
        bot: You have no points yet.
        """
    )
