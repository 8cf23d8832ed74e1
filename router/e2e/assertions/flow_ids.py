"""One flow or several, of which all or any are expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from router.e2e.assertions.base import Named
from router.e2e.assertions.reading import Name, map_in, names_in, one_of, place_in

__all__ = ["FlowIds", "read_flow_ids"]

_OPERATORS = ("all", "any")


@dataclass(frozen=True)
class FlowIds:
    """Flows by their ids; with `any_of` one of them is enough."""

    flows: tuple[Name, ...]
    any_of: bool = False

    def __str__(self) -> str:
        names = ", ".join(self.ids)
        if len(self.flows) == 1:
            return names
        return f"{'any' if self.any_of else 'all'} of {names}"

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids alone."""
        return tuple(name.text for name in self.flows)

    @property
    def named(self) -> Iterator[Named]:
        """The flows as what the test names."""
        return (Named("flow", name.text, name.location) for name in self.flows)

    def met_at(self, found: Mapping[str, int]) -> int | None:
        """The position of the event that met it, of those at which flows were found.

        Args:
            found: flow -> position of the first event that shows it.
        """
        positions = [found[flow] for flow in self.ids if flow in found]
        if self.any_of:
            return min(positions, default=None)
        return max(positions) if len(positions) == len(self.flows) else None


def read_flow_ids(value: Any, location: Any, name: str) -> FlowIds:
    """A flow, a list of flows (all of them), or `{operator: any|all, flow_ids: [...]}`.

    Raises:
        InvalidTest: it is neither.
    """
    advice = f"Write `{name}: flow_id`, or `operator: any` with `flow_ids: [...]`."
    if not isinstance(value, Mapping):
        return FlowIds(names_in(value, location, name, advice))
    keys = ("operator", "flow_ids")
    given = map_in(value, location, name, keys, required=("flow_ids",), advice=advice)
    place = place_in(given, "operator", location)
    operator = one_of(given.get("operator", "all"), place, "operator", _OPERATORS)
    flows = names_in(given["flow_ids"], place_in(given, "flow_ids", location), "flow_ids", advice)
    return FlowIds(flows, operator == "any")
