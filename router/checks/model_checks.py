"""The models that components ask, and what they are told.

`llm` and `embeddings` in config.yml, `model_groups` in endpoints.yml.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.checks.config_checks import GENERATORS, RouterSetup, locate_below
from router.checks.files import read_or_note
from router.checks.router_keys import short_name
from router.errors import InvalidFile, Problem
from router.flows.assistant import Assistant
from router.flows.yaml_values import plain

if TYPE_CHECKING:
    from router.understanding.llm_configuration import FlowRetrieval

__all__ = [
    "encoders_of",
    "has_encoder",
    "model_problems",
    "prompt_problems",
    "retrieval_of",
    "template_problems",
]

Keys = tuple[str, ...]
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


def template_problems(setup: RouterSetup) -> Iterator[Problem]:
    """Prompts of the bot's own that aren't there, or are no templates."""
    from router.llm.prompts import read_template

    for entry in setup.asks_models:
        key = "prompt_template" if entry.get("prompt_template") else "prompt"
        path = entry.get(key)
        if isinstance(path, str) and path:
            try:
                read_template(setup.folder / path, locate_below(entry, setup.file)((key,)))
            except InvalidFile as error:
                yield from error.problems


def prompt_problems(setup: RouterSetup, assistant: Assistant) -> Iterator[Problem]:
    """Command generators that show their model each of many flows in every prompt."""
    generators = [entry for entry in setup.asks_models if short_name(entry) in GENERATORS]
    flows = sum(not flow.is_pattern for flow in assistant.flows.values())
    if not generators or flows <= MANY_FLOWS:
        return
    for entry in generators:
        retrieval = retrieval_of(entry)
        if retrieval is None:
            continue
        if not retrieval.active:
            lacks = "flow retrieval is off"
            advice = "Leave out `active: false`."
        elif retrieval.embeddings is None and not has_encoder(embedded=not retrieval.folder):
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
    """What the entry says about its models, each as written.

    What isn't even a map is told where config.yml is read.
    """
    encoders = (encoder.get("embeddings") for _, encoder in encoders_of(entry))
    yield from (model for model in (entry.get("llm"), *encoders) if isinstance(model, Mapping))


def encoders_of(entry: Mapping[str, Any]) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    """What the entry says about sentence encoders, and the keys that lead to it."""
    paths: tuple[Keys, ...] = (("flow_retrieval",), ("encoder",), ("semantic", "encoder"))
    for path in paths:
        found: Any = entry
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping):
            yield path, found


def retrieval_of(entry: Mapping[str, Any]) -> FlowRetrieval | None:
    """A command generator's flow retrieval; None if the generator's keys can't be read."""
    from router.understanding.llm_configuration import read_generator_config

    keys = {key: value for key, value in plain(entry).items() if key != "name"}
    try:
        return read_generator_config(keys).retrieval
    except InvalidFile:  # told where config.yml is read
        return None


def has_encoder(embedded: bool) -> bool:
    """Whether the packages that the local encoder needs are installed; none is imported."""
    from router.embedding.files import EMBEDDED_MODEL

    needed = ["numpy", "onnxruntime", "tokenizers", *([EMBEDDED_MODEL.package] * embedded)]
    return all(find_spec(name) is not None for name in needed)


def _groups(endpoints: Path | None) -> Any:
    data = read_or_note(endpoints, []) if endpoints and endpoints.is_file() else None
    groups = data.get("model_groups") if isinstance(data, Mapping) else None
    return groups or []
