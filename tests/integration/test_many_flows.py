"""A bot with many flows, in the real Rasa: the model is shown those that the user may mean."""

import json
import logging

import pytest
import rasa_process
import yaml

from router.embedding import EncoderUnavailable, EndpointEmbedder, load_encoder
from router.errors import IncompatibleModel
from router.flows.assistant import Assistant
from router.flows.reading import flows_from_data
from router.llm import FakeLLM, FakeServer
from router.understanding.llm_configuration import read_generator_config

pytestmark = pytest.mark.integration

VERBS = {"order": "buys a new", "return": "sends back a", "repair": "mends a broken"}
THINGS = [
    *("umbrella", "piano", "bicycle", "toaster", "carpet", "telescope", "kettle", "saddle"),
    *("lantern", "compass", "guitar", "helmet", "mattress", "blender", "sofa", "drum", "camera"),
    *("ladder", "violin", "tent"),
]
OFF = {"active": False}
COMMANDS = "You steer a chat assistant"
CONFIG = """\
recipe: default.v1
assistant_id: many
language: en
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: LLMCommandGenerator
    llm: {model_group: small}
    timeout: 4.0
    flow_retrieval: FLOW_RETRIEVAL
policies:
  - name: FlowPolicy
  - name: RulePolicy
"""
DATA = """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
rules:
  - rule: greeting
    steps:
      - intent: greet
      - action: utter_done
"""
DOMAIN = """\
version: "3.1"
intents: [greet]
slots:
  colour: {type: text}
  vip: {type: bool}
responses:
  utter_ask_colour: [{text: "Which colour?"}]
  utter_done: [{text: Done.}]
"""


def flows():
    steps = [{"collect": "colour"}, {"action": "utter_done"}]
    shop = {
        f"{verb}_{thing}": {"description": f"{words} {thing}", "steps": steps}
        for thing in THINGS
        for verb, words in VERBS.items()
    }
    hidden = {"description": "sends back a golden umbrella", "if": "slots.vip", "steps": steps}
    return {**shop, "return_golden_umbrella": hidden}


def write(folder, flow_retrieval="null"):
    (folder / "flows").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / "nlu.yml").write_text(DATA)
    (folder / "flows" / "shop.yml").write_text(yaml.safe_dump({"flows": flows()}, sort_keys=False))
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "config.yml").write_text(CONFIG.replace("FLOW_RETRIEVAL", flow_retrieval))
    endpoints(folder)


def endpoints(folder, url="http://127.0.0.1:9/v1", vectors=None, model="vectors"):
    """Writes where the model is asked, and where vectors are asked for."""
    place = "limits: {retries: 0}\n  models:\n  - {provider: openai, timeout: 2.0, "
    (folder / "endpoints.yml").write_text(
        f"model_groups:\n- id: small\n  {place}model: small, api_base: '{url}'}}\n"
        f"- id: vectors\n  {place}model: {model}, api_base: '{vectors or url}'}}\n"
    )


def train(folder):
    return rasa_process.run("train", "--fixed-model-name", "many", cwd=folder, seconds=280)


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """The bot trained with the embedded encoder, which nobody asked for in config.yml."""
    try:
        load_encoder()
    except EncoderUnavailable as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("shop") / "bot"
    write(folder)
    code, output = train(folder)
    assert code == 0, output[-3000:]
    return folder


@pytest.fixture(scope="session")
def remote_shop(tmp_path_factory):
    """The bot trained with vectors that an endpoint gives."""
    folder = tmp_path_factory.mktemp("remote") / "bot"
    write(folder, "{embeddings: {model_group: vectors}}")
    with FakeServer([]) as server:
        endpoints(folder, server.url)
        code, output = train(folder)
        asked = [request.body["input"] for request in server.requests]
    assert code == 0, output[-3000:]
    assert [len(texts) for texts in asked] == [61]
    return folder


@pytest.fixture
def bot(monkeypatch, request):
    """Loads a trained bot against a server that follows a script."""
    servers = []

    def load(folder, *script, vectors=None, model="vectors"):
        monkeypatch.chdir(folder)
        server = FakeServer([{"match": COMMANDS, "times": 1, "answer": text} for text in script])
        servers.append(server.__enter__())
        endpoints(folder, server.url, vectors, model)
        return Bot(loaded(folder), server, request.node.nodeid)

    yield load
    for server in servers:
        server.__exit__(None, None, None)


def loaded(folder):
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    import structlog
    from rasa.core.agent import Agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return Agent.load(str(folder / "models" / "many.tar.gz"))


class Bot:
    def __init__(self, agent, server, sender):
        self.agent, self.server, self.sender = agent, server, sender

    async def __call__(self, text):
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await self.agent.handle_message(UserMessage(text, channel, self.sender))
        return [message.get("text") for message in channel.messages]

    @property
    def shown(self):
        """The flows in the last prompt that the model got."""
        bodies = [request.body for request in self.server.requests if "messages" in request.body]
        prompt = bodies[-1]["messages"][0]["content"]
        return [json.loads(line)["name"] for line in prompt.splitlines() if '{"name"' in line[:8]]

    async def set_slot(self, name, value):
        from rasa.shared.core.events import SlotSet

        tracker = await self.agent.tracker_store.retrieve(self.sender)
        tracker.update(SlotSet(name, value))
        await self.agent.tracker_store.save(tracker)

    async def call(self):
        """What the last message's metadata says about its call."""
        tracker = await self.agent.tracker_store.retrieve(self.sender)
        (call,) = tracker.latest_message.parse_data["llm_calls"]
        return call


async def test_a_prompt_shows_twenty_flows_and_the_right_one_among_them(bot, shop):
    talk = bot(shop, "start flow return_umbrella")
    assert await talk("the umbrella I got is too small, I don't want it any more") == [
        "Which colour?"
    ]
    assert len(talk.shown) == 20
    assert {f"{verb}_umbrella" for verb in VERBS} < set(talk.shown)
    assert talk.shown == [name for name in flows() if name in talk.shown]
    call = await talk.call()
    assert (call["outcome"], call["flows"]) == ("read", 20)
    assert call["retrieval"]["outcome"] == "ranked"
    assert call["retrieval"]["latency_ms"] > 0


async def test_a_flow_whose_guard_does_not_hold_is_never_shown(bot, shop):
    talk = bot(shop, "cannot handle", "cannot handle")
    await talk("I'd like to send back my golden umbrella")
    assert "return_golden_umbrella" not in talk.shown
    await talk.set_slot("vip", True)
    await talk("I'd like to send back my golden umbrella")
    assert "return_golden_umbrella" in talk.shown


async def test_a_flow_that_was_started_stays_in_the_prompts(bot, shop):
    talk = bot(shop, "start flow repair_violin", "set slot colour brown", "cannot handle")
    asked = "a tent for the mountains"
    await talk("my violin is broken")
    await talk(asked)
    assert "repair_violin" in talk.shown
    assert len(talk.shown) == 21
    assert "order_tent" in talk.shown
    await talk(asked)
    assert "repair_violin" in talk.shown
    assert len(talk.shown) == 21


async def test_flows_that_were_offered_are_in_the_next_prompt(bot, shop):
    talk = bot(shop, "disambiguate flows order_drum repair_drum", "cannot handle")
    await talk("drum")
    await talk("the first one, for a tent in the mountains")
    assert {"order_drum", "repair_drum"} < set(talk.shown)
    assert len(talk.shown) == 22


async def test_an_endpoint_gives_the_vectors(bot, remote_shop):
    talk = bot(remote_shop, "start flow return_umbrella")
    assert await talk("umbrella") == ["Which colour?"]
    assert len(talk.shown) == 20
    assert {f"{verb}_umbrella" for verb in VERBS} < set(talk.shown)
    embeds = [request.body for request in talk.server.requests if "input" in request.body]
    assert [(body["model"], body["input"]) for body in embeds] == [("vectors", ["umbrella"])]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"close": True}, "LLMUnavailable"),
        ({"status": 401}, "LLMRefused"),
        ({"hang": True}, "LLMTimeout"),
        ({"raw": "{]"}, "InvalidAnswer"),
    ],
    ids=str,
)
async def test_without_vectors_all_flows_are_shown_and_the_user_is_answered(
    bot, remote_shop, fault, outcome
):
    with FakeServer([{"match": "", **fault}]) as broken:
        talk = bot(remote_shop, "start flow return_umbrella", vectors=broken.url)
        assert await talk("umbrella") == ["Which colour?"]
    assert len(talk.shown) == 60
    assert "return_golden_umbrella" not in talk.shown
    call = await talk.call()
    assert (call["outcome"], call["flows"]) == ("read", 60)
    assert call["retrieval"]["outcome"] == outcome


def test_a_model_whose_vectors_another_encoder_made_is_refused(bot, remote_shop):
    from router.rasa.errors import CoexistenceSetupError

    with pytest.raises(CoexistenceSetupError, match=r"Train the model again") as refused:
        bot(remote_shop, model="others")
    assert isinstance(refused.value.__cause__, IncompatibleModel)


@pytest.mark.parametrize(
    ("flow_retrieval", "words"),
    [
        ("{folder: nowhere}", "folder"),
        ("{embeddings: {model_group: vectors}}", "openai at 127.0.0.1:9"),
    ],
)
def test_vectors_that_are_asked_for_and_not_to_be_had_end_the_training(
    tmp_path, flow_retrieval, words
):
    write(tmp_path / "bot", flow_retrieval)
    code, output = train(tmp_path / "bot")
    assert code != 0
    assert "flow_retrieval of LLMCommandGenerator: " in output
    assert words in output
    assert "Or write `flow_retrieval: {active: false}`" in output
    assert "Traceback" not in output


def assistant(number=60):
    return Assistant(flows=flows_from_data(dict(list(flows().items())[:number]), []))


@pytest.fixture
def no_encoder(monkeypatch):
    """As where the extra `semantic` isn't installed."""
    from router.rasa import flow_retrieval

    def unavailable(settings):
        raise EncoderUnavailable("The sentence encoder isn't installed.")

    monkeypatch.setattr(flow_retrieval, "embedder_for", unavailable)
    return flow_retrieval


def test_without_an_encoder_that_nobody_asked_for_all_flows_are_shown(
    no_encoder, tmp_path, monkeypatch
):
    from structlog.testing import CapturingLogger

    log = CapturingLogger()
    monkeypatch.setattr(no_encoder, "log", log)
    config = read_generator_config({})
    no_encoder.learn_flows(config, assistant(), tmp_path)
    assert no_encoder.recall_flows(config, tmp_path) is None
    (line,) = log.calls
    assert (line.method_name, line.args) == ("info", ("coexistence.no_flow_retrieval",))
    assert "isn't installed" in line.kwargs["reason"]


@pytest.mark.parametrize("keys", [{"active": True}, {"num_flows": 30}])
def test_without_an_encoder_that_config_asks_for_there_is_no_training(no_encoder, tmp_path, keys):
    config = read_generator_config({"flow_retrieval": keys})
    with pytest.raises(EncoderUnavailable, match=r"flow_retrieval of .* isn't installed"):
        no_encoder.learn_flows(config, assistant(), tmp_path)


@pytest.mark.parametrize(
    ("keys", "number"),
    [({}, 20), ({"flow_retrieval": {"num_flows": 60}}, 60), ({"flow_retrieval": OFF}, 60)],
)
def test_where_all_flows_are_shown_no_encoder_is_needed(no_encoder, tmp_path, keys, number):
    config = read_generator_config(keys)
    no_encoder.learn_flows(config, assistant(number), tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert no_encoder.recall_flows(config, tmp_path) is None


def test_a_model_with_vectors_is_loaded_without_an_encoder_too(no_encoder, tmp_path):
    embedder = EndpointEmbedder(FakeLLM(), "fake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(no_encoder, "embedder_for", lambda settings: embedder)
        no_encoder.learn_flows(read_generator_config({}), assistant(), tmp_path)
        assert no_encoder.recall_flows(read_generator_config({}), tmp_path) is not None
    assert no_encoder.recall_flows(read_generator_config({}), tmp_path) is None
    with pytest.raises(EncoderUnavailable, match="flow_retrieval of"):
        no_encoder.recall_flows(read_generator_config({"flow_retrieval": {}}), tmp_path)


def test_another_encoder_is_another_training(tmp_path, monkeypatch):
    from router.rasa.llm_generator import LLMCommandGenerator

    monkeypatch.chdir(tmp_path)
    keys = {"flow_retrieval": {"embeddings": {"model_group": "vectors"}}}
    endpoints(tmp_path)
    before = LLMCommandGenerator.fingerprint_addon(keys)
    assert LLMCommandGenerator.fingerprint_addon(keys) == before
    endpoints(tmp_path, model="others")
    assert LLMCommandGenerator.fingerprint_addon(keys) != before


def test_training_warns_of_many_flows_in_a_prompt(tmp_path):
    from rasa.shared.importers.importer import TrainingDataImporter

    write(tmp_path / "bot", "{active: false}")
    files = (str(tmp_path / "bot" / name) for name in ("config.yml", "domain.yml", "data"))
    config, domain, data = files
    with pytest.warns(UserWarning) as warned:
        TrainingDataImporter.load_from_config(config, domain, [data]).get_domain()
    texts = [str(each.message) for each in warned]
    (text,) = [text for text in texts if "many-flows-in-prompt" in text]
    assert "all 61 flows" in text
