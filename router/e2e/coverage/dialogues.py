"""Which rules and stories passing cases followed.

One counts as followed if its intents and actions happened in a row, without another message
or action between, on the NLU system's turns since a reset, a restart or the session's start:

- A rule's actions must have been predicted by the RulePolicy, its condition's loop active.
- After the last action the assistant listened (not with `wait_for_user_input: false`, nor
  before a checkpoint). One that goes on differently was another's prediction.
- `or` is met by any of its intents; `active_loop` by the loop being active, or null, there.
- What begins with a checkpoint has to follow on what ends with it.
- Answers that a form asked for may lie between, and in a story messages that only rules
  answered, since policies don't see them.

Not looked at: `slot_was_set` and a rule's conditions on slots (two that differ in nothing
else both count), entities, the part of a retrieval intent behind its `/`, the text of
`user:` and `bot:` steps, `conversation_start`, and messages that were taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from router.checks.project import Project
from router.checks.training_data import Dialogue
from router.e2e.coverage.cases_by_item import CasesBy, Passed, area
from router.e2e.coverage.file_places import FilePlaces
from router.e2e.coverage.model import Area
from router.e2e.coverage.nlu_stretches import (
    Happening,
    Stretch,
    nlu_stretches,
    without_answers_to_forms,
    without_hidden,
)
from router.e2e.places import Place

__all__ = ["dialogue_areas"]

_RULE_POLICY = "RulePolicy"  # and a bot's own, by the end of its name


def dialogue_areas(
    passed: Sequence[Passed], project: Project, places: FilePlaces
) -> dict[str, Area]:
    """The areas `rules` and `stories`."""
    courses = [
        _Course.of(dialogue, is_rule=dialogue.location in places.rules)
        for dialogue in project.training.dialogues
    ]
    followed = CasesBy.of(_followed(passed, courses))

    def those(is_rule: bool) -> Area:
        return area(
            (course.dialogue.name, Place.of(course.dialogue.location), followed(index))
            for index, course in enumerate(courses)
            if course.is_rule is is_rule
        )

    return {"rules": those(True), "stories": those(False)}


@dataclass(frozen=True)
class _Part:
    """An intent or an action of a rule or story, and the loops that become active behind it.

    Any of `names` will do; none stand for any message.
    """

    is_user: bool
    names: tuple[str, ...]
    loops: tuple[str, ...] = ()

    def is_met_by(self, happening: Happening, is_rule: bool) -> bool:
        """Whether this is what happened; loops are looked for in their order."""
        if happening.is_user is not self.is_user:
            return False
        if self.names and _name(happening) not in self.names:
            return False
        if is_rule and happening.policy and not happening.policy.endswith(_RULE_POLICY):
            return False
        became = iter(happening.loops)
        return all(loop in became for loop in self.loops)


@dataclass(frozen=True)
class _Course:
    """A rule or story without what isn't looked at.

    `loop` is to be active when it begins (None: whatever is), `after` the checkpoint it
    begins with, `ahead` the one it ends with.
    """

    dialogue: Dialogue
    is_rule: bool
    parts: tuple[_Part, ...]
    loop: str | None
    after: str
    ahead: str

    @classmethod
    def of(cls, dialogue: Dialogue, *, is_rule: bool) -> _Course:
        parts: list[_Part] = []
        loop: str | None = dialogue.loop or None
        for step in dialogue.steps:
            if step.kind in ("user", "action"):
                parts.append(_Part(step.kind == "user", step.names))
            elif step.kind == "loop" and parts:
                last = parts[-1]
                parts[-1] = _Part(last.is_user, last.names, (*last.loops, step.names[0]))
            elif step.kind == "loop":
                loop = step.names[0]
        steps = dialogue.steps
        ends = [step.names[0] if step.kind == "checkpoint" else "" for step in steps]
        return cls(
            dialogue=dialogue,
            is_rule=is_rule,
            parts=tuple(parts),
            loop=loop,
            after=ends[0] if ends else "",
            ahead=ends[-1] if len(ends) > 1 else "",
        )

    def end(self, stretch: Stretch, start: int) -> int | None:
        """The position behind it, if it happened from `start` on."""
        end = start + len(self.parts)
        if end > len(stretch) or (
            self.loop is not None and stretch[start].loop_before != self.loop
        ):
            return None
        if not all(
            part.is_met_by(happening, self.is_rule)
            for part, happening in zip(self.parts, stretch[start:end], strict=True)
        ):
            return None
        listens = end == len(stretch) or stretch[end].is_user or self.parts[-1].is_user
        return end if listens or self.ahead or not self.dialogue.waits else None


def _followed(passed: Sequence[Passed], courses: Sequence[_Course]) -> Iterator[tuple[object, str]]:
    everything = dict(enumerate(courses))
    stories = {index: course for index, course in everything.items() if not course.is_rule}
    for case, turns in passed:
        for stretch in nlu_stretches(turns):
            short = without_answers_to_forms(stretch)
            found = _in(stretch, everything) | _in(short, everything)
            for index in found | _in(without_hidden(short), stories):
                yield index, case.id


def _in(stretch: Stretch, courses: Mapping[int, _Course]) -> set[int]:
    """The numbers of the courses that happened in a stretch."""
    starts: dict[tuple[bool, str | None], list[int]] = {}
    for position, happening in enumerate(stretch):
        for name in (_name(happening), None):
            starts.setdefault((happening.is_user, name), []).append(position)
    found: set[int] = set()
    reached: dict[str, set[int]] = {}
    while True:  # until no checkpoint is reached that wasn't before
        known = sum(map(len, reached.values()))
        for index, course in courses.items():
            for start in _starts(course, starts):
                if course.after and start not in reached.get(course.after, ()):
                    continue
                end = course.end(stretch, start)
                if end is not None:
                    found.add(index)
                    reached.setdefault(course.ahead, set()).add(end)
        if sum(map(len, reached.values())) == known:
            return found


def _starts(
    course: _Course, starts: Mapping[tuple[bool, str | None], Sequence[int]]
) -> Iterator[int]:
    if course.parts:
        first = course.parts[0]
        for name in first.names or (None,):
            yield from starts.get((first.is_user, name), ())


def _name(happening: Happening) -> str:
    return (happening.name or "").partition("/")[0]
