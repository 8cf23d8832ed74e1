"""`CoexistenceImporter`: the one line of config.yml that brings everything else.

`rasa train` checks an assistant before it imports its components, but after it loaded the
importers: importing this module registers the components, as its package does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from rasa.shared.core.constants import DEFAULT_ACTION_NAMES
from rasa.shared.core.domain import Domain
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from router.errors import InvalidConfig, InvalidFlow, Location, Problem
from router.flows.assistant import Assistant
from router.flows.checks import Known, check_flows
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION, default_patterns
from router.flows.model import ActionStep, Flow
from router.flows.reading import raise_if_errors, read_flows
from router.rasa.config_checks import RouterSetup, importer_missing, read_router_setup
from router.rasa.domain import RawSlots, raw_slots, slot_specs, with_own_parts
from router.rasa.errors import reported_by_rasa, warn_once
from router.rasa.router_checks import ROUTER_OR_NOT, router_problems
from router.rasa.story_checks import resets_in_stories
from router.routing.configuration import read_intent_router_config

_DEFAULT_FLOWS = "flows"


class CoexistenceImporter(RasaFileImporter):
    """Reads a Rasa project as `RasaFileImporter` does, and its flows beside.

    Args:
        config_file: path of config.yml.
        domain_path: a domain file or a folder of them.
        training_data_paths: files and folders; flows found there are read too.
        flows: file, folder, or list of them, relative to config.yml or the working folder.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        flows: list[str] | str = _DEFAULT_FLOWS,
    ) -> None:
        found = _domain_path(config_file, domain_path)
        super().__init__(config_file, found, training_data_paths)
        self.flows_setting = flows
        self.data_paths = (
            [training_data_paths]
            if isinstance(training_data_paths, str)
            else list(training_data_paths or ())
        )

    def get_domain(self) -> Domain:
        """The domain, in Rasa's terms, with the parts that CALM adds.

        Raises:
            CoexistenceSetupError: flows, domain or config.yml can't work; all that's wrong
                in one message, with places.
        """
        return self._domain

    @cached_property
    def _domain(self) -> Domain:
        with reported_by_rasa():
            _ = self.slots  # our reader's errors name line and column
            domain = super().get_domain()
            if domain.is_empty():  # NLU may be trained without one
                return domain
            extended = self._extended(domain)
            if self._is_the_only_importer:
                build_assistant([self], extended)
            return extended

    @cached_property
    def setup(self) -> RouterSetup:
        """What config.yml says about routing."""
        return read_router_setup(self.config_file, bool(self.flows))

    @cached_property
    def slots(self) -> RawSlots:
        """The slots as the domain's files write them."""
        return raw_slots(self._domain_path)

    @cached_property
    def flows(self) -> dict[str, Flow]:
        """The flows of the importer's path and of the training data, read but not checked."""
        problems: list[Problem] = []
        flows = read_flows([*self._flow_paths(), *self._existing_data()], collect=problems)
        raise_if_errors(problems, InvalidFlow)
        warn_once(problems)
        return flows

    @property
    def story_files(self) -> list[str]:
        """The files of the training data that hold rules and stories."""
        return list(self._story_files)

    def own_names(self) -> frozenset[str]:
        """Actions and forms that the bot's own files name, before CALM's are added."""
        domain = RasaFileImporter.get_domain(self)
        return frozenset([*domain.user_actions, *domain.form_names])

    def _extended(self, domain: Domain) -> Domain:
        has_router = self.setup.entry is not None
        if not has_router and not self.flows:
            return domain
        return with_own_parts(domain, has_router=has_router)

    def _flow_paths(self) -> Iterator[Path]:
        setting = self.flows_setting
        given = [setting] if isinstance(setting, str) else list(setting)
        base = Path(self.config_file).parent if self.config_file else Path()
        for name in given:
            found = next((p for p in (base / str(name), Path(str(name))) if p.exists()), None)
            if found is not None:
                yield found
            elif setting != _DEFAULT_FLOWS:
                raise InvalidConfig(
                    [
                        Problem(
                            Location(self.config_file or "config.yml"),
                            "missing-flows",
                            f"`flows: {name}` of router.CoexistenceImporter isn't there.",
                            "Write the path of a file or folder, relative to config.yml.",
                        )
                    ]
                )

    def _existing_data(self) -> list[Path]:
        flow_paths = {path.resolve() for path in self._flow_paths()}
        paths = (Path(path) for path in self.data_paths if path)
        return [p for p in paths if p.exists() and p.resolve() not in flow_paths]

    @property
    def _is_the_only_importer(self) -> bool:
        return len(self.get_config().get("importers") or ()) <= 1


def assistant_from_importer(importer: TrainingDataImporter) -> Assistant:
    """The CALM side of the assistant that Rasa is training.

    Raises:
        InvalidConfig: config.yml doesn't name the importer.
        InvalidFile: flows, domain or router can't work together.
    """
    parts = list(parts_of(importer))
    if not parts:
        raise importer_missing()
    whole = importer.get_domain()
    if whole.is_empty():  # training NLU alone: Rasa hides the domain from its components
        whole = parts[0].get_domain()
    if whole.is_empty():
        return Assistant()
    return build_assistant(parts, whole)


def build_assistant(parts: list[CoexistenceImporter], domain: Domain) -> Assistant:
    """Puts flows, slots and names together and checks them.

    Raises:
        InvalidFile: they don't fit together; all errors are listed.
    """
    assistant, setup = unchecked_assistant(parts, domain), _setup(parts)
    raw = _raw_slots(parts)
    problems = [*_flow_problems(assistant), *router_problems(assistant, setup, raw)]
    if not assistant.has_router:
        files = dict.fromkeys(file for part in parts for file in part.story_files)
        problems += _useless_resets(assistant, files)
    warn_once(problems)
    raise_if_errors(problems, InvalidFlow)
    return assistant


def unchecked_assistant(parts: list[CoexistenceImporter], domain: Domain) -> Assistant:
    """Flows, slots and names put together, whether they fit or not."""
    setup = _setup(parts)
    flows = {flow_id: flow for part in parts for flow_id, flow in part.flows.items()}
    own = DEFAULT_FLOW_ACTIONS | {RESET_ACTION}
    listed = frozenset().union(*(part.own_names() for part in parts)) - {RESET_ACTION}
    if listed >= DEFAULT_FLOW_ACTIONS:  # a domain that was written out, with what we added
        listed -= DEFAULT_FLOW_ACTIONS
    return Assistant(
        flows=flows,
        slots=slot_specs(domain, _raw_slots(parts)),
        actions=frozenset([*domain.user_actions, *domain.form_names]) - (own - listed),
        responses=frozenset(domain.responses),
        intents=frozenset(domain.intents),
        has_router=setup.entry is not None,
        settings=_settings(setup),
    )


def _setup(parts: list[CoexistenceImporter]) -> RouterSetup:
    return next((part.setup for part in parts if part.setup.entry is not None), parts[0].setup)


def _raw_slots(parts: list[CoexistenceImporter]) -> RawSlots:
    return {name: slot for part in parts for name, slot in part.slots.items()}


def _flow_problems(assistant: Assistant) -> list[Problem]:
    known = Known(
        slots={name: slot.type for name, slot in assistant.slots.items()},
        actions=assistant.actions
        | DEFAULT_FLOW_ACTIONS
        | frozenset(DEFAULT_ACTION_NAMES)
        | {RESET_ACTION},
        responses=assistant.responses,
        intents=assistant.intents | {"restart", "session_start", "back"},
        patterns=frozenset(default_patterns(assistant.has_router)),
    )
    return check_flows(assistant.flows, known)


def _useless_resets(assistant: Assistant, story_files: Iterable[str]) -> Iterator[Problem]:
    in_flows = (
        step.location
        for flow in assistant.flows.values()
        for step in flow.steps
        if isinstance(step, ActionStep) and step.action == RESET_ACTION
    )
    for place in (*in_flows, *resets_in_stories(story_files)):
        message = f"{RESET_ACTION} without a router: there is nothing to reset."
        yield Problem(place, "reset-without-router", message, ROUTER_OR_NOT)


def _settings(setup: RouterSetup) -> dict[str, Any]:
    settings: dict[str, Any] = {"has_nlu_policies": setup.has_nlu_policies}
    if setup.entry is not None:
        config = read_intent_router_config(setup.keys, setup.locate)
        settings |= {
            "auto_release": config.auto_release,
            "max_idle_minutes": config.max_idle_minutes,
            "max_turns_without_progress": config.max_turns_without_progress,
            "nlu_once_intents": list(config.nlu_entry.non_sticky),
        }
    return settings


def _domain_path(config_file: str | None, given: str | None) -> str | None:
    """The domain's path; Rasa's commands look for domain.yml only, not for a folder."""
    if given and Path(given).exists():
        return given
    folder = (Path(config_file).parent if config_file else Path()) / "domain"
    return str(folder) if folder.is_dir() else given


def parts_of(importer: Any) -> Iterator[CoexistenceImporter]:
    """The importers of ours inside those that Rasa wraps around them."""
    if isinstance(importer, CoexistenceImporter):
        yield importer
        return
    inner = [getattr(importer, name, None) for name in ("importer", "_importer")]
    for child in [*inner, *(getattr(importer, "_importers", None) or ())]:
        if child is not None:
            yield from parts_of(child)
