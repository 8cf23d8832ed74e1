"""Whether the planner finds the areas that are there, cuts little, and finds the same again.

    python -m benchmarks.plan_areas --data DIR [--choose]

Planted areas: how well the areas of generated bots are recovered from stories, conversations and
both, as the mean adjusted Rand index of 20 bots. SGD sessions (see benchmarks.sgd_conversations):
the weight that the areas cut against the best of 20 Louvain runs with as many groups, and how
well the plans of two random halves agree. A skill without conversations in one half is in an area
of its own there; skills kept in both systems count as one group.

The constants of the planner were chosen with `--choose`: on other bots, and on every second
session. The weight cut is that of the sessions that nothing was chosen on. Halves are of all
sessions, since the plan of a bot uses all; how well halves of those that nothing was chosen on
agree, and of the others, is noted: with half the sessions they agree less, and both alike.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import networkx as nx
from sklearn.metrics import adjusted_rand_score

from benchmarks.figures import Figure, table
from benchmarks.planned_bots import (
    GREETING,
    HUMAN,
    PlannedBot,
    forms_of,
    intents_of,
    planned_bot,
    write_bot,
    write_conversations,
)
from benchmarks.sgd_conversations import (
    FILE,
    Session,
    inventory_of,
    read_sessions,
    skills_of,
    traffic_of,
)
from router.planner.conversations import analyse, open_source
from router.planner.inventory import read_inventory
from router.planner.model import Edge, Inventory, Proposal, Traffic
from router.planner.proposal import propose

DATA = Path("../shared/data")
CHOOSING, REPORTING = 0, 100  # first seeds: of bots, and of halves
BOTS, HALVES, LOUVAIN_RUNS = 20, 10, 20
LEAST_RECOVERED, LEAST_AGREEMENT = 0.95, 0.7
_BISECTIONS = 30

#: Where a bot's areas are read from.
SOURCES: Mapping[str, Callable[[Inventory, Traffic], Proposal]] = {
    "stories": lambda inventory, _: propose(inventory),
    "conversations": lambda inventory, traffic: propose(
        Inventory(inventory.skills), traffic
    ),
    "both": propose,
}  # fmt: skip


def measure(data: Path = DATA, seed: int = REPORTING) -> list[Figure]:
    """Figures with bounds; those of the SGD sessions only where the data is."""
    figures = _planted(seed)
    if not (data / FILE).is_file():
        print(f"no {FILE} in {data}: nothing measured on SGD sessions", file=sys.stderr)
        return figures
    sessions = read_sessions(data)
    chosen_on, held_out = sessions[::2], sessions[1::2]
    if seed == CHOOSING:
        return [*figures, _cut(chosen_on, seed), _disagreement(_halves(chosen_on, seed), "")]
    parts = [1 - statistics.mean(_halves(part, seed)) for part in (held_out, chosen_on)]
    note = "; {:.2g} with those held out, {:.2g} with those that constants were chosen on".format
    disagreement = _disagreement(_halves(sessions, seed), note(*parts))
    return [*figures, _cut(held_out, seed), disagreement]


def read_bot(bot: PlannedBot) -> tuple[Inventory, Traffic]:
    """A generated bot as the planner reads it from its files and its conversations."""
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name) / "bot", Path(name) / "conversations.jsonl"
        write_bot(bot, folder)
        write_conversations(bot, file)
        inventory = read_inventory(folder / "config.yml", folder / "domain.yml", [folder / "data"])
        with open_source(str(file)) as source:
            forms = forms_of(sorted(bot.area_of))
            traffic = analyse(source, intents_of(bot), actions=forms, intents=("inform",))
    return inventory, traffic


def labels(proposal: Proposal, skills: Iterable[str]) -> list[str]:
    """The area of each skill: itself if it is in none, one for all that are kept in both."""
    area_of = {skill: area.name for area in proposal.areas for skill in area.skills}
    return [
        "kept in both" if skill in proposal.keep_both else area_of.get(skill, f"only {skill}")
        for skill in skills
    ]


def weight_cut(edges: Iterable[Edge], group_of: Mapping[str, object]) -> float:
    """The weight between groups; skills that are in none don't count."""
    return sum(
        edge.weight
        for edge in edges
        if edge.first in group_of
        and edge.second in group_of
        and group_of[edge.first] != group_of[edge.second]
    )


def _planted(seed: int) -> list[Figure]:
    found: dict[str, list[float]] = {source: [] for source in SOURCES}
    kept = []
    for number in range(BOTS):
        bot = planned_bot(seed + number)
        inventory, traffic = read_bot(bot)
        skills = sorted(bot.area_of)
        planted = [bot.area_of[skill] for skill in skills]
        for source, proposed in SOURCES.items():
            proposal = proposed(inventory, traffic)
            found[source].append(adjusted_rand_score(planted, labels(proposal, skills)))
            kept.append(proposal.keep_both.keys() == {GREETING, HUMAN})
    return [
        *(
            Figure(
                f"planted areas not recovered, from {source}",
                1 - statistics.mean(scores),
                "",
                1 - LEAST_RECOVERED,
                f"1 - adjusted Rand index, mean of {BOTS} bots with 4 to 20 areas; worst "
                f"{1 - min(scores):.2g}",
            )
            for source, scores in found.items()
        ),
        Figure(
            "plans that keep other skills in both systems than those used everywhere",
            100 * (1 - statistics.mean(kept)),
            "%",
            5,
            f"{len(kept)} plans of the same bots",
        ),
    ]


def _cut(sessions: Sequence[Session], seed: int) -> Figure:
    proposal = propose(inventory_of(sessions), traffic_of(sessions, skills_of(sessions)))
    group_of = {skill: area.name for area in proposal.areas for skill in area.skills}
    ours = weight_cut(proposal.edges, group_of)
    number = len(proposal.areas)
    graph = nx.Graph()
    graph.add_nodes_from(sorted(group_of))
    for edge in proposal.edges:
        if edge.first in group_of and edge.second in group_of:
            before = graph.get_edge_data(edge.first, edge.second, {"weight": 0.0})["weight"]
            graph.add_edge(edge.first, edge.second, weight=before + edge.weight)
    runs = [_louvain(graph, number, seed + run) for run in range(1000, 1000 + LOUVAIN_RUNS)]
    cuts = [weight_cut(proposal.edges, groups) for groups in runs if groups]
    if not cuts:
        raise RuntimeError(f"Louvain finds no {number} groups at any resolution.")
    return Figure(
        "weight cut on SGD sessions, of the best of 20 Louvain runs'",
        100 * ours / min(cuts),
        "%",
        100,
        f"{number} areas of {len(group_of)} skills in {len(sessions)} sessions; {len(cuts)} runs "
        "gave as many groups",
    )


def _louvain(graph: nx.Graph, number: int, seed: int) -> dict[str, int] | None:
    """Groups at the resolution that gives so many, found by bisection; None if there is none."""
    low, high = 0.01, 100.0
    for _ in range(_BISECTIONS):
        resolution = math.sqrt(low * high)
        groups = nx.community.louvain_communities(graph, resolution=resolution, seed=seed)
        if len(groups) == number:
            return {skill: place for place, group in enumerate(groups) for skill in group}
        low, high = (resolution, high) if len(groups) < number else (low, resolution)
    return None


def _halves(sessions: Sequence[Session], seed: int) -> list[float]:
    """The adjusted Rand index of the plans of two random halves, for each split."""
    skills = skills_of(sessions)
    inventory = inventory_of(sessions)
    scores = []
    for number in range(seed, seed + HALVES):
        order = list(sessions)
        random.Random(number).shuffle(order)
        plans = [propose(inventory, traffic_of(order[half::2], skills)) for half in (0, 1)]
        scores.append(adjusted_rand_score(*(labels(plan, skills) for plan in plans)))
    return scores


def _disagreement(scores: Sequence[float], more: str) -> Figure:
    return Figure(
        "disagreement of plans from two halves of the SGD sessions",
        1 - statistics.mean(scores),
        "",
        1 - LEAST_AGREEMENT,
        f"1 - adjusted Rand index, mean of {len(scores)} splits; worst {1 - min(scores):.2g}{more}",
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.plan_areas")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--choose", action="store_true", help="measure on what constants are for")
    options = parser.parse_args()
    print(table(measure(options.data, CHOOSING if options.choose else REPORTING)))
