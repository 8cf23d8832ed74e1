"""Every code that a check may report: what it means, and what to do.

The codes are stable: people name them in `# coexist: ignore[code]` and in their CI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["CODES", "Code"]


@dataclass(frozen=True)
class Code:
    """A kind of problem; `can_be_ignored` is false where the file can't be read as meant."""

    name: str
    level: Literal["error", "warning"]
    meaning: str
    advice: str
    can_be_ignored: bool = True


def _unreadable(name: str, meaning: str, advice: str) -> Code:
    return Code(name, "error", meaning, advice, can_be_ignored=False)


def _error(name: str, meaning: str, advice: str) -> Code:
    return Code(name, "error", meaning, advice)


def _warning(name: str, meaning: str, advice: str) -> Code:
    return Code(name, "warning", meaning, advice)


_FILES = (
    _unreadable("missing-file", "A file or folder isn't there.", "Correct its path."),
    _unreadable("unreadable-file", "A file can't be opened.", "Look at its permissions."),
    _unreadable("not-utf8", "A file isn't encoded as UTF-8.", "Save it as UTF-8."),
    _unreadable("yaml-syntax", "A file isn't valid YAML.", "Mend it at the place named."),
    _unreadable("duplicate-key", "A map has a key twice.", "Keep one of them."),
    _unreadable("unknown-key", "A key means nothing there.", "Write the one that's meant."),
    _unreadable("missing-key", "A key that is needed isn't there.", "Add it."),
    _unreadable("invalid-value", "A key can't have this value.", "Write what the message says."),
    _unreadable(
        "unsupported-key", "Keys of external agents and tools have no effect here.", "Remove it."
    ),
    _warning("unused-key", "Keys that are read and kept, but do nothing here.", "Remove them."),
    Code(
        "unused-ignore",
        "warning",
        "A `# coexist: ignore[...]` that silences nothing.",
        "Remove it.",
        can_be_ignored=False,
    ),
)

_OLD = (
    _error(
        "old-format",
        "A file is written for Rasa 1 or 2, and `rasa train` of 3.6 refuses or passes over it.",
        "Run `rasa data migrate`.",
    ),
    _warning(
        "old-version",
        "A file says a version before 3, and is read as 3.1.",
        'Write `version: "3.1"`, once it is in that format.',
    ),
)

_CONFIG = (
    _error(
        "missing-importer",
        "Components of this package need its importer.",
        "Add `importers: [{name: router.CoexistenceImporter}]`.",
    ),
    _unreadable("missing-flows", "The importer's `flows:` isn't there.", "Correct the path."),
    _error("missing-flow-policy", "Nothing runs the flows.", "Add `- name: FlowPolicy`."),
    _error(
        "not-offered",
        "A component or a default action isn't part of this package.",
        "Remove or replace it.",
    ),
    _unreadable("two-routers", "A pipeline has one router.", "Leave one of them."),
    _error(
        "router-before-classifier",
        "The router needs the classifier's intent.",
        "Move it behind the intent classifier.",
    ),
    _error(
        "router-after-commands",
        "The command generator needs the router's decision.",
        "Move the router before it.",
    ),
    _warning(
        "no-command-generator",
        "Flows wait for intents, and no component makes commands of them.",
        "Add `- name: NLUCommandAdapter`.",
    ),
    _unreadable("intent-listed-twice", "An intent is in two lists.", "Leave it in one."),
    _unreadable("listed-twice", "A plan has a name in two areas.", "Leave it in one."),
    _error("unknown-intent", "The domain doesn't have this intent.", "Correct or add it."),
    _warning("unlisted-intent", "No list of the router names an intent.", "List it."),
    _warning(
        "intent-starts-nothing",
        "An intent goes to the system that does nothing with it.",
        "Move it to another list.",
    ),
    _warning(
        "many-flows-in-prompt",
        "A command generator puts more than 40 flows into each prompt.",
        "Let flow retrieval choose: leave it on, and install the extra `semantic`.",
    ),
    _warning(
        "english-encoder",
        "The embedded sentence encoder knows English, and the bot speaks another language.",
        "Name an encoder of that language by `folder`, or an endpoint by `embeddings`.",
    ),
    _warning("nlg-rephrase", "Responses aren't rephrased by a model here.", "Remove `nlg`."),
)

_FLOWS = (
    _unreadable("duplicate-flow-id", "Two flows have the same id.", "Rename one."),
    _unreadable("step-kind", "A step does exactly one thing.", "Split it, or add what's missing."),
    _unreadable("reserved-step-id", "START and END are no ids for steps.", "Choose another."),
    _unreadable("duplicate-step-id", "Two steps of a flow have one id.", "Rename one."),
    _unreadable("unknown-step", "A flow has no step of that id.", "Write a step's id or END."),
    _warning("unreachable-step", "No other step leads to this one.", "Name it in a `next`."),
    _unreadable("missing-else", "Branches with `if` need an `else`.", "Close them with `- else:`."),
    _unreadable("misplaced-else", "`else` is the last branch.", "Move it to the end."),
    _unreadable(
        "missing-next",
        "The last step of a nested list, and a `noop`, say what follows.",
        "Add `next`.",
    ),
    _unreadable("link-not-last", "A `link` ends its flow.", "Move it to the end, or `call`."),
    _unreadable("link-with-next", "A `link` ends its flow.", "Remove its `next`, or `call`."),
    _error("unknown-flow", "There is no flow of that id.", "Write a flow's id."),
    _warning("missing-description", "A pattern says nowhere what it's for.", "Add it."),
    _warning(
        "unknown-pattern", "There is no pattern of that name here.", "Correct, rename or remove it."
    ),
    _error("forbidden-link", "This pattern can't be linked to.", "Link to one that can."),
    _error("forbidden-call", "Patterns can't be called.", "Call a flow of your own."),
    _error("forbidden-trigger", "No intent can start this pattern.", "Remove its `nlu_trigger`."),
    _error("link-in-called-flow", "A called flow must come back.", "Replace its `link`."),
    _error("call-cycle", "Flows call each other in a circle.", "Remove one of the calls."),
    _error("trigger-conflict", "An intent triggers two flows.", "Let it trigger one."),
    _error("unknown-action", "There is no such action or response.", "Correct or add it."),
    _error("unknown-response", "There is no such response.", "Correct or add it."),
    _error("unknown-slot", "The domain doesn't have this slot.", "Correct or add it."),
    _error("reserved-slot", "Only routing changes its own slots.", "Use a slot of your own."),
    _error(
        "collect-without-question", "Nothing asks for the slot.", "Add a response or an action."
    ),
    _error("collect-with-two-questions", "Two things ask for the slot.", "Remove one."),
    _warning(
        "unfillable-slot",
        "A flow asks for what only a language model could take, and the bot has none.",
        "Give the slot a mapping of the NLU pipeline's, or its question buttons.",
    ),
    _error("list-slot", "A flow can't collect a list.", "Use another type of slot."),
    _warning("persisted-slot-unused", "A flow persists a slot that it never fills.", "Remove it."),
    _warning(
        "completed-without-reset",
        "The bot's own `pattern_completed` ends without the reset: slots keep their values.",
        "End it with `action_reset_routing`.",
    ),
    _warning(
        "contradicted-reset",
        "A rule resets where a story goes on: `rasa train` fails.",
        "Reset in both, or in neither.",
    ),
)

_CONDITIONS = (
    _unreadable(
        "invalid-condition",
        "A condition can't be read; often `slots.` is missing before a name.",
        "Write what the message says.",
    ),
    _error(
        "illegal-literal",
        "A slot is compared with what it can never be.",
        "Write one of its values.",
    ),
    _warning(
        "unknown-context",
        "The pattern isn't started with this value, or the flow is no pattern.",
        "Write a key that the pattern has.",
    ),
    _error("illegal-value", "A slot can't take this value.", "Write one of its type."),
    _warning(
        "mixed-and-or",
        "`a and b or c` means two things to two readers.",
        "Write parentheses.",
    ),
)

_DOMAIN = (
    _error("slot-type", "A slot has a type that Rasa doesn't have.", "Write one of Rasa's."),
    _error("mapping-type", "A mapping has an unknown type.", "Write one that is known."),
    _error(
        "unknown-form",
        "A slot's mapping waits for a form that isn't there: `rasa train` fails.",
        "Remove the mapping, or add the form.",
    ),
    _error("routing-slot-type", "The routing slot is a bool.", "Write `type: bool`."),
    _error(
        "routing-slot-influences",
        "The routing slot must not influence the conversation.",
        "Write `influence_conversation: false`.",
    ),
    _error("stack-slot-type", "`dialogue_stack` is CALM's own.", "Leave it out."),
    _error("route-without-router", "Nothing sets the routing slot.", "Add a router."),
    _warning(
        "unshared-slot",
        "Both systems use a slot that each reset empties.",
        "Write `shared_for_coexistence: true`, or use two slots.",
    ),
    _error("invalid-template", "A jinja template can't be read.", "Correct it."),
    _error("invalid-payload", "A button's /SetSlots can't be read.", "Correct it."),
    _error("controlled-slot", "A button sets a slot that only actions set.", "Set it by one."),
    _warning("unknown-intent-payload", "A button sends an unknown intent.", "Correct or add it."),
)

_STORIES = (
    _error("reset-without-router", "There is nothing to reset.", "Add a router, or remove it."),
    _warning(
        "missing-reset",
        "A rule or story binds the conversation to the NLU system for good.",
        "End it with `action_reset_routing`.",
    ),
    _warning(
        "contradicted-reset",
        "A rule resets where a story goes on: `rasa train` fails.",
        "Reset in both, or in neither.",
    ),
    _warning(
        "steps-after-reset",
        "Steps after a reset, be it in a called flow, never run.",
        "Move them before it.",
    ),
    _warning("double-reset", "A reset right after another does nothing.", "Remove one."),
)

#: Code -> what it means. In the order of the documentation.
CODES: Mapping[str, Code] = {
    code.name: code
    for code in (*_FILES, *_OLD, *_CONFIG, *_FLOWS, *_CONDITIONS, *_DOMAIN, *_STORIES)
}
