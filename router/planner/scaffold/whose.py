"""Whose the steps of a rule or story are, and what is said of those that are another skill's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from router.checks.training_data import Dialogue, DialogueStep
from router.planner.inventory.parts import GENERAL_ACTIONS
from router.planner.inventory.wording import place
from router.planner.model import Skill
from router.planner.scaffold.bot import Bot

__all__ = ["Whose"]


@dataclass(frozen=True)
class Whose:
    """Tells a skill's steps from those of others, as the inventory has found."""

    skill: Skill
    bot: Bot

    def others(self, step: DialogueStep) -> tuple[str, ...]:
        """The skills that a step belongs to; empty if this one is among them."""
        skills = self.bot.inventory.step_skills.get(step.location, ())
        return () if self.skill.name in skills else skills

    def is_unsure(self, step: DialogueStep) -> bool:
        """Whether a step may be this skill's or another's."""
        return self.skill.name in self.bot.inventory.unsure_steps.get(step.location, ())

    def opened(self, step: DialogueStep, intents: Sequence[str]) -> tuple[str, ...]:
        """The other skills that a user's turn opens."""
        skills = self.bot.inventory.skills
        return tuple(
            name
            for name in self.others(step)
            if set(intents).intersection(skills[name].entry_intents)
        )

    def left_to_others(self, steps: Sequence[DialogueStep]) -> str:
        """What the bot does in the steps up to the next of this skill, with the reason."""
        acts = self._acts(list(takewhile(self.others, steps)))
        return f" Not carried over, because it belongs there: {', '.join(acts)}." if acts else ""

    def question(self, steps: Sequence[DialogueStep], dialogue: Dialogue) -> str:
        """Asks whose the first steps are, where only this rule or story has them; else empty."""
        unsure = list(takewhile(self.is_unsure, steps))
        acts = self._acts(unsure)
        if not acts:
            return ""
        at = unsure[0].location
        taken = self.bot.inventory.step_skills.get(at, ())
        return (
            f"{place(at)}: does what follows in '{dialogue.name}' ({', '.join(acts)}) belong to "
            f"{' or to '.join(self.bot.inventory.unsure_steps[at])}? No other rule or story "
            f"tells; it was taken for a part of {' and '.join(taken)}."
        )

    def _acts(self, steps: Sequence[DialogueStep]) -> list[str]:
        """What the bot does or says, each once; forms are named by their skills."""
        does = (step for step in steps if step.kind == "action")
        names = dict.fromkeys((step.names[0] if step.names else "") or step.text for step in does)
        general = {"", *GENERAL_ACTIONS, *self.bot.files.domain.forms}
        return [name for name in names if name not in general]
