"""Reads `llm:` and `model_groups:`; every problem says where it is and what to write."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from router.errors import InvalidConfig, Location, Problem
from router.llm.configuration import OLDER_NAMES, Limits, ModelConfig, ModelGroup
from router.llm.secrets import literal_secrets, scrub

__all__ = ["read_llm_config", "read_model_groups", "shown"]

Path = Sequence["str | int"]
Locate = Callable[[Path], Location]
_Model = TypeVar("_Model", bound=BaseModel)

# What the client writes itself; written in a file it would break every call.
_RESERVED = frozenset({"messages", "prompt", "input", "stream", "n"})
# Checked by the model itself.
_KEYS = frozenset({"api_key", "openai_api_key"})
_LIKE_OURS = 0.85
_EXAMPLES = {
    "provider": "Write `provider: openai`, or another name that LiteLLM has.",
    "model": "Write `model: gpt-4o`, or another that the provider has.",
    "id": "Write `id:` and a name that `model_group:` can refer to.",
    "models": "Write `models:` and a list of one or more, each with `provider` and `model`.",
}
# Where a key may stand by mistake, or a URL with a password.
_MODELS_KEYS = frozenset({"api_base", "api_key", "embeddings", "encoder", "llm", "model_groups"})
# Rasa's reader replaces plain scalars only; the configuration it read is part of a model.
_KEY_ADVICE = (
    'Write "${NAME}" and put the key into the environment variable NAME. In config.yml the quotes '
    "matter: without them, Rasa fills the key in and writes it into the trained model."
)


def read_model_groups(data: Any, locate: Locate | None = None) -> dict[str, ModelGroup]:
    """Reads what stands under `model_groups:` in endpoints.yml.

    Args:
        data: the list as written: variables not yet replaced, or a key would be taken for
            one that is written out.
        locate: gives the place in the file of a path of keys below `model_groups`.

    Returns:
        The groups by their ids.

    Raises:
        InvalidConfig: all problems are listed.
    """
    reader = _Reader(locate or (lambda path: Location("endpoints.yml")))
    groups: dict[str, ModelGroup] = {}
    if not isinstance(data, Sequence) or isinstance(data, str):
        reader.note((), "invalid-value", "'model_groups' isn't a list.", "Write `- id: ...`.")
        data = ()
    for index, item in enumerate(data):
        group = reader.group(item, (index,))
        if group is None:
            continue
        if group.id in groups:
            message = f"Two model groups have the id '{group.id}'."
            reader.note((index, "id"), "duplicate-key", message, "Rename one.")
        groups[group.id] = group
    reader.raise_problems()
    return groups


def read_llm_config(
    data: Any,
    model_groups: Mapping[str, ModelGroup] | None = None,
    locate: Locate | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> ModelGroup:
    """Reads the `llm:` or `embeddings:` of a component.

    Args:
        data: `{model_group: name}`, or the keys of one model, as written.
        model_groups: what `read_model_groups` gave.
        locate: gives the place in the file of a path of keys below `llm`.
        defaults: keys a component gives to models that don't have them, such as
            `{"temperature": 0.0}`.

    Returns:
        The group; one of a single model, with the id `inline`, for an inline one.

    Raises:
        InvalidConfig: all problems are listed.
    """
    reader = _Reader(locate or (lambda path: Location("config.yml")))
    groups = model_groups or {}
    group: ModelGroup | None = None
    if isinstance(data, Mapping) and "model_group" in data:
        name = data["model_group"]
        group = groups.get(name) if isinstance(name, str) else None
        if group is None:
            known = f"There are {', '.join(groups)}." if groups else ""
            advice = nearest(str(name), groups) or known
            reader.note(
                ("model_group",),
                "invalid-value",
                f"There is no model group '{scrub(str(name))}'.",
                advice or "Add it under `model_groups:` in endpoints.yml.",
            )
        for key in set(data) - {"model_group"}:
            message = f"'{key}' beside model_group has no effect."
            reader.note((key,), "unknown-key", message, "Write it in the group's models.")
    elif isinstance(data, Mapping):
        group = reader.inline(data)
    else:
        message = "'llm' isn't a map."
        reader.note((), "invalid-value", message, "Write `model_group: NAME`, or `provider:` ...")
    reader.raise_problems()
    assert group is not None
    return with_defaults(group, defaults or {})


def with_defaults(group: ModelGroup, defaults: Mapping[str, Any]) -> ModelGroup:
    """The group, its models given the keys they lack."""
    models = tuple(
        ModelConfig.model_validate(
            {**defaults, **model.model_dump(exclude_unset=True)},
        )
        for model in group.models
    )
    return group.model_copy(update={"models": models})


def nearest(name: str, known: Collection[str]) -> str:
    """A question whether a known name was meant; empty if none is near."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean '{close[0]}'?" if close else ""


class _Reader:
    """Collects problems while sections are read."""

    def __init__(self, locate: Locate) -> None:
        self._locate = locate
        self._problems: list[Problem] = []

    def note(self, path: Path, code: str, message: str, advice: str) -> None:
        self._problems.append(Problem(self._locate(tuple(path)), code, message, advice))

    def raise_problems(self) -> None:
        if self._problems:
            raise InvalidConfig(self._problems)

    def inline(self, data: Mapping[str, Any]) -> ModelGroup | None:
        own = {key: value for key, value in data.items() if key != "limits"}
        limits = self._validated(Limits, data.get("limits", {}), ("limits",))
        model = self.model(own, ())
        if model is None or limits is None:
            return None
        return ModelGroup(id="inline", models=(model,), limits=limits)

    def group(self, data: Any, path: tuple[str | int, ...]) -> ModelGroup | None:
        if not isinstance(data, Mapping):
            self.note(path, "invalid-value", "A model group is a map.", "Write `id`, `models`.")
            return None
        models = data.get("models")
        if not isinstance(models, (list, tuple)):
            return self._validated(ModelGroup, data, path)
        read = [self.model(item, (*path, "models", i)) for i, item in enumerate(models)]
        if None in read:
            return None
        return self._validated(ModelGroup, {**data, "models": read}, path)

    def model(self, data: Any, path: tuple[str | int, ...]) -> ModelConfig | None:
        if not isinstance(data, Mapping):
            self.note(path, "invalid-value", "A model is a map.", "Write `provider`, `model`.")
            return None
        before = len(self._problems)
        current, written = self._with_current_names(data, path)
        for secret in literal_secrets({k: v for k, v in data.items() if k not in _KEYS}):
            message = f"'{_dotted(secret)}' holds a key written out, where others can read it."
            self.note((*path, *secret), "invalid-value", message, _KEY_ADVICE)
        for key in current:
            self._check_further_key(str(written.get(key, key)), path)
        model = self._validated(ModelConfig, current, path, written)
        if model is not None and model.uses_http and model.base_url is None:
            message = f"The provider '{model.provider}' needs an api_base to be asked over HTTP."
            advice = "Add it, such as http://localhost:8000/v1, or write `client: litellm`."
            self.note(path, "missing-key", message, advice)
        return model if len(self._problems) == before else None

    def _with_current_names(
        self, data: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """The keys under today's names, and for each renamed one how it's written."""
        current = {str(key): value for key, value in data.items() if key not in OLDER_NAMES}
        written: dict[str, str] = {}
        for older in [key for key in OLDER_NAMES if key in data]:
            name = OLDER_NAMES[older]
            if name in current:
                message = f"'{older}' is the older name of '{name}', which is given too."
                self.note((*path, older), "duplicate-key", message, f"Remove '{older}'.")
            current[name], written[name] = data[older], older
        # Azure calls a model by its deployment.
        if "model" not in current and isinstance(current.get("deployment"), str):
            current["model"] = current["deployment"]
        model = current.get("model")
        if "provider" not in current and isinstance(model, str):
            provider, slash, rest = model.partition("/")
            current["provider"] = provider if slash else "openai"
            current["model"] = rest if slash else model
        return current, written

    def _check_further_key(self, key: str, path: tuple[str | int, ...]) -> None:
        ours = [*ModelConfig.model_fields, *OLDER_NAMES]
        if key in ours:
            return
        if key in _RESERVED:
            message = f"'{key}' can't be configured: it changes what an answer looks like."
            self.note((*path, key), "unknown-key", message, "Remove it.")
        elif close := difflib.get_close_matches(key, ours, n=1, cutoff=_LIKE_OURS):
            message = f"A model has no key '{key}'."
            advice = f"Did you mean '{close[0]}'? If the provider has it, put it under `extra`."
            self.note((*path, key), "unknown-key", message, advice)

    def _validated(
        self,
        section: type[_Model],
        data: Any,
        path: tuple[str | int, ...],
        written: Mapping[str, str] | None = None,
    ) -> _Model | None:
        try:
            return section.model_validate(data)
        except ValidationError as error:
            self._problems.extend(self._translated(error, section, path, written or {}))
            return None

    def _translated(
        self,
        error: ValidationError,
        section: type[BaseModel],
        path: tuple[str | int, ...],
        written: Mapping[str, str],
    ) -> Iterator[Problem]:
        for item in error.errors():
            inner = tuple(written.get(str(part), part) for part in item["loc"])
            key = _dotted(inner) or str(path[-1] if path else "llm")
            place = self._locate((*path, *inner))
            if item["type"] == "missing":
                advice = _EXAMPLES.get(str(inner[-1]), "")
                place = self._locate(path)
                yield Problem(place, "missing-key", f"'{key}' is missing.", advice)
            elif item["type"] == "extra_forbidden":
                known = ", ".join(section.model_fields)
                advice = nearest(str(inner[-1]), section.model_fields) or f"Keys are: {known}."
                yield Problem(place, "unknown-key", f"There is no key '{key}' here.", advice)
            else:
                message = f"'{key}' can't be {shown(item)}."
                advice = f"{item['msg'].removeprefix('Value error, ')}."
                if item["type"] == "too_short":
                    advice = _EXAMPLES.get(str(inner[-1]), advice)
                if "api_key" in item["loc"]:
                    advice = _KEY_ADVICE
                yield Problem(place, "invalid-value", message, advice)


def shown(error: Mapping[str, Any]) -> str:
    """What was given, as the message of an error tells it: without what may be a key.

    Args:
        error: one of pydantic's, with `loc` and `input`.
    """
    given = error["input"]
    if _MODELS_KEYS & set(error["loc"]) or isinstance(given, Mapping):
        return "this"
    return scrub(repr(given))


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)
