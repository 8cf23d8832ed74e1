"""The models that components ask, and how much they are told.

`llm` and `embeddings` in config.yml, `model_groups` in endpoints.yml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from router.checks.config_checks import GENERATORS, RouterSetup, locate_below
from router.checks.files import read_or_note
from router.checks.router_keys import short_name
from router.errors import InvalidFile, Problem
from router.flows.assistant import Assistant
from router.flows.yaml_values import plain

__all__ = ["model_problems", "prompt_problems"]

MANY_FLOWS = 40  # more than a prompt should show, as Rasa's documentation has it


def model_problems(setup: RouterSetup, endpoints: Path | None) -> Iterator[Problem]:
    """Models that can't be read, and model groups that aren't there."""
    users = [model for entry in setup.asks_models for model in _models(entry)]
    written = _groups(endpoints)
    if not users and not written:
        return
    from router.llm import read_llm_config, read_model_groups

    try:
        known = read_model_groups(plain(written), locate_below(written, str(endpoints)))
    except InvalidFile as error:
        yield from error.problems
        return
    for model in users:
        try:
            read_llm_config(plain(model), known, locate_below(model, setup.file))
        except InvalidFile as error:
            yield from error.problems


def prompt_problems(setup: RouterSetup, assistant: Assistant) -> Iterator[Problem]:
    """Command generators that show their model each of many flows in every prompt."""
    generators = [entry for entry in setup.asks_models if short_name(entry) in GENERATORS]
    flows = sum(not flow.is_pattern for flow in assistant.flows.values())
    if not generators or flows <= MANY_FLOWS:
        return
    from router.understanding.llm_configuration import read_generator_config

    for entry in generators:
        keys = {key: value for key, value in plain(entry).items() if key != "name"}
        try:
            retrieval = read_generator_config(keys).retrieval
        except InvalidFile:  # told where config.yml is read
            continue
        if not retrieval.active:
            lacks = "flow retrieval is off"
            advice = "Leave out `active: false`."
        elif retrieval.embeddings is None and not _has_encoder(embedded=not retrieval.folder):
            lacks = "flow retrieval needs a sentence encoder, and none is installed here"
            advice = "Write `embeddings:` under `flow_retrieval`, or: pip install "
            advice += "'rasa-coexistence[semantic]'"
        else:
            continue
        where = ("flow_retrieval", "active") if not retrieval.active else ()
        yield Problem(
            locate_below(entry, setup.file)(where),
            "many-flows-in-prompt",
            f"{short_name(entry)} puts all {flows} flows into each prompt: {lacks}.",
            advice,
            is_warning=True,
        )


def _models(entry: Mapping[str, Any]) -> Iterator[Any]:
    """What the entry says about its models, each as written."""
    if "llm" in entry:
        yield entry["llm"]
    semantic = entry.get("semantic")
    encoders = (
        entry.get("flow_retrieval"),
        entry.get("encoder"),
        semantic.get("encoder") if isinstance(semantic, Mapping) else None,
    )
    for encoder in encoders:
        if isinstance(encoder, Mapping) and "embeddings" in encoder:
            yield encoder["embeddings"]


def _has_encoder(embedded: bool) -> bool:
    """Whether the packages that the local encoder needs are installed; none is imported."""
    from router.embedding.files import EMBEDDED_MODEL

    needed = ["numpy", "onnxruntime", "tokenizers", *([EMBEDDED_MODEL.package] * embedded)]
    return all(find_spec(name) is not None for name in needed)


def _groups(endpoints: Path | None) -> Any:
    data = read_or_note(endpoints, []) if endpoints and endpoints.is_file() else None
    groups = data.get("model_groups") if isinstance(data, Mapping) else None
    return groups or []
