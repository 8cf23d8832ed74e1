"""Rules and stories: is the user released after a sticky entry, and does the reset come last?"""

import pytest

RESET = "      - action: action_reset_routing\n"
GREET = "      - intent: greet\n      - action: utter_done\n"


def rule(steps, *, keys="", name="r", kind="rule"):
    return f"  - {kind}: {name}\n{keys}    steps:\n{steps}"


def rules(*each):
    return "rules:\n" + "".join(each)


def stories(*each):
    return "stories:\n" + "".join(each)


def story(steps, name="s"):
    return rule(steps, name=name, kind="story")


START_FORM = "      - intent: greet\n      - action: pay_form\n      - active_loop: pay_form\n"
END_FORM = "      - action: pay_form\n      - active_loop: null\n      - action: utter_done\n"
IN_FORM = "    condition:\n      - active_loop: pay_form\n"


@pytest.mark.parametrize(
    "text",
    [
        rules(rule(GREET + RESET)),
        rules(rule(GREET + "      - action: action_restart\n")),
        rules(rule("      - intent: pay\n      - action: utter_done\n")),
        rules(rule("      - intent: restart\n      - action: action_restart\n")),
        rules(rule(GREET, keys="    wait_for_user_input: false\n")),
        rules(rule(START_FORM), rule(END_FORM + RESET, keys=IN_FORM)),
        rules(rule(START_FORM)) + stories(story(START_FORM + END_FORM + RESET)),
        stories(
            story(GREET + "      - checkpoint: later\n"),
            story("      - checkpoint: later\n      - intent: pay\n" + RESET),
        ),
        stories(
            story(GREET + "      - checkpoint: a\n"),
            story("      - checkpoint: a\n      - intent: pay\n      - checkpoint: b\n"),
            story("      - checkpoint: b\n      - intent: pay\n" + RESET),
        ),
        stories(story(GREET + RESET + "      - intent: pay\n      - action: utter_done\n")),
        # It was active before, and who submits it is released.
        rules(
            rule("      - intent: greet\n      - action: pay_form\n", keys=IN_FORM),
            rule(END_FORM + RESET, keys=IN_FORM),
        ),
    ],
)
def test_who_is_released_is_no_problem(routed, text):
    routed.write(data__rules=text)
    assert routed.found("missing-reset") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (rules(rule(GREET)), 4),
        (rules(rule(GREET.replace("greet", "greet/warmly"))), 4),
        (rules(rule("      - or:\n          - intent: pay\n          - intent: greet\n")), 5),
        (rules(rule(START_FORM)), 4),
        # The reset belongs where the form is submitted, be it for several that start it.
        (rules(rule(START_FORM), rule(END_FORM, keys=IN_FORM)), 13),
        (rules(rule(START_FORM), rule(START_FORM), rule(END_FORM, keys=IN_FORM)), 18),
        (rules(rule(START_FORM)) + stories(story(START_FORM + END_FORM)), 10),
        (
            rules(
                rule(START_FORM),
                rule(
                    END_FORM + "      - action: next_form\n      - active_loop: next_form\n",
                    keys=IN_FORM,
                ),
                rule(END_FORM.replace("pay", "next"), keys=IN_FORM.replace("pay", "next")),
            ),
            22,
        ),
        (stories(story(GREET + RESET + GREET)), 7),
        (stories(story(GREET + "      - checkpoint: nowhere\n")), 4),
        (
            stories(
                story(GREET + "      - checkpoint: a\n"),
                story("      - checkpoint: a\n      - intent: pay\n      - checkpoint: a\n"),
            ),
            4,
        ),
        (stories(story("      - intent: pay\n      - action: utter_done\n" + GREET)), 6),
    ],
)
def test_who_is_never_released_is_told(routed, text, line):
    routed.write(data__rules=text)
    assert routed.found("missing-reset") == [f"missing-reset {line}"]


@pytest.mark.parametrize(
    ("unlisted", "expected"), [("nlu", ["missing-reset 4"]), ("nlu_once", []), ("calm", [])]
)
def test_an_intent_that_nobody_lists_goes_where_unlisted_says(routed, unlisted, expected):
    config = (routed.folder / "config.yml").read_text()
    key = f"    unlisted: {unlisted}\n    nlu_entry: {{sticky: []"
    routed.write(config=config.replace("    nlu_entry: {sticky: [greet]", key))
    routed.write(data__rules=rules(rule(GREET)))
    assert routed.found("missing-reset") == expected


@pytest.mark.parametrize(("unsure", "expected"), [("nlu", ["missing-reset 4"]), ("nlu_once", [])])
def test_the_fallback_intent_goes_where_unsure_says(routed, unsure, expected):
    config = (routed.folder / "config.yml").read_text()
    routed.write(config=config.replace("    nlu_entry", f"    unsure: {unsure}\n    nlu_entry"))
    routed.write(data__rules=rules(rule(GREET.replace("greet", "nlu_fallback"))))
    assert routed.found("missing-reset") == expected


def test_a_test_story_is_no_story(routed):
    routed.write(data__test_stories=stories(story(GREET)))
    assert routed.found("missing-reset") == []


def test_without_a_router_nobody_is_stuck(bot):
    bot.write(data__rules=rules(rule(GREET)))
    assert bot.found() == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("      - action: action_listen\n", []),
        ("      - intent: greet\n      - action: utter_done\n" + RESET, []),
        ("      - checkpoint: x\n", []),
        ("      - slot_was_set:\n          - amount: null\n", []),
        ("      - active_loop: null\n", []),
        ("      - action: utter_done\n", ["steps-after-reset 7"]),
        ("      - bot: Bye.\n", ["steps-after-reset 7"]),
        ("      - active_loop: pay_form\n", ["steps-after-reset 7"]),
        (RESET, ["double-reset 7"]),
        ("      - slot_was_set:\n          - amount: null\n" + RESET, ["double-reset 9"]),
    ],
)
def test_what_follows_a_reset_never_runs(routed, after, expected):
    routed.write(data__stories=stories(story(GREET + RESET + after)))
    assert routed.found("steps-after-reset", "double-reset") == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("", []),
        ("        next: END\n      - id: other\n        action: utter_done\n", []),
        ("      - action: action_listen\n", []),
        ("      - action: utter_done\n", ["steps-after-reset 6"]),
        (RESET, ["double-reset 6"]),
    ],
)
def test_what_follows_a_reset_in_a_flow_never_runs(routed, steps, expected):
    flow = "flows:\n  pay:\n    description: d\n    steps:\n" + RESET + steps
    routed.write(flows__pay=flow)
    assert routed.found("steps-after-reset", "double-reset") == expected


CALL = "flows:\n  pay:\n    description: d\n    steps:\n      - call: end\n{}"
END = "flows:\n  end:\n    description: d\n    steps:\n{}"
BRANCH = (
    "      - noop: true\n        next:\n          - if: slots.sure\n"
    "            then: yes\n          - else: no\n"
)


@pytest.mark.parametrize(
    ("child", "after", "expected"),
    [
        (RESET, "      - action: utter_done\n", ["steps-after-reset 6"]),
        ("      - call: deeper\n", "      - action: utter_done\n", ["steps-after-reset 6"]),
        (RESET, RESET, ["double-reset 6"]),
        (RESET, "", []),
        (RESET, "      - action: action_listen\n", []),
        ("      - action: utter_done\n", "      - action: utter_done\n", []),
        (
            BRANCH + "      - {id: yes, action: action_reset_routing, next: END}\n"
            "      - {id: no, action: action_reset_routing}\n",
            "      - action: utter_done\n",
            ["steps-after-reset 6"],
        ),
        (
            BRANCH + "      - {id: yes, action: action_reset_routing, next: END}\n"
            "      - {id: no, action: utter_done}\n",
            "      - action: utter_done\n",
            [],
        ),
        # A circle of calls, which is an error of its own.
        (
            "      - call: pay\n" + RESET,
            "      - action: utter_done\n",
            ["double-reset 6", "steps-after-reset 6"],
        ),
    ],
)
def test_what_follows_the_call_of_a_flow_that_resets_never_runs(routed, child, after, expected):
    routed.write(
        flows__pay=CALL.format(after),
        flows__end=END.format(child),
        flows__deeper=END.format(RESET).replace("end:", "deeper:"),
    )
    found = routed.found("steps-after-reset", "double-reset")
    assert found == expected


def test_a_long_chain_of_calls_to_a_reset_is_followed_in_no_time(routed):
    link = "  f{0}: {{description: d, steps: [{{call: f{1}}}]}}\n"
    chain = "".join(link.format(i, i + 1) for i in range(1500))
    last = "  f1500: {description: d, steps: [{action: action_reset_routing}]}\n"
    routed.write(
        flows__chain="flows:\n" + chain + last,
        flows__pay=CALL.replace("call: end", "call: f0").format("      - action: utter_done\n"),
    )
    assert routed.found("steps-after-reset") == ["steps-after-reset 6"]
