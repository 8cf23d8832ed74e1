"""A group fails over in order, spreads by weight, repeats with pauses and bounds its calls."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable

import pytest
from llm_clients import ends_by, group_for

from router.errors import (
    InvalidAnswer,
    InvalidConfig,
    LLMError,
    LLMRefused,
    LLMTimeout,
    LLMUnavailable,
    NotRecorded,
)
from router.llm import Deadline, GroupClient, Limits, build_client, read_model_groups, shared_client
from router.llm.endpoint import Answer, Vectors
from router.llm.member import Member, named

SOON = 30.0


class StubEndpoint:
    """Does in turn what it's given: errors are raised, numbers slept, texts answered."""

    timeout = SOON
    loaded = True

    def __init__(self, name: str, *behaviour: object) -> None:
        self.name, self.model = name, "m"
        self._behaviour = list(behaviour)
        self.asked = 0
        self.now = 0
        self.most = 0
        self.seconds: list[float] = []

    def load(self) -> None:
        pass

    async def complete(self, messages: object, seconds: float) -> Answer:
        self.asked += 1
        self.seconds.append(seconds)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            act = self._behaviour.pop(0) if len(self._behaviour) > 1 else self._behaviour[0]
            if isinstance(act, Exception):
                raise act
            if isinstance(act, (int, float)):
                await asyncio.sleep(act)
            return Answer(f"{self.name} says {act}")
        finally:
            self.now -= 1

    async def embed(self, texts: object, seconds: float) -> Vectors:
        return Vectors(((1.0,),))

    async def aclose(self) -> None:
        self.now = -1


def group(
    *endpoints: StubEndpoint,
    limits: Limits | None = None,
    weights: tuple[float, ...] = (),
    seed: int = 0,
) -> GroupClient:
    limits = limits or Limits(retries=0)
    weights = weights or (1.0,) * len(endpoints)
    members = [Member(e, limits, w) for e, w in zip(endpoints, weights, strict=True)]
    spread = len(set(weights)) > 1
    return GroupClient(members, retries=limits.retries, spread=spread, rng=random.Random(seed))


async def ask(client: GroupClient, seconds: float = SOON) -> str:
    return (await client.complete("hello", deadline=Deadline.after(seconds))).text


@pytest.mark.parametrize(
    "error", [LLMUnavailable("down"), LLMRefused("no key"), InvalidAnswer("garbage")]
)
async def test_the_next_is_asked_when_one_fails(error):
    first, second = StubEndpoint("a", error), StubEndpoint("b", "hi")
    completion = await group(first, second).complete("x", deadline=Deadline.after(SOON))
    assert (completion.text, completion.endpoint, completion.attempts) == ("b says hi", "b", 2)


async def test_the_first_that_answers_is_the_last_asked():
    first, second = StubEndpoint("a", "hi"), StubEndpoint("b", "hi")
    assert await ask(group(first, second)) == "a says hi"
    assert second.asked == 0


async def test_one_that_hangs_leaves_the_others_their_share():
    first, second, third = (StubEndpoint("a", 60), StubEndpoint("b", 60), StubEndpoint("c", "hi"))
    with ends_by(1.5):
        assert await ask(group(first, second, third), 1.5) == "c says hi"
    assert first.seconds[0] == pytest.approx(0.5, abs=0.1)


async def test_one_that_rests_gets_no_share():
    limits = Limits(retries=0, breaker_failures=1, breaker_seconds=60)
    first, second = StubEndpoint("a", "hi"), StubEndpoint("b", LLMUnavailable("down"))
    client = group(first, second, limits=limits)
    breaker = client.members[1].breaker
    breaker.failed(breaker.admit())
    await ask(client, 10)
    assert first.seconds[0] > 9


async def test_if_all_fail_the_error_tells_of_each():
    client = group(
        StubEndpoint("a", LLMRefused("no key.")), StubEndpoint("b", LLMUnavailable("down."))
    )
    with pytest.raises(LLMUnavailable) as raised:
        await ask(client)
    assert str(raised.value) == "a, model m: no key; then b, model m: down."
    assert raised.value.endpoint == "b"


async def test_a_round_repeats_as_often_as_it_may():
    endpoint = StubEndpoint("a", LLMUnavailable("down", retry_after=0))
    with pytest.raises(LLMUnavailable):
        await ask(group(endpoint, limits=Limits(retries=2)))
    assert endpoint.asked == 3


async def test_who_refused_is_not_asked_again():
    first = StubEndpoint("a", LLMRefused("no key"))
    second = StubEndpoint("b", LLMUnavailable("down", retry_after=0), "hi")
    assert await ask(group(first, second, limits=Limits(retries=1))) == "b says hi"
    assert (first.asked, second.asked) == (1, 2)


async def test_no_pause_goes_beyond_the_deadline():
    endpoint = StubEndpoint("a", LLMUnavailable("down"))
    with ends_by(0.3), pytest.raises(LLMUnavailable):
        await ask(group(endpoint, limits=Limits(retries=50)), 0.3)


def test_pauses_are_of_random_length_and_grow():
    endpoint = StubEndpoint("a", "hi")
    client = group(endpoint)
    client._retries = 10
    error = [LLMUnavailable("down")]
    far = Deadline.after(1000)
    for number, bound in enumerate([0.5, 1, 2, 4, 8, 8]):
        pauses = [client._pause(number, error, far) or 0 for _ in range(200)]
        assert 0 <= min(pauses) < bound * 0.1
        assert bound * 0.9 < max(pauses) <= bound


async def test_weights_are_kept_over_many_calls():
    a, b, c = (StubEndpoint(name, "hi") for name in "abc")
    client = group(a, b, c, weights=(3, 1, 0))
    answers = Counter([await ask(client) for _ in range(400)])
    assert answers["c says hi"] == 0
    assert 260 < answers["a says hi"] < 340


async def test_one_of_weight_0_stands_in():
    client = group(StubEndpoint("a", LLMUnavailable("x")), StubEndpoint("b", "hi"), weights=(1, 0))
    assert await ask(client) == "b says hi"


async def test_the_calls_at_one_time_are_bounded():
    endpoint = StubEndpoint("a", 0.02)
    client = group(endpoint, limits=Limits(concurrent_calls=3, retries=0))
    await asyncio.gather(*(ask(client) for _ in range(12)))
    assert (endpoint.asked, endpoint.most) == (12, 3)


async def test_who_waits_for_a_slot_gives_up_in_time():
    endpoint = StubEndpoint("a", 0.5)
    client = group(endpoint, limits=Limits(concurrent_calls=1, retries=0))
    first = asyncio.ensure_future(ask(client))
    await asyncio.sleep(0.01)
    with ends_by(0.1), pytest.raises(LLMTimeout, match="no time was left to wait for other calls"):
        await ask(client, 0.1)
    await first
    assert not client.members[0].breaker.is_open


async def test_who_rests_is_left_alone_even_while_all_slots_are_taken():
    endpoint = StubEndpoint("a", 60)
    limits = Limits(concurrent_calls=1, retries=0, breaker_failures=1, breaker_seconds=60)
    client = group(endpoint, limits=limits)
    first = asyncio.ensure_future(ask(client))
    await asyncio.sleep(0.01)
    breaker = client.members[0].breaker
    breaker.failed(breaker.admit())
    with ends_by(0), pytest.raises(LLMUnavailable, match="rests"):
        await ask(client)
    first.cancel()


async def test_cancelled_waiters_lose_no_slot():
    endpoint = StubEndpoint("a", 0.01)
    client = group(endpoint, limits=Limits(concurrent_calls=2, retries=0))
    tasks = [asyncio.ensure_future(ask(client)) for _ in range(30)]
    for task in tasks[::3]:
        await asyncio.sleep(0.002)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with ends_by(1):
        await asyncio.gather(ask(client, 1), ask(client, 1))
    assert endpoint.now == 0


async def test_a_time_out_counts_only_if_the_endpoint_had_a_fair_chance():
    limits = Limits(retries=0, breaker_failures=1)
    client = group(StubEndpoint("a", 60), limits=limits)
    with pytest.raises(LLMTimeout):
        await ask(client, 0.05)
    assert not client.members[0].breaker.is_open
    client.members[0].endpoint.timeout = 0.05
    with pytest.raises(LLMTimeout):
        await ask(client)
    assert client.members[0].breaker.is_open


async def test_cancelled_calls_do_not_open_the_circuit():
    client = group(StubEndpoint("a", 60), limits=Limits(breaker_failures=1))
    task = asyncio.ensure_future(ask(client))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not client.members[0].breaker.is_open


@pytest.mark.parametrize("error", [LLMRefused("no"), InvalidAnswer("garbage")])
async def test_an_endpoint_that_says_anything_is_there(error):
    client = group(StubEndpoint("a", error), limits=Limits(retries=0, breaker_failures=1))
    for _ in range(3):
        with pytest.raises(type(error)):
            await ask(client)
    assert not client.members[0].breaker.is_open


@pytest.mark.parametrize("error", [NotRecorded("x"), KeyError("a bug")])
async def test_what_is_no_fault_of_an_endpoint_goes_through(error):
    first, second = StubEndpoint("a", error), StubEndpoint("b", "hi")
    with pytest.raises(type(error)):
        await ask(group(first, second))
    assert second.asked == 0


async def test_loading_takes_time_of_the_turn_but_counts_for_no_failure():
    endpoint = StubEndpoint("a", "hi")
    endpoint.loaded = False
    endpoint.load = lambda: time.sleep(0.4)
    client = group(endpoint, limits=Limits(retries=0, breaker_failures=1))
    with ends_by(0.1), pytest.raises(LLMTimeout, match="still being loaded"):
        await ask(client, 0.1)
    assert not client.members[0].breaker.is_open
    assert endpoint.asked == 0


def test_warming_up_loads_in_another_thread():
    endpoint = StubEndpoint("a", "hi")
    loaded: list[str] = []
    endpoint.load = lambda: loaded.append("a")
    group(endpoint).warm_up().join(timeout=5)
    assert loaded == ["a"]


async def test_no_texts_cost_no_call(serve):
    server = serve()
    embeddings = await build_client(group_for(server.url)).embed([], deadline=Deadline.after(1))
    assert (embeddings.vectors, embeddings.attempts, server.connections) == ((), 0, 0)


def test_a_client_works_in_several_loops_and_two_at_once():
    client = group(StubEndpoint("a", 0.01), limits=Limits(concurrent_calls=1))
    for _ in range(3):
        assert asyncio.run(ask(client)).startswith("a says")

    async def elsewhere() -> list[str]:
        run: Callable[[], str] = lambda: asyncio.run(ask(client))  # noqa: E731
        return await asyncio.gather(*(asyncio.to_thread(run) for _ in range(4)), ask(client))

    assert len(asyncio.run(elsewhere())) == 5


async def test_a_group_from_endpoints_yml_fails_over_between_servers(serve):
    down, up = serve({"status": 500, "times": "always"}), serve("hello", "hello")
    models = [
        {"provider": "self-hosted", "model": "m", "api_base": server.url} for server in (down, up)
    ]
    groups = read_model_groups([{"id": "main", "models": models, "limits": {"retries": 0}}])
    client = build_client(groups["main"])
    completion = await client.complete("x", deadline=Deadline.after(10))
    await client.aclose()
    assert completion.text == "hello"
    assert completion.endpoint == f"self-hosted at 127.0.0.1:{up.port}"


def test_a_variable_that_is_not_set_is_told_of_before_any_call(monkeypatch):
    monkeypatch.delenv("TEST_LLM_KEY")
    with pytest.raises(InvalidConfig, match="The environment variable TEST_LLM_KEY isn't set"):
        build_client(group_for("http://127.0.0.1:1/v1"))


def test_equal_groups_share_one_client_while_it_is_used():
    group_, other = group_for("http://127.0.0.1:1/v1"), group_for("http://127.0.0.1:2/v1")
    first = shared_client(group_)
    assert shared_client(group_for("http://127.0.0.1:1/v1")) is first
    assert shared_client(other) is not first


def test_every_error_of_an_endpoint_is_named_once():
    endpoint = StubEndpoint("a", "x")
    error = named(LLMUnavailable("down.", retry_after=3, detail="d"), endpoint)
    assert str(named(error, endpoint)) == "a, model m: down."
    assert (error.endpoint, error.model, error.retry_after, error.detail) == ("a", "m", 3, "d")
    assert isinstance(error, LLMError)


async def test_a_failed_attempt_is_a_warning_without_what_the_endpoint_said(caplog):
    error = LLMRefused("no", detail="you asked: my secret is 4711")
    with caplog.at_level("WARNING"), pytest.raises(LLMRefused):
        await group(StubEndpoint("a", error)).complete("x", deadline=Deadline.after(5))
    assert "attempt 1: LLMRefused" in caplog.text
    assert "4711" not in caplog.text
