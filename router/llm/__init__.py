"""Language models: one async client with deadlines, recordings of it, and fakes for tests.

    client = shared_client(read_llm_config({"provider": "openai", "model": "gpt-4o"}))
    completion = await client.complete("Say hello.", deadline=Deadline.after(5))

The names are resolved when first used (PEP 562): the configuration is read without httpx,
and LiteLLM is imported by the first call that needs it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.llm.building import build_client, clients_from, shared_client
    from router.llm.cassettes import RecordingClient, ReplayingClient
    from router.llm.client import Completion, Embeddings, LLMClient, Message, Prompt
    from router.llm.configuration import Limits, ModelConfig, ModelGroup
    from router.llm.deadline import Deadline
    from router.llm.fake import FakeLLM
    from router.llm.fake_server import FakeServer
    from router.llm.model_groups import GroupClient
    from router.llm.modes import answering
    from router.llm.reading import read_llm_config, read_model_groups
    from router.llm.script import Reply, Script, read_script

__all__ = [
    "Completion",
    "Deadline",
    "Embeddings",
    "FakeLLM",
    "FakeServer",
    "GroupClient",
    "LLMClient",
    "Limits",
    "Message",
    "ModelConfig",
    "ModelGroup",
    "Prompt",
    "RecordingClient",
    "ReplayingClient",
    "Reply",
    "Script",
    "answering",
    "build_client",
    "clients_from",
    "read_llm_config",
    "read_model_groups",
    "read_script",
    "shared_client",
]

_MODULES = {
    "building": ("build_client", "clients_from", "shared_client"),
    "cassettes": ("RecordingClient", "ReplayingClient"),
    "client": ("Completion", "Embeddings", "LLMClient", "Message", "Prompt"),
    "configuration": ("Limits", "ModelConfig", "ModelGroup"),
    "deadline": ("Deadline",),
    "fake": ("FakeLLM",),
    "fake_server": ("FakeServer",),
    "model_groups": ("GroupClient",),
    "modes": ("answering",),
    "reading": ("read_llm_config", "read_model_groups"),
    "script": ("Reply", "Script", "read_script"),
}


def __getattr__(name: str) -> Any:
    """Resolves a public name."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
