"""Rules that reset where a story does something else, which Rasa refuses to train."""

import pytest

FORM = "      - intent: pay\n      - action: pay_form\n      - active_loop: pay_form\n"
HOURS = "      - intent: greet\n      - action: utter_done\n"
OVER = "      - action: pay_form\n      - active_loop: null\n"
RESET = "      - action: action_reset_routing\n"
TURN = "      - intent: pay\n      - action: utter_done\n"
IN_FORM = "    condition:\n      - active_loop: pay_form\n"


def named(kind, name, steps, keys=""):
    return f"  - {kind}: {name}\n{keys}    steps:\n{steps}"


def found(routed, rules, *stories):
    routed.write(
        data__rules="rules:\n" + rules,
        data__stories="stories:\n"
        + "".join(named("story", f"s{number}", each) for number, each in enumerate(stories)),
    )
    return [each for each in routed.problems() if each.code == "contradicted-reset"]


RULE = named("rule", "hours", HOURS + RESET)


@pytest.mark.parametrize(
    ("story", "how"),
    [
        (FORM + HOURS + OVER + RESET, "goes on"),
        (FORM + HOURS, "goes on"),
        (HOURS + TURN + RESET, "goes on"),
        (HOURS + "      - action: utter_other\n" + RESET, "goes on"),
        (TURN + HOURS, "ends without a reset"),
    ],
)
def test_a_reset_where_a_story_does_something_else_is_told(routed, story, how):
    [problem] = found(routed, RULE, story)
    assert problem.is_warning
    assert (problem.location.file, problem.location.line) == ("data/rules.yml", 6)
    assert f"'hours' resets where 's0' {how} (data/stories.yml:" in problem.message
    one_turn = "list 'greet' under nlu_entry.non_sticky" in problem.advice
    assert one_turn == (how == "goes on")


@pytest.mark.parametrize(
    "stories",
    [
        [TURN + HOURS + RESET],
        [HOURS + RESET + TURN],
        [FORM + HOURS + RESET],
        ["      - intent: greet\n      - action: utter_other\n"],
        [HOURS + "      - checkpoint: x\n", "      - checkpoint: x\n" + RESET],
    ],
)
def test_stories_that_reset_too_or_do_otherwise_contradict_nothing(routed, stories):
    assert found(routed, RULE, *stories) == []


def test_a_rule_for_the_form_comes_before_the_one_that_resets(routed):
    within = FORM + HOURS + OVER + RESET
    own = named("rule", "within", HOURS + "      - action: pay_form\n", IN_FORM)
    assert found(routed, RULE + own, within) == []
    assert len(found(routed, RULE + own, within, HOURS + TURN)) == 1, "it's for the form only"


@pytest.mark.parametrize(
    ("condition", "story", "number"),
    [
        (IN_FORM, HOURS + TURN, 0),
        (IN_FORM, FORM + HOURS + OVER, 1),
        ("    condition:\n      - slot_was_set:\n          - amount: 1\n", HOURS + TURN, 0),
    ],
)
def test_a_rule_with_a_condition_contradicts_only_where_it_holds(routed, condition, story, number):
    assert len(found(routed, named("rule", "r", HOURS + RESET, condition), story)) == number


@pytest.mark.parametrize("over", [OVER, "      - active_loop: null\n"])
def test_what_follows_a_form_is_compared_too(routed, over):
    done = "      - action: utter_done\n"
    rule = named("rule", "submit", OVER + done + RESET, IN_FORM)
    [problem] = found(routed, rule, FORM + over + done + TURN)
    assert problem.advice == "Reset in both, or in neither."
    assert found(routed, rule, FORM + over + done + RESET) == []
    assert found(routed, rule, FORM.replace("pay_form", "other_form") + over + done + TURN) == []
