"""What of `coexist plan scaffold`'s drafts is left in areas that have moved."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from textwrap import shorten
from typing import Any

from router.checks.files import read_or_note, yaml_files
from router.errors import Location, Problem
from router.flows.model import ActionStep, CollectStep, Flow
from router.flows.yaml_values import location_of
from router.planner.checking.comparison import Comparison

__all__ = ["draft_problems"]

_TODO = "TODO"
_DRAFT_TAG = "draft"
_COMMENT = re.compile(r"^\s*# ((?:TODO|DRAFT)\b.*)$")
_GOES_ON = re.compile(r"^\s*#  +(\S.*)$")
_LONGEST = 100  # characters of a comment or text
_OF_AREA = re.compile(r"^# DRAFT of the area (.+?)[:,]", re.M)
_TESTS_OF = re.compile(r"\bonce (\S+) is at `calm`")
_NO_FILE_NAME = re.compile(r"[^\w-]+")


def draft_problems(it: Comparison) -> Iterator[Problem]:
    """Texts that routers, models and users get to see, comments, and tests tagged as drafts."""
    for name, area in it.moved.items():
        place = it.places.value("areas", name, "description")
        yield from _todo(area.description, place, f"The description of '{name}'")
        for flow_id in area.flows:
            if flow_id in it.flows:
                yield from _texts(it, it.flows[flow_id])
    for area_name, comment, place in (*_in_flows(it), *_in_other_files(it)):
        if comment.startswith(_TODO):
            told = shorten(comment.removeprefix(f"{_TODO}:"), _LONGEST, placeholder=" ...")
            message = f"A TODO of '{area_name}' is left: {told}"
            advice = "Answer it, and remove it."
        else:
            message = f"This file of '{area_name}' still says that it's a draft."
            advice = "Finish it, and remove this comment."
        yield Problem(place, "draft-left", message, advice, is_warning=True)
    for file, area_name in _test_files(it).items():
        for place in _tags(file):
            message = f"The tests of '{area_name}' are tagged as drafts."
            yield Problem(place, "draft-left", message, "Finish them, and remove the tag.", True)


def _texts(it: Comparison, flow: Flow) -> Iterator[Problem]:
    what = f"The description of the flow '{flow.id}'"
    for problem in _todo(flow.description, flow.location, what):
        yield replace(problem, location=_description_of(flow))
    said: dict[str, None] = {}
    for step in flow.steps:
        if isinstance(step, CollectStep):
            what = f"The description of '{step.slot}' in the flow '{flow.id}'"
            yield from _todo(step.description, step.location, what)
            said[step.utter or f"utter_ask_{step.slot}"] = None
            said.update(dict.fromkeys(each.utter for each in step.rejections))
        elif isinstance(step, ActionStep):
            said[step.action] = None
    for name in said:
        variations = it.project.domain.responses.get(name)
        for each in variations if isinstance(variations, list) else ():
            if isinstance(each, Mapping):
                yield from _todo(each.get("text"), location_of(each, "text"), f"'{name}'")


def _description_of(flow: Flow) -> Location:
    """Where a flow's description begins."""
    data = read_or_note(Path(flow.location.file), [])
    flows = data.get("flows") if isinstance(data, Mapping) else None
    own = flows.get(flow.id) if isinstance(flows, Mapping) else None
    return location_of(own, "description") if isinstance(own, Mapping) else flow.location


def _todo(text: Any, place: Location, what: str) -> Iterator[Problem]:
    if isinstance(text, str) and text.lstrip().startswith(_TODO):
        message = f"{what} is still a draft's: '{shorten(text, _LONGEST, placeholder='...')}'"
        advice = "Write what routers, models or users are to read there."
        yield Problem(place, "todo-left", message, advice)


def _in_flows(it: Comparison) -> Iterator[tuple[str, str, Location]]:
    """Area, comment and place, for flows: a comment is that of the flow it stands in.

    What stands above all flows is of each area that has one in the file.
    """
    begins: dict[str, list[tuple[int, str]]] = {}
    for flow_id, flow in it.flows.items():
        begins.setdefault(flow.location.file, []).append((flow.location.line, flow_id))
    for file, flows in begins.items():
        areas = [it.part_of_flow.get(flow_id, "") for _, flow_id in sorted(flows)]
        first = next((area for area in areas if area in it.moved), "")
        if not first:
            continue
        for comment, place in _comments(Path(file)):
            before = [flow_id for line, flow_id in sorted(flows) if line <= place.line]
            area = it.part_of_flow.get(before[-1], "") if before else first
            if area in it.moved:
                yield area, comment, place


def _in_other_files(it: Comparison) -> Iterator[tuple[str, str, Location]]:
    """The same for domain files that say which area's draft they are, and for tests."""
    files = _test_files(it)
    for domain_file in it.project.domain.files:
        match = _OF_AREA.search(_read(domain_file))
        if match and match[1] in it.moved:
            files[domain_file] = match[1]
    for file, area in files.items():
        for comment, place in _comments(file):
            yield area, comment, place


def _test_files(it: Comparison) -> dict[Path, str]:
    """Files of tests, with the area that has moved and whose folder they're in, or that they name.

    The folder is named as `coexist plan scaffold` does.
    """
    folders = {_NO_FILE_NAME.sub("_", name): name for name in it.moved}
    found = {}
    for file in yaml_files(path for path in it.tests if path.exists()):
        named = _TESTS_OF.search(_read(file).replace("\n#  ", ""))
        area = folders.get(file.parent.name, named[1] if named else "")
        if area in it.moved:
            found[file] = area
    return found


def _tags(file: Path) -> Iterator[Location]:
    data = read_or_note(file, [])  # what's wrong with it, `coexist test` tells
    if not isinstance(data, Mapping):
        return
    cases: Sequence[Any] = data.get("test_cases") or ()
    for part in (data, *(each for each in cases if isinstance(each, Mapping))):
        tags = part.get("tags")
        if tags == _DRAFT_TAG:
            yield location_of(part, "tags")
        for index, tag in enumerate(tags if isinstance(tags, list) else ()):
            if tag == _DRAFT_TAG:
                yield location_of(tags, index)


def _comments(file: Path) -> Iterator[tuple[str, Location]]:
    """Comments with the lines on which they go on, further in."""
    lines = _read(file).splitlines()
    for number, line in enumerate(lines, 1):
        match = _COMMENT.match(line)
        if match:
            more = (_GOES_ON.match(each) for each in lines[number:])
            words = [match[1], *(each[1] for each in takewhile(bool, more) if each)]
            yield " ".join(words), Location(str(file), number, match.start(1) - 1)


def _read(file: Path) -> str:
    is_there = file.is_file() and os.access(file, os.R_OK)
    return file.read_text("utf-8", errors="replace") if is_there else ""
