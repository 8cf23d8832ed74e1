"""Slots that both systems use, which a reset empties unless the domain shares them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from router.checks.condition_checks import flow_conditions
from router.checks.domain_files import DomainFiles
from router.checks.training_data import Dialogue
from router.checks.waiting_flows import active_flows
from router.errors import Location, Problem
from router.flows.assistant import Assistant
from router.flows.model import CollectStep, Flow, SetSlotsStep
from router.flows.slots import RESERVED_SLOTS
from router.flows.yaml_values import key_location_of, location_of
from router.plan.routing import UsedPlan

__all__ = ["sharing_problems"]

_SHOWN = 3
_NAMESPACE = "slots."


def sharing_problems(
    assistant: Assistant,
    domain: DomainFiles,
    dialogues: tuple[Dialogue, ...],
    plan: UsedPlan | None = None,
) -> Iterator[Problem]:
    """Slots that flows, and forms, rules or stories use, but that aren't shared.

    Flows of areas that the plan leaves with the NLU system use none yet.
    """
    in_flows = _flow_places(active_flows(assistant.flows, plan).values())
    in_nlu: dict[str, list[Location]] = {}
    for slot, place in (*_form_places(domain.forms), *_story_places(dialogues)):
        in_nlu.setdefault(slot, []).append(place)
    for slot in sorted(in_flows.keys() & in_nlu.keys() & domain.slots.keys()):
        if slot in assistant.shared_slots or slot in RESERVED_SLOTS:
            continue
        message = (
            f"Both systems use the slot '{slot}', which isn't shared: flows at "
            f"{_shown(in_flows[slot])}, the NLU system at {_shown(in_nlu[slot])}."
        )
        advice = "Write `shared_for_coexistence: true`, or use two slots."
        place = domain.place_of(slot)
        yield Problem(place, "unshared-slot", message, advice, is_warning=True)


def _flow_places(flows: Collection[Flow]) -> dict[str, list[Location]]:
    """Where flows fill slots, and behind it where they read them."""
    places: dict[str, list[Location]] = {}
    for use in (_filled, _read):
        for flow in flows:
            for slot, place in use(flow):
                places.setdefault(slot, []).append(place)
    return places


def _filled(flow: Flow) -> Iterator[tuple[str, Location]]:
    for step in flow.steps:
        if isinstance(step, CollectStep):
            yield step.slot, step.location
        elif isinstance(step, SetSlotsStep):
            yield from ((slot, place) for slot, _, place in step.placed_values())


def _read(flow: Flow) -> Iterator[tuple[str, Location]]:
    for condition, place in flow_conditions(flow):
        for name in sorted(condition.names):
            if name.startswith(_NAMESPACE):
                yield name.removeprefix(_NAMESPACE).split(".")[0], place


def _form_places(forms: Mapping[str, object]) -> Iterator[tuple[str, Location]]:
    for form in forms.values():
        required = form.get("required_slots") if isinstance(form, Mapping) else None
        if isinstance(required, Mapping):  # as Rasa 2 wrote it
            for slot in required:
                yield str(slot), key_location_of(required, slot)
        for index, slot in enumerate(required if isinstance(required, list) else ()):
            yield str(slot), location_of(required, index)


def _story_places(dialogues: tuple[Dialogue, ...]) -> Iterator[tuple[str, Location]]:
    for dialogue in dialogues:
        for step in dialogue.steps:
            if step.kind == "slots":
                yield from ((slot, step.location) for slot in step.names)


def _shown(places: list[Location]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return ", ".join(map(str, places[:_SHOWN])) + more
