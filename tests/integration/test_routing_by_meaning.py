"""SemanticRouter and HybridRouter in the real Rasa, and a router of a bot's own."""

import json

import pytest
from test_llm import COMMANDS, ROUTING, Bot, commands, routes

from router.embedding import EncoderUnavailable
from router.errors import CoexistenceError
from router.llm import FakeServer

pytestmark = pytest.mark.integration


@pytest.fixture
def load(meaning_bot, monkeypatch, request):
    """Loads a model by name against a server that follows a script."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent

    monkeypatch.chdir(meaning_bot)
    servers = []

    def loaded(name, *script):
        server = FakeServer(script).__enter__()
        servers.append(server)
        (meaning_bot / "endpoints.yml").write_text(
            "model_groups:\n- id: small\n  limits: {retries: 0}\n"
            f"  models:\n  - {{provider: openai, model: small, api_base: '{server.url}'}}\n"
        )
        return Bot(Agent.load(f"models/{name}.tar.gz"), server, request.node.nodeid)

    yield loaded
    for server in servers:
        server.__exit__(None, None, None)


START = "start flow transfer_money\nset slot recipient Ann"


async def test_a_message_goes_where_its_meaning_says_and_no_model_routes(load):
    talk = load("semantic", commands(START))
    assert await talk("send Ann some money") == ["How much?"]
    assert talk.asked == ["commands"]
    decision = await talk.decision()
    assert (decision["router"], decision["reason"]) == ("SemanticRouter", "in calm_entry.sticky")
    assert decision["intent"] == "transfer_money"
    assert 0 < decision["confidence"] <= 1 and decision["distance"] > 0
    assert "Ann" not in json.dumps(decision)


async def test_what_the_nlu_system_answers_costs_no_call(load):
    talk = load("semantic")
    assert await talk("when do you open tomorrow") == ["We are open from nine to five."]
    assert await talk("hello you") == ["Hello!"]
    assert talk.asked == []


async def test_what_is_like_nothing_known_locks_nobody_in(load):
    talk = load("semantic", commands(START))
    await talk("what is the capital of france")
    decision = await talk.decision()
    assert (decision["reason"], decision["sticky"]) == ("below the threshold", False)
    assert await talk("send Ann some money") == ["How much?"]


async def test_a_sticky_route_is_kept_without_asking_the_router(load):
    talk = load("semantic", commands(START, times=1), commands("set slot amount 20"))
    await talk("send Ann some money")
    first = await talk.decision()
    await talk("when do you open tomorrow")
    assert await talk.decision() == first


async def test_a_cascade_asks_the_model_only_in_doubt(load):
    talk = load("hybrid", routes("A"), commands(START))
    assert await talk("hello hi good morning") == ["Hello!"]
    assert talk.asked == []
    assert (await talk.decision())["stage"] == "semantic"
    assert await talk("could you shoot fifty bucks over to Anna", "doubtful") == ["How much?"]
    assert sorted(talk.asked) == ["commands", "route"]
    talk.sender = "doubtful"
    decision = await talk.decision()
    assert (decision["router"], decision["stage"]) == ("HybridRouter", "llm")
    assert (decision["reason"], decision["llm"]["outcome"]) == ("answer A", "read")
    assert decision["cheap"]["outcome"] in ("nlu_once", "calm", "nlu")


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"answer": ""}, {"answer": "perhaps"}, {"hang": True}], ids=str
)
async def test_without_the_models_answer_the_cheap_stage_decides(load, fault):
    talk = load("hybrid", {"match": ROUTING, **fault}, {"match": COMMANDS, "answer": START})
    await talk("could you shoot fifty bucks over to Anna")
    decision = await talk.decision()
    assert decision["reason"].startswith("on_error")
    route = decision["route"] if decision["sticky"] else f"{decision['route']}_once"
    assert route == decision["cheap"]["outcome"]


async def test_a_missing_encoder_is_one_clear_error(load, monkeypatch):
    from router.rasa import embedders

    def gone(folder=None):
        raise EncoderUnavailable("The sentence encoder needs the package 'onnxruntime'.")

    monkeypatch.setattr(embedders, "load_encoder", gone)
    with pytest.raises(CoexistenceError, match="needs the package 'onnxruntime'"):
        load("semantic")


OWN = """
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from router import RouterComponent
from router.routing.decision import Route, RoutingDecision, Turn


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LengthRouter(RouterComponent):
    async def decide(self, turn: Turn) -> RoutingDecision:
        route = Route.CALM if len(turn.text) > 10 else Route.NLU
        return RoutingDecision(route, False, f"flows: {len(turn.flows)}", "LengthRouter")
"""


async def test_a_router_of_ones_own_is_a_class_and_a_line(meaning_bot, rasa, load, tmp_path):
    (meaning_bot / "own_router.py").write_text(OWN)
    config = (meaning_bot / "config.yml").read_text()
    start, end = config.index("  - name: LLMBasedRouter"), config.index("  - name: Whitespace")
    own = config[:start] + "  - name: own_router.LengthRouter\n" + config[end:]
    (meaning_bot / "config.own.yml").write_text(own)
    arguments = ("--config", "config.own.yml", "--fixed-model-name", "own")
    done = rasa("train", *arguments, cwd=meaning_bot)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    import sys

    sys.path.insert(0, str(meaning_bot))
    try:
        talk = load("own", commands(START))
        assert await talk("hello") == ["Hello!"]
        assert await talk("send Ann some money") == ["How much?"]
        assert (await talk.decision())["reason"] == "flows: 1"
    finally:
        sys.path.remove(str(meaning_bot))
