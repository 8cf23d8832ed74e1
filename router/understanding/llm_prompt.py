"""What the command generator tells the model: flows, the conversation, and the message."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from router.dialogue.cleaning import asked_slot, is_startable
from router.dialogue.state import DialogueState
from router.flows.assistant import Assistant
from router.flows.model import CollectStep, Flow
from router.llm.prompts import in_its_place, one_line, render_prompt
from router.understanding.llm_configuration import GeneratorConfig

Said = tuple[str, str]  # who (user or assistant), and the text


@dataclass(frozen=True)
class Moment:
    """A message and all that stands around it.

    `conversation` is what was said before it, oldest first; `now` the date and time as text;
    `mentioned` the flows that came up since the session began: started, or offered.
    """

    message: str
    state: DialogueState
    assistant: Assistant
    conversation: tuple[Said, ...] = ()
    now: str = ""
    mentioned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CommandPrompt:
    """The prompt's text, and how many flows it shows."""

    text: str
    flows: int


def command_prompt(
    moment: Moment, config: GeneratorConfig, template: str | None, flows: Sequence[Flow]
) -> CommandPrompt:
    """The prompt, at most `max_prompt_characters` long if leaving things out can do it.

    Args:
        moment: what it is about.
        config: the generator's keys.
        template: the bot's own prompt, if it has one.
        flows: those to show, the most important first: if the prompt is too long without
            any earlier message, the last of them are left out. It shows them in the
            assistant's order, so that prompts of one conversation begin alike, which
            endpoints that cache beginnings answer sooner.

    Raises:
        PromptFailed: the bot's own template can't be rendered.
    """
    places = {flow_id: place for place, flow_id in enumerate(moment.assistant.flows)}
    limit = config.max_prompt_characters

    def render(said: Sequence[Said], count: int) -> str:
        shown = sorted(flows[:count], key=lambda flow: places[flow.id])
        return render_prompt(template or _own(), _variables(moment, said, shown, template))

    said = moment.conversation[-config.history_turns :] if config.history_turns else ()
    text = render(said, len(flows))
    while said and len(text) > limit:
        said = said[(len(said) + 1) // 2 :]
        text = render(said, len(flows))
    if len(text) <= limit or not flows:
        return CommandPrompt(text, len(flows))
    numbers = range(1, len(flows))
    fitting = bisect_right(numbers, limit, key=lambda count: len(render((), count)))
    count = max(fitting, 1)
    return CommandPrompt(render((), count), count)


def startable_flows(moment: Moment) -> list[Flow]:
    """The flows the model may start: the bot's own whose guard holds."""
    return [
        flow
        for flow in moment.assistant.flows.values()
        if not flow.is_pattern and is_startable(flow.id, moment.state, moment.assistant)
    ]


def _variables(
    moment: Moment, said: Sequence[Said], flows: Sequence[Flow], template: str | None
) -> dict[str, Any]:
    state, assistant = moment.state, moment.assistant
    frame = state.active_frame
    flow = assistant.flow(frame.flow_id) if frame else None
    slot = asked_slot(state)
    spec = assistant.slots.get(slot or "")
    step = next((step for step in flow.collects if step.slot == slot), None) if flow else None
    users = {
        "user_message": moment.message,
        "conversation": [{"speaker": who, "text": text} for who, text in said],
        "flow_slots": _filled(flow, moment) if flow else [],
    }
    return {
        # Our own prompt writes them as JSON, somebody else's as it likes.
        **(in_its_place(users) if template else users),
        "available_flows": [_flow(flow, assistant) for flow in flows],
        "current_conversation": "\n".join(f"{who.upper()}: {one_line(text)}" for who, text in said),
        "current_flow": flow.id if flow else None,
        "current_slot": slot,
        "current_slot_description": step.description if step else None,
        "current_slot_type": spec.type if spec else None,
        "current_slot_allowed_values": list(spec.values) or None if spec else None,
        "current_datetime": moment.now,
    }


def _flow(flow: Flow, assistant: Assistant) -> dict[str, Any]:
    slots = [_slot(step, assistant) for step in fillable_slots(flow, assistant)]
    return {
        "name": flow.id,
        "description": flow.description,
        **({"slots": slots} if slots else {}),
    }


def _slot(step: CollectStep, assistant: Assistant) -> dict[str, Any]:
    spec = assistant.slots[step.slot]
    described = {"description": step.description} if step.description else {}
    values = {"allowed_values": list(spec.values)} if spec.values else {}
    booleans = {"allowed_values": [True, False]} if spec.type == "bool" else {}
    return {"name": step.slot, **described, **values, **booleans}


def fillable_slots(flow: Flow, assistant: Assistant) -> list[CollectStep]:
    """The questions of the flow that commands may answer."""
    return [
        step
        for step in flow.collects
        if step.slot in assistant.slots and assistant.slots[step.slot].accepts("llm")
    ]


def _filled(flow: Flow, moment: Moment) -> list[dict[str, Any]]:
    slots = moment.state.slots
    return [
        {**_slot(step, moment.assistant), "value": slots.get(step.slot)}
        for step in fillable_slots(flow, moment.assistant)
    ]


@functools.cache
def _own() -> str:
    return (files("router.understanding") / "prompts" / "commands.jinja2").read_text("utf-8")
