"""Sentence encoders: is the one that's named there, and does it read the bot's language?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from router.checks.config_checks import GENERATORS, RouterSetup, locate_below
from router.checks.model_checks import Keys, encoders_of, has_encoder, retrieval_of
from router.checks.router_keys import HYBRID_ROUTER, SEMANTIC_ROUTER, short_name
from router.errors import Problem
from router.flows.assistant import Assistant

__all__ = ["encoder_problems"]


def encoder_problems(setup: RouterSetup, assistant: Assistant) -> Iterator[Problem]:
    """Folders that hold no encoder, and an English encoder for a bot of another language."""
    for entry in setup.asks_models:
        yield from _folder_problems(entry, setup)
    if re.split(r"[-_]", setup.language.lower())[0] in ("en", "english"):
        return
    for entry in setup.asks_models:
        path = _embedded_at(entry, assistant)
        if path is not None:
            yield Problem(
                locate_below(entry, setup.file)(path),
                "english-encoder",
                f"{short_name(entry)} compares meanings by the embedded sentence encoder, which "
                f"knows English; the bot's language is '{setup.language}'.",
                f"Write `{path[-1]}: {{folder: ...}}` with an encoder of that language, or "
                "`embeddings` of an endpoint.",
                is_warning=True,
            )


def _folder_problems(entry: Mapping[str, Any], setup: RouterSetup) -> Iterator[Problem]:
    from router.embedding.files import EncoderUnavailable, read_encoder_files

    for path, encoder in encoders_of(entry):
        folder = encoder.get("folder")
        if isinstance(folder, str) and folder and encoder.get("active") is not False:
            try:
                read_encoder_files(setup.folder / folder)
            except EncoderUnavailable as error:
                place = locate_below(entry, setup.file)((*path, "folder"))
                message = f"{'.'.join(path)} of {short_name(entry)}: {error}"
                off = "Or write `flow_retrieval: {active: false}`."
                advice = off if path == ("flow_retrieval",) else ""
                yield Problem(place, "missing-file", message, advice)


def _embedded_at(entry: Mapping[str, Any], assistant: Assistant) -> Keys | None:
    """The keys that would name another encoder, if the entry uses the embedded one."""
    name = short_name(entry)
    if any(each.get("folder") or each.get("embeddings") for _, each in encoders_of(entry)):
        return None
    if name == SEMANTIC_ROUTER:
        return ("encoder",)
    if name == HYBRID_ROUTER:
        uses = isinstance(entry.get("semantic"), Mapping) and entry.get("first") != "intents"
        return ("semantic", "encoder") if uses else None
    retrieval = retrieval_of(entry) if name in GENERATORS else None
    if retrieval is None or not retrieval.active:
        return None
    flows = sum(
        not flow.is_pattern and not flow.always_include_in_prompt
        for flow in assistant.flows.values()
    )
    is_used = "flow_retrieval" in entry or has_encoder(embedded=True)
    return ("flow_retrieval",) if is_used and flows > retrieval.num_flows else None
