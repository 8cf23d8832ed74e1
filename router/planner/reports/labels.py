"""Where names stand in the drawing, so that none covers another one or a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar

__all__ = ["BELOW", "HEIGHT", "LETTER", "RADIUS", "Box", "box_of_label", "with_labels_apart"]

#: In the drawing's units: of a node, of a line of text, and of a letter, wide ones counted.
RADIUS, HEIGHT, LETTER = 17.0, 24.0, 11.5
BELOW = 36.0
_ABOVE = -24.0
_BASE = 6.0  # from the base line of a text to the lower edge of its letters
# Tried in this order: below the node, above it, further below, further above, ...
_PLACES = tuple(
    place for step in range(6) for place in (BELOW + step * HEIGHT, _ABOVE - step * HEIGHT)
)


class Box(NamedTuple):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """The area that two have in common."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


class _Node(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...


N = TypeVar("N", bound=_Node)


def box_of_label(node: _Node, label: float) -> Box:
    """The room that a node's name takes, if its base line is so far below the node's middle."""
    half = len(node.name) * LETTER / 2
    bottom = node.y + label + _BASE
    return Box(node.x - half, bottom - HEIGHT, node.x + half, bottom)


def with_labels_apart(nodes: Sequence[N], placed: Callable[[N, float], N]) -> list[N]:
    """The nodes, each with the first place for its name that nothing covers, from the top down.

    Where there's none, it is that which covers least.

    Args:
        nodes: in any order, which is kept; the same nodes give the same places.
        placed: makes a node with its name at a place.
    """
    taken = [Box(n.x - RADIUS, n.y - RADIUS, n.x + RADIUS, n.y + RADIUS) for n in nodes]
    places: dict[int, float] = {}
    for index in sorted(range(len(nodes)), key=lambda i: (nodes[i].y, nodes[i].x, nodes[i].name)):
        boxes = {place: box_of_label(nodes[index], place) for place in _PLACES}
        covered = {
            place: sum(box.overlap(other) for other in taken) for place, box in boxes.items()
        }
        best = min(_PLACES, key=lambda place: covered[place])
        places[index] = best
        taken.append(boxes[best])
    return [placed(node, places[index]) for index, node in enumerate(nodes)]
