"""The flow retrieval benchmark: what it counts, and a reason where it can't be run."""

import pytest
from test_flow_retrieval import WordVectors

from benchmarks import flow_retrieval
from router.embedding import LocalEmbedder
from router.understanding.llm_configuration import FlowRetrieval

SERVICES = {
    "Food_1": {"intents": {"FindFood": "find a restaurant", "ReserveTable": "book a table"}},
    "Music_1": {"intents": {"PlaySong": "play a song"}},
}


def turn(text, intent, opens=True, service="Food_1"):
    return {"u": text, "service": service, "intent": intent, "new_intent": opens}


SESSION = {
    "user_turns": [
        turn("find me a restaurant", "FindFood"),
        turn("the cheap one", "FindFood", opens=False),
        turn("now book it", "ReserveTable"),
        turn("something else", "NONE"),
        turn("will it rain", "GetWeather", service="Weather_1"),
    ]
}


def test_a_query_is_a_turn_that_opens_a_task_of_a_flow():
    bot = flow_retrieval.assistant(SERVICES)
    assert bot.flows["Food_1_ReserveTable"].name == "reserve table"
    found = flow_retrieval.queries([SESSION], bot.flows)
    assert [(query.text, query.flow, len(query.before)) for query in found] == [
        ("find me a restaurant", "Food_1_FindFood", 0),
        ("now book it", "Food_1_ReserveTable", 2),
    ]


@pytest.mark.parametrize(("text", "recall"), [("now book it", 1.0), ("play on", 0.5)])
async def test_recall_is_the_share_whose_flow_was_found(text, recall):
    bot = flow_retrieval.assistant(SERVICES)
    session = {"user_turns": [SESSION["user_turns"][0], turn(text, "ReserveTable")]}
    asked = flow_retrieval.queries([session], bot.flows)
    settings = FlowRetrieval(num_flows=1)
    found = await flow_retrieval.result(bot, asked, LocalEmbedder(WordVectors()), settings)
    assert (found.flows, found.queries, found.recall) == (3, 2, recall)


def test_without_data_the_reason_is_said(tmp_path, capsys):
    assert flow_retrieval.main(["--data", str(tmp_path)]) == 0
    assert "holds no sgd_services.json" in capsys.readouterr().out
    assert list(flow_retrieval.measure(tmp_path)) == []
