"""`LLMCommandGenerator` and `NLUCommandAdapter` in one pipeline, in either order."""

import shutil

import pytest
import rasa_process
import yaml
from rasa_process import BOTS
from test_llm import Bot, commands, routes

from router.llm import FakeServer

pytestmark = pytest.mark.integration

ORDERS = {
    "adapter_first": ("NLUCommandAdapter", "LLMCommandGenerator"),
    "always_both": ("NLUCommandAdapter", "LLMCommandGenerator"),
    "generator_first": ("LLMCommandGenerator", "NLUCommandAdapter"),
}
NLU = """
version: "3.1"
nlu:
  - intent: send
    examples: |
      - transfer money
      - transfer money please
      - transfer money to [Ann](recipient)
      - transfer money to [Bob](recipient)
  - lookup: recipient
    examples: |
      - Ann
      - Bob
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The bot, trained in both orders; an intent starts the flow, an entity fills a slot."""
    folder = tmp_path_factory.mktemp("orders") / "bot"
    shutil.copytree(BOTS / "llm", folder)
    (folder / "data" / "more.yml").write_text(NLU)
    edit(folder / "domain.yml", with_intent_and_entity)
    edit(folder / "flows" / "money.yml", with_trigger)
    for name in ORDERS:
        (folder / "config.yml").write_text((BOTS / "llm" / "config.yml").read_text())
        edit(folder / "config.yml", lambda config, name=name: with_both(config, name))
        code, output = rasa_process.run(
            "train", "--fixed-model-name", name, cwd=folder, seconds=280
        )
        assert code == 0, output[-3000:]
    return folder


def edit(file, change):
    data = yaml.safe_load(file.read_text())
    change(data)
    file.write_text(yaml.safe_dump(data, sort_keys=False))


def with_intent_and_entity(domain):
    domain["intents"].append("send")
    domain["entities"] = ["recipient"]
    mappings = [{"type": "from_entity", "entity": "recipient"}, {"type": "from_llm"}]
    domain["slots"]["recipient"]["mappings"] = mappings


def with_trigger(flows):
    trigger = {"intent": {"name": "send", "confidence_threshold": 0.5}}
    flows["flows"]["transfer_money"]["nlu_trigger"] = [trigger]


def with_both(config, name):
    pipeline = config["pipeline"]
    [generator] = [part for part in pipeline if part["name"] == "LLMCommandGenerator"]
    generator["minimize_num_calls"] = name != "always_both"
    parts = {"LLMCommandGenerator": generator, "NLUCommandAdapter": {"name": "NLUCommandAdapter"}}
    pipeline.remove(generator)
    pipeline.append({"name": "RegexEntityExtractor", "use_lookup_tables": True})
    pipeline.extend(parts[part] for part in ORDERS[name])


@pytest.fixture(params=ORDERS)
def load(project, monkeypatch, request):
    """`load(*script)`: a conversation with the bot of each order, and a model's script."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent

    monkeypatch.chdir(project)
    servers = []

    def loaded(*script):
        servers.append(FakeServer(script).__enter__())
        (project / "endpoints.yml").write_text(
            "model_groups:\n- id: small\n  limits: {retries: 0}\n"
            f"  models:\n  - {{provider: openai, model: small, api_base: '{servers[-1].url}'}}\n"
        )
        agent = Agent.load(f"models/{request.param}.tar.gz")
        return Bot(agent, servers[-1], request.node.nodeid)

    loaded.order = request.param
    yield loaded
    for server in servers:
        server.__exit__(None, None, None)


async def records(talk):
    return (await talk.tracker()).latest_message.parse_data.get("llm_calls", [])


async def test_what_the_intent_starts_is_started_once(load):
    talk = load(routes("A"), commands("start flow transfer_money"))
    assert await talk("transfer money please") == ["Who gets the money?"]
    stack = (await talk.tracker()).get_slot("dialogue_stack")
    assert [frame["flow_id"] for frame in stack].count("transfer_money") == 1


async def test_a_call_that_the_intent_makes_needless_is_not_made_if_it_comes_later(load):
    talk = load(routes("A"), commands("start flow transfer_money"))
    await talk("transfer money please")
    asked = ["route"] if load.order == "adapter_first" else ["commands", "route"]
    assert sorted(talk.asked) == asked
    assert len(await records(talk)) == len(asked) - 1


async def test_what_the_pipeline_does_not_understand_the_model_does(load):
    talk = load(routes("A"), commands("start flow transfer_money\nset slot amount 20"))
    assert await talk("could you wire twenty") == ["Who gets the money?"]
    assert (await talk.tracker()).get_slot("amount") == 20
    [record] = await records(talk)
    assert (record["for"], record["outcome"]) == ("commands", "read")


async def test_both_add_to_one_message(load):
    talk = load(routes("A"), commands("start flow transfer_money"))
    assert await talk("could you wire something to Ann") == ["How much?"]
    assert (await talk.tracker()).get_slot("recipient") == "Ann"


async def test_of_two_values_for_a_slot_the_pipeline_s_counts(load):
    talk = load(routes("A"), commands("start flow transfer_money\nset slot recipient Zoe"))
    assert await talk("could you wire something to Bob") == ["How much?"]
    assert (await talk.tracker()).get_slot("recipient") == "Bob"


@pytest.mark.parametrize("fault", [{"status": 500}, {"answer": ""}, {"close": True}], ids=str)
async def test_a_model_that_fails_spoils_nothing_that_the_pipeline_understood(load, fault):
    talk = load(routes("A"), {"match": "", **fault})
    assert await talk("transfer money please") == ["Who gets the money?"]
    assert await talk("/SetSlots(recipient=Ann)") == ["How much?"]
    said = await talk("/SetSlots(amount=10)")
    assert said == ["Sent 10.0 to Ann.", "What else can I do for you?"]


async def test_neither_adds_anything_where_the_nlu_system_answers(load):
    talk = load(routes("C"), commands("start flow transfer_money", delay=0.5))
    await talk("transfer money please")
    message = (await talk.tracker()).latest_message
    assert "commands" not in message.parse_data
    assert (await talk.tracker()).get_slot("dialogue_stack") in (None, [])
