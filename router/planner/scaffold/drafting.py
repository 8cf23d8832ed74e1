"""From the ways of a skill to a flow: what they have in common once, then branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from router.planner.inventory.wording import place
from router.planner.scaffold.bot import IS_SET, Bot
from router.planner.scaffold.events import Does, Event, Fills, Says, Supposes, Way
from router.planner.scaffold.model import Branch, DraftFlow, DraftStep
from router.planner.scaffold.questions import (
    collect,
    collect_form,
    free_slot,
    new_slot,
    no_answers,
    yes_or_no,
)

__all__ = ["add_steps"]

_FILLED_BY_USERS = frozenset({"from_entity", "from_intent", "from_text", "from_llm"})


def add_steps(flow: DraftFlow, ways: Iterable[Way], bot: Bot, left_out: list[str]) -> None:
    """Writes the steps of a flow, its TODOs, and what it needs in the domain."""
    root = _Node()
    for way in ways:
        node = root
        for event in way.events:
            node = node.children.setdefault(event, _Node())
        node.ends = True
    _Drafter(flow, bot, left_out).follow(root, flow.steps)


@dataclass
class _Node:
    children: dict[Event, _Node] = field(default_factory=dict)
    ends: bool = False


class _Drafter:
    def __init__(self, flow: DraftFlow, bot: Bot, left_out: list[str]) -> None:
        self.flow = flow
        self.bot = bot
        self.left_out = left_out

    def follow(self, node: _Node, steps: list[DraftStep]) -> None:
        """Appends what happens from here on."""
        while node.children:
            says = {e: n for e, n in node.children.items() if isinstance(e, Says)}
            supposes = {e: n for e, n in node.children.items() if isinstance(e, Supposes)}
            if node.ends and steps:
                self._todo(steps, "Some rules and stories end here, others go on: when?")
            if says:
                self._leave_out(e for e in node.children if not isinstance(e, Says))
                following = self._answer(says, steps)
                if following is None:
                    return
                node = following
            elif supposes and (len(node.children) > 1 or _is_asked(supposes, steps)):
                self._branch_on_slots(node, supposes, steps)
                return
            else:
                event, *others = node.children
                self._leave_out(others)
                self._add(event, steps)
                node = node.children[event]

    def _add(self, event: Event, steps: list[DraftStep]) -> None:
        if isinstance(event, Fills):
            steps += collect_form(self.flow, event.form, self.bot, self.left_out)
        elif isinstance(event, Does):
            steps.append(DraftStep({"action": self._action(event)}))
        elif isinstance(event, Supposes):
            [(slot, value)] = event.values
            asked = {step.keys.get("collect") for step in steps}
            if slot not in asked:
                self._todo(
                    steps,
                    f"{place(event.location)} supposes that {_condition(slot, value)} here. What "
                    "happens otherwise?",
                )

    def _action(self, event: Does) -> str:
        name = event.action
        if not name:
            name = self._response(event.text)
        elif name.startswith("utter_") and name not in self.bot.responses:
            if name not in self.bot.actions:
                self.flow.responses.setdefault(name, "TODO: what does the bot say here?")
        elif name not in {*self.bot.actions, *self.bot.responses, *self.flow.actions}:
            self.flow.actions.append(name)
            self.flow.todos.append(f"The domain doesn't list {name}: is there such an action?")
        return name

    def _response(self, text: str) -> str:
        """The response that says a text: one for each of the flow's texts."""
        number = 1
        while True:
            name = f"utter_{self.flow.id}_{number}"
            said = self.flow.responses.get(name) or self.bot.text_of(name)
            if said == text:
                return name
            if not said and name not in self.bot.responses:
                self.flow.responses[name] = text
                return name
            number += 1

    def _declare(self, slot: str, spec: dict[str, Any]) -> None:
        if slot not in self.bot.slots:
            self.flow.slots[slot] = spec

    def _branch_on_slots(
        self, node: _Node, supposes: dict[Supposes, _Node], steps: list[DraftStep]
    ) -> None:
        step = self._branching(steps)
        for event, child in supposes.items():
            [(slot, value)] = event.values
            branch = Branch(_condition(slot, value), [])
            self.follow(child, branch.steps)
            step.branches.append(branch)
        rest = _Node({e: n for e, n in node.children.items() if e not in supposes}, node.ends)
        last = Branch("", [])
        if rest.children or rest.ends:
            self.follow(rest, last.steps)
        elif _covers_all([event.values for event in supposes]):
            last.steps = step.branches.pop().steps
        else:
            last.todos.append("No rule or story says what happens otherwise.")
        step.branches.append(last)

    def _branching(self, steps: list[DraftStep]) -> DraftStep:
        """The step that branches: the last, or one that does nothing else."""
        if not steps or steps[-1].branches:
            steps.append(DraftStep({"noop": True}))
        return steps[-1]

    def _answer(self, says: dict[Says, _Node], steps: list[DraftStep]) -> _Node | None:
        """Takes the user's answer; what follows, unless that is in branches."""
        if len(says) == 1:
            [(event, node)] = says.items()
            slots = self._filled(event, node)
            if slots:
                self._ask(slots, steps)
                return node
            if yes_or_no(event.intents) is None:
                self._ask_freely(event, steps)
                return node
        self._branch_on_intents(says, steps)
        return None

    def _filled(self, event: Says, node: _Node) -> list[str]:
        """The slots that the user's turn fills, by its entities and what the story says next."""
        found = [
            mapped.slot
            for mapped in self.bot.files.domain.mappings
            if mapped.entity and mapped.entity in event.entities
        ]
        if len(node.children) >= 1 and all(isinstance(e, Supposes) for e in node.children):
            found += (e.values[0][0] for e in node.children if isinstance(e, Supposes))
        return [slot for slot in dict.fromkeys(found) if self._can_be_asked(slot)]

    def _can_be_asked(self, slot: str) -> bool:
        spec = self.bot.slots.get(slot)
        return bool(spec and spec.type != "list" and spec.mapping_types & _FILLED_BY_USERS)

    def _ask(self, slots: Sequence[str], steps: list[DraftStep]) -> None:
        for slot in slots:
            utter = self._question(steps)
            step = collect(self.flow, slot, self.bot, utter=utter, left_out=self.left_out)
            steps.append(step)

    def _ask_freely(self, event: Says, steps: list[DraftStep]) -> None:
        utter = self._question(steps)
        slot = free_slot(self.flow, utter or event.intents[0], self.bot)
        here = {"active_flow": self.flow.id, "requested_slot": slot}
        filled: dict[str, Any] = {"type": "from_text", "conditions": [here]}
        unwanted = [i for i in no_answers(self.flow, self.bot) if i not in event.intents]
        filled.update({"not_intent": unwanted} if unwanted else {})
        self._declare(slot, new_slot("text", [{"type": "from_llm"}, filled]))
        step = self._collect_new(slot, utter)
        step.todos.append(f"What does the bot need of '{'/'.join(event.intents)}'? Is it a slot?")
        step.answer = self.bot.example(event.intents[0])
        steps.append(step)

    def _branch_on_intents(self, says: dict[Says, _Node], steps: list[DraftStep]) -> None:
        ways: dict[str, tuple[tuple[str, ...], _Node]] = {}
        for event, node in says.items():
            ways.setdefault(event.intents[0], (event.intents, node))
            if ways[event.intents[0]][1] is not node:
                self._leave_out([event])
        meanings = [yes_or_no(intents) for intents, _ in ways.values()]
        is_bool = None not in meanings and len(set(meanings)) == len(meanings)
        values = dict(zip(ways, meanings if is_bool else ways, strict=True))
        utter = self._question(steps)
        slot = free_slot(self.flow, utter, self.bot)
        self._declare(slot, self._slot(slot, values, {k: v[0] for k, v in ways.items()}))
        step = self._collect_new(slot, utter)
        steps.append(step)
        for intent, (_, node) in ways.items():
            condition = _condition(slot, values[intent])
            branch = Branch(condition, [], answer=self.bot.example(intent))
            self.follow(node, branch.steps)
            step.branches.append(branch)
        if len(ways) > 1:
            step.branches[-1].condition = ""
        else:
            told = f"No story says what happens unless it's '{next(iter(ways))}'."
            step.branches.append(Branch("", [], todos=[told]))

    def _slot(
        self, slot: str, values: dict[str, Any], intents: dict[str, tuple[str, ...]]
    ) -> dict[str, Any]:
        """A slot that intents fill, while its flow asks for it."""
        here = [{"active_flow": self.flow.id, "requested_slot": slot}]
        mappings: list[dict[str, Any]] = [{"type": "from_llm"}]
        for way, value in values.items():
            mappings += (
                {"type": "from_intent", "intent": intent, "value": value, "conditions": here}
                for intent in intents[way]
            )
        if all(isinstance(value, bool) for value in values.values()):
            return new_slot("bool", mappings)
        return new_slot("categorical", mappings, [*values.values()])

    def _collect_new(self, slot: str, utter: str) -> DraftStep:
        text = self.bot.text_of(utter)
        if not utter:
            utter = f"utter_ask_{slot}"
            self.flow.responses[utter] = "TODO: what does the bot ask here?"
        step = DraftStep({"collect": slot})
        step.keys["description"] = f"The answer to: {text}" if text else f"The {slot}."
        if utter != f"utter_ask_{slot}":
            step.keys["utter"] = utter
        return step

    def _question(self, steps: list[DraftStep]) -> str:
        """The response before, which now asks; none after a custom action."""
        last = steps[-1].keys.get("action", "") if steps and not steps[-1].branches else ""
        if last in self.bot.responses or last in self.flow.responses:
            steps.pop()
            return str(last)
        return ""

    def _todo(self, steps: list[DraftStep], text: str) -> None:
        (steps[-1].todos if steps else self.flow.todos).append(text)

    def _leave_out(self, events: Iterable[Event]) -> None:
        for event in events:
            self.left_out.append(
                f"{place(event.location)}: rules and stories that begin alike go on differently "
                "here, and nothing says when. The first way was taken."
            )


def _is_asked(supposes: Iterable[Supposes], steps: list[DraftStep]) -> bool:
    """Whether the value is known only once the last step is over: a story about one answer."""
    last = steps[-1].keys if steps else {}
    return any(
        last.get("collect") == event.values[0][0] and event.values[0][1] is not IS_SET
        for event in supposes
    )


def _covers_all(values: Sequence[tuple[tuple[str, Any], ...]]) -> bool:
    if len(values) != 2 or values[0][0][0] != values[1][0][0]:
        return False
    one, other = values[0][0][1], values[1][0][1]
    if isinstance(one, bool) and isinstance(other, bool):
        return one is not other
    return (one is None) != (other is None) and IS_SET in (one, other)


def _condition(slot: str, value: Any) -> str:
    name = f"slots.{slot}"
    if value is IS_SET:
        return f"{name} is not null"
    if value is None:
        return f"{name} is null"
    if isinstance(value, bool):
        return name if value else f"not {name}"
    if isinstance(value, int | float):
        return f"{name} = {value}"
    quote = '"' if "'" in str(value) else "'"
    return f"{name} = {quote}{value}{quote}"
