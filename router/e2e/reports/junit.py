"""A run as JUnit XML, which CI servers read: a test suite a file, a test case a case.

Written as Maven's Surefire does, whose format most servers follow
(https://maven.apache.org/surefire/maven-surefire-plugin/xsd/surefire-test-report-3.0.2.xsd).
Failed attempts of a case that passed in another one are `flakyFailure` and `flakyError`; where
flaky cases fail the run, the case has a `failure` of type `flaky` besides, since servers that
don't know those elements would show it as passed. Further attempts of a failed case are
`rerunFailure` and `rerunError`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import PurePath
from xml.etree import ElementTree as ET

from router.e2e.reports.characters import one_line, visible
from router.e2e.reports.facts import (
    attempts_in_words,
    decision_record,
    failure,
    skip_reasons,
)
from router.e2e.results import CaseResult, SuiteResult, TurnResult

__all__ = ["as_junit"]


def as_junit(suite: SuiteResult, *, flaky_fails: bool = True) -> str:
    """The XML; control characters, which it can't hold, are written out."""
    root = ET.Element("testsuites", {"name": "coexist test"})
    cases = sorted(suite.cases, key=lambda case: case.place.file)
    for file, of_file in groupby(cases, key=lambda case: case.place.file):
        root.append(_suite(suite, file, list(of_file), flaky_fails))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(each.get(count, 0)) for each in root)))
    root.set("time", f"{suite.seconds:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + visible(ET.tostring(root, "unicode")) + "\n"


def _suite(suite: SuiteResult, file: str, cases: list[CaseResult], flaky_fails: bool) -> ET.Element:
    tests = [_case(case, flaky_fails) for case in cases]
    element = ET.Element(
        "testsuite",
        {
            "name": visible(file),
            "tests": str(len(tests)),
            "failures": _having(tests, "failure"),
            "errors": _having(tests, "error"),
            "skipped": _having(tests, "skipped"),
            "time": f"{sum(_seconds(case) for case in cases):.3f}",
            "timestamp": visible(suite.started),
            "file": visible(file),
        },
    )
    run = {"target": suite.target, "llm": suite.llm, "seed": str(suite.seed)}
    _properties(element, run.items())
    element.extend(tests)
    return element


def _having(tests: list[ET.Element], tag: str) -> str:
    return str(sum(test.find(tag) is not None for test in tests))


def _seconds(case: CaseResult) -> float:
    return sum(attempt.seconds for attempt in case.attempts)


def _case(case: CaseResult, flaky_fails: bool) -> ET.Element:
    path = PurePath(case.place.file)
    element = ET.Element(
        "testcase",
        {
            "classname": visible(".".join((*path.parent.parts, path.stem))),
            "name": one_line(case.name),
            "file": visible(case.place.file),
            "line": str(case.place.line),
            "time": f"{_seconds(case):.3f}",
        },
    )
    details = [("status", case.status), *(("tag", tag) for tag in case.tags)]
    _properties(element, [*details, ("rerun", case.rerun)])
    if case.status == "skipped":
        reasons = "; ".join(skip_reasons(case))
        ET.SubElement(element, "skipped", {"message": one_line(reasons)})
    if case.status == "flaky" and flaky_fails:
        flaky = {"message": f"flaky: {attempts_in_words(case)}", "type": "flaky"}
        ET.SubElement(element, "failure", flaky)
    element.extend(_attempts(case))
    if case.last is not None:
        ET.SubElement(element, "system-out").text = _transcript(case.last.turns)
    return element


def _attempts(case: CaseResult) -> Iterable[ET.Element]:
    """The failed attempts, the one that reports show first."""
    bad = [n for n, each in enumerate(case.attempts) if each.status in ("failed", "error")]
    for position, number in enumerate(reversed(bad)):
        found = failure(case, number)
        assert found is not None
        kind = "Error" if case.attempts[number].status == "error" else "Failure"
        rerun = "flaky" if case.status == "flaky" else "rerun" if position else ""
        tag = f"{rerun}{kind}" if rerun else kind.lower()
        kinds = found.checks[0].name if found.checks else kind.lower()
        element = ET.Element(tag, {"message": one_line(found.message, 500), "type": kinds})
        lines = [f"{found.place}: {found.message}"]
        lines += [f"rerun: {case.rerun}"] if case.rerun else []
        text = visible("\n".join([*lines, *(_record(found.turn) if found.turn else ())]))
        if rerun:
            ET.SubElement(element, "stackTrace").text = text
        else:
            element.text = text
        yield element


def _record(turn: TurnResult) -> list[str]:
    return [
        "",
        f"user: {turn.user}",
        *(f"{name}: {value}" for name, value in decision_record(turn)),
    ]


def _transcript(turns: Iterable[TurnResult]) -> str:
    lines = []
    for turn in turns:
        lines += [f"user: {one_line(turn.user)}"] if turn.user else []
        lines += [f"bot: {one_line(message.text)}" for message in turn.messages]
    return "\n".join(lines)


def _properties(parent: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        if value:
            ET.SubElement(properties, "property", {"name": name, "value": one_line(value)})
