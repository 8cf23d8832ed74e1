"""Whole conversations with the mini bot, through Rasa's own processor."""

import pytest

pytestmark = pytest.mark.integration


async def route(talk):
    return await talk.slot("route_session_to_calm")


async def test_a_conversation_crosses_both_systems_and_each_hands_back(talk):
    assert await talk("hello") == ["Hi there."]
    assert await route(talk) is None
    assert await talk("block my card") == ["Which card?"]
    assert await route(talk) is False
    assert await talk("4711") == ["Card 4711 is blocked."]
    assert await route(talk) is None
    assert await talk("transfer money") == ["To whom?"]
    assert await route(talk) is True
    assert await talk("Anna") == ["How much?"]
    assert await talk("20") == ["Send 20.0 to Anna?"]
    assert await talk("yes") == ["Sent.", "What else can I do for you?"]
    assert await route(talk) is None


async def test_a_story_that_ends_with_the_reset_hands_back(talk):
    assert await talk("give feedback") == ["How did you like it?"]
    assert await route(talk) is False
    assert await talk("it was great") == ["Thanks for telling us."]
    assert await route(talk) is None
