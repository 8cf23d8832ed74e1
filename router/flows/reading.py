"""Reading flows from YAML files, all problems in one pass.

Format: https://rasa.com/docs/pro/build/writing-flows
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from router.errors import InvalidFile, InvalidFlow, Location, Problem
from router.flows.flow_reading import FLOW_KEYS, read_flow
from router.flows.model import Flow
from router.flows.sections import Findings, quote
from router.flows.yaml_source import collector_paused, read_yaml
from router.flows.yaml_values import YamlMap, key_location_of, location_of

__all__ = ["NOT_OFFERED_PATTERNS", "flow_files", "flows_from_data", "raise_if_errors", "read_flows"]

#: Patterns that flows have elsewhere -> what to do here.
NOT_OFFERED_PATTERNS: Mapping[str, str] = {
    "pattern_user_silence": "Remove it: nothing here waits for a silent user.",
    "pattern_validate_slot": "Remove it: a slot's `validation` says what is uttered.",
}
_SUFFIXES = frozenset({".yml", ".yaml"})
_FLOWS_KEY = re.compile(rb"""^([ \t{\xef\xbb\xbf]*)["']?flows["']?[ \t]*:""", re.MULTILINE)


def flow_files(paths: Iterable[Path]) -> list[Path]:
    """The YAML files with a top-level `flows:` among `paths` and below them, sorted.

    As Rasa does it, links are followed and hidden files left out; hidden directories too.

    Raises:
        InvalidFile: one of the paths isn't there.

    """
    problems: list[Problem] = []
    found = _flow_files(paths, problems)
    raise_if_errors(problems, InvalidFile)
    return found


@collector_paused()
def read_flows(
    paths: Iterable[Path], *, collect: list[Problem], broken: dict[str, Flow] | None = None
) -> dict[str, Flow]:
    """Reads the flows of all files among `paths` and below them.

    Every problem is appended to `collect`. Flows with errors are left out; what can be read
    of them is put into `broken`. Of two flows with one id the first is kept.
    """
    partial = {} if broken is None else broken
    flows: dict[str, Flow] = {}
    places: dict[Any, Location] = {}
    for path in _flow_files(paths, collect):
        before = len(collect)
        try:
            data = read_yaml(path, collect=collect)
        except InvalidFile as error:
            collect.extend(error.problems)
            continue
        duplicates = collect[before:]
        content = data.get("flows") if isinstance(data, Mapping) else None
        if content is None:
            continue
        if not isinstance(content, Mapping):
            message = f"'flows' can't be {quote(content)}."
            place = location_of(data, "flows")
            advice = "Write a map of flows: '<flow id>:' and below it its keys."
            collect.append(Problem(place, "invalid-value", message, advice))
            continue
        again = _known_ids(content, places, collect)
        for flow_id, flow in _flows(content, collect):
            if flow_id in again:
                continue
            if _is_touched(content[flow_id], duplicates):
                partial[flow.id] = replace(flow, unread=FLOW_KEYS)
            elif flow.unread:
                partial[flow.id] = flow
            else:
                flows[flow.id] = flow
    return flows


@collector_paused()
def flows_from_data(data: Mapping[str, Any], problems: list[Problem]) -> dict[str, Flow]:
    """Reads flows that are data already: flow id -> the flow's keys.

    Every problem is appended to `problems`; flows with errors are left out.
    """
    return {flow.id: flow for _, flow in _flows(data, problems) if not flow.unread}


def raise_if_errors(
    problems: Sequence[Problem], exception: type[InvalidFile] = InvalidFlow
) -> None:
    """Raises `exception` with all problems that are errors, if there are any."""
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise exception(errors)


def _flows(data: Mapping[Any, Any], problems: list[Problem]) -> Iterator[tuple[Any, Flow]]:
    """Each flow, as far as it can be read, with its key in `data`."""
    findings = Findings(problems)
    for flow_id in data:
        if flow_id in NOT_OFFERED_PATTERNS:
            message = f"'{flow_id}' isn't part of this package: it is left out, and never runs."
            place = key_location_of(data, flow_id)
            findings.warning("unknown-pattern", place, message, NOT_OFFERED_PATTERNS[flow_id])
        else:
            yield flow_id, read_flow(flow_id, data, findings)
    findings.warn_of_unused()


def _known_ids(
    content: Mapping[Any, Any], places: dict[Any, Location], problems: list[Problem]
) -> set[Any]:
    """The ids in `content` that another file has too; `places` is brought up to date."""
    again = content.keys() & places.keys()
    for flow_id in content:
        place = key_location_of(content, flow_id)
        if flow_id in again:
            message = f"Two flows have the id {quote(flow_id)}: at {places[flow_id]} and here."
            problems.append(Problem(place, "duplicate-flow-id", message, "Rename one."))
        else:
            places[flow_id] = place
    return again


def _is_touched(data: Any, duplicates: Sequence[Problem]) -> bool:
    if not isinstance(data, YamlMap):
        return False
    return any(data.holds(problem.location) for problem in duplicates)


def _flow_files(paths: Iterable[Path], problems: list[Problem]) -> list[Path]:
    found: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            message = "There is no such file or directory."
            problems.append(Problem(Location(str(path)), "missing-file", message))
        for file in sorted(_yaml_files(path)):
            found.setdefault(os.path.realpath(file), file)
    return sorted(file for file in found.values() if _has_flows(file))


def _yaml_files(path: Path) -> Iterator[Path]:
    if path.is_file() and path.suffix in _SUFFIXES:
        yield path
    seen: set[str] = set()
    for base, directories, files in os.walk(path, followlinks=True):
        seen.add(os.path.realpath(base))
        directories[:] = sorted(
            name
            for name in directories
            if not name.startswith(".") and os.path.realpath(Path(base, name)) not in seen
        )
        for name in files:
            file = Path(base, name)
            if file.suffix in _SUFFIXES and not name.startswith("."):
                yield file


def _has_flows(file: Path) -> bool:
    """Whether `flows` is one of the top-level keys, or the file can't be read to tell."""
    try:
        matches = list(_FLOWS_KEY.finditer(file.read_bytes()))
        if not matches or any(not match.group(1).strip(b"{\xef\xbb\xbf") for match in matches):
            return bool(matches)
        data = read_yaml(file)
    except (OSError, InvalidFile):
        return True
    return isinstance(data, Mapping) and "flows" in data
