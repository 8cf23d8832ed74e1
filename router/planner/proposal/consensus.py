"""How surely two skills belong together: many groupings of a resampled graph, at many scales.

Louvain (Blondel et al. 2008, https://doi.org/10.1088/1742-5468/2008/10/P10008) groups a graph by
modularity at a given resolution. Each time every weight is drawn anew, as if other conversations
of the same kind had been recorded (the Bayesian bootstrap: a gamma distribution with as many
degrees as there are observations). What is grouped the same way each time is there; where groups
change from draw to draw, the graph has none of that size. So each resolution counts by how stable
its groups are (Lancichinetti and Fortunato 2012, https://doi.org/10.1038/srep00336, for one).

Each resolution sees the graph once as it is, and once with weights that matter to both sides
brought out, so that a skill of many conversations doesn't draw a rare one to it.
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

#: From few groups to pairs.
RESOLUTIONS = (0.5, 1, 2, 4, 8, 16, 32)
#: Weights are multiplied by (weight / mean weight of its two skills) to the power of each.
SHARPNESS = (0, 2)
#: How often each is drawn: less often if there are so many edges that it would take long.
MOST_DRAWS, FEWEST_DRAWS, MANY_EDGES = 24, 3, 24_000
#: After the first draws there are no more for a resolution where all agree, or that then counts
#: less than this share of what the one counts that counts most.
FIRST_DRAWS, WORTHWHILE = 6, 0.5
#: A resolution counts stability ** 4 * modularity ** 0.5. These, like all constants of this
#: package, were chosen on generated bots and on a part of the SGD sessions.
STABILITY, MODULARITY = 4, 0.5

#: Pair of skills, in order of their names -> share of groupings they are together in, 0 to 1.
Consensus = Mapping[tuple[str, str], float]

_Pair = tuple[int, int]


def consensus(skills: Iterable[str], edges: Sequence[Edge]) -> Consensus:
    """How surely each two skills belong together; pairs that never are together are left out."""
    names = sorted(skills)
    numbers = {name: number for number, name in enumerate(names)}
    inside = [edge for edge in edges if edge.first in numbers and edge.second in numbers]
    most = max(FEWEST_DRAWS, min(MOST_DRAWS, MANY_EDGES // (len(inside) or 1)))
    drawn = [_drawn(inside, numbers, random.Random(number)) for number in range(most)]
    scales = [
        _Scale(graphs, resolution)
        for graphs in ([_graph(w, len(names), sharpness) for w in drawn] for sharpness in SHARPNESS)
        for resolution in RESOLUTIONS
    ]
    for scale in scales:
        scale.draw(min(FIRST_DRAWS, most))
    least = WORTHWHILE * max(scale.count for scale in scales)
    for scale in scales:
        if scale.count >= least > 0 and not scale.agree:
            scale.draw(most)
    counts = [scale.count for scale in scales]
    votes: dict[_Pair, float] = {}
    for scale, count in zip(scales, counts, strict=True):
        for pair, times in scale.together.items() if count else ():
            votes[pair] = votes.get(pair, 0.0) + count * times / scale.draws
    total = sum(counts)
    return {(names[a], names[b]): vote / total for (a, b), vote in sorted(votes.items())}


class _Scale:
    """Groupings at one resolution: in how many each two skills are together."""

    def __init__(self, graphs: Sequence[nx.Graph], resolution: float) -> None:
        self.together: Counter[_Pair] = Counter()
        self.draws = 0
        self._graphs = graphs
        self._resolution = resolution
        self._modularity = 0.0  # the sum of all

    def draw(self, draws: int) -> None:
        """Groups more of the graphs, until there are so many draws."""
        for number, graph in enumerate(self._graphs[self.draws : draws], start=self.draws):
            if graph.number_of_edges():
                groups = nx.community.louvain_communities(
                    graph, resolution=self._resolution, seed=number
                )
                self._modularity += nx.community.modularity(graph, groups)
                for group in groups:
                    self.together.update(combinations(sorted(group), 2))
        self.draws = draws

    @property
    def agree(self) -> bool:
        """Whether all draws give the same groups."""
        return all(times == self.draws for times in self.together.values())

    @property
    def count(self) -> float:
        """How much the groupings count: by how stable they are, and by their modularity."""
        modularity = max(0.0, self._modularity / self.draws)
        count: float = self._stability() ** STABILITY * modularity**MODULARITY
        return count

    def _stability(self) -> float:
        """How much two draws agree, 0 (by chance) to 1: the mean adjusted Rand index of any two."""
        skills = self._graphs[0].number_of_nodes()
        draws = self.draws
        mean = sum(self.together.values()) / draws
        both = sum(times * (times - 1) for times in self.together.values()) / (draws * (draws - 1))
        chance = mean * mean / max(1.0, skills * (skills - 1) / 2)
        return max(0.0, (both - chance) / (mean - chance)) if mean > chance else 0.0


def _drawn(
    edges: Iterable[Edge], numbers: Mapping[str, int], draw: random.Random
) -> dict[_Pair, float]:
    weights: dict[_Pair, float] = {}
    for edge in edges:
        known = observations(edge)
        first, second = sorted((numbers[edge.first], numbers[edge.second]))
        weight = edge.weight * draw.gammavariate(known, 1 / known)
        weights[first, second] = weights.get((first, second), 0.0) + weight
    return weights


def _graph(weights: Mapping[_Pair, float], skills: int, sharpness: float) -> nx.Graph:
    all_of = [0.0] * skills
    for pair, weight in weights.items():
        for skill in pair:
            all_of[skill] += weight
    graph = nx.Graph()
    graph.add_nodes_from(range(skills))
    for (a, b), weight in weights.items():
        mean = (all_of[a] * all_of[b]) ** 0.5
        if weight > 0:
            graph.add_edge(a, b, weight=weight * (weight / mean) ** sharpness)
    return graph
