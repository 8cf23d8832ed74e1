"""Do the files fit together? Everything that can be told without Rasa and without a model.

`check_project` reads a bot's files and lists all that's wrong with them; `assistant_problems`
is the part that training runs too, with the names that Rasa knows beside the files'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from router.checks.condition_checks import flow_literal_problems
from router.checks.config_checks import config_problems, importer_missing
from router.checks.consequences import UNREADABLE, Part, without_consequences
from router.checks.domain_checks import response_problems, slot_problems, validation_problems
from router.checks.encoder_checks import encoder_problems
from router.checks.endpoint_checks import endpoint_problems
from router.checks.filling_checks import filling_problems
from router.checks.model_checks import model_problems, prompt_problems, template_problems
from router.checks.old_formats import old_format_problems
from router.checks.payload_checks import payload_problems
from router.checks.project import Project, read_project
from router.checks.rasa_names import CONTROL_INTENTS, DEFAULT_ACTIONS
from router.checks.reset_checks import reset_problems
from router.checks.router_checks import router_problems
from router.checks.sharing_checks import sharing_problems
from router.checks.story_checks import contradicted_resets, missing_resets
from router.checks.suppression import without_ignored
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.checks import Known, check_flows
from router.flows.default_patterns import DEFAULT_FLOW_ACTIONS, RESET_ACTION

__all__ = [
    "UNREADABLE",
    "Project",
    "assistant_problems",
    "check_project",
    "read_project",
    "without_ignored",
]


def check_project(
    config: Path,
    domain: Path,
    data: Sequence[Path],
    *,
    endpoints: Path | None = None,
    folder: Path | None = None,
) -> list[Problem]:
    """All problems of a bot's files, sorted by place.

    Of a bot that has nothing of ours, only those of files that Rasa 3.6 doesn't take.

    Args:
        config: config.yml, or its like.
        domain: a domain file or a folder of them.
        data: files and folders of training data.
        endpoints: endpoints.yml; None if there is none.
        folder: where flows are looked for that aren't beside config.yml, and prompts and
            encoders; by default the working folder.
    """
    problems = [
        Problem(Location(str(path)), "missing-file", "There is no such file or directory.")
        for path in (config, domain, *data, *([endpoints] if endpoints else ()))
        if not path.exists()
    ]
    project = read_project(str(config), domain, data, folder=folder)
    problems += project.data_problems
    problems += old_format_problems(project, data)
    files = project.files
    if project.uses_coexistence:
        problems += assistant_problems(project, project.assistant())
        if not project.setup.lists_importer and (project.setup.uses or project.has_flows):
            problems += importer_missing(project.setup.uses or project.setup.place).problems
        if endpoints:
            files = (*files, endpoints)
            problems += endpoint_problems(endpoints)
        problems += model_problems(project.setup, endpoints)
    given: dict[Part, Path] = {"config": config, "domain": domain}
    missing = [part for part, path in given.items() if not path.exists()]
    if not all(path.exists() for path in data):
        missing.append("flows")
    told = without_consequences(dict.fromkeys(problems), project, missing)
    return sorted(without_ignored(told, files))


def assistant_problems(project: Project, assistant: Assistant) -> Iterator[Problem]:
    """What's wrong with config.yml, the domain and the flows, and what doesn't fit together.

    Nothing is silenced yet; the training data's own problems are left to Rasa. What only
    follows from a file that can't be read is left out.
    """
    yield from without_consequences(_assistant_problems(project, assistant), project)


def _assistant_problems(project: Project, assistant: Assistant) -> Iterator[Problem]:
    setup, domain, training = project.setup, project.domain, project.training
    assistant = _with_broken_flows(assistant, project)
    yield from project.problems
    yield from config_problems(setup, project.has_flows)
    yield from template_problems(setup)
    yield from encoder_problems(setup, assistant)
    yield from prompt_problems(setup, assistant)
    yield from slot_problems(domain.slots)
    yield from validation_problems(domain.slots, assistant, domain.forms)
    yield from response_problems(domain.responses, assistant)
    yield from check_flows(assistant.flows, _known(assistant))
    yield from flow_literal_problems(assistant)
    yield from router_problems(assistant, setup, domain.slots)
    yield from reset_problems(assistant, training)
    yield from contradicted_resets(training.dialogues, domain.forms)
    if not (assistant.is_empty):
        yield from payload_problems(domain.responses, assistant)
        yield from filling_problems(assistant, setup, domain.responses)
    if assistant.has_router:
        yield from sharing_problems(assistant, domain, training.dialogues, setup.plan)
    if setup.config is not None:
        yield from missing_resets(
            training.dialogues, setup.config, assistant, domain.forms, at_form_ends=True
        )


def _with_broken_flows(assistant: Assistant, project: Project) -> Assistant:
    """The assistant with what can be read of flows with errors, in the order of the files."""
    if not project.broken_flows:
        return assistant
    flows = {**project.broken_flows, **assistant.flows}
    ordered = sorted(flows.values(), key=lambda flow: flow.location)
    return replace(assistant, flows={flow.id: flow for flow in ordered})


def _known(assistant: Assistant) -> Known:
    return Known(
        slots={name: slot.type for name, slot in assistant.slots.items()},
        actions=assistant.actions | DEFAULT_FLOW_ACTIONS | DEFAULT_ACTIONS | {RESET_ACTION},
        responses=assistant.responses,
        intents=assistant.intents | CONTROL_INTENTS,
        patterns=frozenset(assistant.all_flows),
    )
