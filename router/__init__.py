"""One assistant, two systems: intents and stories beside flows, in one Rasa Open Source 3.6.

What is listed in `__all__` may be written in a bot's config.yml (`router.FlowPolicy`) or
imported. The names are resolved when first used (PEP 562), so that `import router` costs
milliseconds and never loads Rasa or TensorFlow.

    CoexistenceImporter   goes under `importers:`; registers the rest under its short name
    FlowPolicy            goes under `policies:`; predicts what a flow does next
    HybridRouter          goes under `pipeline:`; intents or meaning first, a model where in doubt
    IntentBasedRouter     goes under `pipeline:`; picks the system by the message's intent
    LLMBasedRouter        goes under `pipeline:`; a language model picks the system
    LLMCommandGenerator   goes under `pipeline:`; a language model turns messages into commands;
                          CompactLLMCommandGenerator, SearchReadyLLMCommandGenerator and
                          SingleStepLLMCommandGenerator are other names of it
    NLUCommandAdapter     goes under `pipeline:`; starts the flow that an intent triggers
    RouterComponent       the base of a router of your own
    SemanticRouter        goes under `pipeline:`; picks the system by the message's meaning
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "CoexistenceImporter",
    "CompactLLMCommandGenerator",
    "FlowPolicy",
    "HybridRouter",
    "IntentBasedRouter",
    "LLMBasedRouter",
    "LLMCommandGenerator",
    "NLUCommandAdapter",
    "RouterComponent",
    "SearchReadyLLMCommandGenerator",
    "SemanticRouter",
    "SingleStepLLMCommandGenerator",
    "__version__",
]

DISTRIBUTION = "rasa-coexistence"

_MODULES = {
    "CoexistenceImporter": "router.rasa.importer",
    "CompactLLMCommandGenerator": "router.rasa.llm_generator",
    "FlowPolicy": "router.rasa.flow_policy",
    "HybridRouter": "router.rasa.hybrid_router",
    "IntentBasedRouter": "router.rasa.intent_router",
    "LLMBasedRouter": "router.rasa.llm_router",
    "LLMCommandGenerator": "router.rasa.llm_generator",
    "NLUCommandAdapter": "router.rasa.command_adapter",
    "RouterComponent": "router.rasa.router_component",
    "SearchReadyLLMCommandGenerator": "router.rasa.llm_generator",
    "SemanticRouter": "router.rasa.semantic_router",
    "SingleStepLLMCommandGenerator": "router.rasa.llm_generator",
}


def __getattr__(name: str) -> Any:
    """Resolve a public name; raises `UnsupportedRasa` if it needs a Rasa that isn't there."""
    if name == "__version__":
        from importlib.metadata import version

        return version(DISTRIBUTION)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    from importlib import import_module

    try:
        return getattr(import_module(_MODULES[name]), name)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in {"rasa", "rasa_sdk"}:
            raise
        from router.errors import UnsupportedRasa

        raise UnsupportedRasa(
            f"router.{name} needs Rasa Open Source 3.6, which isn't installed: "
            f"install {DISTRIBUTION}[rasa] on Python 3.10."
        ) from missing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
