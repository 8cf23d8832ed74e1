"""`CoexistenceImporter`: the one line of config.yml that brings everything else.

`rasa train` checks an assistant before it imports its components, but after it loaded the
importers: importing this module registers the components, as its package does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from router.checks import Project, assistant_problems, read_project, without_ignored
from router.checks.config_checks import DEFAULT_FLOWS, RouterSetup, importer_missing
from router.checks.domain_checks import slot_problems
from router.errors import InvalidDomain, InvalidFlow
from router.flows.assistant import Assistant
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION
from router.flows.model import Flow
from router.flows.reading import raise_if_errors
from router.plan.routing import with_plan
from router.rasa.domain import slot_specs, unreadable_by_rasa, with_own_parts
from router.rasa.errors import reported_by_rasa, warn_once
from router.routing.configuration import ReleaseSettings


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
        flows: list[str] | str = DEFAULT_FLOWS,
    ) -> None:
        found = _domain_path(config_file, domain_path)
        super().__init__(config_file, found, training_data_paths)
        self.flows_setting = flows
        self.data_paths = (
            [training_data_paths]
            if isinstance(training_data_paths, str)
            else list(training_data_paths or ())
        )

    def get_config(self) -> dict[str, Any]:
        """config.yml, with a router's lists from the plan where it names one.

        Raises:
            CoexistenceSetupError: the plan can't be read.
        """
        config: dict[str, Any] = super().get_config()
        pipeline = config.get("pipeline")
        if not self.config_file or not isinstance(pipeline, list):
            return config
        with reported_by_rasa():
            folder = Path(self.config_file).parent
            planned = [with_plan(e, folder) if isinstance(e, dict) else e for e in pipeline]
        return {**config, "pipeline": planned}

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
            self._refuse_what_rasa_cannot_read()
            domain = super().get_domain()
            if domain.is_empty():  # NLU may be trained without one
                return domain
            extended = self._extended(domain)
            if self._is_the_only_importer:
                build_assistant([self], extended)
            return extended

    @cached_property
    def project(self) -> Project:
        """What the bot's files say, with places, read but not checked."""
        return read_project(
            self.config_file,
            Path(self._domain_path) if self._domain_path else None,
            [Path(path) for path in self.data_paths if path],
            flows=self.flows_setting,
        )

    @property
    def setup(self) -> RouterSetup:
        """What config.yml says about routing."""
        return self.project.setup

    @property
    def flows(self) -> Mapping[str, Flow]:
        """The flows of the importer's path and of the training data, read but not checked."""
        return self.project.flows

    def own_names(self) -> frozenset[str]:
        """Actions and forms that the bot's own files name, before CALM's are added."""
        domain = RasaFileImporter.get_domain(self)
        return frozenset([*domain.user_actions, *domain.form_names])

    def _extended(self, domain: Domain) -> Domain:
        has_router = self.setup.entry is not None
        if not has_router and not self.flows:
            return domain
        return with_own_parts(domain, has_router=has_router)

    def _refuse_what_rasa_cannot_read(self) -> None:
        """Our reader's errors name line and column; those of the domain come before Rasa's.

        Rasa only warns of a domain file that its own reader refuses, and leaves it out.
        """
        project = self.project
        if not project.domain_problems:
            raise_if_errors([*unreadable_by_rasa(project.domain.files)], InvalidDomain)
        blocking = [*project.domain_problems, *slot_problems(project.domain.slots)]
        if all(problem.is_warning for problem in blocking):
            return
        all_problems = assistant_problems(project, project.assistant())
        raise_if_errors(sorted(without_ignored(all_problems, project.files, report_unused=False)))

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
    project = _project(parts)
    assistant = unchecked_assistant(parts, domain)
    # Retrieval responses are in no domain file, and Rasa adds them only later.
    from_files = project.assistant()
    named = replace(
        assistant,
        actions=assistant.actions | from_files.actions,
        responses=assistant.responses | from_files.responses,
        intents=assistant.intents | from_files.intents,
    )
    found = assistant_problems(project, named)
    problems = sorted(without_ignored(dict.fromkeys(found), project.files, report_unused=False))
    warn_once(problems)
    raise_if_errors(problems, InvalidFlow)
    return assistant


def unchecked_assistant(parts: list[CoexistenceImporter], domain: Domain) -> Assistant:
    """Flows, slots and names put together, whether they fit or not."""
    project = _project(parts)
    own = DEFAULT_FLOW_ACTIONS | {RESET_ACTION}
    listed = frozenset().union(*(part.own_names() for part in parts)) - {RESET_ACTION}
    if listed >= DEFAULT_FLOW_ACTIONS:  # a domain that was written out, with what we added
        listed -= DEFAULT_FLOW_ACTIONS
    return Assistant(
        flows=project.flows,
        slots=slot_specs(domain, project.domain.slots),
        actions=frozenset([*domain.user_actions, *domain.form_names]) - (own - listed),
        responses=frozenset(domain.responses),
        intents=frozenset(domain.intents),
        has_router=project.has_router,
        settings=_settings(project.setup),
    )


def _project(parts: list[CoexistenceImporter]) -> Project:
    return reduce(Project.with_all_of, (part.project for part in parts))


def _settings(setup: RouterSetup) -> dict[str, Any]:
    settings: dict[str, Any] = {"has_nlu_policies": setup.has_nlu_policies}
    if setup.release is not None:
        settings |= setup.release.model_dump(include=set(ReleaseSettings.model_fields))
    if setup.config is not None:
        settings["nlu_once_intents"] = list(setup.config.nlu_entry.non_sticky)
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
