"""How a form is left before it's filled, and what a flow has for that."""

from __future__ import annotations

from collections.abc import Sequence

from router.checks.training_data import Dialogue, DialogueStep
from router.planner.scaffold.bot import Bot

__all__ = ["is_left", "is_over", "loop_at_start", "meanwhile", "stopped", "without_trigger"]

_CANCEL = "pattern_cancel_flow"
_DEACTIVATES = "action_deactivate_loop"


def is_left(form: str, following: Sequence[DialogueStep]) -> bool:
    """Whether a form ends, by the steps after a user's turn, without being run again."""
    for step in following:
        if step.kind == "action" and form in step.names:
            return False
        if step.kind == "loop" or (step.kind == "action" and _DEACTIVATES in step.names):
            return step.names != (form,)
    return False


def without_trigger(intents: Sequence[str], bot: Bot) -> tuple[str, ...]:
    """The intents by which users can't stop a flow yet; none if a model understands them."""
    if bot.project.setup.has_generator:
        return ()
    flow = bot.project.flows.get(_CANCEL)
    known = {trigger.intent for trigger in flow.nlu_triggers} if flow else set()
    return tuple(intent for intent in intents if intent not in known)


def stopped(where: str, form: str, missing: Sequence[str]) -> str:
    """What is said of a turn that leaves a form; `missing` are intents that stop no flow yet."""
    if not missing:
        return f"{where}, which leaves {form}: {_CANCEL} stops the flow."
    triggers = ", ".join(f"{{intent: {intent}}}" for intent in missing)
    return (
        f"{where}, which leaves {form}: with NLU commands only, nothing starts {_CANCEL}. Write "
        f"in flows: a flow `{_CANCEL}` with `nlu_trigger: [{triggers}]` (README has an example), "
        "or users can't leave the flow."
    )


def meanwhile(where: str, form: str, bot: Bot) -> str:
    """What is said of a turn after which a form goes on."""
    if bot.project.setup.has_generator:
        heard = "the model tells small talk, other flows and answers apart"
    else:
        heard = "other intents are heard only as another flow's start or as answers"
    return (
        f"{where}, what users say while {form} asks: in a flow, {heard}; "
        "after another flow the question is asked again."
    )


def is_over(step: DialogueStep) -> bool:
    """Whether a form ends here."""
    return step.kind == "loop" and step.names == ("",)


def loop_at_start(dialogue: Dialogue) -> str:
    """The form that a story has active before its user says anything."""
    for step in dialogue.steps:
        if step.kind == "user":
            return ""
        if step.kind == "loop" and step.names[0]:
            return step.names[0]
    return ""
