"""Lists of intents and flows, with messages that mean them: what says who answers what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictStr,
    ValidationError,
    field_validator,
    model_validator,
)

from router.errors import InvalidConfig, Location, Problem
from router.llm.reading import shown
from router.routing.configuration import (
    CalmEntry,
    IntentRouterConfig,
    Locate,
    NluEntry,
    Outcome,
    Path,
    nearest,
)

__all__ = [
    "CalmMessages",
    "EntryLists",
    "Listed",
    "NluMessages",
    "read_lists",
    "words_of",
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listed(_Section):
    """An intent or a flow in a list, and messages that mean it, if they aren't given elsewhere."""

    name: StrictStr = Field(min_length=1)
    examples: tuple[StrictStr, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _a_name_is_enough(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @field_validator("examples")
    @classmethod
    def _examples_say_something(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(example.strip() for example in value):
            raise ValueError("An example is empty")
        return value


class NluMessages(_Section):
    """What the NLU system answers: from now on, or this once."""

    sticky: tuple[Listed, ...]
    non_sticky: tuple[Listed, ...]


class CalmMessages(_Section):
    """What CALM answers: from now on, or this once."""

    sticky: tuple[Listed, ...]
    non_sticky: tuple[Listed, ...] = ()


class EntryLists(_Section):
    """Who answers which intents and flows.

    `out_of_scope` names intents whose messages nobody answers; like all doubtful ones, they
    go where `unsure` says. `unlisted` is where intents in no list go.
    """

    nlu_entry: NluMessages
    calm_entry: CalmMessages
    out_of_scope: tuple[Listed, ...] = ()
    unlisted: Outcome = "nlu"
    unsure: Outcome = "nlu_once"

    def lists(self) -> Iterator[tuple[Path, Outcome, tuple[Listed, ...]]]:
        """Each list with the keys that lead to it and where its messages go."""
        yield ("nlu_entry", "sticky"), "nlu", self.nlu_entry.sticky
        yield ("nlu_entry", "non_sticky"), "nlu_once", self.nlu_entry.non_sticky
        yield ("calm_entry", "sticky"), "calm", self.calm_entry.sticky
        yield ("calm_entry", "non_sticky"), "calm_once", self.calm_entry.non_sticky
        yield ("out_of_scope",), self.unsure, self.out_of_scope

    def outcomes(self) -> dict[str, Outcome]:
        """Where the messages of each listed name go."""
        return {item.name: outcome for _, outcome, items in self.lists() for item in items}

    def places(self) -> dict[str, str]:
        """The list that each name is in, as `calm_entry.sticky`."""
        return {item.name: _dotted(path) for path, _, items in self.lists() for item in items}

    def intent_lists(self, **keys: Any) -> IntentRouterConfig:
        """The entries as lists of names; `keys` are further ones of `IntentBasedRouter`."""

        def names(items: tuple[Listed, ...]) -> tuple[str, ...]:
            return tuple(item.name for item in items)

        nlu, calm = self.nlu_entry, self.calm_entry
        return IntentRouterConfig(
            nlu_entry=NluEntry(sticky=names(nlu.sticky), non_sticky=names(nlu.non_sticky)),
            calm_entry=CalmEntry(sticky=names(calm.sticky), non_sticky=names(calm.non_sticky)),
            unlisted=self.unlisted,
            unsure=self.unsure,
            **keys,
        )

    def messages(self, known: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Messages to learn from, each with the name it belongs to, none twice for one name.

        Args:
            known: the NLU training data's messages of each intent, and none for each flow
                that no intent starts. Listed or not, they count; what has no message at all
                is learnt from its name.
        """
        texts: dict[str, list[str]] = {name: list(given) for name, given in known.items()}
        for _, _, items in self.lists():
            for item in items:
                texts.setdefault(item.name, []).extend(item.examples)
        return [
            (text, name)
            for name, given in texts.items()
            for text in dict.fromkeys(given or [words_of(name)])
        ]


Lists = TypeVar("Lists", bound=EntryLists)


def words_of(name: str) -> str:
    """The name of an intent or a flow as words."""
    return " ".join(name.replace("_", " ").replace("-", " ").replace("/", " ").split())


def read_lists(model: type[Lists], data: Mapping[str, Any], locate: Locate | None = None) -> Lists:
    """Reads the keys of a router that has such lists.

    Args:
        model: the router's keys; its name without `Config` is the router's.
        data: the keys as written, without `name`.
        locate: gives the place in the file of a path of keys; unknown places otherwise.

    Raises:
        InvalidConfig: keys are missing, unknown or of the wrong type, or a name is listed
            twice; all problems are listed.
    """
    locate = locate or (lambda path: Location("config.yml"))
    try:
        config = model.model_validate(data)
    except ValidationError as error:
        problems = [_problem(item, locate, model) for item in error.errors()]
        raise InvalidConfig(problems) from error
    repeated = list(_repeated_names(config, locate))
    if repeated:
        raise InvalidConfig(repeated)
    return config


def _repeated_names(config: EntryLists, locate: Locate) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for path, _, items in config.lists():
        here = _dotted(path)
        for index, item in enumerate(items):
            if item.name in seen:
                yield Problem(
                    locate((*path, index)),
                    "intent-listed-twice",
                    f"'{item.name}' is in {seen[item.name]} and again in {here}.",
                    "Leave it in one of them.",
                )
            seen[item.name] = here


def _problem(error: Mapping[str, Any], locate: Locate, model: type[BaseModel]) -> Problem:
    router = model.__name__.removesuffix("Config")
    path = tuple(error["loc"])
    key = _dotted(path)
    if error["type"] == "missing":
        advice = "Write a list of intents and flows there, empty ([]) if there are none."
        if "topics" in path:
            advice = "A topic has a name, a description, a route, and an example if you like."
        return Problem(locate(path[:-1]), "missing-key", f"{router} lacks '{key}'.", advice)
    if error["type"] == "extra_forbidden":
        known = list(_section(model, path[:-1]).model_fields)
        advice = nearest(str(path[-1]), known) or f"Known here: {', '.join(known)}."
        return Problem(locate(path), "unknown-key", f"{router} has no key '{key}'.", advice)
    given = f" {shown(error)}" if path else ""
    message = f"'{key or router}' can't be{given or ' as it is'}."
    return Problem(locate(path), "invalid-value", message, f"{error['msg']}.")


def _section(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The keys that may stand at a path."""
    for part in path:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = _models_in(model.model_fields[part].annotation)
        model = inner[0] if inner else model
    return model


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [each for argument in get_args(annotation) for each in _models_in(argument)]


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)
