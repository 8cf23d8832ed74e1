"""The flows about accounts and service once each, over the REST channel."""

from pathlib import Path

import pytest
import yaml
from showcase_rest import transcripts

pytestmark = pytest.mark.integration

HERE = Path(__file__).parent

ACCOUNT = {
    "a categorical slot takes any casing": """
        user: >> start become_member
        bot: Silver or gold?
        user: >> set membership GOLD
        bot: You're a Gold member.
        bot: Anything else?
    """,
    "a flow without pattern_completed ends silently": """
        user: >> start show_points
        bot: You have no points yet.
    """,
    "a step sets slots": """
        user: >> start earn_points
        bot: You have 100.0 points.
        bot: Anything else?
    """,
    "a text is collected until it matches": """
        user: >> start change_address >> set street Main Street
        bot: Which zip code?
        user: >> set zip_code 12
        bot: A zip code has five digits.
        bot: Which zip code?
        user: >> set zip_code 12345 >> set door_code 7
        bot: We write to Main Street, 12345.
        bot: Anything else?
    """,
    "a link ends the flow and the other keeps what both collect": """
        user: >> start newsletter
        bot: What's your address?
        user: >> set email nobody
        bot: That's no address.
        bot: What's your address?
        user: >> set email ann@example.org
        bot: Do you want our newsletter?
        user: >> set wants_newsletter yes
        bot: Daily or weekly?
        user: >> set frequency weekly
        bot: ann@example.org gets it Weekly.
        bot: Anything else?
    """,
    "the domain refuses a value as soon as it is given": """
        user: >> start redeem_voucher >> set voucher X1
        bot: Vouchers start with a V.
        bot: Which voucher then?
        user: >> set voucher V1
        bot: Whose voucher is it?
        user: >> set voucher_owner Ann
        bot: Voucher V1 of Ann is redeemed.
        bot: Anything else?
    """,
    "a slot of any type is filled from the text while its flow is active": """
        user: >> start choose_language
        bot: Which language?
        user: French
        bot: We write in French.
        bot: Anything else?
    """,
    "a forced question hears nothing but its answer": """
        user: >> start enter_password
        bot: The password?
        user: >> start order_drink
        bot: The password?
        user: >> cancel flow
        bot: The password?
        user: >> set password sesame
        bot: I know it now.
        bot: Anything else?
    """,
    "an intent fills a slot with true": """
        user: >> start give_consent
        bot: May we store your data?
        user: yes
        bot: We store them.
        bot: Anything else?
    """,
    "an intent fills a slot with false": """
        user: >> start give_consent
        bot: May we store your data?
        user: no
        bot: We store nothing.
        bot: Anything else?
    """,
    "an action asks": """
        user: >> start report_lost_item
        bot: I'm sorry to hear that.
        bot: What did you lose?
        user: >> set lost_item umbrella
        bot: We look for your umbrella.
        bot: Anything else?
    """,
    "an action fills a custom slot from what the user says": """
        user: >> start guess_color
        bot: What does your favorite color remind you of?
        user: of the sea
        bot: What does your favorite color remind you of?
        user: of the sky
        bot: It's blue.
        bot: Anything else?
    """,
}

SERVICE = {
    "the first rejection that holds": """
        user: >> start rate_us
        bot: From 1 to 10?
        user: >> set rating 11
        bot: From 1 to 10 please.
        bot: From 1 to 10?
        user: >> set rating 8
        bot: We're glad.
        bot: Anything else?
    """,
    "the second branch": """
        user: >> start rate_us >> set rating 3
        bot: We're sorry.
        bot: Anything else?
    """,
    "a flow asks until the answer is right": """
        user: >> start play_quiz >> set quiz_answer Rome
        bot: No.
        bot: What's the capital of France?
        user: >> set quiz_answer Oslo
        bot: No.
        bot: What's the capital of France?
        user: >> set quiz_answer Paris
        bot: Right!
        bot: Anything else?
    """,
    "a link to the pattern that hands over": """
        user: >> start talk_to_agent
        bot: One moment.
        bot: Do you want to talk to a person?
        user: yes
        bot: A person takes over.
    """,
    "a link to the pattern that searches": """
        user: >> start read_brochure
        bot: The brochure says: see page 7.
    """,
    "small talk may be started as a flow": """
        user: >> start small_talk
        bot: I'm a bot, but I'm fine.
    """,
    "a response may be a jinja template": """
        user: >> start write_card >> set card_receiver Ann
        bot: Greetings from the sea, ANN (2 stamps)
        bot: Anything else?
    """,
    "a flow among the training data, and a response for the channel": """
        user: >> start show_catalogue
        bot: See our catalogue on the web.
        bot: Anything else?
    """,
    "a slot takes the whole text": """
        user: >> start leave_note
        bot: What shall I write down?
        user: call me back
        bot: Noted: call me back
        bot: Anything else?
    """,
    "a text contains a word": """
        user: >> start leave_note
        bot: What shall I write down?
        user: urgent call
        bot: Passed on: urgent call
        bot: Anything else?
    """,
}


@transcripts(ACCOUNT | SERVICE)
def test_each_flow_does_what_its_steps_say(talk, transcript):
    talk.play(transcript)


def test_every_user_flow_is_played_somewhere(showcase_bot):
    """A flow that nobody tests would be one that nobody needs."""
    here = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    files = [*(showcase_bot / "flows").glob("*.yml"), *(showcase_bot / "data").glob("flows*.yml")]
    flows = {f for file in files for f in yaml.safe_load(file.read_text())["flows"]}
    own = {flow for flow in flows if not flow.startswith("pattern_")}
    by_intent_or_call = {"ask_weather", "pay", "check_card", "subscribe", "evacuate"}
    assert len(own) >= 30
    assert {flow for flow in own - by_intent_or_call if f"start {flow}" not in here} == set()
