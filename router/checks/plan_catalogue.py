"""Every code of `coexist plan check`: what it means, and what to do.

They stand beside those of `coexist validate`, so that each command knows the other's codes in
`# coexist: ignore[code]`. Those in both are about names: in the plan here, in other files there.
"""

from __future__ import annotations

from collections.abc import Mapping

from router.checks.catalogue import Code

__all__ = ["PLAN_CODES"]


def _error(name: str, meaning: str, advice: str) -> Code:
    return Code(name, "error", meaning, advice)


def _warning(name: str, meaning: str, advice: str) -> Code:
    return Code(name, "warning", meaning, advice)


_NAMES = (
    _error("unknown-skill", "The bot has no skill of this name.", "Correct or remove it."),
    _error("unknown-intent", "The domain doesn't have this intent.", "Correct or remove it."),
    _error("unknown-flow", "There is no flow of that id.", "Correct or remove it."),
    _error("unknown-slot", "The domain doesn't have this slot.", "Correct or remove it."),
    _error(
        "unplanned-intent",
        "An intent opens a skill, and neither an area nor `one_turn` has it.",
        "Write it there, or let `coexist plan` do it.",
    ),
    _warning(
        "unplaced-intent",
        "Intents that open nothing are in no area, and in no list of the router.",
        "Write them under `one_turn`, or into the area whose questions they answer.",
    ),
    _error("flow-without-area", "A flow is in no area.", "Write it into one."),
    _error(
        "intent-elsewhere",
        "An intent is in another area than the skill or the flow that it opens.",
        "Bring them together.",
    ),
)

_ROUTING = (
    _warning(
        "plan-not-used",
        "The router doesn't read this plan.",
        "Write `plan: migration.yml` in the place of its lists.",
    ),
    _error(
        "half-moved-area",
        "Some intents of an area go to CALM, others to the NLU system.",
        "Move all of them.",
    ),
    _error(
        "route-against-plan",
        "The router's own lists send an intent elsewhere than the plan.",
        "Take it out of the list, or correct the plan.",
    ),
    _warning(
        "undescribed-area",
        "A router asks a model, and doesn't tell it what an area at `calm` handles.",
        "Write its `description`.",
    ),
    _warning(
        "stage-not-active",
        "The stages `shadow` and `canary` route like `nlu`, as yet.",
        "Write `nlu` or `calm` where that's meant.",
    ),
)

_BORDER = (
    _warning(
        "border-interruption",
        "A skill of one system is interrupted by one of the other: that can't be now.",
        "Move the two together, or remove what shows it.",
    ),
    _warning(
        "slot-across-border",
        "Both systems use a slot that each reset empties.",
        "Write `shared_for_coexistence: true`, or use two slots.",
    ),
    _error(
        "planned-slot-unshared",
        "The plan shares a slot, an area has moved, and the domain doesn't share it.",
        "Write `shared_for_coexistence: true`.",
    ),
)

_MOVED = (
    _error(
        "calm-without-flows",
        "An area at `calm` or `done` has no flows.",
        "Write them, or set its stage back to `nlu`.",
    ),
    _error(
        "calm-without-trigger",
        "An intent or a flow of an area at `calm` starts nothing, or isn't started by anything.",
        "Give a flow the `nlu_trigger`, or add `- name: LLMCommandGenerator`.",
    ),
    _warning(
        "no-e2e-results",
        "Whether areas at `calm` work, or hand over, isn't known.",
        "Run `coexist test --coverage --json FILE`, and give FILE with `--e2e`.",
    ),
    _warning(
        "stale-e2e-results",
        "The bot's files have changed since the end-to-end tests ran.",
        "Train and run them again.",
    ),
    _error(
        "flow-untested",
        "No passing end-to-end test goes through a flow of an area at `calm`.",
        "Write one, say with `coexist test record`.",
    ),
    _error(
        "flow-fails",
        "End-to-end tests of a flow of an area at `calm` fail.",
        "Mend them, or set the area's stage back to `nlu`.",
    ),
    _error(
        "handoff-untested",
        "No passing end-to-end test hands over to an area at `calm`, or from it, or resets.",
        "Write tests that go from one system to the other, and back.",
    ),
    _error(
        "nlu-leftover",
        "A rule, story, form or intent that only an area at `done` had.",
        "Remove it, or set the area's stage back to `calm`.",
    ),
    _error(
        "todo-left",
        "A description or response of an area at `calm` begins with `TODO`: routers, models or "
        "users get to read it.",
        "Write what's meant.",
    ),
    _warning(
        "draft-left",
        "A comment `# TODO` or `# DRAFT`, or the tag `draft` of tests, is left of the drafts of "
        "an area at `calm`.",
        "Do what it says, and remove it.",
    ),
)

#: Code -> what it means. In the order of the documentation.
PLAN_CODES: Mapping[str, Code] = {
    code.name: code for code in (*_NAMES, *_ROUTING, *_BORDER, *_MOVED)
}
