"""How surely two skills belong together: many groupings of a resampled graph, at many scales.

Louvain (Blondel et al. 2008) groups the graph by modularity at a given resolution. Each time
every weight is drawn anew, as if other conversations of the same kind had been recorded (the
Bayesian bootstrap: a gamma distribution with as many degrees as there are observations). What
is grouped the same way each time is there; a resolution at which groups change from draw to
draw isn't the graph's own. So each resolution counts by how stable its groupings are (Lancichinetti
and Fortunato 2012, https://doi.org/10.1038/srep00336, for one resolution).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

import networkx as nx

from router.planner.model import Edge
from router.planner.proposal.graph import observations

__all__ = ["Consensus", "consensus"]

#: From one group for all (in most bots) to groups of two.
RESOLUTIONS = tuple(0.5 * 2 ** (step / 2) for step in range(12))
#: How often each resolution is tried, and in how many steps of Louvain over an edge in all.
RESAMPLES = 10
FEWEST_RESAMPLES = 3
MOST_EDGES = 20_000
#: Resolutions count by stability ** 4 * modularity ** 0.5. Chosen on generated bots and on the
#: part `dev` of the SGD sessions, as all constants of this package.
STABILITY, MODULARITY = 4, 0.5

#: Pair of skills, in order of their names -> share of groupings they are together in, 0 to 1.
Consensus = Mapping[tuple[str, str], float]


def consensus(skills: Iterable[str], edges: Sequence[Edge], seed: int = 0) -> Consensus:
    """How surely each two skills belong together; pairs that never do are left out."""
    names = sorted(skills)
    numbers = {name: number for number, name in enumerate(names)}
    connecting = [edge for edge in edges if edge.first in numbers and edge.second in numbers]
    if not connecting:
        return {}
    resamples = max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_EDGES // len(connecting)))
    graphs = [
        _resampled(connecting, numbers, random.Random(f"{seed} {number}"))
        for number in range(resamples)
    ]
    total = 0.0
    votes: Counter[tuple[int, int]] = Counter()
    for resolution in RESOLUTIONS:
        together: Counter[tuple[int, int]] = Counter()
        modularity = 0.0
        for number, graph in enumerate(graphs):
            groups = nx.community.louvain_communities(graph, resolution=resolution, seed=number)
            modularity += nx.community.modularity(graph, groups) / resamples
            for group in groups:
                together.update(combinations(sorted(group), 2))
        stability = _stability(together, resamples, len(names))
        count = stability**STABILITY * max(0.0, modularity) ** MODULARITY
        total += count
        for pair, times in together.items():
            votes[pair] += count * times / resamples
    return {(names[a], names[b]): vote / total for (a, b), vote in sorted(votes.items()) if total}


def _resampled(edges: Iterable[Edge], numbers: Mapping[str, int], draw: random.Random) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(range(len(numbers)))
    for edge in edges:
        known = observations(edge)
        weight = edge.weight * draw.gammavariate(known, 1 / known)
        first, second = numbers[edge.first], numbers[edge.second]
        before = graph.get_edge_data(first, second, {"weight": 0.0})["weight"]
        graph.add_edge(first, second, weight=before + weight)
    return graph


def _stability(together: Mapping[tuple[int, int], int], runs: int, skills: int) -> float:
    """How much two runs agree, 0 (by chance) to 1: the mean adjusted Rand index of all pairs."""
    pairs = skills * (skills - 1) / 2
    mean = sum(together.values()) / runs
    both = sum(times * (times - 1) for times in together.values()) / (runs * (runs - 1))
    chance = mean * mean / pairs if pairs else 0.0
    return max(0.0, (both - chance) / (mean - chance)) if mean > chance else 0.0
