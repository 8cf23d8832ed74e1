"""Responses in a running bot: predicates, Jinja, channels, buttons, rephrasing."""

import copy
import logging
import textwrap

import pytest

pytestmark = pytest.mark.integration

ROUTE = "route_session_to_calm"


@pytest.fixture(scope="module")
def responses(mini_agent):
    from router.rasa import responses

    return responses


def domain_of(text):
    from rasa.shared.core.domain import Domain

    return Domain.from_yaml('version: "3.1"\n' + textwrap.dedent(text))


SLOTS = """
slots:
  name: {type: text, mappings: [{type: custom}]}
  points: {type: float, mappings: [{type: custom}]}
  membership: {type: categorical, values: [gold, silver], mappings: [{type: custom}]}
"""


@pytest.fixture
def utter(responses):
    """Generates `utter_x` of a domain's responses, with slots set, outside any flow."""
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator
    from rasa.shared.core.events import SlotSet
    from rasa.shared.core.trackers import DialogueStateTracker

    async def generate(text, channel="rest", given=None, **slots):
        domain = domain_of(SLOTS + "responses:\n" + textwrap.indent(textwrap.dedent(text), "  "))
        events = [SlotSet(name, value) for name, value in slots.items()]
        tracker = DialogueStateTracker.from_events("x", events, domain.slots)
        before = copy.deepcopy(domain.responses)
        nlg = TemplatedNaturalLanguageGenerator(domain.responses)
        message = await nlg.generate("utter_x", tracker, channel, **(given or {}))
        assert domain.responses == before
        return message

    return generate


@pytest.fixture
def replace(mini_agent, monkeypatch):
    """Replaces responses of the mini bot, written as in a domain file."""

    def replaced(text):
        domain = domain_of("responses:\n" + textwrap.indent(textwrap.dedent(text), "  "))
        for name, variations in domain.responses.items():
            assert name in mini_agent.nlg.responses
            monkeypatch.setitem(mini_agent.nlg.responses, name, variations)

    return replaced


@pytest.fixture
def messages(mini_agent, talk):
    """As `talk`, but with whole messages."""

    async def say(text):
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await mini_agent.handle_message(UserMessage(text, channel, talk.sender))
        return channel.messages

    return say


async def set_tip(mini_agent, talk):
    from rasa.shared.core.events import SlotSet

    tracker = await mini_agent.processor.fetch_tracker_and_update_session(talk.sender)
    tracker.update(SlotSet("tip", 5000.0), mini_agent.domain)
    await mini_agent.tracker_store.save(tracker)


# --- what a trained model kept of its domain file


async def test_a_trained_predicate_decides_on_both_systems_turns(mini_agent, talk):
    assert await talk("hello") == ["Hi there."]
    await set_tip(mini_agent, talk)
    assert await talk("hello") == ["Hi there, generous stranger."]
    assert (await talk.tracker()).latest_message.parse_data["route"] == "nlu"
    for text in ("transfer money", "Anna", "20"):
        await talk(text)
    assert (await talk("yes"))[0] == "Sent to Anna, big tipper."


def test_a_domain_that_rasa_wrote_out_reads_as_before(responses):
    from rasa.shared.core.domain import Domain

    domain = domain_of(
        """
        responses:
          utter_x:
          - {text: a, condition: "slots.points > 10"}
          - {text: b, condition: [{type: slot, name: name, value: Ann}]}
        """
    )
    again = Domain.from_yaml(domain.as_yaml())
    assert again.responses == domain.responses == copy.deepcopy(domain).responses
    assert domain.count_conditional_response_variations() == 2


def test_a_folder_of_domain_files_may_have_predicates(responses, tmp_path):
    from rasa.shared.core.domain import Domain

    predicate = 'version: "3.1"\nresponses: {utter_x: [{text: a, condition: "slots.a = 1"}]}\n'
    (tmp_path / "one.yml").write_text(predicate)
    (tmp_path / "two.yml").write_text('version: "3.1"\nintents: [bye]\n')
    domain = Domain.load(str(tmp_path))
    [variation] = domain.responses["utter_x"]
    assert variation["condition"][0]["name"] == "slots.a = 1"


# --- which variation is uttered

MIXED = """
utter_x:
- {text: gold, condition: "slots.membership = 'GOLD' and slots.points > 10"}
- {text: Ann, condition: [{type: slot, name: name, value: Ann}]}
- {text: plain}
- {text: chat gold, channel: chat, condition: "slots.membership = 'gold'"}
- {text: chat, channel: chat}
- {text: voice gold, channel: voice, condition: "slots.membership = 'gold'"}
"""


@pytest.mark.parametrize(
    ("slots", "channel", "expected"),
    [
        ({}, "rest", "plain"),
        ({"membership": "gold", "points": 11}, "rest", "gold"),
        ({"membership": "gold", "points": 10}, "rest", "plain"),
        ({"membership": "silver", "points": 11}, "rest", "plain"),
        ({"name": "Ann"}, "rest", "Ann"),
        ({"name": "Ann", "membership": "gold", "points": 5}, "rest", "Ann"),
        # A channel's own variation goes before others, as Rasa has it.
        ({}, "chat", "chat"),
        ({"membership": "gold"}, "chat", "chat gold"),
        ({"name": "Ann"}, "chat", "chat"),
        ({"membership": "gold"}, "voice", "voice gold"),
        ({"membership": "silver"}, "voice", "plain"),
    ],
)
async def test_rasas_order_of_variations_holds_for_predicates(utter, slots, channel, expected):
    for _ in range(5):  # Rasa picks at random among those that fit equally
        assert (await utter(MIXED, channel, **slots))["text"] == expected


async def test_the_message_keeps_the_condition_of_the_domain(utter):
    message = await utter(MIXED, membership="gold", points=11)
    assert message == {
        "text": "gold",
        "condition": [
            {
                "type": "predicate",
                "name": "slots.membership = 'GOLD' and slots.points > 10",
                "value": True,
            }
        ],
    }


async def test_nothing_is_said_if_no_variation_holds(utter):
    assert await utter("utter_x: [{text: a, condition: slots.points > 3}]", points=1) is None


async def test_predicates_see_the_context_of_the_pattern_at_work(talk, replace):
    replace(
        """
        utter_flow_cancelled_rasa:
        - {text: Something stopped.}
        - condition: context.canceled_name = 'sending money' and slots.recipient is null
          text: "{{ context.canceled_name | title }} stopped{{ slots.nothing }}."
          metadata: {rephrase: false, template: jinja}
        - condition: context.canceled_name = 'adding a contact'
          text: "Stopped {context.canceled_name}."
        """
    )
    await talk("transfer money")
    assert (await talk("stop"))[0] == "Sending Money stopped."
    await talk("add a contact")
    assert (await talk("stop"))[0] == "Stopped adding a contact."


async def test_the_nlu_system_sees_no_context_of_a_waiting_flow(mini_agent, talk, responses):
    from router.rasa.tracker_state import state_of

    await talk("transfer money")
    tracker = await talk.tracker()
    assert responses._context(tracker)["collect"] == "recipient"
    tracker.latest_message.parse_data["route"] = "nlu"
    assert state_of(tracker).top is not None
    assert responses._context(tracker) == {}


# --- Jinja

JINJA = "metadata: {template: jinja}"


async def test_jinja_is_rendered_and_rasas_interpolation_leaves_it_alone(utter, monkeypatch):
    from rasa.core.nlg import interpolator

    def interpolate(*_):
        raise AssertionError("Rasa's interpolation saw a template")

    monkeypatch.setattr(interpolator, "interpolate", interpolate)
    message = await utter(
        f"""
        utter_x:
        - text: "{{% if points > 10 %}}Rich{{% endif %}} {{{{ slots.name }}}} {{name}}"
          image: "https://example.org/{{{{ name }}}}.png"
          custom: {{deep: ["{{{{ points | int }}}}"]}}
          {JINJA}
        """,
        name="Ann",
        points=12.0,
    )
    assert message == {
        "text": "Rich Ann {name}",
        "image": "https://example.org/Ann.png",
        "custom": {"deep": ["12"]},
        "metadata": {"template": "jinja"},
    }


async def test_arguments_of_an_action_reach_the_template(utter):
    text = f'utter_x: [{{text: "{{{{ name }}}} {{{{ slots.name }}}}", {JINJA}}}]'
    message = await utter(text, given={"name": "Bo", "domain_responses": {}}, name="Ann")
    assert message["text"] == "Bo Ann"


@pytest.mark.parametrize(
    "response",
    [
        '[{text: "Send {amount} to {recipient}?"}]',
        f'[{{text: "To {{{{ recipient }}}}?", {JINJA}}}]',
    ],
)
async def test_what_the_user_says_is_never_a_template(talk, replace, response):
    replace(f"utter_ask_confirmed: {response}")
    await talk("transfer money")
    await talk("/SetSlots(recipient={{ 7*7 }})")
    [question] = await talk("20")
    assert question.endswith("o {{ 7*7 }}?")


BROKEN = f'{{text: "{{{{ slots.friends() }}}}", {JINJA}}}'


async def test_a_template_that_fails_gives_way_to_another_variation(utter, caplog):
    plain = "{text: Hello.}"
    preferred = BROKEN.replace("{text", "{condition: \"slots.name = 'Ann'\", text", 1)
    for broken in (BROKEN, preferred):
        for _ in range(5):
            message = await utter(f"utter_x: [{broken}, {plain}]", name="Ann")
            assert message["text"] == "Hello."
    errors = {r.getMessage() for r in caplog.records if r.levelno == logging.ERROR}
    assert errors == {
        "The response 'utter_x' can't be uttered as written: the template of its text fails: "
        "UndefinedError: 'dict object' has no attribute 'friends'. Another variation is uttered."
    }


async def test_without_another_variation_the_response_fails(utter, responses):
    from rasa.shared.exceptions import RasaException

    with pytest.raises(responses.ResponseFailed, match="'utter_x' can't be uttered") as caught:
        await utter(f"utter_x: [{BROKEN}, {BROKEN}, {{text: a, channel: chat}}]")
    assert isinstance(caught.value, RasaException)


async def test_a_flows_response_that_fails_stops_the_flow(talk, replace, caplog):
    replace(f"utter_ask_amount: [{BROKEN}]")
    await talk("transfer money")
    [sorry, *_] = await talk("Anna")
    assert sorry.startswith("I'm sorry, something went wrong")
    assert await talk.slot("recipient") is None
    [error] = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert "'utter_ask_amount' can't be uttered" in str(error.exc_info[1])
    assert await talk("hello") == ["Hi there."]


async def test_a_rules_response_that_fails_leaves_the_conversation_going(talk, replace, caplog):
    replace(f"utter_greet: [{BROKEN}]")
    assert await talk("hello") == []
    [error] = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert "'utter_greet' can't be uttered" in str(error.exc_info[1])
    assert await talk("block my card") == ["Which card?"]


# --- buttons: what the bot gives as a payload is what the user sends back


async def test_a_button_with_plain_text_is_read_as_if_typed(messages, talk, replace):
    replace(
        """
        utter_ask_recipient:
        - text: To whom?
          buttons: [{title: My friend, payload: Anna}]
        """
    )
    [question] = await messages("transfer money")
    [button] = question["buttons"]
    assert button["payload"] == "Anna"
    assert await talk(button["payload"]) == ["How much?"]
    assert await talk.slot("recipient") == "Anna"


async def test_a_button_with_an_intent_starts_its_flow_with_its_entities(messages, talk, replace):
    replace(
        """
        utter_greet:
        - text: Hi there.
          buttons:
          - {title: Pay Ben, payload: '/transfer{{"person": "Ben"}}'}
          - {title: My card, payload: /block_card}
        """
    )
    [greeting] = await messages("hello")
    pay, card = (button["payload"] for button in greeting["buttons"])
    assert pay == '/transfer{"person": "Ben"}'
    assert await talk(pay) == ["How much?"]
    assert await talk.slot("recipient") == "Ben"
    assert await talk.slot(ROUTE) is True
    await talk("stop")
    assert await talk(card) == ["Which card?"]
    assert await talk.slot(ROUTE) is False


@pytest.mark.parametrize(
    "button",
    [
        '{title: "As a tip: {tip}", payload: "/SetSlots(amount={tip})"}',
        '{title: "As a tip: {{ tip }}", payload: "/SetSlots(amount={{ slots.tip }})"}',
    ],
    ids=["as Rasa writes slots", "in Jinja"],
)
async def test_a_button_sets_slots_with_a_value_filled_in(
    mini_agent, messages, talk, replace, button
):
    jinja = f", {JINJA}" if "{{" in button else ""
    replace(f"utter_ask_amount: [{{text: Say it, buttons: [{button}]{jinja}}}]")
    await set_tip(mini_agent, talk)
    await talk("transfer money")
    [question] = await messages("Anna")
    [shown] = question["buttons"]
    assert shown == {"title": "As a tip: 5000.0", "payload": "/SetSlots(amount=5000.0)"}
    await talk(shown["payload"])
    amounts = [e.value for e in (await talk.tracker()).events if getattr(e, "key", "") == "amount"]
    assert 5000.0 in amounts


# --- who generates


def test_a_rephraser_utters_as_written_with_one_warning(responses, monkeypatch):
    from rasa.core.nlg import NaturalLanguageGenerator, TemplatedNaturalLanguageGenerator
    from rasa.utils.endpoints import EndpointConfig

    from router.rasa import errors

    monkeypatch.setattr(errors, "_warned", set())
    domain = domain_of("responses: {utter_x: [{text: a}]}")
    settings = {"type": "rephrase", "llm": {"model_group": "openai"}, "rephrase_all": True}
    endpoint = EndpointConfig.from_dict(settings)
    with pytest.raises(Exception, match="Could not find a class"):
        NaturalLanguageGenerator.create._coexistence_original(endpoint, domain)
    other = EndpointConfig(type="rasa.core.ContextualResponseRephraser")
    with pytest.warns(UserWarning, match=r"nlg-rephrase.*uttered as written") as warned:
        made = [NaturalLanguageGenerator.create(each, domain) for each in (endpoint, other)]
    assert len(warned) == 1
    for nlg in made:
        assert isinstance(nlg, TemplatedNaturalLanguageGenerator)
        assert nlg.responses == domain.responses


def test_other_generators_are_made_as_rasa_makes_them(responses):
    from rasa.core.nlg import CallbackNaturalLanguageGenerator, NaturalLanguageGenerator
    from rasa.utils.endpoints import EndpointConfig

    server = NaturalLanguageGenerator.create(EndpointConfig("http://localhost/nlg"), None)
    assert isinstance(server, CallbackNaturalLanguageGenerator)
    assert NaturalLanguageGenerator.create(server, None) is server
    with pytest.raises(Exception, match="Could not find a class"):
        NaturalLanguageGenerator.create(EndpointConfig(type="no.such.Generator"), None)


async def test_a_callback_server_is_told_the_variation_and_the_context(talk, mini_agent, responses):
    """It utters what it likes; a predicate only decides which variation's id it is told."""
    from rasa.core.nlg import CallbackNaturalLanguageGenerator

    class Server:
        url = "http://localhost/nlg"

        async def request(self, **given):
            self.asked = given["json"]
            return {"text": "{{ from the server }}"}

    server = Server()
    nlg = CallbackNaturalLanguageGenerator(server)
    domain = domain_of(
        """
        responses:
          utter_x:
          - {id: plain, text: a}
          - {id: asked, text: "{{ b", condition: context.collect = 'recipient'}
        """
    )
    for text, expected in (("hello", "plain"), ("transfer money", "asked")):
        await talk(text)
        tracker = await talk.tracker()
        message = await nlg.generate("utter_x", tracker, "rest", domain_responses=domain.responses)
        assert message == {"text": "{{ from the server }}"}
        assert server.asked["id"] == expected


async def test_responses_of_rasas_own_kind_go_through_rasas_own_code(responses):
    from rasa.core.nlg import TemplatedNaturalLanguageGenerator
    from rasa.shared.core.trackers import DialogueStateTracker

    class Recording(TemplatedNaturalLanguageGenerator):
        def _random_response_for(self, *args):
            seen.append(self)
            return super()._random_response_for(*args)

    seen = []
    nlg = Recording({"utter_x": [{"text": "{{ a }} {b}", "condition": []}, {"text": "{b}"}]})
    tracker = DialogueStateTracker.from_events("x", [])
    assert await nlg.generate("utter_x", tracker, "rest", b="B") == {"text": "B"}
    assert await nlg.generate("utter_unknown", tracker, "rest") is None
    assert seen == [nlg, nlg]


def test_every_seam_of_the_module_is_reached_by_a_test_above(responses):
    assert {name for _, name, _ in responses.SEAMS} == {
        "generate",
        "get_response_variation_id",
        "create",
    }
    for owner, name, _ in responses.SEAMS:
        assert hasattr(getattr(owner, name), "_coexistence_original")
