"""How surely skills belong together, and how often that is drawn."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Any

import networkx as nx
import pytest

from router.planner.model import Edge, Evidence
from router.planner.proposal.consensus import (
    FEWEST_DRAWS,
    FIRST_DRAWS,
    MOST_DRAWS,
    RESOLUTIONS,
    SHARPNESS,
    consensus,
)
from router.planner.proposal.grouping import group
from router.planner.proposal.wishes import Constraints

TWO = "a1 a2 a3 a4", "b1 b2 b3 b4"


def edge(first: str, second: str, count: int = 1) -> Edge:
    return Edge(first, second, "stories", float(count), (Evidence("", count=count),))


def clique(names: str, count: int = 1) -> list[Edge]:
    return [edge(one, other, count) for one, other in combinations(names.split(), 2)]


CLEAR = [each for names in TWO for each in clique(names, 400)]
#: Every skill has about as much with any other.
UNCLEAR = [edge(a, b) for a, b in combinations(" ".join(TWO).split(), 2) if a[0] != b[0]]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Counter[float]:
    """How often the library has grouped, by resolution."""
    times: Counter[float] = Counter()
    louvain = nx.community.louvain_communities

    def counted(graph: Any, resolution: float, seed: int) -> Any:
        times[resolution] += 1
        return louvain(graph, resolution=resolution, seed=seed)

    monkeypatch.setattr(nx.community, "louvain_communities", counted)
    return times


def test_skills_of_a_clique_surely_belong_together_and_to_no_other() -> None:
    found = consensus(" ".join(TWO).split(), CLEAR)
    assert found.keys() == {pair for names in TWO for pair in combinations(names.split(), 2)}
    assert min(found.values()) > 0.9


def test_a_bridge_is_less_sure_than_what_it_connects() -> None:
    found = consensus(" ".join(TWO).split(), [*CLEAR, edge("a1", "b1", 100)])
    assert found.get(("a1", "b1"), 0.0) < min(found["a1", "a2"], found["b1", "b2"])


def test_without_edges_nothing_belongs_together(drawn: Counter[float]) -> None:
    assert consensus(["a", "b"], []) == {}
    assert consensus([], CLEAR) == {}
    assert not drawn


def test_resolutions_where_all_draws_agree_are_not_drawn_again(drawn: Counter[float]) -> None:
    consensus(" ".join(TWO).split(), CLEAR)
    assert drawn[1] == FIRST_DRAWS * len(SHARPNESS)


def test_only_what_counts_much_is_drawn_as_often_as_can_be(drawn: Counter[float]) -> None:
    consensus(" ".join(TWO).split(), UNCLEAR)
    most = MOST_DRAWS * len(SHARPNESS)
    assert max(drawn.values()) > FIRST_DRAWS * len(SHARPNESS)
    assert drawn[max(RESOLUTIONS)] == FIRST_DRAWS * len(SHARPNESS)
    assert drawn.total() < most * len(RESOLUTIONS)


def test_many_edges_are_drawn_less_often(
    drawn: Counter[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "router.planner.proposal.consensus.MANY_EDGES"
    monkeypatch.setattr(path, (FEWEST_DRAWS + 1) * len(UNCLEAR))
    consensus(" ".join(TWO).split(), UNCLEAR)
    assert set(drawn.values()) == {(FEWEST_DRAWS + 1) * len(SHARPNESS)}
    drawn.clear()
    monkeypatch.setattr(path, 1)
    consensus(" ".join(TWO).split(), UNCLEAR)
    assert set(drawn.values()) == {FEWEST_DRAWS * len(SHARPNESS)}


def test_edges_in_any_order_and_direction_give_the_same() -> None:
    found = consensus(" ".join(TWO).split(), CLEAR)
    turned = [Edge(e.second, e.first, e.kind, e.weight, e.evidence) for e in CLEAR]
    assert consensus(" ".join(TWO).split()[::-1], turned) == found


def test_a_skill_alone_goes_where_it_has_most_of_what_it_has() -> None:
    edges = [*CLEAR, edge("x", "a1", 9), edge("x", "b1", 1)]
    assert group([*" ".join(TWO).split(), "x"], edges, Constraints()) == [
        ("a1", "a2", "a3", "a4", "x"),
        ("b1", "b2", "b3", "b4"),
    ]
