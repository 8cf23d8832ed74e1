"""Files in the formats of Rasa 1 and 2, which `rasa train` of 3.6 refuses or passes over.

Formats: https://rasa.com/docs/rasa/migration-guide (2.x to 3.0, 1.x to 2.0)
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from router.checks.project import Project
from router.errors import Location, Problem

__all__ = ["old_format_problems"]

_MIGRATE = "Run `rasa data migrate`, which writes the domain as Rasa 3 has it."
_CONVERT = "Write it as YAML: `rasa data convert` of Rasa 2 does."
_VERSION = re.compile(rb"""^version: *["']?([012])(\.\d+)*["']? *(#.*)?\r?$""", re.M)
_MARKDOWN = re.compile(
    r"^## *(?:intent|synonym|regex|lookup) *:"
    r"|^\* *[\w/+]+(?:\{.*\})?[ \t]*\n[ \t]*- *(?:utter_|action_|slot\{|form\{|\w+_form\b)",
    re.M,
)
_SHOWN = 5


def old_format_problems(project: Project, data: Iterable[Path]) -> Iterator[Problem]:
    """Slots, forms and versions of Rasa 2, training data of Rasa 1; one problem a file and kind.

    Slots without `mappings` are CALM's in a bot that has any, unless their file says that it's
    of an older version.

    Args:
        project: the bot's files.
        data: files and folders of training data, of which a project has the YAML files only.
    """
    old = dict(_versions(project.files))
    domain = project.domain
    slots = [
        (name, domain.place_of(name))
        for name, slot in domain.slots.items()
        if slot.get("mappings") is None
        and (domain.place_of(name).file in old or not project.uses_coexistence)
    ]
    yield from _by_file(slots, "slots without `mappings`")
    forms = [
        (name, domain.form_places[name])
        for name, form in domain.forms.items()
        if name in domain.form_places and not _is_form(form)
    ]
    yield from _by_file(forms, "forms without a list `required_slots`")
    for file, line in old.items():
        message = "This file says a version before 3: Rasa 3.6 reads it as 3.1."
        advice = 'Write `version: "3.1"`, once it is in that format.'
        yield Problem(Location(file, line), "old-version", message, advice, is_warning=True)
    for file, line in _markdown(data):
        message = "This is training data in Markdown, which Rasa 3.6 passes over."
        yield Problem(Location(file, line), "old-format", message, _CONVERT)


def _is_form(form: Any) -> bool:
    """Whether Rasa 3 takes it: without anything, or with a list of slots."""
    if not isinstance(form, Mapping):
        return False
    return not form or isinstance(form.get("required_slots"), list)


def _by_file(found: Iterable[tuple[str, Location]], what: str) -> Iterator[Problem]:
    files: dict[str, list[tuple[str, Location]]] = {}
    for name, place in found:
        files.setdefault(place.file, []).append((name, place))
    for items in files.values():
        names = ", ".join(name for name, _ in items[:_SHOWN])
        more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
        message = f"Rasa 3.6 refuses {what}, as Rasa 2 wrote them: {names}{more}."
        yield Problem(min(place for _, place in items), "old-format", message, _MIGRATE)


def _versions(files: Iterable[Path]) -> Iterator[tuple[str, int]]:
    """The files whose version is before 3, with its line."""
    for file in files:
        if not file.is_file() or not os.access(file, os.R_OK):
            continue  # which reading it has told
        text = file.read_bytes()
        match = _VERSION.search(text)
        if match:
            yield str(file), text.count(b"\n", 0, match.start()) + 1


def _markdown(paths: Iterable[Path]) -> Iterator[tuple[str, int]]:
    """Files of training data in Markdown, with the first line that shows it."""
    for file in sorted(_files(paths)):
        if file.suffix == ".md" and os.access(file, os.R_OK):
            text = file.read_text(encoding="utf-8", errors="replace")
            match = _MARKDOWN.search(text)
            if match:
                yield str(file), text.count("\n", 0, match.start()) + 1


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_file():
            yield path
        for folder, _, names in os.walk(path):
            yield from (Path(folder, name) for name in names)
