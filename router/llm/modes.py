"""What the models of a process are: live, recorded as they answer, replayed, or a script.

with answering("replay", Path("cassettes/bank.yml")):
    ... load the assistant ...
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from router.llm.building import Source, build_client, clients_from, live_client
from router.llm.cassette_file import CassetteWriter
from router.llm.cassettes import RecordingClient, ReplayingClient
from router.llm.configuration import ModelConfig, ModelGroup
from router.llm.fake_server import FakeServer
from router.llm.script import read_script
from router.llm.secrets import named_variables

__all__ = ["LLM_MODES", "MODES", "LLMMode", "Mode", "answering"]

Mode = Literal["live", "record", "replay", "fake"]
MODES: tuple[Mode, ...] = get_args(Mode)

#: How models answer a suite of tests; see `router.llm.suite_answers`.
LLMMode = Literal["live", "record", "replay", "scripted"]
LLM_MODES: tuple[LLMMode, ...] = get_args(LLMMode)

_KEPT = ("provider", "model", "timeout", "temperature", "max_tokens", "logit_bias", "weight")


@contextmanager
def answering(
    mode: Mode, file: Path | None = None, *, endpoints: Path | None = None
) -> Iterator[None]:
    """Within the block, components that are loaded ask their models in this way.

    Args:
        mode: `live` asks them. `record` does, and writes a cassette. `replay` answers from
            one and opens no connection. `fake` asks, over HTTP, a server on loopback that
            follows a script. The latter two need no key.
        file: the cassette, or the script; `live` has none.
        endpoints: endpoints.yml, whose model groups may name variables that aren't set where
            no key is needed: Rasa would refuse to read it.

    Raises:
        InvalidFile: the cassette or the script can't be read.
        ValueError: there's no file for a mode that needs one.
    """
    with ExitStack() as stack:
        if mode != "live":
            if file is None:
                raise ValueError(f"The mode '{mode}' needs a file.")
            stack.enter_context(clients_from(_source(mode, file, stack)))
        if mode in ("replay", "fake"):
            stack.enter_context(_variables_set(endpoints))
        yield


def _source(mode: Mode, file: Path, stack: ExitStack) -> Source:
    if mode == "record":
        writer = CassetteWriter(file)
        return lambda group: RecordingClient(live_client(group), writer)
    if mode == "replay":
        client = ReplayingClient(file)
        return lambda group: client
    server = stack.enter_context(FakeServer(read_script(file)))
    return lambda group: build_client(_served(group, server.url))


def _served(group: ModelGroup, url: str) -> ModelGroup:
    """The group as one server has it: no keys, nothing that only a provider knows."""
    models = tuple(
        ModelConfig(**model.model_dump(include=set(_KEPT)), api_base=url, client="http")
        for model in group.models
    )
    return group.model_copy(update={"models": models})


@contextmanager
def _variables_set(endpoints: Path | None) -> Iterator[None]:
    missing = [name for name in _variables(endpoints) if name not in os.environ]
    os.environ.update(dict.fromkeys(missing, "unset"))
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


def _variables(endpoints: Path | None) -> set[str]:
    """The variables that the file's model groups name."""
    if endpoints is None or not endpoints.is_file():
        return set()
    try:
        data: Any = yaml.safe_load(endpoints.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError):
        return set()  # whoever reads the file next says what is wrong
    groups = data.get("model_groups") if isinstance(data, dict) else None
    return named_variables(yaml.safe_dump(groups))
