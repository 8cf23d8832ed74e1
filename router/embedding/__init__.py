"""Texts to vectors: a small encoder that needs neither key nor network, or an endpoint.

    vectors = load_encoder().encode(["send money", "pay a friend"])

The names are resolved when first used (PEP 562); numpy and onnxruntime are imported by what
needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from router.embedding.configuration import EncoderSettings
    from router.embedding.embedders import Embedded, Embedder, EndpointEmbedder, LocalEmbedder
    from router.embedding.encoder import Encoder, OnnxEncoder, load_encoder
    from router.embedding.files import EncoderUnavailable

__all__ = [
    "Embedded",
    "Embedder",
    "Encoder",
    "EncoderSettings",
    "EncoderUnavailable",
    "EndpointEmbedder",
    "LocalEmbedder",
    "OnnxEncoder",
    "load_encoder",
]

_MODULES = {
    "configuration": ("EncoderSettings",),
    "embedders": ("Embedded", "Embedder", "EndpointEmbedder", "LocalEmbedder"),
    "encoder": ("Encoder", "OnnxEncoder", "load_encoder"),
    "files": ("EncoderUnavailable",),
}


def __getattr__(name: str) -> Any:
    """Resolves a public name."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
