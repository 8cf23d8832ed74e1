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
from router.planner.scaffold.yaml_text import block_lines, comment_lines

__all__ = ["Way", "calm_turns", "suite_text", "tests_text", "ways_through"]

_MOST = 8
Way = tuple[tuple[DraftStep, Branch | None], ...]
"""Steps in order, each with the branch that was taken after it."""


def tests_text(flow: DraftFlow, area: str, bot: Bot) -> str:
    """The file of a flow's cases."""
    ways = list(islice(ways_through(flow.steps), _MOST))
    cases = [
        {
            "test_case": f"{flow.id} {number}" if len(ways) > 1 else flow.id,
            "steps": calm_turns(flow, way, [{"routed_to": "calm"}], bot),
        }
        for number, way in enumerate(ways, 1)
    ]
    return suite_text(f"the flow {flow.id}", area, cases)


def suite_text(about: str, area: str, cases: Sequence[dict[str, Any]]) -> str:
    """A file of draft cases, which says when they pass."""
    header = [
        *comment_lines(
            f"{DRAFT.removeprefix('# ')} of tests for {about}, made by `coexist plan scaffold`. "
            f"They pass once {area} is at `calm` in the plan, its flows are finished, these "
            "TODOs are answered, and the bot is trained."
        ),
        "# TODO: what do users say, and what do custom actions answer, in each case?",
    ]
    return "\n".join([*header, *block_lines({"tags": ["draft"], "test_cases": [*cases]})]) + "\n"


def ways_through(steps: Sequence[DraftStep]) -> Iterator[Way]:
    """Every way through a list of steps; those of branches begin alike."""
    before: Way = tuple((step, None) for step in steps[:-1])
    if not steps:
        yield ()
    elif not steps[-1].branches:
        yield (*before, (steps[-1], None))
    for branch in steps[-1].branches if steps else ():
        for rest in ways_through(branch.steps):
            yield (*before, (steps[-1], branch), *rest)


def calm_turns(flow: DraftFlow, way: Way, expected: Sequence[Any], bot: Bot) -> list[Any]:
    """A way through a flow as turns, up to its reset; `expected` of the first beside the start."""
    opening = bot.example(flow.triggers[0]) if flow.triggers else "TODO"
    steps: list[dict[str, Any]] = [
        {"user": opening, "assertions": [*expected, {"flow_started": flow.id}]}
    ]
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
    return steps


def _question(step: DraftStep, slot: str, bot: Bot) -> dict[str, str]:
    action = f"action_ask_{slot}"
    if action in bot.actions:
        return {"action": action}
    return {"utter": step.keys.get("utter", f"utter_ask_{slot}")}
