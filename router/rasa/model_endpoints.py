"""The models of a component: its `llm` key, and the `model_groups` of endpoints.yml."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from router.errors import InvalidConfig
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import plain
from router.llm import GroupClient, ModelGroup, read_model_groups, shared_client

ENDPOINTS = "endpoints.yml"


def client_for(models: Callable[[Mapping[str, ModelGroup] | None], ModelGroup]) -> GroupClient:
    """The client for a component's models; components that ask the same ones share it.

    Args:
        models: gives the component's models, from the model groups of endpoints.yml.

    Raises:
        InvalidConfig: the models, or a variable that they name, can't be read.
    """
    client = shared_client(models(model_groups(endpoints_path())))
    client.warm_up()
    return client


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
    """The endpoints file that Rasa was started with: Rasa doesn't tell its components."""
    given = sys.argv if arguments is None else arguments
    for index, argument in enumerate(given):
        name, _, value = argument.partition("=")
        if name == "--endpoints":
            return Path(value or "".join(given[index + 1 : index + 2]) or ENDPOINTS)
    return Path(ENDPOINTS)


def template_text(path: str | None, config_folder: Path | None = None) -> str | None:
    """The text of a prompt's file; None without one.

    Raises:
        InvalidConfig: the file isn't there.
    """
    if path is None:
        return None
    from router.errors import Location, Problem

    for candidate in ((config_folder or Path()) / path, Path(path)):
        if candidate.is_file():
            return candidate.read_text(encoding="utf-8")
    message = f"The prompt '{path}' isn't there."
    advice = "Write the path of a file, relative to config.yml."
    raise InvalidConfig([Problem(Location("config.yml"), "missing-file", message, advice)])


def stored_template(storage: Any, resource: Any) -> str | None:
    """The prompt that `keep_template` put into the model, or None."""
    try:
        with storage.read_from(resource) as directory:
            return (Path(directory) / _FILE).read_text(encoding="utf-8")
    except (ValueError, OSError):  # a model without a prompt of its own
        return None


def keep_template(text: str | None, storage: Any, resource: Any) -> None:
    """Puts the prompt into the model, whose server may not have the bot's files."""
    with storage.write_to(resource) as directory:
        if text is not None:
            (Path(directory) / _FILE).write_text(text, encoding="utf-8")


_FILE = "prompt.jinja2"
