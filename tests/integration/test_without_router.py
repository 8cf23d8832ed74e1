"""A bot with flows and no router: FlowPolicy goes first, the others act when it abstains."""

import shutil

import pytest
import rasa_process
import yaml
from rasa_process import BOTS

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
async def say(tmp_path_factory):
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    project = tmp_path_factory.mktemp("no-router") / "bot"
    shutil.copytree(BOTS / "mini", project)
    config = yaml.safe_load((project / "config.yml").read_text())
    config["pipeline"] = [part for part in config["pipeline"] if "Router" not in part["name"]]
    (project / "config.yml").write_text(yaml.safe_dump(config))
    (project / "data" / "stories.yml").unlink()
    (project / "data" / "rules.yml").write_text(
        "rules:\n- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n"
    )
    code, output = rasa_process.run("train", "--fixed-model-name", "bot", cwd=project, seconds=280)
    assert code == 0, output[-3000:]
    agent = Agent.load(str(project / "models" / "bot.tar.gz"))

    async def say(text, sender):
        channel = CollectingOutputChannel()
        await agent.handle_message(UserMessage(text, channel, sender))
        return [message["text"] for message in channel.messages]

    say.agent = agent
    return say


async def test_rules_answer_what_starts_no_flow_and_flows_the_rest(say):
    assert await say("hello", "a") == ["Hi there."]
    assert await say("transfer money", "a") == ["To whom?"]
    assert await say("Anna", "a") == ["How much?"]
    assert await say("stop", "a") == [
        "Okay, I'm stopping sending money.",
        "What else can I do for you?",
    ]
    assert await say("hello", "a") == ["Hi there."]


async def test_there_is_no_routing_slot_and_no_reset(say):
    await say("hello", "b")
    tracker = await say.agent.tracker_store.retrieve("b")
    assert "route_session_to_calm" not in tracker.slots
    assert "action_reset_routing" not in say.agent.domain.action_names_or_texts


async def test_a_bot_with_flows_alone_answers_everything_as_calm(say):
    from router.rasa.seams import assistant_of

    settings = assistant_of(say.agent.processor).settings
    settings["has_nlu_policies"] = False
    try:
        [sorry] = await say("hello", "c")
    finally:
        settings["has_nlu_policies"] = True
    assert "didn't understand" in sorry
