"""The garbage collector and models: what is loaded is spared, what was replaced is not."""

import gc
import weakref

import pytest

pytestmark = pytest.mark.integration


@pytest.fixture
def load(llm_bot, monkeypatch):
    """Loads the bot and has it answer a message that needs no model."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

    async def loaded():
        agent = Agent.load("models/llm.tar.gz")
        channel = CollectingOutputChannel()
        await agent.handle_message(UserMessage("/opening_hours", channel, "somebody"))
        assert channel.messages[0]["text"] == "We are open from nine to five."
        return agent

    monkeypatch.chdir(llm_bot)
    gc.collect()  # ends what models loaded by other tests have begun
    gc.unfreeze()
    yield loaded
    gc.unfreeze()


async def test_a_third_model_before_a_collection_does_not_spare_the_second(load):
    await load()
    second = weakref.ref((await load()).processor)
    agent = await load()
    gc.collect()
    assert second() is None
    assert gc.get_freeze_count() > 100_000
    assert agent.processor is not None


async def test_what_a_model_is_made_of_is_spared(load):
    agent = await load()
    assert gc.get_freeze_count() > 100_000
    before = gc.get_freeze_count()
    gc.collect()
    assert gc.get_freeze_count() == before
    assert agent.processor is not None


async def test_a_model_that_was_replaced_is_collected_and_the_new_one_spared(load):
    old = weakref.ref((await load()).processor)
    agent = await load()
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert old() is None
    assert gc.get_freeze_count() > 100_000
    assert agent.processor is not None
