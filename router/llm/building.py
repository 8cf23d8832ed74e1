"""From configuration to a client."""

from __future__ import annotations

import random
import threading
import weakref
from collections.abc import Callable, Mapping

from router.errors import InvalidConfig, Location, Problem
from router.llm.configuration import Limits, ModelConfig, ModelGroup
from router.llm.endpoint import Endpoint
from router.llm.member import Member
from router.llm.model_groups import GroupClient
from router.llm.secrets import MissingVariable

__all__ = ["build_client", "shared_client"]

_shared: weakref.WeakValueDictionary[str, GroupClient] = weakref.WeakValueDictionary()
_shared_lock = threading.Lock()


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


def shared_client(group: ModelGroup) -> GroupClient:
    """The client that this process has for a group, as long as anyone uses it.

    Components of one bot that ask the same models share their connections, their bound on
    concurrent calls and what the circuit breakers know. Otherwise as `build_client`.
    """
    key = group.model_dump_json()
    with _shared_lock:
        client = _shared.get(key)
        if client is None:
            client = _shared[key] = build_client(group)
        return client


def _endpoint(
    model: ModelConfig, limits: Limits, environment: Mapping[str, str] | None
) -> Endpoint:
    # Each brings its own library, which those who use the other needn't pay for.
    if model.uses_http:
        from router.llm.http_client import HttpEndpoint

        return HttpEndpoint(model, limits, environment=environment)
    from router.llm.litellm_client import LiteLLMEndpoint

    return LiteLLMEndpoint(model, limits, environment=environment)
