"""How a flow asks for what a form or a story asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from router.flows.model import Flow
from router.flows.slots import SlotSpec
from router.planner.scaffold.bot import Bot
from router.planner.scaffold.model import DraftFlow, DraftStep

__all__ = [
    "answer_for",
    "collect",
    "collect_form",
    "free_slot",
    "new_slot",
    "no_answers",
    "yes_or_no",
]

_YES = frozenset({"accept", "affirm", "agree", "approve", "confirm", "yes"})
_NO = frozenset({"decline", "deny", "disagree", "no", "refuse", "reject"})
_WORD = re.compile(r"[a-z]+")


def collect_form(flow: DraftFlow, form: str, bot: Bot, left_out: list[str]) -> list[DraftStep]:
    """A `collect` for each slot that a form requires."""
    steps = []
    ignored = ", ".join(bot.files.domain.forms[form].ignored_intents)
    for slot in bot.files.domain.forms[form].required:
        spec = bot.slots.get(slot)
        if spec is None:
            left_out.append(f"{form} asks for '{slot}', which isn't among the domain's slots.")
        elif spec.type == "list":
            left_out.append(
                f"{form} asks for '{slot}', a list, which a flow can't collect: collect its "
                "items one by one, or fill it by a custom action."
            )
        else:
            steps.append(collect(flow, slot, bot, form=form, left_out=left_out))
            if ignored and any(_takes_all_texts(mapping) for mapping in spec.mappings):
                steps[-1].todos.append(
                    f"{form} ignores {ignored}, and a flow doesn't: add `not_intent: [{ignored}]` "
                    f"to the from_text mapping of {slot}, or these are stored as its answer."
                )
    if ignored:
        left_out.append(
            f"ignored_intents of {form} ({ignored}): drafted from_text mappings have them as "
            "`not_intent`; entities and other values are taken from such turns, too."
        )
    if not steps:
        flow.todos.append(f"{form} asks for nothing that the domain says: what does it ask for?")
    if f"validate_{form}" in bot.actions:
        _validate(flow, form, steps, bot)
        flow.todos.append(
            f"Does required_slots() of validate_{form} add questions or leave some out? Write "
            "them as branches."
        )
    return steps


def no_answers(flow: DraftFlow, bot: Bot) -> list[str]:
    """The intents of which the flow stores no text: its forms ignore them, or they open others."""
    skills = bot.inventory.skills
    own = {*flow.triggers}
    if flow.skill in skills:
        own.update((*skills[flow.skill].entry_intents, *skills[flow.skill].inside))
    ignored = (i for form in flow.forms for i in bot.files.domain.forms[form].ignored_intents)
    opening = sorted({i for s in skills.values() for i in s.entry_intents} - own)
    known = bot.project.domain.intents
    return [intent for intent in dict.fromkeys((*ignored, *opening)) if intent in known]


def _takes_all_texts(mapping: Mapping[str, Any]) -> bool:
    given = ("conditions", "intent", "not_intent")
    return mapping.get("type") == "from_text" and not any(mapping.get(key) for key in given)


def _validate(flow: DraftFlow, form: str, steps: Sequence[DraftStep], bot: Bot) -> None:
    """An action `validate_<slot>` for each question: what a flow runs after an answer.

    Where other flows ask the same, they would run it too, before anybody has written it.
    """
    for step in steps:
        slot = step.keys["collect"]
        name = f"validate_{slot}"
        if name in bot.actions and not bot.has_drafted(name):
            continue
        others = [f.id for f in _asking(slot, bot)]
        told = (
            f"{name} runs after this answer, once the domain lists it, and validate_{form} "
            f"doesn't. Move what {name}() of validate_{form} does into an action of this name "
            "(it may call it), or write `rejections` here"
        )
        if others:
            step.todos.append(f"{told}; the action would run in {', '.join(others)}, too.")
            continue
        step.todos.append(f"{told} and take the action out of the domain.")
        if name not in {*bot.actions, *flow.actions}:
            flow.actions.append(name)


def _asking(slot: str, bot: Bot) -> list[Flow]:
    """The flows that are there already and ask for a slot."""
    flows = (bot.project.flows.get(name) for name in sorted(bot.taken))
    return [flow for flow in flows if flow is not None and slot in flow.collected_slots]


def collect(
    flow: DraftFlow, slot: str, bot: Bot, *, utter: str = "", form: str = "", left_out: list[str]
) -> DraftStep:
    """Asks for a slot that the domain has: as the form does, or by `utter`."""
    step = DraftStep({"collect": slot}, answer=answer_for(bot.slots[slot]))
    default, action = f"utter_ask_{slot}", f"action_ask_{slot}"
    of_form = f"utter_ask_{form}_{slot}"
    if form and f"action_ask_{form}_{slot}" in bot.actions:
        step.todos.append(
            f"action_ask_{form}_{slot} can't ask in a flow: call it {action}, or write a response."
        )
    utter = utter or (of_form if form and of_form in bot.responses else default)
    if action in bot.actions:
        if utter in bot.responses:
            left_out.append(f"{utter}: {action} asks for {slot}, and a flow has one question.")
            utter = f"{default}_by_action"  # which doesn't exist, so the action asks
            step.todos.append(f"Without `utter` both {default} and {action} would ask: keep one.")
    elif utter not in bot.responses:
        flow.responses[utter] = f"TODO: how is {slot} asked for?"
    text = bot.text_of(utter)
    step.keys["description"] = f"The answer to: {text}" if text else _words(slot)
    if utter != default:
        step.keys["utter"] = utter
    for other in _asking(slot, bot):
        step.todos.append(f"The flow {other.id} asks for {slot} too: should this be a call of it?")
    return step


def answer_for(spec: SlotSpec) -> str:
    """What a test's user could say."""
    if spec.type == "categorical" and spec.values:
        return spec.values[0]
    return {"bool": f"/SetSlots({spec.name}=true)", "float": "1"}.get(spec.type, "TODO")


def yes_or_no(intents: Sequence[str]) -> bool | None:
    """Whether these intents mean yes or no; None if they mean anything else."""
    words = [set(_WORD.findall(intent.lower())) for intent in intents]
    if words and all(each & _YES for each in words):
        return True
    return False if words and all(each & _NO for each in words) else None


def free_slot(flow: DraftFlow, question: str, bot: Bot) -> str:
    """A name for the slot that takes the answer to a response."""
    asked = re.sub(r"^(utter|action)_(ask_)?", "", question) or "answer"
    asked = re.sub(r"\W", "_", asked)
    asked = "answer" if flow.id.endswith(asked) else asked
    base = asked if asked.startswith(flow.id) else f"{flow.id}_{asked}"
    name, number = base, 2
    taken = (bot.slots.keys() - bot.drafted_slots) | flow.answers
    while name in taken or f"action_ask_{name}" in bot.actions:
        name, number = f"{base}_{number}", number + 1
    flow.answers.add(name)
    return name


def new_slot(
    kind: str, mappings: Sequence[Mapping[str, Any]], values: Sequence[str] = ()
) -> dict[str, Any]:
    """A slot of the domain that only flows use."""
    slot: dict[str, Any] = {"type": kind, "influence_conversation": False}
    return {**slot, **({"values": [*values]} if values else {}), "mappings": [*mappings]}


def _words(slot: str) -> str:
    return f"The {slot.replace('_', ' ')}."
