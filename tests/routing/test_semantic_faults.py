"""A semantic router whose vectors an endpoint makes, and all that can go wrong with it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from router.embedding import EndpointEmbedder
from router.llm import FakeServer, build_client, read_llm_config
from router.llm.script import fake_vector
from router.routing.decision import RoutingDecision, Turn
from router.routing.semantic_configuration import read_semantic_router_config
from router.routing.semantic_router import SemanticRouter
from router.routing.semantic_training import fit

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")

MODEL = "vectors"
TIMEOUT = 0.4  # seconds
SLACK = 1.5  # seconds that a busy machine may add
KNOWN = {
    "block_card": ["block my card", "my card was stolen", "lock the card now", "freeze my card"],
    "transfer_money": ["send money to ann", "transfer money", "pay money to bob", "wire money"],
}


def router(url: str, **keys: Any) -> SemanticRouter:
    """Trained on the fake server's own vectors."""
    config = read_semantic_router_config(
        {
            "nlu_entry": {"sticky": ["block_card"], "non_sticky": []},
            "calm_entry": {"sticky": ["transfer_money"]},
            "encoder": {"timeout": TIMEOUT},
            **keys,
        }
    )
    llm = {"provider": "self-hosted", "model": MODEL, "api_base": url, "limits": {"retries": 0}}
    embedder = EndpointEmbedder(build_client(read_llm_config(llm)), MODEL)
    messages = config.messages(KNOWN)
    vectors = np.asarray([fake_vector(text) for text, _ in messages], np.float32)
    names = [name for _, name in messages]
    return SemanticRouter(
        config, fit(names, vectors, config=config, encoder=embedder.fingerprint), embedder
    )


@pytest.fixture
def serve() -> Iterator[Any]:
    with ExitStack() as stack:
        yield lambda *script: stack.enter_context(FakeServer(script))


async def decided(asked: SemanticRouter, text: str = "send money to ann") -> RoutingDecision:
    """What is decided, which must not take longer than the time-out."""
    started = time.monotonic()
    decision = await asked.decide(Turn(text))
    assert time.monotonic() - started < TIMEOUT + SLACK
    await asked.embedder.client.aclose()  # type: ignore[attr-defined]
    return decision


async def test_the_endpoints_vectors_decide(serve):
    server = serve()
    decision = await decided(router(server.url))
    assert (decision.outcome, decision.intent) == ("calm", "transfer_money")
    assert [request.path for request in server.requests] == ["/v1/embeddings"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 401}, "LLMRefused"),
        ({"status": 429, "retry_after": 60}, "LLMUnavailable"),
        ({"status": 500}, "LLMUnavailable"),
        ({"close": True}, "LLMUnavailable"),
        ({"hang": True}, "LLMTimeout"),
        ({"delay": 30}, "LLMTimeout"),
        ({"body_delay": 30}, "LLMTimeout"),
        ({"raw": "<html>"}, "InvalidAnswer"),
        ({"raw": '{"data": []}'}, "InvalidAnswer"),
        ({"raw_hex": "7b22fffe22"}, "InvalidAnswer"),
        ({"raw": "x" * 40_000_000}, "InvalidAnswer"),
        ({"vectors": [[]]}, "InvalidAnswer"),
        ({"vectors": [[1.0, 2.0, 3.0]]}, "IncompatibleModel"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.parametrize("unsure", ["nlu_once", "calm_once"])
async def test_without_a_vector_unsure_decides(serve, fault, reason, unsure):
    server = serve({"match": ".", "times": 1, **fault})
    asked = router(server.url, unsure=unsure)
    decision = await decided(asked)
    assert (decision.outcome, decision.reason) == (unsure, f"on_error: {reason}")
    assert decision.slot_value is None
    assert (await decided(asked)).outcome == "calm"


async def test_without_a_connection_unsure_decides():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
    decision = await decided(router(url))
    assert (decision.outcome, decision.reason) == ("nlu_once", "on_error: LLMUnavailable")
