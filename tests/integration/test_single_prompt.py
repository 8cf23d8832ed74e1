"""`first_turn: single`: one call tells the route and the commands, in the real Rasa."""

import pytest
from test_llm import COMMANDS, ROUTING
from test_routing_by_meaning import load  # noqa: F401 - a fixture

pytestmark = pytest.mark.integration

BOTH = "You do two things"
START = "start flow transfer_money\nset slot recipient Ann"


def both(answer, **keys):
    return {"match": BOTH, "answer": answer, **keys}


async def test_one_call_routes_and_understands(load):  # noqa: F811
    talk = load("single", both(f"route: A\n{START}"))
    assert await talk("send Ann some money") == ["How much?"]
    (request,) = talk.server.requests
    assert COMMANDS in str(request.body) and ROUTING not in str(request.body)
    decision = await talk.decision()
    assert (decision["route"], decision["sticky"], decision["reason"]) == ("calm", True, "answer A")
    assert decision["llm"]["shared"] and decision["llm"]["outcome"] == "read"
    (call,) = (await talk.tracker()).latest_message.parse_data["llm_calls"]
    assert call["for"] == "route and commands"


async def test_what_the_nlu_system_answers_gets_no_commands(load):  # noqa: F811
    talk = load("single", both(f"route: C\n{START}"))
    assert await talk("when are you open") == ["We are open from nine to five."]
    parsed = (await talk.tracker()).latest_message.parse_data
    assert "commands" not in parsed
    assert [call["outcome"] for call in parsed["llm_calls"]] == ["read"]
    assert len(talk.server.requests) == 1


async def test_later_turns_of_calm_ask_for_commands_alone(load):  # noqa: F811
    talk = load(
        "single", both(f"route: A\n{START}", times=1), {"match": COMMANDS, "answer": "cancel flow"}
    )
    await talk("send Ann some money")
    await talk("never mind")
    assert BOTH not in str(talk.server.requests[-1].body)


@pytest.mark.parametrize("fault", [{"status": 500}, {"answer": ""}, {"answer": START}], ids=str)
async def test_without_a_route_nobody_is_locked_in(load, fault):  # noqa: F811
    talk = load("single", {"match": "", **fault})
    assert await talk("when are you open") == ["We are open from nine to five."]
    decision = await talk.decision()
    assert decision["reason"].startswith("on_error: ") and not decision["sticky"]


async def test_a_message_that_no_generator_sends_is_still_routed(load):  # noqa: F811
    talk = load("single", {"match": ROUTING, "answer": "C"})
    assert await talk("when are you open " * 40) == ["We are open from nine to five."]
    (request,) = talk.server.requests
    assert ROUTING in str(request.body) and BOTH not in str(request.body)
