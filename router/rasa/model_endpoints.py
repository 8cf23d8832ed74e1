"""The models of a component: its `llm` key, and the `model_groups` of endpoints.yml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path

from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import plain
from router.llm import LLMClient, ModelGroup, read_model_groups, shared_client

ENDPOINTS = "endpoints.yml"

#: The endpoints file of an assistant that this package loads itself.
loaded_from: ContextVar[Path | None] = ContextVar("loaded_from", default=None)


def client_for(models: Callable[[Mapping[str, ModelGroup] | None], ModelGroup]) -> LLMClient:
    """The client for a component's models; components that ask the same ones share it.

    Args:
        models: gives the component's models, from the model groups of endpoints.yml.

    Raises:
        InvalidConfig: the models, or a variable that they name, can't be read.
    """
    return shared_client(models(model_groups(endpoints_path())))


def model_groups(path: Path) -> dict[str, ModelGroup]:
    """The `model_groups` of an endpoints file; none without the file.

    Read as written, not by Rasa's reader, which puts the keys' values in their places.

    Raises:
        InvalidConfig: a group can't be read.
        InvalidFile: the file can't be read.
    """
    if not path.is_file():
        return {}
    data = read_yaml(path, collect=[])
    groups = data.get("model_groups") if isinstance(data, Mapping) else None
    return read_model_groups(plain(groups)) if groups else {}


def endpoints_path(arguments: list[str] | None = None) -> Path:
    """The endpoints file that is loaded, or Rasa was started with: it doesn't tell components."""
    loaded = loaded_from.get()
    if loaded is not None:
        return loaded
    given = sys.argv if arguments is None else arguments
    for index, argument in enumerate(given):
        name, _, value = argument.partition("=")
        if name == "--endpoints":
            return Path(value or "".join(given[index + 1 : index + 2]) or ENDPOINTS)
    return Path(ENDPOINTS)
