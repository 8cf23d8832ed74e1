"""Two systems in the showcase bot: who answers, and when the conversation is free again."""

import pytest
from showcase_rest import ROUTE

pytestmark = pytest.mark.integration


def routes_after(talk, *texts):
    found = []
    for text in texts:
        talk(text)
        found.append(talk.route)
    return found


def test_a_sticky_nlu_route_lasts_until_the_rule_resets_it(talk):
    assert talk("I want to complain") == ["What went wrong?"]
    assert talk.route is False
    # Commands are nothing to the NLU system, nor are intents of flows.
    assert talk(">> start order_drink") == ["We noted: >> start order_drink"]
    assert talk.route is None
    assert talk.slot("complaint") is None


def test_a_rule_with_a_reset_leaves_nothing_sticky(talk):
    assert talk("when are you open") == ["We are open from 9 to 5."]
    assert talk.route is None
    assert talk("hello") == ["Hello."]


def test_the_route_of_each_kind_of_decision(talk):
    assert routes_after(talk, "hello", "blah", "I have a question") == [None, None, None]
    assert routes_after(talk, "book a trip", "hello", ">> cancel flow") == [True, True, True]
    assert routes_after(talk, "no", "I want to complain", "all of it") == [None, False, None]


def test_a_knowledge_question_is_answered_by_calm_for_one_turn(talk):
    assert talk("I have a question") == ["The brochure says: see page 7."]
    assert talk("hello") == ["Hello."]


@pytest.mark.parametrize(
    "text",
    [">> chat", ">> cannot handle", ">> skip question", ">> provide info", ">> hand over >> skip"],
)
def test_calm_answers_without_a_flow_and_lets_go(talk, text):
    talk(text)
    talk("no")
    assert talk.route is None
    assert talk("hello") == ["Hello."]


def test_an_active_calm_route_keeps_what_the_nlu_system_would_answer(talk):
    talk(">> start order_drink")
    assert talk("when are you open")[-1] == "Tea, coffee or lemonade?"
    assert talk.route is True


def test_a_shared_slot_that_a_flow_filled_is_known_to_the_rules(talk):
    assert talk("hello") == ["Hello."]
    talk(">> start become_member >> set membership gold")
    assert talk("hello") == ["Hello, dear gold member."]
    talk("when are you open")
    assert talk.slot("membership") == "Gold"


def test_an_intent_given_by_a_button_goes_where_it_belongs(talk):
    assert talk("/greet") == ["Hello."]
    assert talk.route is None
    assert talk("/ask_weather") == ["In which city?"]
    assert talk.route is True
    assert talk('/inform{"city": "Oslo"}') == ["It's snowing in Oslo.", "Anything else?"]
    assert talk('/book_trip{"city": "Paris"}') == ["Which class?"]


def test_every_decision_is_recorded_with_its_reason(talk, showcase):
    for text in ("hello", "I have a question", "weather in Rome", "I want to complain"):
        talk(text)
    events = showcase.tracker(talk.sender)["events"]
    records = [
        event["metadata"]["routing_decision"]
        for event in events
        if event["event"] == "slot" and "routing_decision" in (event.get("metadata") or {})
    ]
    assert [(each["route"], each["sticky"]) for each in records] == [
        ("nlu", False),
        ("calm", False),
        ("calm", True),
        ("nlu", True),
    ]
    assert all(each["reason"] and each["router"] == "IntentBasedRouter" for each in records)
    assert showcase.slot(talk.sender, ROUTE) is False
