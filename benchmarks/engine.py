"""What the flow engine alone costs a turn, with ten flows and with a thousand."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.many_flows import assistant, write_flows
from router.dialogue.actions import RUNNABLE, run_default_action
from router.dialogue.commands import CancelFlow, CannotHandle, Command, SetSlot, StartFlow
from router.dialogue.engine import LISTEN, pending_action, resumed
from router.dialogue.state import DialogueState
from router.dialogue.turn import begin_turn
from router.flows.assistant import Assistant
from router.flows.default_patterns import RESET_ACTION

FEW, MANY = 10, 1000
ROUNDS = 100  # conversations with each


def measure() -> Iterator[Figure]:
    """The same conversations with both assistants, in turns."""
    times: dict[int, list[int]] = {FEW: [], MANY: []}
    assistants = {count: _assistant(count) for count in times}
    for number in range(-ROUNDS, ROUNDS):
        for count, each in assistants.items():
            # Another ten flows each time: caches must hold what all of them need.
            taken = list(_conversation(each, number * 10 % count))
            if number >= 0:  # the first rounds, through all flows, warm up
                times[count] += taken
    p50 = {count: statistics.median(taken) / 1000 for count, taken in times.items()}
    yield Figure(
        f"engine alone, a turn with {FEW} flows, p50", p50[FEW], "µs", 200, "start, answer, cancel"
    )
    yield Figure(
        f"the same with {MANY} flows / with {FEW}",
        p50[MANY] / p50[FEW],
        "x",
        1.5,
        f"{p50[MANY]:.0f} µs",
    )


def _assistant(count: int) -> Assistant:
    with tempfile.TemporaryDirectory() as folder:
        write_flows(count, Path(folder))
        return assistant(count, Path(folder))


def _turns(first: int) -> Iterator[Sequence[Command]]:
    """A conversation about the ten flows that begin with number `first`."""
    pay, report, identify = first, first + 6, first + 9
    yield [StartFlow(f"pay_bill_{pay}")]
    yield [SetSlot(f"number_{identify}", "12")]  # rejected
    yield [SetSlot(f"number_{identify}", "1234")]
    yield [SetSlot(f"birthday_{identify}", "1990-12-24")]
    yield [SetSlot(f"amount_{pay}", "a lot")]  # no number
    yield [SetSlot(f"amount_{pay}", "120")]
    yield [CannotHandle()]
    yield [StartFlow(f"report_problem_{report}")]  # interrupts
    yield [SetSlot(f"product_{report}", "the gold card", "nlu")]
    yield [CancelFlow()]
    yield [SetSlot(f"reference_{pay}", "AB12345678")]
    yield [SetSlot(f"schedule_{pay}", "MONTHLY")]
    yield [SetSlot(f"confirmed_{pay}", "yes")]
    yield [StartFlow(f"report_problem_{report}"), SetSlot(f"severity_{report}", "annoying")]
    yield [SetSlot(f"details_{report}", "it broke")]  # links to a payment
    yield [CancelFlow()]


def _conversation(assistant: Assistant, first: int) -> Iterator[int]:
    """Nanoseconds of each turn."""
    slots = {name: spec.initial_value for name, spec in assistant.slots.items()}
    state = DialogueState(slots=slots | {"route_session_to_calm": True})
    for commands in _turns(first):
        start = time.perf_counter_ns()
        state = _turn(state, commands, assistant)
        yield time.perf_counter_ns() - start
    assert not state.stack, state.stack


def _turn(state: DialogueState, commands: Sequence[Command], assistant: Assistant) -> DialogueState:
    """Processes the commands and goes on to the next listen; responses take no time."""
    state = begin_turn(state, commands, assistant)
    while (action := pending_action(state, assistant)) not in (None, LISTEN):
        before = state
        if action in RUNNABLE:
            state = run_default_action(str(action), state, assistant).state
        elif action == RESET_ACTION:
            state = DialogueState(slots=state.slots)
        state = resumed(before, state, assistant)
    return state
