"""Which entry intents, forms and flows are one skill."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.flows.model import Flow
from router.planner.inventory.entries import Entries, Opening
from router.planner.inventory.parts import GENERAL_ACTIONS

__all__ = ["Group", "Groups", "group_skills"]


@dataclass
class Group:
    """A skill to be: its entry intents, the forms that these activate, its flows."""

    intents: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Groups:
    """All skills to be, by number; `owners` are those whose entry activates a form."""

    groups: list[Group]
    of_intent: Mapping[str, int]
    owners: Mapping[str, frozenset[int]]


def group_skills(entries: Entries, forms: Collection[str], flows: Mapping[str, Flow]) -> Groups:
    """Puts together what is one skill.

    Those are: the intents of an `or` that opens a rule or story, unless each also opens
    something else by itself; intents that activate the same form, unless it leads them to
    different actions, which makes it a part that skills share (a login); a flow and the
    intents that trigger it, or have its name, or activate the form of its name.
    """
    union = _Union(("intent", intent) for intent in entries.acts)
    for first, second in _same_by_or(entries):
        union.join(("intent", first), ("intent", second))
    for same in _same_by_form(entries, forms):
        for intent in same[1:]:
            union.join(("intent", same[0]), ("intent", intent))
    activated: dict[str, list[str]] = {}
    for opening in entries.openings:
        for form in opening.turn.forms(forms):
            activated.setdefault(form, []).extend(opening.turn.intents)
    for flow in flows.values():
        union.add(("flow", flow.id))
        named = [flow.id] if flow.id in entries.acts else []
        for intent in (*(t.intent for t in flow.nlu_triggers), *named):
            union.join(("intent", intent), ("flow", flow.id))
        owners = {union.find(("intent", intent)) for intent in activated.get(flow.id, ())}
        if len(owners) == 1:
            union.join(owners.pop(), ("flow", flow.id))
    numbers: dict[_Key, int] = {}
    groups: list[Group] = []
    of_intent: dict[str, int] = {}
    for key in union.ordered():
        number = numbers.setdefault(union.find(key), len(groups))
        if number == len(groups):
            groups.append(Group())
        if key[0] == "intent":
            groups[number].intents.append(key[1])
            of_intent[key[1]] = number
        else:
            groups[number].flows.append(key[1])
    for form, intents in activated.items():
        for number in dict.fromkeys(of_intent[intent] for intent in intents):
            groups[number].forms.append(form)
    owners_of = {f: frozenset(of_intent[i] for i in found) for f, found in activated.items()}
    return Groups(groups, of_intent, owners_of)


def _same_by_or(entries: Entries) -> Iterator[tuple[str, str]]:
    alone: dict[str, frozenset[str]] = {}
    for opening in entries.openings:
        if len(opening.turn.intents) == 1:
            intent = opening.turn.intents[0]
            alone[intent] = alone.get(intent, frozenset()) | opening.turn.acts
    for opening in entries.openings:
        first, *others = opening.turn.intents
        for other in others:
            one, two = alone.get(first), alone.get(other)
            if not one or not two or one & two:
                yield first, other


def _same_by_form(entries: Entries, forms: Collection[str]) -> Iterator[list[str]]:
    """Intents whose openings lead to the same form last, and on to the same actions."""
    users: dict[str, dict[str, set[str]]] = {}
    for opening in entries.openings:
        activated = opening.turn.forms(forms)
        if activated:
            for intent in opening.turn.intents:
                following = users.setdefault(activated[-1], {}).setdefault(intent, set())
                following |= _actions_after(opening, activated[-1], forms)
    for found in users.values():
        clusters: list[tuple[list[str], set[str]]] = []
        for intent, actions in found.items():
            if actions:
                same = [cluster for cluster in clusters if cluster[1] & actions]
                clusters = [cluster for cluster in clusters if not cluster[1] & actions]
                intents = [each for cluster in same for each in cluster[0]]
                union = actions.union(*(cluster[1] for cluster in same))
                clusters.append(([*intents, intent], union))
        undecided = [intent for intent, actions in found.items() if not actions]
        if len(clusters) <= 1:
            yield [*(clusters[0][0] if clusters else ()), *undecided]
        else:
            yield from (intents for intents, _ in clusters)


def _actions_after(opening: Opening, form: str, forms: Collection[str]) -> set[str]:
    """The custom actions that the opening's turn has after the form."""
    found: set[str] = set()
    is_after = False
    for step in opening.turn.steps:
        name = step.names[0] if step.names else ""
        if name == form:
            is_after = True
        elif is_after and step.kind == "action" and not name.startswith("utter_") and name:
            found.add(name)
    return found.difference(forms, GENERAL_ACTIONS)


_Key = tuple[str, str]


class _Union:
    """Sets that grow together; keys stay in the order in which they came."""

    def __init__(self, keys: Iterable[_Key]) -> None:
        self._parents: dict[_Key, _Key] = {key: key for key in keys}

    def ordered(self) -> Sequence[_Key]:
        return list(self._parents)

    def add(self, key: _Key) -> None:
        self._parents.setdefault(key, key)

    def find(self, key: _Key) -> _Key:
        while self._parents[key] != key:
            self._parents[key] = key = self._parents[self._parents[key]]
        return key

    def join(self, one: _Key, other: _Key) -> None:
        self.add(one)
        self.add(other)
        self._parents[self.find(other)] = self.find(one)
