"""Skeletons of end-to-end tests: a case for each way through a draft flow.

Format: docs/e2e_tests.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from router.planner.scaffold.bot import Bot
from router.planner.scaffold.flow_text import DRAFT
from router.planner.scaffold.model import Branch, DraftFlow, DraftStep
from router.planner.scaffold.yaml_text import block_lines

__all__ = ["tests_text"]

_MOST = 8
_Way = tuple[tuple[DraftStep, Branch | None], ...]


def tests_text(flow: DraftFlow, bot: Bot) -> str:
    """The file of a flow's cases."""
    opening = bot.example(flow.triggers[0]) if flow.triggers else "TODO"
    ways = list(islice(_ways(flow.steps), _MOST))
    cases = [
        _case(flow, bot, way, opening, f" {number}" if len(ways) > 1 else "")
        for number, way in enumerate(ways, 1)
    ]
    header = [
        f"{DRAFT} of tests for the flow {flow.id}, made by `coexist plan scaffold`. They pass",
        "# once the flow is finished and the router sends its intents to CALM.",
        "# TODO: what do users say, and what do custom actions answer, in each case?",
    ]
    return "\n".join([*header, *block_lines({"tags": ["draft"], "test_cases": cases})]) + "\n"


def _ways(steps: Sequence[DraftStep]) -> Iterator[_Way]:
    """Every way through a list of steps; those of branches begin alike."""
    before: _Way = tuple((step, None) for step in steps[:-1])
    if not steps:
        yield ()
    elif not steps[-1].branches:
        yield (*before, (steps[-1], None))
    for branch in steps[-1].branches if steps else ():
        for rest in _ways(branch.steps):
            yield (*before, (steps[-1], branch), *rest)


def _case(flow: DraftFlow, bot: Bot, way: _Way, opening: str, number: str) -> dict[str, Any]:
    first = {
        "user": opening,
        "assertions": [{"routed_to": "calm"}, {"flow_started": flow.id}],
    }
    steps: list[dict[str, Any]] = [first]
    for step, branch in way:
        if "collect" in step.keys:
            slot = step.keys["collect"]
            steps.append(_question(step, slot, bot))
            steps.append({"user": (branch.answer if branch else "") or step.answer or "TODO"})
        elif "action" in step.keys:
            name = step.keys["action"]
            is_response = name in bot.responses or name in flow.responses
            steps.append({"utter" if is_response else "action": name})
    last = next(step for step in reversed(steps) if "user" in step)
    last["assertions"] = [*last.get("assertions", ()), {"routing_reset": True}]
    return {"test_case": f"{flow.id}{number}", "steps": steps}


def _question(step: DraftStep, slot: str, bot: Bot) -> dict[str, str]:
    action = f"action_ask_{slot}"
    if action in bot.actions:
        return {"action": action}
    return {"utter": step.keys.get("utter", f"utter_ask_{slot}")}
