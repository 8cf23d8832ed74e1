"""The routers one may put into a pipeline, and what their keys say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from router.flows.yaml_values import plain
from router.routing.configuration import Locate, read_intent_router_config

if TYPE_CHECKING:
    from router.routing.hybrid_configuration import HybridRouterConfig
    from router.routing.semantic_configuration import SemanticRouterConfig

__all__ = ["is_router", "needs_intents", "router_keys", "short_name"]

INTENT_ROUTER = "IntentBasedRouter"
LLM_ROUTER = "LLMBasedRouter"
SEMANTIC_ROUTER = "SemanticRouter"
HYBRID_ROUTER = "HybridRouter"
ROUTERS = frozenset({INTENT_ROUTER, LLM_ROUTER, SEMANTIC_ROUTER, HYBRID_ROUTER})


def short_name(entry: Mapping[str, Any]) -> str:
    """A component's name without the module it may be written with."""
    return str(entry.get("name", "")).rpartition(".")[2]


def router_keys(entry: Mapping[str, Any], locate: Locate) -> dict[str, Any]:
    """What the router's keys say; nothing of a router of the bot's own.

    Raises:
        InvalidConfig: they can't be read.
    """
    keys = {key: value for key, value in plain(entry).items() if key != "name"}
    name = short_name(entry)
    if name == INTENT_ROUTER:
        lists = read_intent_router_config(keys, locate)
        return {"config": lists, "release": lists}
    if name == LLM_ROUTER:
        from router.routing.llm_configuration import read_llm_router_config

        return {"release": read_llm_router_config(keys, locate)}
    if name not in ROUTERS:
        return {}
    config: SemanticRouterConfig | HybridRouterConfig
    if name == SEMANTIC_ROUTER:
        from router.routing.semantic_configuration import read_semantic_router_config

        config = read_semantic_router_config(keys, locate)
    else:
        from router.routing.hybrid_configuration import read_hybrid_router_config

        config = read_hybrid_router_config(keys, locate)
    listed = [item for _, _, items in config.lists() for item in items]
    return {
        "config": config.intent_lists(),
        "release": config,
        "with_examples": frozenset(item.name for item in listed if item.examples),
        "out_of_scope": tuple(item.name for item in config.out_of_scope),
    }


def is_router(name: str) -> bool:
    """Whether a component is a router: one of ours, or a bot's own, by its name."""
    return name in ROUTERS or name.endswith("Router")


def needs_intents(entry: Mapping[str, Any]) -> bool:
    """Whether a router looks at what the intent classifier found."""
    name = short_name(entry)
    by_meaning = entry.get("first") == "semantic" or ("first" not in entry and "semantic" in entry)
    return name == INTENT_ROUTER or (name == HYBRID_ROUTER and not by_meaning)
