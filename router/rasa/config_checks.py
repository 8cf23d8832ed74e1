"""config.yml as far as this package is concerned: is there one router, in its place?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.errors import InvalidConfig, InvalidFile, Location, Problem
from router.flows.yaml_source import location_of, read_yaml
from router.flows.yaml_values import key_location_of, plain
from router.routing.configuration import Locate, read_intent_router_config

ROUTERS = frozenset({"IntentBasedRouter"})
FLOW_POLICY = "FlowPolicy"
ADAPTER = "NLUCommandAdapter"
NOT_OFFERED: Mapping[str, str] = {
    "EnterpriseSearchPolicy": "Remove it, or answer through a custom action.",
    "IntentlessPolicy": "Remove it; FlowPolicy and the NLU policies answer without it.",
}


@dataclass(frozen=True)
class RouterSetup:
    """What config.yml says about routing, with the places it says it at.

    `entry` is the router's map in the pipeline, None without a router.
    """

    file: str
    entry: Mapping[str, Any] | None
    has_flow_policy: bool
    has_nlu_policies: bool
    has_adapter: bool = False
    place: Location = field(default_factory=lambda: Location("config.yml"))

    @property
    def keys(self) -> dict[str, Any]:
        """The router's own keys."""
        return {key: value for key, value in plain(self.entry or {}).items() if key != "name"}

    @property
    def locate(self) -> Locate:
        """Finds the place of a path of keys below the router's entry."""

        def locate(path: Sequence[str | int]) -> Location:
            container: Any = self.entry
            for part in path[:-1]:
                container = _child(container, part)
            if not path:
                return self._known(location_of(container))
            if isinstance(path[-1], int):
                return self._known(location_of(container, path[-1]))
            return self._known(key_location_of(container, path[-1]))

        return locate

    def _known(self, place: Location) -> Location:
        return place if place.file == self.file else Location(self.file)


def read_router_setup(config_file: str | None, flows_exist: bool) -> RouterSetup:
    """Reads the pipeline and the policies of config.yml and checks what's ours in them.

    Raises:
        InvalidConfig: two routers, a router in the wrong place or with wrong keys, no
            FlowPolicy where one is needed, a component that isn't offered.
        InvalidFile: config.yml can't be read.
    """
    if not config_file or not Path(config_file).is_file():
        return RouterSetup("config.yml", None, False, False)
    data = read_yaml(Path(config_file), collect=[])
    if not isinstance(data, Mapping):
        return RouterSetup(config_file, None, False, False)
    pipeline, policies = _entries(data, "pipeline"), _entries(data, "policies")
    routers = [entry for entry in pipeline if short_name(entry) in ROUTERS]
    setup = RouterSetup(
        file=config_file,
        entry=routers[0] if routers else None,
        has_flow_policy=any(short_name(entry) == FLOW_POLICY for entry in policies),
        has_nlu_policies=any(short_name(entry) != FLOW_POLICY for entry in policies),
        has_adapter=any(short_name(entry) == ADAPTER for entry in pipeline),
        place=key_location_of(data, "pipeline"),
    )
    problems = [*_pipeline_problems(pipeline, routers), *_policy_problems(policies)]
    if not setup.has_flow_policy and (routers or flows_exist):
        what = "A router" if routers else "Flows"
        problems.append(
            Problem(
                key_location_of(data, "policies"),
                "missing-flow-policy",
                f"{what} without FlowPolicy: nothing would run the flows.",
                "Add `- name: FlowPolicy` under policies.",
            )
        )
    if setup.entry is not None:
        try:
            read_intent_router_config(setup.keys, setup.locate)
        except InvalidFile as error:
            problems += error.problems
    if problems:
        raise InvalidConfig(problems)
    return setup


def importer_missing() -> InvalidConfig:
    """The error of a config.yml that names our components but not our importer."""
    problem = Problem(
        Location("config.yml"),
        "missing-importer",
        "The pipeline or the policies use rasa-coexistence without its importer.",
        "Add `importers: [{name: router.CoexistenceImporter}]`.",
    )
    return InvalidConfig([problem])


def short_name(entry: Mapping[str, Any]) -> str:
    """A component's name without the module it may be written with."""
    return str(entry.get("name", "")).rpartition(".")[2]


def _entries(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key)
    return [e for e in found if isinstance(e, Mapping)] if isinstance(found, list) else []


def _pipeline_problems(
    pipeline: Sequence[Mapping[str, Any]], routers: Sequence[Mapping[str, Any]]
) -> Iterator[Problem]:
    if len(routers) > 1:
        yield Problem(
            location_of(routers[1]),
            "two-routers",
            f"{short_name(routers[1])} is a second router; {short_name(routers[0])} is at "
            f"{location_of(routers[0])}.",
            "Leave one of them in the pipeline.",
        )
    names = [short_name(entry) for entry in pipeline]
    for entry in routers[:1]:
        index = next(i for i, candidate in enumerate(pipeline) if candidate is entry)
        if ADAPTER in names[:index]:
            yield Problem(
                location_of(entry),
                "router-after-commands",
                f"{names[index]} stands behind {ADAPTER}, which needs its decision.",
                f"Move it before {ADAPTER}.",
            )
        if not any(_classifies(name) for name in names[:index]) and any(
            _classifies(name) for name in names[index:]
        ):
            yield Problem(
                location_of(entry),
                "router-before-classifier",
                f"{names[index]} stands before the intent classifier, whose result it needs.",
                "Move it behind the classifier.",
            )


def _classifies(name: str) -> bool:
    return name.endswith("Classifier") and name != "FallbackClassifier"


def _policy_problems(policies: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    for entry in policies:
        name = short_name(entry)
        if name in NOT_OFFERED:
            yield Problem(
                location_of(entry),
                "not-offered",
                f"{name} isn't part of this package.",
                NOT_OFFERED[name],
            )


def _child(container: Any, part: str | int) -> Any:
    if isinstance(container, Mapping):
        return container.get(part)
    if isinstance(container, list) and isinstance(part, int) and part < len(container):
        return container[part]
    return None
