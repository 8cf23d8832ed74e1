"""The hand-off matrix: which skill of one system may be followed by which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from router.checks.project import Project
from router.checks.rasa_names import CONTROL_INTENTS
from router.checks.story_checks import missing_resets
from router.checks.training_data import Dialogue, DialogueStep
from router.e2e.coverage.cases_by_item import CasesBy, Passed
from router.e2e.coverage.model import Handoff, HandoffKind
from router.e2e.observed import Event, ObservedTurn
from router.flows.assistant import Assistant
from router.flows.model import Flow
from router.flows.slots import ROUTE_SLOT
from router.routing.configuration import CalmEntry, IntentRouterConfig, NluEntry
from router.routing.decision import Route, RoutingDecision

__all__ = ["Skills", "handoffs", "skills_of"]

_Key = tuple[HandoffKind, str, str]


@dataclass(frozen=True)
class Skills:
    """What takes a route: `nlu` by intents, `calm` by flows; `one_turn` are intents that don't."""

    nlu: tuple[str, ...] = ()
    calm: tuple[str, ...] = ()
    one_turn: tuple[str, ...] = ()


def skills_of(project: Project, assistant: Assistant) -> Skills:
    """The bot's skills; none without a router, for then nothing is handed over.

    The NLU system's are the intents in `nlu_entry` of a router that lists them. A router
    that asks a model has no lists: there they are the intents that open a rule or story, by
    whether a reset follows. CALM's are the flows that can be started.
    """
    if not project.has_router:
        return Skills()
    config = project.setup.config
    if config is not None:
        sticky, once = config.nlu_entry.sticky, config.nlu_entry.non_sticky
        once = (*once, *config.calm_entry.non_sticky)
    else:
        sticky, once = _by_resets(project, assistant)
    flows = tuple(flow.id for flow in project.flows.values() if _can_start(flow, project))
    return Skills(nlu=sticky, calm=flows, one_turn=once)


def handoffs(passed: Sequence[Passed], skills: Skills, assistant: Assistant) -> tuple[Handoff, ...]:
    """Every hand-off that the bot's skills make possible, with the cases that show it.

    A session is what takes the route until it's given up. One hands over to the other
    system's next session, whatever was answered for one turn between. An NLU session is the
    skill of the intent that took the route; one of CALM is the flows that were started in
    it, and for what is handed to it, those of the first turn that started any.
    """
    shown = CasesBy.of(
        (key, case.id) for case, turns in passed for key in _Walk(skills, assistant).through(turns)
    )
    return tuple(
        Handoff(kind=kind, source=source, target=target, cases=shown((kind, source, target)))
        for kind, source, target in _possible(skills)
    )


def _possible(skills: Skills) -> Iterator[_Key]:
    for intent in skills.nlu:
        for flow in skills.calm:
            yield "nlu_to_calm", intent, flow
    for flow in skills.calm:
        for intent in skills.nlu:
            yield "calm_to_nlu", flow, intent
    for skill in (*skills.nlu, *skills.calm):
        yield "reset", skill, ""
    for intent in skills.one_turn:
        yield "one_turn", intent, ""


def _can_start(flow: Flow, project: Project) -> bool:
    if flow.is_pattern or not (flow.nlu_triggers or project.setup.has_generator):
        return False
    # A guard that names nothing never changes.
    return flow.guard is None or bool(flow.guard.names) or flow.guard.evaluate({}, {})


def _by_resets(project: Project, assistant: Assistant) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The intents that open a rule or story: those that a reset follows, and the others."""
    dialogues = project.training.dialogues
    entries = [entry for dialogue in dialogues if (entry := _entry(dialogue)) is not None]
    intents = dict.fromkeys(name for entry in entries for name in entry.names)
    all_sticky = IntentRouterConfig(
        nlu_entry=NluEntry(sticky=tuple(intents), non_sticky=()), calm_entry=CalmEntry(sticky=())
    )
    unreset = {
        problem.location
        for problem in missing_resets(dialogues, all_sticky, assistant, project.domain.forms)
    }
    reset = {name for entry in entries if entry.location not in unreset for name in entry.names}
    opening = [name for name in intents if name not in CONTROL_INTENTS]
    return (
        tuple(name for name in opening if name in reset),
        tuple(name for name in opening if name not in reset),
    )


def _entry(dialogue: Dialogue) -> DialogueStep | None:
    """The intents that a rule or story begins with; None for one that goes on with another."""
    steps = [step for step in dialogue.steps if step.kind != "slots"]
    is_entry = bool(steps) and steps[0].kind == "user" and not dialogue.loop and dialogue.waits
    return steps[0] if is_entry else None


@dataclass
class _Session:
    """A system that has the route: its skills so far, and the session that it takes over from."""

    route: Route
    skills: dict[str, None] = field(default_factory=dict)
    source: _Session | None = None
    received: bool = False


@dataclass
class _Walk:
    """Goes through a conversation and tells its hand-offs."""

    skills: Skills
    assistant: Assistant
    session: _Session | None = None
    last: _Session | None = None

    def through(self, turns: Sequence[ObservedTurn]) -> Iterator[_Key]:
        """The hand-offs of the conversation."""
        for turn in turns:
            starts = list(self._starts(turn))
            for position, event in enumerate(turn.events):
                if event.get("event") in ("restart", "session_started"):
                    self.session = self.last = None
                elif _is(event, ROUTE_SLOT):
                    yield from self._routed(event, turn)
                yield from self._started([flow for at, flow in starts if at == position])
            if self.session is not None:
                self.session.received = bool(self.session.skills)

    def _routed(self, event: Event, turn: ObservedTurn) -> Iterator[_Key]:
        metadata = event.get("metadata") or {}
        if metadata.get("release"):
            yield from self._released()
        elif metadata.get("routing_decision"):
            decision = RoutingDecision.from_dict(metadata["routing_decision"])
            intent = turn.intent or decision.intent or ""
            if not decision.sticky:
                if turn.actions:
                    yield "one_turn", intent, ""
                return
            self.session = _Session(decision.route, source=self.last)
            if decision.route is Route.NLU:
                yield from self._received([intent])

    def _started(self, flows: Sequence[str]) -> Iterator[_Key]:
        if self.session is not None and self.session.route is Route.CALM:
            yield from self._received([flow for flow in flows if flow in self.skills.calm])

    def _received(self, skills: Sequence[str]) -> Iterator[_Key]:
        """Skills that the session now has; those it took the route with were handed over to."""
        session = self.session
        assert session is not None
        session.skills.update(dict.fromkeys(skills))
        source = session.source
        if source is not None and source.route is not session.route and not session.received:
            to_calm = session.route is Route.CALM
            for one in source.skills:
                for other in skills:
                    yield "nlu_to_calm" if to_calm else "calm_to_nlu", one, other

    def _released(self) -> Iterator[_Key]:
        if self.session is not None:
            for skill in self.session.skills:
                yield "reset", skill, ""
            if self.session.skills:  # where nothing began, there's nothing to take over from
                self.session.source, self.last = None, self.session
            self.session = None

    def _starts(self, turn: ObservedTurn) -> Iterator[tuple[int, str]]:
        """Positions and ids of the flows that began, without those that another one called."""
        wanted = {each.get("flow") for each in turn.commands if each.get("command") == "start flow"}
        for step in turn.trace:
            if step.kind == "started" and (step.flow in wanted or not self._is_called(step.flow)):
                yield step.position, step.flow

    def _is_called(self, flow_id: str) -> bool:
        return any(flow_id in flow.called_flows for flow in self.assistant.flows.values())


def _is(event: Event, slot: str) -> bool:
    return event.get("event") == "slot" and event.get("name") == slot
