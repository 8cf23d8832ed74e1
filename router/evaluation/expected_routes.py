"""Where the lists of a router send each intent: what is expected of messages that mean it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from router.checks.config_checks import locate_below
from router.checks.project import read_project
from router.checks.router_keys import short_name
from router.errors import InvalidConfig, Location
from router.evaluation.labelled import LabelledMessage, invalid
from router.evaluation.nlu_examples import Example
from router.flows.yaml_source import read_yaml
from router.flows.yaml_values import key_location_of, plain
from router.routing.entry_lists import EntryLists, read_lists

__all__ = ["RouteLists", "lists_from_config", "lists_from_file"]

_ADVICE = "Give the lists by --routes lists.yml, or --routes-from a config.yml that has them."


class RouteLists(EntryLists):
    """Lists of intents as in config.yml.

    `triggers` are intents that start a flow; those go to CALM unless a list names them.
    """

    triggers: frozenset[str] = frozenset()

    def labelled(self, examples: Iterable[Example]) -> list[LabelledMessage]:
        """The examples as messages, each with the route of its intent."""
        known = self._known
        return [
            LabelledMessage(
                text=each.text,
                route=known.get(each.intent, self.unlisted),
                intent=each.intent,
                place=each.place,
            )
            for each in examples
        ]

    def unlisted_among(self, examples: Iterable[Example]) -> list[str]:
        """The examples' intents that are in no list and start no flow."""
        return sorted({each.intent for each in examples} - self._known.keys())

    @property
    def _known(self) -> dict[str, str]:
        return {**dict.fromkeys(self.triggers, "calm"), **self.outcomes()}


def lists_from_file(file: Path) -> RouteLists:
    """The lists in a YAML file with `nlu_entry` and `calm_entry` at its top.

    Raises:
        InvalidFile: it can't be read, or lacks one of the lists.
    """
    data = read_yaml(file)
    if not isinstance(data, Mapping):
        advice = "Write the keys nlu_entry and calm_entry, as in config.yml."
        raise invalid(Location(str(file)), "invalid-value", "It has no lists of intents.", advice)
    return _lists(data, data, str(file))


def lists_from_config(file: Path) -> RouteLists:
    """The lists of the router in config.yml, and the intents that start flows of its project.

    Raises:
        InvalidFile: there's no router with lists of intents.
    """
    if not file.is_file():
        message = "It isn't there, and it says where the intents of the messages go."
        raise invalid(Location(str(file)), "missing-file", message, _ADVICE)
    data = [path for path in (file.parent / "data",) if path.exists()]
    project = read_project(str(file), None, data, folder=file.parent)
    entry = project.setup.entry
    if entry is None:
        errors = [each for each in project.problems if not each.is_warning]
        message = "Its pipeline has no router."
        raise (
            InvalidConfig(errors)
            if errors
            else invalid(project.setup.place, "missing-key", message)
        )
    given = {key: entry[key] for key in EntryLists.model_fields if key in entry}
    if not any(_has_list(given.get(key)) for key in ("nlu_entry", "calm_entry")):
        message = f"{short_name(entry)} has no lists of intents, which say where theirs go."
        raise invalid(key_location_of(entry, "name"), "missing-key", message, _ADVICE)
    lists = _lists(given, entry, str(file))
    triggers = {each.intent for flow in project.flows.values() for each in flow.nlu_triggers}
    return lists.model_copy(update={"triggers": frozenset(triggers)})


def _has_list(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("sticky"), list)


def _lists(keys: Mapping[str, Any], written: Mapping[str, Any], file: str) -> RouteLists:
    """The lists among `keys`; `written` is what they stand in."""
    locate = locate_below(written, file)
    return read_lists(RouteLists, plain(keys), locate)
