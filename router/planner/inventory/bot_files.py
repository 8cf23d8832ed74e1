"""A bot's files, each read once: what of them makes skills, and why the rest doesn't."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from router.checks.config_checks import RouterSetup
from router.checks.domain_files import read_domain
from router.checks.files import read_or_note, yaml_files
from router.checks.project import Project, read_project
from router.checks.training_data import Dialogue
from router.errors import Problem
from router.flows.model import Flow
from router.flows.reading import read_flows
from router.planner.inventory.dialogues import dialogues_of
from router.planner.inventory.domain import BotDomain, bot_domain
from router.planner.inventory.domain_shapes import misshapen_responses
from router.planner.inventory.examples import IntentExamples, read_examples
from router.planner.inventory.wording import place
from router.planner.present import plan_path

__all__ = ["BotFiles", "read_bot_files"]

_MARKDOWN = re.compile(r"^(## *(intent|synonym|regex|lookup) *:|\* *\w[\w/]*(\{.*\})?\s*$)", re.M)


@dataclass(frozen=True)
class BotFiles:
    """What was read; `reasons` say what wasn't, with file and line where they are known.

    `examples` are by the full name of an intent (`faq/ask_hours`), flows with errors are
    among `flows` with what can be read of them.
    """

    domain: BotDomain
    dialogues: tuple[Dialogue, ...] = ()
    examples: Mapping[str, IntentExamples] = field(default_factory=dict)
    flows: Mapping[str, Flow] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def read_bot_files(config: Path | None, domain: Path | None, data: Sequence[Path]) -> BotFiles:
    """Reads config.yml, the domain, the training data and the flows; never raises for them."""
    reasons = [
        f"{path}: it isn't there."
        for path in (config, domain, *data)
        if path is not None and not path.exists()
    ]
    project = _project(config, domain)
    problems = list(project.problems)
    data_files = yaml_files(path for path in data if path.exists())
    known = {file.resolve() for file in project.files}
    broken: dict[str, Flow] = {}
    own_flows = [file for file in data_files if file.resolve() not in known]
    flows = read_flows(own_flows, collect=problems, broken=broken)
    dialogues: list[Dialogue] = []
    examples: dict[str, IntentExamples] = {}
    more_responses: dict[str, object] = {}
    told = {problem.location for problem in problems}
    for file in data_files:
        found: list[Problem] = []
        content = read_or_note(file, found)
        problems += (each for each in found if each.location not in told)
        if isinstance(content, Mapping):
            dialogues += dialogues_of(file, content, reasons)
            read_examples(content, examples, reasons)
            responses = content.get("responses")
            reasons += misshapen_responses(content)
            more_responses.update(responses if isinstance(responses, Mapping) else {})
        elif content is not None:
            reasons.append(f"{file}:1: this isn't a map of `stories:`, `rules:` or `nlu:`.")
    read = bot_domain(project.domain, more_responses, reasons)
    return BotFiles(
        domain=read,
        dialogues=(*dialogues, *read.triggered),
        examples=examples,
        flows={**project.broken_flows, **broken, **flows, **project.flows},
        reasons=(*_told(problems), *reasons, *_old_formats(data)),
    )


def _project(config: Path | None, domain: Path | None) -> Project:
    """All but the training data; without config.yml the flows are those in `data`.

    That a router names a plan which is yet to be written is no problem.
    """
    if config is not None and config.exists():
        project = read_project(str(config), domain, [], folder=config.parent)
        plan = plan_path(config)
        told = (p for p in project.problems if p.location.file != str(plan) or plan.exists())
        return replace(project, problems=tuple(told))
    problems: list[Problem] = []
    files = read_domain([domain] if domain else [], problems)
    return Project(RouterSetup(""), files, files=tuple(files.files), problems=tuple(problems))


def _told(problems: Iterable[Problem]) -> Iterator[str]:
    for problem in dict.fromkeys(problems):
        if not problem.is_warning:
            yield f"{place(problem.location)}: {problem.message}"


def _old_formats(data: Iterable[Path]) -> Iterator[str]:
    advice = "write it as YAML (`rasa data convert` of Rasa 2 does)."
    for file in _other_files(data):
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.suffix == ".md" and _MARKDOWN.search(text):
            yield f"{file}:1: training data in Markdown, the format of Rasa 1, isn't read: {advice}"
        elif file.suffix == ".json" and _is_nlu_json(text):
            yield f"{file}:1: training data in JSON isn't read: {advice}"


def _is_nlu_json(text: str) -> bool:
    try:
        return "rasa_nlu_data" in json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return False


def _other_files(paths: Iterable[Path]) -> list[Path]:
    found = {path for path in paths if path.is_file() and path.suffix in {".md", ".json"}}
    for path in paths:
        for base, _, names in os.walk(path):
            files = (Path(base, name) for name in names)
            found.update(file for file in files if file.suffix in {".md", ".json"})
    return sorted(file for file in found if os.access(file, os.R_OK))
