"""Areas that have moved, and what end-to-end tests have shown of them."""

from __future__ import annotations

from collections.abc import Iterator

from router.errors import Problem
from router.plan.model import Area
from router.planner.checking.comparison import Comparison
from router.planner.checking.evidence import ShownHandoff, TestEvidence
from router.planner.checking.wording import some

__all__ = ["evidence_problems"]

_RUN = "Run `coexist test --coverage --json FILE`, and give FILE with `--e2e`."


def evidence_problems(it: Comparison) -> Iterator[Problem]:
    """Flows of moved areas without a passing test, or with failing ones, and hand-offs untested."""
    moved = {name: area for name, area in it.moved.items() if area.flows}
    evidence = it.evidence
    if not moved:
        return
    names, s = ", ".join(moved), "s" if len(moved) == 1 else ""
    place = it.places.value("areas", next(iter(moved)), "stage")
    if evidence is None:
        message = f"There are no results of end-to-end tests: whether {names} work{s} isn't known."
        yield Problem(place, "no-e2e-results", message, _RUN, is_warning=True)
        return
    for each in evidence.outdated:
        message = f"{each.results} is older than {each.newer}: it tells of another bot."
        advice = "Train, and run the end-to-end tests again."
        yield Problem(place, "stale-e2e-results", message, advice, is_warning=True)
    if evidence.handoffs is None:
        message = f"The results measure no coverage: whether {names} hand{s} over isn't known."
        yield Problem(place, "no-e2e-results", message, _RUN, is_warning=True)
    for name, area in moved.items():
        yield from _flow_problems(it, evidence, name, area)
        yield from _handoff_problems(it, evidence.handoffs or (), name, area)


def _flow_problems(
    it: Comparison, evidence: TestEvidence, name: str, area: Area
) -> Iterator[Problem]:
    for index, flow in enumerate(area.flows):
        if flow not in it.flows:
            continue
        place = it.places.value("areas", name, "flows", index)
        failing = evidence.failing.get(flow, ())
        if failing:
            count = f"{len(failing)} end-to-end test{'' if len(failing) == 1 else 's'}"
            message = f"'{flow}' of '{name}' fails in {count}: {some(failing)}."
            advice = (
                "Mend it, or the test, if it still expects what has moved, or set the area's "
                "stage back to 'nlu'."
            )
            yield Problem(place, "flow-fails", message, advice)
        elif not evidence.passing.get(flow):
            message = f"No passing end-to-end test goes through '{flow}' of '{name}'."
            advice = "Write one, say with `coexist test record`, or set the stage back to 'nlu'."
            yield Problem(place, "flow-untested", message, advice)


def _handoff_problems(
    it: Comparison, handoffs: tuple[ShownHandoff, ...], name: str, area: Area
) -> Iterator[Problem]:
    """One way in, one way out and one reset are to be shown, where there are any."""
    ways = {
        "from the NLU system to it": [
            each for each in handoffs if each.kind == "nlu_to_calm" and each.target in area.flows
        ],
        "from it to the NLU system": [
            each for each in handoffs if each.kind == "calm_to_nlu" and each.source in area.flows
        ],
        "out of it by a reset": [
            each for each in handoffs if each.kind == "reset" and each.source in area.flows
        ],
    }
    missing = [
        f"{way} (0 of {len(found)})"
        for way, found in ways.items()
        if found and not any(each.cases for each in found)
    ]
    if missing:
        message = f"No passing end-to-end test goes, for '{name}': {'; '.join(missing)}."
        advice = "Write one that does."
        place = it.places.value("areas", name, "stage")
        yield Problem(place, "handoff-untested", message, advice)
