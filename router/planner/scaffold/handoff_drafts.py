"""Skeletons of the hand-offs that `coexist plan check` wants to see of an area that has moved.

One way from the NLU system to it and one back are enough; a few are drafted, with the
shortest of what stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from router.planner.model import Skill
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.e2e_drafts import Way, calm_turns, suite_text, ways_through
from router.planner.scaffold.flows import flows_of
from router.planner.scaffold.model import DraftFlow

__all__ = ["handoffs_text"]

_MOST = 3


def handoffs_text(
    area: str,
    flows: Sequence[DraftFlow],
    staying: Sequence[Skill],
    released: Collection[str],
    bot: Bot,
) -> str:
    """The file of an area's hand-offs; empty if nothing that stays takes a route and leaves it.

    Args:
        area: its name.
        flows: its drafts; the shortest of those that intents start is taken.
        staying: the NLU system's skills.
        released: the intents that take a route for it, and whose conversations end in a reset.
        bot: its files.
    """
    started = [flow for flow in flows if flow.triggers] or list(flows)
    if not started:
        return ""
    flow, way = _shortest(started)
    skills = [(intent, *_shortest(_as_flows(s, bot))) for s, intent in _opened(staying, released)]
    cases: list[dict[str, Any]] = []
    for intent, nlu, nlu_way in sorted(skills, key=lambda each: _length(each[2]))[:_MOST]:
        opening, name = bot.example(intent), nlu.skill
        handed: dict[str, Any] = {"handoff": {"from": "nlu", "to": "calm"}}
        to_calm = [*_nlu_turns(opening, nlu_way, bot), *calm_turns(flow, way, [handed], bot)]
        back = {"handoff": {"from": "calm", "to": "nlu"}}
        to_nlu = calm_turns(flow, way, [{"routed_to": "calm"}], bot)
        to_nlu.append({"user": opening, "assertions": [back]})
        cases.append({"test_case": f"{name}, then {flow.id}", "steps": to_calm})
        cases.append({"test_case": f"{flow.id}, then {name}", "steps": to_nlu})
    return suite_text(f"hand-offs to and from {area}", area, cases) if cases else ""


def _opened(skills: Sequence[Skill], released: Collection[str]) -> Sequence[tuple[Skill, str]]:
    found = ((s, next((i for i in s.entry_intents if i in released), "")) for s in skills)
    return [(skill, intent) for skill, intent in found if intent]


def _as_flows(skill: Skill, bot: Bot) -> list[DraftFlow]:
    """A skill that stays, as it would be drafted: its turns are the same."""
    flows = flows_of(skill, bot, (), set(bot.taken), [])
    return flows or [DraftFlow(skill.name, skill.name, "", ())]


def _shortest(flows: Sequence[DraftFlow]) -> tuple[DraftFlow, Way]:
    ways = ((flow, way) for flow in flows for way in ways_through(flow.steps))
    return min(ways, key=lambda each: _length(each[1]))


def _length(way: Way) -> int:
    return sum("collect" in step.keys for step, _ in way)


def _nlu_turns(opening: str, way: Way, bot: Bot) -> list[dict[str, Any]]:
    """A conversation with a skill of the NLU system, up to its reset."""
    steps: list[dict[str, Any]] = [{"user": opening, "assertions": [{"routed_to": "nlu"}]}]
    for step, branch in way:
        slot = step.keys.get("collect", "")
        said = step.keys.get("action") or step.keys.get("utter", f"utter_ask_{slot}")
        if said in bot.responses:
            steps.append({"utter": said})
        if slot:
            answer = (branch.answer if branch else "") or step.answer
            steps.append({"user": "TODO" if answer.startswith("/") else answer or "TODO"})
    last = next(step for step in reversed(steps) if "user" in step)
    last["assertions"] = [*last.get("assertions", ()), {"routing_reset": True}]
    return steps
