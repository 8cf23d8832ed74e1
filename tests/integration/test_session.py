"""A session on the real Rasa: each turn as data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.errors import IncompatibleModel
from router.routing.decision import Route

pytestmark = pytest.mark.integration


@pytest.fixture
def session(mini_agent: Any) -> Any:
    from router.rasa.session import Session

    return Session(mini_agent)


async def test_a_turn_that_starts_a_flow(session: Any) -> None:
    turn = await session.say("transfer money")
    assert turn.replies == ("To whom?",)
    assert (turn.route, turn.route_before, turn.route_after) == (Route.CALM, None, True)
    assert (turn.router, turn.reason) == ("IntentBasedRouter", "in calm_entry.sticky")
    assert turn.intent == turn.decision.intent == "transfer"
    assert turn.policies == ("FlowPolicy",)
    assert turn.actions == ("utter_ask_recipient",)
    assert turn.active_flow == "sending money"
    assert [frame.flow_id for frame in turn.stack if not frame.is_pattern] == ["transfer_money"]
    assert await session.stack() == turn.stack
    assert turn.released is None


async def test_a_turn_on_an_active_route_and_the_one_that_ends_the_flow(session: Any) -> None:
    first = await session.say("transfer money")
    turn = await session.say("Anna")
    assert (turn.decision, turn.reason) == (None, "route is active")
    assert turn.slots_changed == {"recipient": "Anna"}
    assert session.why() == (turn, first.decision)
    await session.say("20")
    turn = await session.say("yes")
    assert (turn.active_flow, turn.ended_flow) == (None, "sending money")
    assert (turn.route_before, turn.route_after) == (True, None)
    assert turn.released
    assert turn.stack == ()


async def test_a_turn_of_the_nlu_system(session: Any) -> None:
    turn = await session.say("block my card")
    assert (turn.route, turn.route_after) == (Route.NLU, False)
    assert (turn.active_form, turn.active_flow) == ("card_form", None)
    assert turn.policies == ("RulePolicy",)
    turn = await session.say("4711")
    assert turn.released == "action_reset_routing"
    assert (turn.active_form, turn.route_after) == (None, None)


async def test_slots_are_given_with_what_is_shared_and_a_restart_forgets_them(
    session: Any,
) -> None:
    await session.say("add a contact")
    await session.say("Ben")
    assert await session.slots() == {"verified": (True, True)}
    session.restart()
    assert await session.slots() == {}
    assert session.why() is None
    assert (await session.say("hello")).shared == {}


async def test_an_action_that_fails_is_an_error_of_its_turn(session: Any) -> None:
    for text in ("transfer money", "Anna", "66"):
        assert (await session.say(text)).errors == ()
    turn = await session.say("yes")
    assert any("the bank is closed" in error for error in turn.errors)
    assert (await session.say("hello")).errors == ()


async def test_no_model_and_a_broken_one_are_errors_that_say_what_to_do(tmp_path: Path) -> None:
    from router.rasa.session import load_session

    with pytest.raises(IncompatibleModel, match="no model"):
        await load_session(tmp_path)
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"not a model")
    with pytest.raises(IncompatibleModel, match="rasa train"):
        await load_session(tmp_path, broken)
