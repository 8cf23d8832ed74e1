"""A bot under test, loaded into this process: one model, many conversations at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.e2e.cases import Stub, TestCase, Turn
from router.e2e.fixture_slots import fixture_slots
from router.e2e.observed import ObservedTurn
from router.errors import InvalidTest, Problem
from router.flows.assistant import Assistant
from router.llm.modes import LLMMode
from router.llm.suite_answers import ConversationAnswers, SuiteAnswers

if TYPE_CHECKING:
    from router.rasa.e2e_bot import Answer, TestedAssistant

__all__ = ["InProcessBot", "InProcessConversation", "load_bot"]

CHANNEL_KEY = "channel"  # of a message's metadata: the channel that it comes by


async def load_bot(
    project: Path,
    model: Path | None = None,
    endpoints: Path | None = None,
    *,
    llm: LLMMode = "live",
    seed: int = 0,
) -> InProcessBot:
    """Loads a trained assistant to be tested; its own stores and event broker aren't touched.

    Args:
        project: the folder of config.yml; in-process actions are imported from it.
        model: a trained model, or a folder whose latest is taken (default `models`).
        endpoints: endpoints.yml (default: the project's, if there is one).
        llm: how language models answer; in `replay` and `scripted` no variable need be set.
        seed: variations of responses are chosen by it.

    Raises:
        IncompatibleModel: there's no model, or it can't be loaded.
        InvalidConfig: endpoints.yml names what isn't there.
    """
    from router.rasa.e2e_bot import load_assistant  # Rasa takes seconds to import

    answers = SuiteAnswers(llm)
    with answers.clients():
        tested = load_assistant(project, model, endpoints)
    return InProcessBot(tested, answers, seed)


class InProcessBot:
    """A `Bot`: one loaded model, whose conversations don't mix."""

    def __init__(self, tested: TestedAssistant, answers: SuiteAnswers, seed: int = 0) -> None:
        self.tested, self.answers, self.seed = tested, answers, seed
        self._begun: Counter[str] = Counter()

    @property
    def model(self) -> Path:
        """The file of its model."""
        return self.tested.model

    @property
    def assistant(self) -> Assistant | None:
        """Its flows and slots; None if it has no CALM side."""
        return self.tested.assistant

    async def begin(self, case: TestCase, sender_id: str) -> InProcessConversation:
        """A fresh conversation; nothing is said in it before `open`.

        Raises:
            InvalidTest: a fixture's slot or a stub can't be what the test says.
            InvalidFile: the case's cassette is no cassette.
        """
        slots = fixture_slots(case, self.tested.slots)
        stubs = _stub_answers(case.stubs.values(), self.tested.stubbable)
        answers = self.answers.conversation(Path(case.file))
        self._begun[case.id] += 1
        seed = f"{self.seed}/{case.id}/{self._begun[case.id]}"
        self.tested.expect(sender_id, stubs=stubs, seed=seed)
        return InProcessConversation(self.tested, case, sender_id, slots, answers)

    async def close(self) -> None:
        """Closes the connections to language models."""
        await self.answers.aclose()


class InProcessConversation:
    """A `Conversation` with an `InProcessBot`."""

    def __init__(
        self,
        tested: TestedAssistant,
        case: TestCase,
        sender_id: str,
        slots: Mapping[str, Any],
        answers: ConversationAnswers,
    ) -> None:
        self._tested, self._case, self._sender = tested, case, sender_id
        self._fixtures, self._answers = slots, answers
        self._slots = {name: slot.initial_value for name, slot in tested.slots.items()}

    async def open(self) -> ObservedTurn:
        """Starts the session as the first message would, then sets the fixtures' slots."""
        turn = Turn("", self._case.location)
        first = self._case.turns[0].metadata if self._case.turns else {}
        with self._answers.turn():
            answer = await self._tested.start(self._sender, self._fixtures, first, _channel(first))
        return self._observed(turn, answer)

    async def say(self, turn: Turn) -> ObservedTurn:
        """Sends the turn's message and waits until the bot listens again."""
        with self._answers.turn(turn.commands, turn.route):
            answer = await self._tested.send(
                self._sender, turn.user, turn.metadata, _channel(turn.metadata)
            )
        return self._observed(turn, answer)

    async def so_far(self, turn: Turn) -> ObservedTurn:
        """What a turn that was given up had done by then."""
        return self._observed(turn, self._tested.so_far(self._sender))

    async def close(self) -> None:
        """Forgets the conversation, and what is to happen in it later."""
        await self._tested.forget(self._sender)

    def _observed(self, turn: Turn, answer: Answer) -> ObservedTurn:
        before, self._slots = self._slots, dict(answer.slots)
        return ObservedTurn(
            user=turn.user,
            events=answer.events,
            before=before,
            slots=self._slots,
            latency_ms=answer.latency_ms,
            errors=answer.errors,
            failure=answer.failure,
        )


def _channel(metadata: Mapping[str, Any]) -> str | None:
    given = metadata.get(CHANNEL_KEY)
    return None if given is None else str(given)


def _stub_answers(stubs: Iterable[Stub], stubbable: frozenset[str]) -> dict[str, dict[str, Any]]:
    """What an action server would answer in place of the actions, by their names."""
    answers: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for stub in stubs:
        if stub.action not in stubbable:
            problems.append(_not_stubbable(stub))
            continue
        try:
            given = {"events": list(stub.events), "responses": list(stub.responses)}
            answers[stub.action] = json.loads(json.dumps(given))
        except (TypeError, ValueError) as error:
            message = f"The stub of '{stub.action}' holds what an action can't answer: {error}."
            advice = "Write texts, numbers, true or false, lists and maps."
            problems.append(Problem(stub.location, "invalid-value", message, advice))
    if problems:
        raise InvalidTest(problems)
    return answers


def _not_stubbable(stub: Stub) -> Problem:
    return Problem(
        stub.location,
        "not-stubbable",
        f"'{stub.action}' is no custom action of the domain: what runs in the server itself "
        "can't be stubbed.",
        "Remove the stub, or list the action under `actions` of the domain.",
    )
