"""Everything a bot's files say that checks compare, read in one go, with places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from router.checks.config_checks import DEFAULT_FLOWS, RouterSetup, read_router_setup
from router.checks.domain_files import DomainFiles, read_domain
from router.checks.files import yaml_files
from router.checks.rasa_names import DEFAULT_INTENTS, DEFAULT_SLOTS
from router.checks.training_data import TrainingData, read_training_data
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION, default_responses
from router.flows.model import Flow
from router.flows.reading import read_flows
from router.flows.slots import ROUTE_SLOT, STACK_SLOT, SlotSpec

__all__ = ["Project", "read_project"]

_BY_ACTIONS = ({"type": "custom"},)
_KNOWLEDGE_BASE = "knowledge_base_"
_KNOWLEDGE_BASE_ACTION = "action_query_knowledge_base"
_CALM_MAPPINGS = frozenset({"from_llm", "controlled"})


@dataclass(frozen=True)
class Project:
    """A bot's files, read but not compared with each other.

    `problems` are those of config.yml, the domain and the flows; `data_problems` those of
    the training data, which Rasa reports by itself when it trains. `broken_flows` are what
    can be read of flows with errors: checks compare them too, nothing else sees them. `files`
    are all files that were read.
    """

    setup: RouterSetup
    domain: DomainFiles = field(default_factory=DomainFiles)
    training: TrainingData = field(default_factory=TrainingData)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    broken_flows: Mapping[str, Flow] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    data_problems: tuple[Problem, ...] = ()

    @property
    def uses_coexistence(self) -> bool:
        """Whether anything in the files is this package's business."""
        return bool(
            self.flows
            or self.problems
            or self.setup.lists_importer
            or self.setup.uses
            or ROUTE_SLOT in self.domain.slots
            or any(_is_calm_slot(slot) for slot in self.domain.slots.values())
            or any(
                step.kind == "action" and RESET_ACTION in step.names
                for dialogue in self.training.dialogues
                for step in dialogue.steps
            )
        )

    @property
    def domain_problems(self) -> list[Problem]:
        """Those problems that lie in the domain's files."""
        files = {str(file) for file in self.domain.files}
        return [problem for problem in self.problems if problem.location.file in files]

    @property
    def has_flows(self) -> bool:
        """Whether there are flows, be they right or wrong."""
        return bool(self.flows or self.broken_flows)

    @property
    def has_router(self) -> bool:
        """Whether config.yml has a router, be its keys right or wrong."""
        return self.setup.entry is not None

    def assistant(self) -> Assistant:
        """The assistant that the files make, as far as files alone can tell."""
        domain, training = self.domain, self.training
        is_calm = self.has_router or self.has_flows
        own = {STACK_SLOT: SlotSpec(STACK_SLOT, mappings=_BY_ACTIONS)} if is_calm else {}
        if self.has_router:
            own[ROUTE_SLOT] = SlotSpec(ROUTE_SLOT, "bool", mappings=_BY_ACTIONS)
        return Assistant(
            flows=self.flows,
            slots={
                **_rasas_slots(domain.actions),
                **own,
                **domain.slot_specs(),
            },
            actions=frozenset(domain.actions).union(domain.forms, training.actions),
            responses=frozenset(domain.responses).union(
                training.responses, default_responses() if is_calm else ()
            ),
            intents=DEFAULT_INTENTS.union(domain.intents),
            has_router=self.has_router,
        )

    def with_all_of(self, other: Project) -> Project:
        """Both together; the first of them with a router says how it routes."""
        return Project(
            setup=other.setup if other.has_router and not self.has_router else self.setup,
            domain=self.domain.with_all_of(other.domain),
            training=self.training.with_all_of(other.training),
            flows={**self.flows, **other.flows},
            broken_flows={**self.broken_flows, **other.broken_flows},
            files=(*self.files, *other.files),
            problems=(*self.problems, *other.problems),
            data_problems=(*self.data_problems, *other.data_problems),
        )


def read_project(
    config_file: str | None,
    domain: Path | None,
    data: Sequence[Path],
    *,
    flows: Any = None,
    folder: Path | None = None,
) -> Project:
    """Reads config.yml, the domain, the training data and the flows.

    Args:
        config_file: path of config.yml; without one there is no router.
        domain: a domain file or a folder of them.
        data: files and folders of training data; flows in them are read too.
        flows: the importer's `flows:` setting; by default what config.yml says.
        folder: where flows are looked for that aren't beside config.yml, and prompts and
            encoders; by default the working folder.
    """
    problems: list[Problem] = []
    data_problems: list[Problem] = []
    setup = replace(read_router_setup(config_file, problems), folder=folder or Path())
    bases = [Path(config_file).parent if config_file else Path(), folder or Path()]
    flow_paths = list(_flow_paths(flows or setup.flows, bases, setup.file, problems))
    elsewhere = {path.resolve() for path in flow_paths}
    data_paths = [path for path in data if path.exists() and path.resolve() not in elsewhere]
    domain_files = read_domain([domain] if domain else [], problems)
    data_files = yaml_files(data_paths)
    broken: dict[str, Flow] = {}
    found = read_flows([*flow_paths, *data_paths], collect=problems, broken=broken)
    told = {problem.location for problem in problems}
    training = read_training_data(data_files, data_problems)
    config = [Path(config_file)] if config_file else []
    return Project(
        setup=setup,
        domain=domain_files,
        training=training,
        flows=found,
        broken_flows=broken,
        files=tuple(
            dict.fromkeys([*config, *domain_files.files, *data_files, *yaml_files(flow_paths)])
        ),
        problems=tuple(problems),
        data_problems=tuple(each for each in data_problems if each.location not in told),
    )


def _rasas_slots(actions: Collection[str]) -> dict[str, SlotSpec]:
    """The slots that Rasa adds to a domain with these actions."""
    return {
        name: SlotSpec(name, "text" if name == "requested_slot" else "any")
        for name in DEFAULT_SLOTS
        if _KNOWLEDGE_BASE_ACTION in actions or not name.startswith(_KNOWLEDGE_BASE)
    }


def _flow_paths(
    setting: Any, bases: Sequence[Path], config_file: str, problems: list[Problem]
) -> Iterator[Path]:
    given: Iterable[Any] = setting if isinstance(setting, list | tuple) else [setting]
    for name in given:
        found = next((p for p in (base / str(name) for base in bases) if p.exists()), None)
        if found is not None:
            yield found
        elif setting != DEFAULT_FLOWS:
            message = f"`flows: {name}` of router.CoexistenceImporter isn't there."
            advice = "Write the path of a file or folder, relative to config.yml."
            problems.append(Problem(Location(config_file), "missing-flows", message, advice))


def _is_calm_slot(slot: Mapping[str, Any]) -> bool:
    mappings = slot.get("mappings")
    return "shared_for_coexistence" in slot or any(
        isinstance(mapping, Mapping) and mapping.get("type") in _CALM_MAPPINGS
        for mapping in (mappings if isinstance(mappings, list) else ())
    )
