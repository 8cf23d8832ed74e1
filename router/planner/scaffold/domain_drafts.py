"""What the domain needs for drafts: new slots and responses, and changes of slots it has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from router.flows.yaml_values import plain
from router.planner.model import Skill
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.flow_text import DRAFT
from router.planner.scaffold.model import DraftFlow
from router.planner.scaffold.questions import no_answers
from router.planner.scaffold.text_edits import Addition
from router.planner.scaffold.yaml_text import block_lines

__all__ = ["domain_additions", "domain_parts", "domain_text", "slot_additions", "slots_to_share"]

_SHARED = "shared_for_coexistence"

Parts = dict[str, Any]
"""`slots`, `responses` and `actions`, as the domain has them; only those that hold something."""


def domain_parts(flows: Sequence[DraftFlow]) -> Parts:
    """What the flows need that the domain doesn't have."""
    parts: Parts = {
        "slots": {name: slot for flow in flows for name, slot in flow.slots.items()},
        "responses": {
            name: [{"text": text}] for flow in flows for name, text in flow.responses.items()
        },
        "actions": list(dict.fromkeys(name for flow in flows for name in flow.actions)),
    }
    return {key: value for key, value in parts.items() if value}


def domain_text(parts: Parts, area: str) -> str:
    """The parts as a file of a domain folder."""
    header = f"{DRAFT} of the area {area}: what its flows need beside the rest of the domain.\n"
    sections = ("\n".join(block_lines({key: value})) for key, value in parts.items())
    return header + 'version: "3.1"\n\n' + "\n\n".join(sections) + "\n"


def domain_additions(parts: Parts, domain: Mapping[str, Any]) -> Iterator[Addition]:
    """The same as additions to a domain of one file."""
    for key, value in parts.items():
        if key not in domain:
            yield Addition((), value, key)
        elif isinstance(value, Mapping):
            yield from (Addition((key,), each, name) for name, each in value.items())
        else:
            yield from (Addition((key,), each) for each in value)


def slots_to_share(
    flows: Sequence[DraftFlow], moving: Collection[str], staying: Collection[Skill], bot: Bot
) -> list[str]:
    """The slots that both the area's skills and skills that stay use, and that aren't shared.

    Args:
        flows: the drafts.
        moving: the names of the area's skills.
        staying: the NLU system's other skills.
        bot: its domain is looked at.
    """
    skills = [bot.inventory.skills[name] for name in moving]
    used = {slot for flow in flows for slot in flow.collected}
    used.update(slot for s in skills for slot in (*s.slots_read, *s.slots_written))
    elsewhere = {slot for s in staying for slot in (*s.slots_read, *s.slots_written)}
    return [
        name for name, spec in bot.slots.items() if name in used & elsewhere and not spec.shared
    ]


def slot_additions(
    flows: Sequence[DraftFlow], shared: Collection[str], bot: Bot
) -> Iterator[tuple[str, Addition]]:
    """File and addition for the slots that the domain has.

    A mapping that holds while one of the forms is active holds in the form's flow, too. If a
    language model fills slots, it may fill those that flows ask for.
    """
    for name, spec in bot.slots.items():
        file = bot.project.domain.places[name].file
        if name in shared:
            yield file, Addition(("slots", name), True, _SHARED, after="type")
        written = [plain(mapping) for mapping in spec.mappings]
        new = [mapping for flow in flows for mapping in _in_flow(flow, name, written, bot)]
        is_asked = any(name in flow.collected for flow in flows)
        if is_asked and written and bot.project.setup.has_generator:
            new += [{"type": "from_llm"}] if "from_llm" not in spec.mapping_types else []
        yield from ((file, Addition(("slots", name, "mappings"), each)) for each in new)


def _in_flow(
    flow: DraftFlow, slot: str, mappings: Sequence[Mapping[str, Any]], bot: Bot
) -> Iterator[dict[str, Any]]:
    if slot not in flow.collected:
        return
    for mapping in mappings:
        conditions = mapping.get("conditions")
        if not isinstance(conditions, list):
            continue
        here = [_renamed(each, flow) for each in conditions if _names_form(each, flow)]
        new = {**mapping, "conditions": here}
        if not here or any(each == {**new, **_unwanted(each)} for each in mappings):
            continue
        if mapping.get("type") == "from_text" and not mapping.get("intent"):
            given = mapping.get("not_intent") or []
            given = given if isinstance(given, list) else [given]
            unwanted = list(dict.fromkeys([*given, *no_answers(flow, bot)]))
            new.update({"not_intent": unwanted} if unwanted else {})
        yield new


def _unwanted(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in mapping.items() if key == "not_intent"}


def _names_form(condition: Any, flow: DraftFlow) -> bool:
    return isinstance(condition, Mapping) and condition.get("active_loop") in flow.forms


def _renamed(condition: Mapping[str, Any], flow: DraftFlow) -> dict[str, Any]:
    rest = {key: value for key, value in condition.items() if key != "active_loop"}
    return {"active_flow": flow.id, **rest}
