"""The plan and what it was made of as JSON; its keys are in docs/migration_plan.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from router.planner.model import Skill, Traffic
from router.planner.reports.facts import PlanReport

__all__ = ["VERSION", "as_json"]

VERSION = 1


def as_json(report: PlanReport) -> str:
    """All that's known; the same bot and conversations give the same bytes."""
    merged, proposal = report.merged, report.proposal
    data = {
        "version": VERSION,
        "skills": [_skill(skill) for skill in report.inventory.skills.values()],
        "edges": [asdict(edge) for edge in proposal.edges or report.inventory.edges],
        "areas": [asdict(area) for area in proposal.areas],
        "keep_both": dict(proposal.keep_both),
        "traffic": _traffic(report.traffic),
        "reasons": list(report.inventory.reasons),
        "remarks": list(report.remarks),
        "plan": merged.plan.model_dump(mode="json"),
        "file": merged.file,
        "is_written": report.is_written,
        "added": list(merged.added),
        "gone": [asdict(each) for each in merged.gone],
        "diff": merged.diff,
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _skill(skill: Skill) -> dict[str, Any]:
    terms = [
        {"what": what, "count": count, "points_each": weight}
        for what, count, weight in skill.effort_terms
    ]
    return {**asdict(skill), "effort_terms": terms, "effort": skill.effort}


def _traffic(traffic: Traffic | None) -> dict[str, Any] | None:
    if traffic is None:
        return None
    return {
        "conversations": traffic.conversations,
        "turns": traffic.turns,
        "skills": {name: asdict(used) for name, used in traffic.skills.items()},
        "interruptions": _pairs(traffic.interruptions),
        "handoffs": _pairs(traffic.handoffs),
        "reasons": list(traffic.reasons),
    }


def _pairs(counts: Mapping[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {"first": first, "second": second, "count": count}
        for (first, second), count in counts.items()
    ]
