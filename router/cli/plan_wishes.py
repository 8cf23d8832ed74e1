"""The options of `coexist plan` by which planners say what they know better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from router.planner.proposal import Wishes

__all__ = ["wishes_of"]


def wishes_of(
    areas: int | None, together: Sequence[str], apart: Sequence[str], pin: Sequence[str]
) -> Wishes | None:
    """What the options wish; None if there are none.

    Raises:
        click.BadParameter: `--pin` names no area, or no skill.
    """
    from router.planner.proposal import Wishes

    if areas is None and not (together or apart or pin):
        return None
    return Wishes(
        areas=areas,
        together=tuple(map(_names, together)),
        apart=tuple(map(_names, apart)),
        pinned=_pins(pin),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _pins(options: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """`cards=block_card,lost_card`; more areas may follow in the same option."""
    pins: dict[str, tuple[str, ...]] = {}
    for option in options:
        area = ""
        for part in _names(option):
            before, sign, after = part.partition("=")
            area, skill = (before.strip(), after.strip()) if sign else (area, part)
            if not area or not skill:
                raise click.BadParameter(f"{option!r} isn't area=skill,skill.", param_hint="--pin")
            pins[area] = (*pins.get(area, ()), skill)
    return pins
