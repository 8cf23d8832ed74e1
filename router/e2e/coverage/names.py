"""Which responses were uttered, and which actions executed, in passing cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.checks.project import Project
from router.e2e.coverage.cases_by_item import CasesBy, Passed, area
from router.e2e.coverage.file_places import FilePlaces
from router.e2e.coverage.model import Area
from router.e2e.observed import ObservedTurn
from router.flows.default_patterns import RESET_ACTION

__all__ = ["name_areas"]

_UTTER, _VALIDATE, _ASK = "utter_", "validate_", "action_ask_"
# Never a bot's own, or run while a message is read.
_NOT_COUNTED = frozenset(
    {RESET_ACTION, "action_extract_slots", "action_listen", "action_validate_slot_mappings"}
)


def name_areas(passed: Sequence[Passed], project: Project, places: FilePlaces) -> dict[str, Area]:
    """The areas `responses` (the bot's own) and `actions` (its custom actions and forms).

    A form runs `validate_<form>` and `action_ask_<slot>` itself: they count when it ran, and
    when it asked for the slot. Actions that fill slots while a message is read leave no
    event, and aren't counted at all.
    """
    uttered = CasesBy.of(_uttered(passed))
    executed = CasesBy.of(_executed(passed, frozenset(project.domain.forms)))
    responses = dict.fromkeys([*project.domain.responses, *sorted(project.training.responses)])
    return {
        "responses": area((n, places.responses.get(n), uttered(n)) for n in responses),
        "actions": area(
            (n, places.forms.get(n) or places.actions.get(n), executed(n))
            for n in _custom_actions(project)
        ),
    }


def _custom_actions(project: Project) -> list[str]:
    domain, training = project.domain, project.training
    unseen = _NOT_COUNTED.union(_filling_actions(project))
    custom = domain.actions - training.actions - domain.responses.keys() - unseen
    named = {name for name in custom if not name.startswith(_UTTER)}
    return sorted(named | domain.forms.keys())


def _filling_actions(project: Project) -> Iterator[str]:
    """Those that a custom mapping of a slot names."""
    for slot in project.domain.slot_specs().values():
        yield from (str(each["action"]) for each in slot.mappings if each.get("action"))


def _uttered(passed: Sequence[Passed]) -> Iterator[tuple[object, str]]:
    for case, turns in passed:
        for turn in turns:
            for message in turn.messages:
                if message.utter is not None:
                    yield message.utter, case.id


def _executed(passed: Sequence[Passed], forms: frozenset[str]) -> Iterator[tuple[object, str]]:
    for case, turns in passed:
        for turn in turns:
            for _, name in turn.actions:
                yield name, case.id
                if name in forms:
                    yield f"{_VALIDATE}{name}", case.id
            for slot in _asked_by_forms(turn):
                yield f"{_ASK}{slot}", case.id


def _asked_by_forms(turn: ObservedTurn) -> Iterator[str]:
    return (str(value) for _, name, value in turn.slots_set if name == "requested_slot" and value)
