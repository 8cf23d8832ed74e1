"""Judging a turn: every check that the test makes of it, in the order that it asks for."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from router.dialogue.commands import Command, SetSlot, command_from_dict
from router.e2e.assertions import ASSERTIONS
from router.e2e.assertions.base import ExpectsMessage, Moment, Outcome, failed, passed
from router.e2e.assertions.routing import routing_in_words
from router.e2e.assertions.slot_values import same_value
from router.e2e.assertions.slots import SlotValues
from router.e2e.assertions.wording import message_text
from router.e2e.cases import Check, Turn
from router.e2e.observed import BotMessage, ObservedTurn
from router.e2e.places import Place
from router.e2e.results import CheckResult, CommandScore
from router.flows.assistant import Assistant
from router.understanding.command_language import command_as_text, parse_commands

__all__ = ["command_score", "judge_turn"]

_PLAIN = frozenset({"action", "bot", "utter"})
_ONCE = frozenset({"action", "bot"})  # kinds of events that meet one of several equal checks


@dataclass(frozen=True)
class _Judged:
    check: Check
    outcome: Outcome


async def judge_turn(
    turn: Turn,
    observed: ObservedTurn,
    moment: Moment,
    *,
    opening: Sequence[Check] | None = None,
    strict: bool,
    live: bool = False,
) -> tuple[CheckResult, ...]:
    """Makes all checks of a turn, whatever became of those before them.

    Plain checks (steps of their own) are met in any order, and so are assertions; with
    `in_order` each assertion is met behind the one before it. What the bot does in one go
    (slots and flows changed by one event's consequences) has no order. Equal checks of
    messages or actions need one each.

    Args:
        turn: what the test says.
        observed: what the bot did.
        moment: the turns before, and the judge.
        opening: the checks to make in place of the turn's own: those of the session's opening.
        strict: each message that no check of messages asks for is a failed check, `strict`.
        live: whether models answered by themselves, so that the turn's `route` is expected
            of a router, rather than told to it.

    Returns:
        One result a check, in the order of the file; then `route` and `strict`, if they apply.
    """
    checks = turn.checks if opening is None else tuple(opening)
    judged: list[_Judged] = []
    last: _Judged | None = None  # of the ordered ones, the last that an event met
    for check in checks:
        is_ordered = turn.in_order and not _is_plain(check)
        equal = _last_equal(check, judged, observed)
        before = last if is_ordered else equal
        after = _behind(before, observed, moment)
        outcome = await _made(check, observed, replace(moment, after=after))
        if outcome.status == "failed" and before is not None:
            outcome = await _explained(outcome, check, before, observed, moment)
        judged.append(_Judged(check, outcome))
        if is_ordered and outcome.position is not None:
            last = judged[-1]
    results = [_result(each.check, each.outcome) for each in judged]
    if live and opening is None and turn.route is not None:
        results.append(_route_result(turn, observed))
    if strict:
        results += [_unexpected_result(turn, each) for each in _unexpected(checks, observed)]
    return tuple(results)


def command_score(turn: Turn, observed: ObservedTurn, assistant: Assistant) -> CommandScore | None:
    """How the message's commands compare with those the test expects; None if it says nothing.

    Commands are compared by what they mean, in any order, each once; who made them and the
    reasons that they carry don't count.
    """
    if turn.commands is None:
        return None
    expected = [(line, parse_commands(line, assistant)) for line in turn.commands]
    given = [command for each in observed.commands if (command := command_from_dict(each))]
    left = list(given)
    right = 0
    for _, wanted in expected:
        match = next((each for each in left if wanted and _is_same(wanted[0], each)), None)
        if match is not None:
            left.remove(match)
            right += 1
    return CommandScore(
        expected=tuple(line for line, _ in expected),
        given=tuple(command_as_text(command) for command in given),
        right=right,
    )


def _is_same(wanted: Command, given: Command) -> bool:
    if isinstance(wanted, SetSlot) and isinstance(given, SetSlot):
        return wanted.slot == given.slot and same_value(wanted.value, given.value)
    if type(wanted) is not type(given):
        return False
    told = {"reason", "info"}
    return all(
        getattr(given, key) == value for key, value in vars(wanted).items() if key not in told
    )


async def _made(check: Check, observed: ObservedTurn, moment: Moment) -> Outcome:
    made = ASSERTIONS[check.name].check(check.value, observed, moment)
    return await made if inspect.isawaitable(made) else made


def _is_plain(check: Check) -> bool:
    """Whether it is a step of its own, which has no order."""
    written_so = isinstance(check.value, SlotValues) and check.value.is_plain
    return check.name in _PLAIN or written_so


def _last_equal(check: Check, judged: Sequence[_Judged], observed: ObservedTurn) -> _Judged | None:
    """The last of the same checks that a message or an action met: this needs another."""
    for each in reversed(judged):
        position = each.outcome.position
        is_same = (each.check.name, each.check.value) == (check.name, check.value)
        if is_same and position is not None and observed.events[position]["event"] in _ONCE:
            return each
    return None


def _behind(before: _Judged | None, observed: ObservedTurn, moment: Moment) -> int:
    """The position behind which an event must be; changes made in one go stay in."""
    if before is None or before.outcome.position is None:
        return moment.after
    position = before.outcome.position
    changed = observed.changed_with(position)
    return changed.start - 1 if changed else position


async def _explained(
    outcome: Outcome, check: Check, before: _Judged, observed: ObservedTurn, moment: Moment
) -> Outcome:
    """The failure, told apart from one for which order doesn't matter."""
    anywhere = await _made(check, observed, replace(moment, judge=None))
    if anywhere.status != "passed":
        return outcome
    if before.check.value == check.value and before.check.name == check.name:
        return failed(f"there are fewer than expected; {outcome.got}", **outcome.measured)
    got = f"it was so only before `{_expected(before.check)}`; behind that: {outcome.got}"
    return failed(got, **outcome.measured)


def _result(check: Check, outcome: Outcome) -> CheckResult:
    return CheckResult(
        name=check.name,
        place=Place.of(check.location),
        status=outcome.status,
        expected=_expected(check),
        got=outcome.got,
        reason=outcome.reason,
        measured=outcome.measured,
    )


def _expected(check: Check) -> str:
    if check.text:
        return check.text
    value = str(check.value).lower() if isinstance(check.value, bool) else check.value
    return f"{check.name}: {value}"


def _route_result(turn: Turn, observed: ObservedTurn) -> CheckResult:
    made = observed.decision
    is_so = made is not None and made.outcome == turn.route
    outcome = passed() if is_so else failed(routing_in_words(observed))
    check = Check("route", turn.route, turn.location, f"route: {turn.route}")
    return _result(check, outcome)


def _unexpected_result(turn: Turn, message: BotMessage) -> CheckResult:
    check = Check("strict", None, turn.location, "no message but those that checks ask for")
    return _result(check, failed(message_text(message)))


def _unexpected(checks: Sequence[Check], observed: ObservedTurn) -> Iterator[BotMessage]:
    """The messages left over when each check has taken one, as many as possible of them.

    That is a maximum matching of messages and checks, found by augmenting paths
    (https://en.wikipedia.org/wiki/Maximum_cardinality_matching).
    """
    fitting = {
        message.position: [index for index, check in enumerate(checks) if _accepts(check, message)]
        for message in observed.messages
    }
    taken: dict[int, int] = {}
    for message in observed.messages:
        if not _takes_one(message.position, fitting, taken, set()):
            yield message


def _accepts(check: Check, message: BotMessage) -> bool:
    assertion = ASSERTIONS[check.name]
    return isinstance(assertion, ExpectsMessage) and assertion.accepts(check.value, message)


def _takes_one(
    position: int, fitting: Mapping[int, list[int]], taken: dict[int, int], tried: set[int]
) -> bool:
    """Gives the message a check, if need be one that another message can do without."""
    for check in fitting[position]:
        if check in tried:
            continue
        tried.add(check)
        if check not in taken or _takes_one(taken[check], fitting, taken, tried):
            taken[check] = position
            return True
    return False
