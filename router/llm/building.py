"""From configuration to a client, and where the clients of this process come from."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from router.errors import InvalidConfig, Location, Problem
from router.llm.client import LLMClient
from router.llm.configuration import Limits, ModelConfig, ModelGroup
from router.llm.endpoint import Endpoint
from router.llm.member import Member
from router.llm.model_groups import GroupClient
from router.llm.secrets import MissingVariable

__all__ = ["Source", "build_client", "clients_from", "live_client", "shared_client"]

#: Makes the client for a group of models.
Source = Callable[[ModelGroup], LLMClient]


def build_client(
    group: ModelGroup,
    *,
    environment: Mapping[str, str] | None = None,
    rng: random.Random | None = None,
    locate: Callable[[int], Location] | None = None,
) -> GroupClient:
    """A client over the models of a group; connects nowhere and imports no LiteLLM yet.

    Args:
        group: as `read_llm_config` gives it.
        environment: where `${VARIABLE}` is looked up; `os.environ` by default.
        rng: draws the order of a spreading group, and the pauses between rounds.
        locate: gives the place in the file of the model with that index.

    Raises:
        InvalidConfig: a variable that a model names isn't set.
    """
    members: list[Member] = []
    problems: list[Problem] = []
    for index, model in enumerate(group.models):
        try:
            endpoint = _endpoint(model, group.limits, environment)
        except MissingVariable as error:
            place = locate(index) if locate else Location("endpoints.yml")
            problems.append(
                Problem(place, "invalid-value", f"{model.endpoint}: {error}", "Set it.")
            )
        else:
            members.append(Member(endpoint, group.limits, model.weight))
    if problems:
        raise InvalidConfig(problems)
    return GroupClient(members, retries=group.limits.retries, spread=group.spreads, rng=rng)


def live_client(group: ModelGroup) -> GroupClient:
    """As `build_client`; begins to load what the first call would wait for."""
    client = build_client(group)
    client.warm_up()
    return client


_source: Source = live_client
_shared: weakref.WeakValueDictionary[tuple[Source, str], LLMClient] = weakref.WeakValueDictionary()
_shared_lock = threading.Lock()


def shared_client(group: ModelGroup) -> LLMClient:
    """The client that this process has for a group, as long as anyone uses it.

    Components of one bot that ask the same models share their connections, their bound on
    concurrent calls and what the circuit breakers know. Otherwise as `live_client`, or as
    the block of `clients_from` has it.
    """
    with _shared_lock:
        key = (_source, group.model_dump_json())
        client = _shared.get(key)
        if client is None:
            client = _shared[key] = _source(group)
        return client


@contextmanager
def clients_from(source: Source) -> Iterator[None]:
    """Within the block, `shared_client` gives what `source` makes of a group.

    It holds for the whole process, whatever thread loads a component. Who got a client keeps
    it beyond the block.
    """
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before


def _endpoint(
    model: ModelConfig, limits: Limits, environment: Mapping[str, str] | None
) -> Endpoint:
    # Each brings its own library, which those who use the other needn't pay for.
    if model.uses_http:
        from router.llm.http_client import HttpEndpoint

        return HttpEndpoint(model, limits, environment=environment)
    from router.llm.litellm_client import LiteLLMEndpoint

    return LiteLLMEndpoint(model, limits, environment=environment)
