"""config.yml as far as this package is concerned: is there one router, in its place?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import router
from router.checks.files import read_or_note
from router.checks.router_keys import (
    HYBRID_ROUTER,
    LLM_ROUTER,
    SEMANTIC_ROUTER,
    is_router,
    needs_intents,
    router_keys,
    short_name,
)
from router.errors import InvalidConfig, InvalidFile, Location, Problem
from router.flows.yaml_source import location_of
from router.flows.yaml_values import key_location_of, plain
from router.plan.routing import UsedPlan, used_plan, with_plan
from router.routing.configuration import (
    IntentRouterConfig,
    Locate,
    ReleaseSettings,
)

__all__ = ["RouterSetup", "config_problems", "importer_missing", "read_router_setup"]

GENERATORS = frozenset(
    {
        "CompactLLMCommandGenerator",
        "LLMCommandGenerator",
        "SearchReadyLLMCommandGenerator",
        "SingleStepLLMCommandGenerator",
    }
)
ASKING = GENERATORS | {LLM_ROUTER, HYBRID_ROUTER, SEMANTIC_ROUTER}
FLOW_POLICY = "FlowPolicy"
ADAPTER = "NLUCommandAdapter"
IMPORTER = "CoexistenceImporter"
DEFAULT_FLOWS = "flows"
_GENERATOR = "CommandGenerator"
_REPLACE = "Remove it, or replace it: this version has {}."
NOT_OFFERED: Mapping[str, str] = {
    "EnterpriseSearchPolicy": "Remove it, or answer through a custom action.",
    "IntentlessPolicy": "Remove it; FlowPolicy and the NLU policies answer without it.",
    **dict.fromkeys(
        ("MultiStepLLMCommandGenerator",), _REPLACE.format("LLMCommandGenerator and " + ADAPTER)
    ),
}


@dataclass(frozen=True)
class RouterSetup:
    """What config.yml says about routing, with the places it says it at.

    `entry` is the router's map in the pipeline, None without a router; `plan` what that takes
    keys from, if it names one; `config` its lists of intents if it routes by some, `release`
    the keys about giving up a route; None if they can't be read. `with_examples` are listed
    names that bring messages of their own, `out_of_scope` the intents that nobody answers.
    `has_adapter` says whether anything makes commands of messages, `has_generator` whether
    something does that needs no triggers. `flows` is the importer's setting, `uses` the place
    of the first component of this package, `lists_importer` whether the importer is named,
    `asks_models` the entries of the components that ask a language model, `language` what the
    bot speaks. Paths of files are relative to `folder`.
    """

    file: str
    entry: Mapping[str, Any] | None = None
    plan: UsedPlan | None = None
    config: IntentRouterConfig | None = None
    release: ReleaseSettings | None = None
    with_examples: frozenset[str] = frozenset()
    out_of_scope: tuple[str, ...] = ()
    has_flow_policy: bool = False
    has_nlu_policies: bool = False
    has_adapter: bool = False
    has_generator: bool = False
    place: Location = field(default_factory=lambda: Location("config.yml"))
    policies_place: Location = field(default_factory=lambda: Location("config.yml"))
    flows: Any = DEFAULT_FLOWS
    uses: Location | None = None
    lists_importer: bool = False
    asks_models: tuple[Mapping[str, Any], ...] = ()
    language: str = "en"
    folder: Path = Path()

    @property
    def locate(self) -> Locate:
        """Finds the place of a path of keys below the router's entry."""
        return locate_below(self.entry, self.file)


def locate_below(entry: Any, file: str) -> Locate:
    """Finds the place of a path of keys below `entry`, which stands in `file`."""

    def known(place: Location) -> Location:
        """The place, if it's in the file: what a plan brings stands where that is named."""
        own = location_of(entry)
        return next((each for each in (place, own) if each.file == file), Location(file))

    def locate(path: Sequence[str | int]) -> Location:
        container: Any = entry
        for part in path[:-1]:
            container = _child(container, part)
        if not path:
            return known(location_of(container))
        if isinstance(path[-1], int):
            return known(location_of(container, path[-1]))
        return known(key_location_of(container, path[-1]))

    return locate


def read_router_setup(config_file: str | None, problems: list[Problem]) -> RouterSetup:
    """Reads the importers, the pipeline and the policies of config.yml.

    What's wrong with them is appended to `problems`: two routers, a router in the wrong
    place or with wrong keys, a component that isn't offered.
    """
    if not config_file or not Path(config_file).is_file():
        return RouterSetup("config.yml")
    file = Path(config_file)
    data = read_or_note(file, problems)
    if not isinstance(data, Mapping):
        return RouterSetup(str(file))
    pipeline, policies = _entries(data, "pipeline"), _entries(data, "policies")
    routers = [entry for entry in pipeline if is_router(short_name(entry))]
    importers = [e for e in _entries(data, "importers") if short_name(e) == IMPORTER]
    ours = [e for e in (*pipeline, *policies) if _is_calm(e)]
    problems += _pipeline_problems(pipeline, routers)
    problems += _offer_problems([*pipeline, *policies])
    planned, plan = _planned(routers[0], file, problems) if routers else (None, None)
    entry = planned or (routers[0] if routers else None)
    setup = RouterSetup(
        file=str(file),
        entry=entry,
        plan=plan,
        has_flow_policy=any(short_name(entry) == FLOW_POLICY for entry in policies),
        has_nlu_policies=any(short_name(entry) != FLOW_POLICY for entry in policies),
        has_generator=any(_needs_no_triggers(entry) for entry in pipeline),
        has_adapter=any(_makes_commands(short_name(entry)) for entry in pipeline),
        place=key_location_of(data, "pipeline"),
        policies_place=key_location_of(data, "policies"),
        flows=importers[0].get("flows", DEFAULT_FLOWS) if importers else DEFAULT_FLOWS,
        uses=location_of(ours[0]) if ours else None,
        lists_importer=bool(importers),
        asks_models=tuple(
            planned if planned is not None and e is routers[0] else e
            for e in pipeline
            if short_name(e) in ASKING
        ),
        language=str(data.get("language") or "en"),
    )
    problems += _generator_problems(pipeline, str(file))
    if planned is None:
        return setup
    try:
        return replace(setup, **router_keys(planned, setup.locate))
    except InvalidFile as error:
        problems.extend(error.problems)
        return setup


def _planned(
    entry: Mapping[str, Any], file: Path, problems: list[Problem]
) -> tuple[Mapping[str, Any] | None, UsedPlan | None]:
    """The router's entry with what its plan says, and that; None if the plan can't be read."""
    try:
        plan = used_plan(entry, file.parent)
        return with_plan(entry, file.parent, plan), plan
    except InvalidFile as error:
        problems.extend(error.problems)
        return None, None


def config_problems(setup: RouterSetup, flows_exist: bool) -> Iterator[Problem]:
    """What config.yml lacks for the router or the flows to run."""
    if not setup.has_flow_policy and (setup.entry is not None or flows_exist):
        yield Problem(
            setup.policies_place,
            "missing-flow-policy",
            f"{'Flows' if setup.entry is None else 'A router'} without FlowPolicy: nothing "
            "would run the flows.",
            "Add `- name: FlowPolicy` under policies.",
        )


def importer_missing(place: Location | None = None) -> InvalidConfig:
    """The error of a config.yml that names our components but not our importer."""
    problem = Problem(
        place or Location("config.yml"),
        "missing-importer",
        "The pipeline or the policies use rasa-coexistence without its importer.",
        "Add `importers: [{name: router.CoexistenceImporter}]`.",
    )
    return InvalidConfig([problem])


def _is_calm(entry: Mapping[str, Any]) -> bool:
    return short_name(entry) in {*router.__all__, *NOT_OFFERED}


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
        generator = next(filter(_makes_commands, names[:index]), None)
        if generator:
            yield Problem(
                location_of(entry),
                "router-after-commands",
                f"{names[index]} stands behind {generator}, which needs its decision.",
                f"Move it before {generator}.",
            )
        if (
            needs_intents(entry)
            and not any(_classifies(name) for name in names[:index])
            and any(_classifies(name) for name in names[index:])
        ):
            yield Problem(
                location_of(entry),
                "router-before-classifier",
                f"{names[index]} stands before the intent classifier, whose result it needs.",
                "Move it behind the classifier.",
            )


def _generator_problems(pipeline: Sequence[Mapping[str, Any]], file: str) -> Iterator[Problem]:
    """Wrong keys of the command generators."""
    for entry in pipeline:
        if short_name(entry) in GENERATORS:
            from router.understanding.llm_configuration import read_generator_config

            keys = {key: value for key, value in plain(entry).items() if key != "name"}
            try:
                read_generator_config(keys, locate_below(entry, file))
            except InvalidFile as error:
                yield from error.problems


def _makes_commands(name: str) -> bool:
    return name == ADAPTER or name.endswith(_GENERATOR)


def _needs_no_triggers(entry: Mapping[str, Any]) -> bool:
    """Whether it makes commands of free text, or is a bot's own component, which might."""
    module = str(entry.get("name", "")).rpartition(".")[0].partition(".")[0]
    return short_name(entry).endswith(_GENERATOR) or module not in ("", "rasa", "router")


def _classifies(name: str) -> bool:
    return name.endswith("Classifier") and name != "FallbackClassifier"


def _offer_problems(entries: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    for entry in entries:
        name = short_name(entry)
        if name in NOT_OFFERED and name not in router.__all__:
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
