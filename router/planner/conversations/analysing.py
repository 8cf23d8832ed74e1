"""Conversations as traffic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from router.planner.conversations.source import EventSource
from router.planner.model import SkillTraffic, Traffic

__all__ = ["analyse"]

_MOST = 10  # intents that a reason names


def analyse(
    source: EventSource,
    skills: Mapping[str, str],
    *,
    flows: Mapping[str, str] | None = None,
    actions: Mapping[str, str] | None = None,
    intents: Collection[str] = (),
) -> Traffic:
    """What the conversations of a source show; the package says what is counted.

    Args:
        source: as `open_source` opens it.
        skills: intent -> the skill that it opens.
        flows: flow -> the skill that it is.
        actions: action or form -> the only skill that it belongs to.
        intents: all intents that the bot has, those of `skills` aside; if any are given,
            messages with others are counted in the reasons.

    Raises:
        InvalidConfig: the source can't be read to its end.
    """
    from router.planner.conversations.counting import by_conversation, counts_of
    from router.planner.conversations.kinds import Skills, kinds_of
    from router.planner.conversations.steps import steps_of

    flows, actions = flows or {}, actions or {}
    names = tuple(sorted({*skills.values(), *flows.values(), *actions.values()}))
    numbered = Skills(names, skills, flows, actions, frozenset(intents))
    steps = steps_of(kinds_of(source.events, numbered), numbered.size)
    told = source.kept(by_conversation(steps))
    return _traffic(source.read(counts_of(told, numbered.size)), names)


def _traffic(counts: Iterable[Mapping[str, Any]], names: tuple[str, ...]) -> Traffic:
    """From the counts by skill, by pair of skills and by intent."""
    size = len(names) + 1
    found: dict[str, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    strays: list[tuple[int, str]] = []
    by_number = ("", *names)
    for each in sorted(counts, key=lambda count: (count["what"], count["pair"])):
        first, second = divmod(each["pair"], size)
        pair = by_number[first], by_number[second]
        found[each["what"]][pair] = each["conversations"], each["times"]
        if each["what"] == "stray":
            strays.append((-each["times"], each["intent"]))

    def times(what: str, skill: str = "") -> int:
        return found[what].get(("", skill), (0, 0))[1]

    def pairs(what: str) -> dict[tuple[str, str], int]:
        return {pair: conversations for pair, (conversations, _) in found[what].items()}

    return Traffic(
        conversations=found["turn"].get(("", ""), (0, 0))[0],
        turns=times("turn"),
        skills={
            name: SkillTraffic(
                conversations=found["start"].get(("", name), (0, 0))[0],
                starts=times("start", name),
                fallbacks=times("fallback", name),
                restarts=times("restart", name),
                repeated_questions=times("repeated", name),
            )
            for name in names
        },
        interruptions=pairs("interruption"),
        successions=pairs("succession"),
        handoffs=pairs("handoff"),
        reasons=tuple(_reasons(times("turn"), sorted(strays), times("cut"), times("lost"))),
    )


def _reasons(turns: int, strays: list[tuple[int, str]], cut: int, lost: int) -> Iterable[str]:
    if not turns:
        yield "There are no conversations: no event is a message of a user."
    if strays:
        total = -sum(count for count, _ in strays)
        some = ", ".join(f"{intent} ({-count})" for count, intent in strays[:_MOST])
        more = f" and {len(strays) - _MOST} more" if len(strays) > _MOST else ""
        yield f"{total} messages have intents that the bot doesn't have: {some}{more}."
    if cut:
        yield f"The beginning of {cut} conversations is missing: what they were about isn't known."
    if lost:
        yield f"{lost} events have no sender, or can't be read: they are left out."
