"""What buttons send: `/SetSlots(...)`, `/intent` and plain text, over the REST channel."""

import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    ("title", "answers"),
    [
        ("Economy", ["How many travelers?"]),
        ("The best", ["What's your card number?"]),
        ("Never mind", ["No trip then.", "Shall I book another trip?"]),
        ("Weather first", ["In which city?"]),
    ],
)
def test_a_button_does_what_it_says(talk, title, answers):
    buttons = talk.buttons(">> start book_trip >> set destination Rome")
    assert talk(buttons[title]) == answers


@pytest.mark.parametrize("title", ["German", "French"])
def test_a_button_may_set_a_slot_or_say_a_plain_text(talk, title):
    buttons = talk.buttons(">> start choose_language")
    assert talk(buttons[title]) == [f"We write in {title}.", "Anything else?"]


def test_a_button_pressed_at_a_question_for_text_is_not_the_text(talk):
    talk.play(
        """
        user: >> start leave_note
        bot: What shall I write down?
        user: /ask_weather
        bot: In which city?
        user: Oslo
        bot: It's snowing in Oslo.
        bot: Let's go on with leaving a note.
        bot: What shall I write down?
        """
    )


@pytest.mark.parametrize(
    "payload",
    [
        "/SetSlots(drink=tea, no_such_slot=1)",
        "/SetSlots(points=5)",
        "/SetSlots()",
        "/SetSlots(" + ", ".join(f"drink=tea{n}" for n in range(11)) + ")",
    ],
)
def test_a_payload_that_cannot_work_sets_nothing(talk, payload):
    talk(">> start order_drink")
    assert talk(payload)[-1] == "Tea, coffee or lemonade?"
    assert talk.slot("drink") is None
    assert talk.slot("points") == 0


def test_a_payload_answers_with_null_in_any_spelling(talk):
    talk(">> start order_drink >> set drink tea")
    assert talk("/SetSlots(drink=undefined)") == ["Tea, coffee or lemonade?"]
    assert talk.slot("drink") is None


def test_with_no_route_a_payload_of_no_active_flow_is_a_single_nlu_turn(talk):
    assert talk("/SetSlots(drink=tea)") == []
    assert talk.slot("drink") is None
    assert talk.route is None
    assert talk("hello") == ["Hello."]
