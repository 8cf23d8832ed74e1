"""The conversation patterns, the bot's own and the default ones, over the REST channel."""

import copy

import pytest
from showcase_rest import STACK, transcripts

pytestmark = pytest.mark.integration

REPHRASE = "I'm sorry, I didn't understand that. Could you say it in other words?"
SORRY = "I'm sorry, something went wrong on my side. Please check before you try again."
OFFER = (
    "I can help with more than one of these. Which one do you mean: ordering a drink or rating us?"
)

ASIDE = {
    "small talk is a flow that interrupts": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> chat
        bot: I'm a bot, but I'm fine.
        bot: Let's go on with ordering a drink.
        bot: Tea, coffee or lemonade?
    """,
    "small talk with nothing under way": """
        user: >> offtopic reply
        bot: I'm a bot, but I'm fine.
    """,
    "a question is looked up": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> provide info
        bot: The brochure says: see page 7.
        bot: Tea, coffee or lemonade?
    """,
    "a question is looked up by intent": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: I have a question
        bot: The brochure says: see page 7.
        bot: Tea, coffee or lemonade?
    """,
    "an answer and a question at once": """
        user: >> start compare_prices
        bot: What does the first trip cost?
        user: >> set first_price 5 >> provide info
        bot: The brochure says: see page 7.
        bot: And the second?
    """,
    "a question can't be skipped": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> skip question
        bot: I'm sorry, I can't go on without an answer to that.
        bot: Tea, coffee or lemonade?
        user: skip this
        bot: I'm sorry, I can't go on without an answer to that.
        bot: Tea, coffee or lemonade?
    """,
    "a handover that isn't confirmed goes back": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> hand over
        bot: Do you want to talk to a person?
        user: no
        bot: Then you have to be content with me.
        bot: Tea, coffee or lemonade?
        user: >> hand over
        bot: Do you want to talk to a person?
        user: yes
        bot: A person takes over.
        bot: Tea, coffee or lemonade?
    """,
    "a handover asked for twice is asked about once": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> hand over
        bot: Do you want to talk to a person?
        user: >> hand over
        bot: Do you want to talk to a person?
        user: yes
        bot: A person takes over.
        bot: Tea, coffee or lemonade?
    """,
    "a pattern's own question may be answered later": """
        user: >> hand over
        bot: Do you want to talk to a person?
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> set drink coffee
        bot: A coffee.
        bot: Do you want to talk to a person?
        user: yes
        bot: A person takes over.
    """,
    "what can't be handled": f"""
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> cannot handle
        bot: {REPHRASE}
        bot: Tea, coffee or lemonade?
    """,
    "it is dropped beside real commands": """
        user: >> cannot handle >> start order_drink
        bot: Tea, coffee or lemonade?
    """,
}

REPEAT = {
    "the open question is said once": """
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> repeat message
        bot: Tea, coffee or lemonade?
        user: >> repeat message
        bot: Tea, coffee or lemonade?
    """,
    "all of the turn before is said": """
        user: >> start rate_us
        bot: From 1 to 10?
        user: >> set rating 11
        bot: From 1 to 10 please.
        bot: From 1 to 10?
        user: >> repeat message
        bot: From 1 to 10 please.
        bot: From 1 to 10?
        user: >> repeat message
        bot: From 1 to 10 please.
        bot: From 1 to 10?
    """,
    "a question of two messages is said once": """
        user: >> start report_lost_item
        bot: I'm sorry to hear that.
        bot: What did you lose?
        user: >> repeat message
        bot: I'm sorry to hear that.
        bot: What did you lose?
    """,
    "no question is open": """
        user: >> start ask_weather >> set weather_city Oslo
        bot: It's snowing in Oslo.
        bot: Anything else?
        user: >> repeat message
        bot: It's snowing in Oslo.
        bot: Anything else?
        user: >> repeat message
        bot: It's snowing in Oslo.
        bot: Anything else?
    """,
    "the other system spoke last": """
        user: hello
        bot: Hello.
        user: >> repeat message
        bot: Hello.
    """,
    "nothing was said yet": """
        user: >> repeat message
    """,
    "a choice was offered": f"""
        user: >> clarify order_drink rate_us
        bot: {OFFER}
        user: >> repeat message
        bot: {OFFER}
    """,
}

ERRORS = {
    "more than 250 steps without listening": f"""
        user: >> start run_in_circles
        bot: {SORRY}
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
    """,
    "an action that fails": f"""
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        user: >> start call_broken_service >> set service_name x
        bot: {SORRY}
        user: hello
        bot: Hello.
    """,
}


@transcripts(ASIDE)
def test_beside_the_flows(talk, transcript):
    talk.play(transcript)


@transcripts(REPEAT)
def test_what_was_said_is_said_again(talk, transcript):
    talk.play(transcript)


@transcripts(ERRORS)
def test_an_error_cleans_the_stack_and_lets_both_systems_answer(talk, transcript):
    talk.play(transcript)


def test_an_error_resets_the_slots_of_the_flows(talk):
    talk(">> start call_broken_service")
    talk(">> set service_name x")
    assert talk.flows == []
    assert talk.slot("service_name") is None
    assert talk.route is None


def test_more_than_250_actions_without_listening_are_an_error_too(talk):
    assert talk(">> start act_in_circles") == ["How many laps?"]
    *laps, sorry = talk(">> set lap_goal 1")
    assert set(laps) == {"Round and round."}
    assert len(laps) == 251
    assert sorry == SORRY
    assert (talk.flows, talk.route, talk.slot("lap_goal")) == ([], None, None)


def test_the_context_of_completed_says_which_flow_ended(talk):
    """Its own condition asks on after a trip, and says goodbye after anything else."""
    assert talk(">> start order_drink >> set drink coffee")[-1] == "Anything else?"
    talk(">> start book_trip")
    assert talk(">> cancel flow") == ["No trip then.", "Shall I book another trip?"]
    assert talk.flows == ["pattern_completed", "pattern_collect_information"]
    assert talk("no") == ["Have a good trip."]
    assert (talk.flows, talk.route) == ([], None)


def test_a_new_flow_may_come_before_the_answer_to_completed(talk):
    talk(">> start book_trip")
    talk(">> cancel flow")
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
    assert talk(">> set drink coffee") == ["A coffee.", "Shall I book another trip?"]


def test_a_flow_that_another_model_changed_is_not_gone_on_with(talk, showcase):
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
    stack = copy.deepcopy(talk.slot(STACK))
    assert stack[0]["fingerprint"]
    stack[0]["fingerprint"] = "as another model had it"
    event = {"event": "slot", "name": STACK, "value": stack}
    showcase.http.post(f"/conversations/{talk.sender}/tracker/events", json=event)
    talk.play(
        """
        user: >> set drink coffee
        bot: I was updated while we were talking, so we need to start over.
        user: >> start order_drink
        bot: Tea, coffee or lemonade?
        """
    )
    assert talk.slot("drink") is None


def test_a_session_that_is_asked_for_greets_and_starts_anew(talk):
    assert talk(">> start order_drink >> set drink tea") == ["With milk?"]
    assert talk("/session_start") == ["Welcome aboard."]
    assert (talk.flows, talk.route) == ([], None)
    assert talk("hello") == ["Hello."]


def test_a_conversation_may_open_with_the_session_start(talk):
    assert talk("/session_start") == ["Welcome aboard."]
    assert talk(">> start order_drink") == ["Tea, coffee or lemonade?"]
