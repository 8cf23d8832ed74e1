"""A plan as one HTML page that needs nothing else, neither a network nor a server.

Its policy (https://www.w3.org/TR/CSP3/) lets it load nothing, and run only its own script.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from router.plan.model import MigrationPlan
from router.planner.model import Inventory, Proposal, Traffic
from router.planner.reports.contents import contents, counted
from router.planner.reports.facts import costs_of, effort_in_words, kept_in_both, percent
from router.planner.reports.history import Snapshot, plan_history
from router.planner.reports.page import SIZE, links_of, nodes_of, steps_of
from router.planner.standing import areas_in_order

__all__ = ["as_html", "plan_history"]

_COLOURS = 12  # in plan.css


def as_html(
    inventory: Inventory,
    traffic: Traffic | None,
    proposal: Proposal,
    plan: MigrationPlan,
    history: Sequence[Snapshot] = (),
    remarks: Sequence[str] = (),
) -> str:
    """The page: skills to sort and filter, the graph, the border step by step; texts escaped.

    Args:
        inventory: the bot's skills.
        traffic: what conversations show, if some were read.
        proposal: areas, what each costs, and the edges with their evidence.
        plan: the plan, whose areas are drawn.
        history: the plan's earlier states, oldest first.
        remarks: what couldn't be read, and what the plan can't say.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    nodes = nodes_of(inventory.skills, plan)
    links = links_of(nodes, proposal.edges or inventory.edges)
    steps = steps_of(plan, proposal, links, traffic)
    style, script = _file("plan.css"), _file("plan.js")
    return environment.from_string(str(_file("plan.html.jinja2"))).render(
        inventory=inventory,
        traffic=traffic,
        proposal=proposal,
        plan=plan,
        kept=kept_in_both(proposal, plan),
        history=history,
        remarks=remarks,
        areas=areas_in_order(plan),
        nodes={node.name: node for node in nodes},
        links=links,
        steps=steps,
        steps_json=_data([asdict(step) for step in steps]),
        size=SIZE,
        colours=_COLOURS,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        contents=contents,
        costs_of=costs_of,
        counted=counted,
        effort_in_words=effort_in_words,
        percent=percent,
    )


def _data(value: Any) -> Any:
    """JSON that nothing in it can end early."""
    from markupsafe import Markup

    return Markup(json.dumps(value).replace("<", "\\u003c"))


def _file(name: str) -> Any:
    from markupsafe import Markup

    return Markup((files("router.planner.reports") / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
