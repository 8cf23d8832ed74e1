from collections.abc import Callable
from pathlib import Path

import pytest
from observed_events import (
    RULES,
    STORIES,
    Event,
    action,
    calm,
    case,
    loop,
    over,
    released,
    slot,
    trace,
    turn,
    user,
)

from router.checks.project import Project, read_project
from router.e2e.coverage import measure
from router.e2e.observed import ObservedTurn

MINI = Path(__file__).parents[1] / "bots" / "mini"
Followed = Callable[..., set[str]]


def followed_in(project: Project, *turns: ObservedTurn) -> set[str]:
    areas = measure([(case("a"), turns)], project).areas
    items = (*areas["rules"].items, *areas["stories"].items)
    return {item.name for item in items if item.cases}


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Followed]:
    monkeypatch.chdir(tmp_path)  # no flows here

    def of(data: str) -> Followed:
        (tmp_path / "data.yml").write_text(data)
        project = read_project(None, None, [tmp_path / "data.yml"])
        return lambda *turns: followed_in(project, *turns)

    return of


def answer(intent: str, *actions: str, policy: str = RULES) -> ObservedTurn:
    return turn(user(intent), [action(name, policy) for name in actions])


RULE = "rules: [{rule: hours, steps: [{intent: hours}, {action: utter_hours}]}]"
STORY = """
stories:
- story: feedback
  steps: [{intent: feedback}, {action: ask}, {intent: good}, {action: thanks}]
"""


def test_a_rule_is_followed_by_its_intent_and_actions(bot: Callable[[str], Followed]) -> None:
    followed = bot(RULE)
    assert followed(answer("hours", "utter_hours")) == {"hours"}
    assert followed(answer("hours", "utter_other")) == set()
    assert followed(answer("other", "utter_hours")) == set()


def test_a_rule_that_another_policy_overtook_is_not_followed(
    bot: Callable[[str], Followed],
) -> None:
    assert bot(RULE)(answer("hours", "utter_hours", policy=STORIES)) == set()
    assert bot(RULE)(answer("hours", "utter_hours", policy="OurRulePolicy")) == {"hours"}


def test_more_actions_than_it_has_are_something_else(bot: Callable[[str], Followed]) -> None:
    more = answer("hours", "utter_hours", "utter_more")
    assert bot(RULE)(more) == set()
    unfinished = RULE.replace("steps:", "wait_for_user_input: false, steps:")
    assert bot(unfinished)(more) == {"hours"}


def test_what_calm_does_follows_no_rule(bot: Callable[[str], Followed]) -> None:
    assert bot(RULE)(turn(user("hours", "calm"), action("utter_hours"))) == set()


def test_a_story_is_followed_over_its_turns_whoever_predicts(
    bot: Callable[[str], Followed],
) -> None:
    first, second = answer("feedback", "ask", policy=STORIES), answer("good", "thanks")
    assert bot(STORY)(first, second) == {"feedback"}
    assert bot(STORY)(answer("hi", "hello"), first, second) == {"feedback"}
    assert bot(STORY)(first) == set()
    assert bot(STORY)(first, answer("hi", "hello"), second) == set()


def test_turns_that_policies_do_not_see_may_lie_between(bot: Callable[[str], Followed]) -> None:
    first, second = answer("feedback", "ask"), answer("good", "thanks")
    aside = turn(user("transfer", "calm"), action("utter_ask_amount"))
    only_rules = turn(user("hi"), action("hello", hidden=True))
    assert bot(STORY)(first, aside, second) == {"feedback"}
    assert bot(STORY)(first, only_rules, second) == {"feedback"}


@pytest.mark.parametrize(
    "cut",
    [released(), [{"event": "session_started"}], [{"event": "restart"}]],
    ids=["reset", "session", "restart"],
)
def test_nothing_reaches_over_a_reset(bot: Callable[[str], Followed], cut: list[Event]) -> None:
    first, second = answer("feedback", "ask"), answer("good", "thanks")
    assert bot(STORY)(first, turn(*cut), second) == set()
    in_calm = turn(user("x", "calm"), *cut)
    assert bot(STORY)(first, in_calm, second) == set()


def test_any_intent_of_an_or_will_do(bot: Callable[[str], Followed]) -> None:
    followed = bot(
        "rules: [{rule: r, steps: [{or: [{intent: yes}, {intent: sure}]}, {action: go}]}]"
    )
    assert followed(answer("sure", "go")) == followed(answer("yes", "go")) == {"r"}
    assert followed(answer("no", "go")) == set()


def test_what_goes_on_from_a_checkpoint_has_to_come_behind_it(
    bot: Callable[[str], Followed],
) -> None:
    followed = bot(
        """
stories:
- {story: then, steps: [{checkpoint: c}, {intent: more}, {action: tell}]}
- {story: first, steps: [{intent: ask}, {action: say}, {checkpoint: c}]}
"""
    )
    first, then = answer("ask", "say"), answer("more", "tell")
    assert followed(first, then) == {"first", "then"}
    assert followed(then, first) == {"first"}
    assert followed(answer("ask", "say", "tell")) == {"first"}  # it may go on otherwise


def test_steps_given_as_texts_are_met_by_any(bot: Callable[[str], Followed]) -> None:
    followed = bot("stories: [{story: s, steps: [{user: hey you}, {bot: hey yourself}]}]")
    text = turn(user(None), action(None, "TEDPolicy"))
    assert followed(text) == {"s"}
    assert followed(answer("hi", "hello")) == set()


def block_a_card() -> list[ObservedTurn]:
    asked = slot("requested_slot", "card_digits")
    over = slot("requested_slot", None)
    return [
        turn(user("block_card"), action("card_form"), loop("card_form"), asked),
        turn(user("greet"), action("card_form")),
        turn(
            user("inform"),
            slot("card_digits", "4711"),
            [action("card_form"), over, loop(None)],
            [action("action_block_card"), action("utter_blocked")],
            released(),
        ),
    ]


def test_a_forms_beginning_and_its_end_are_rules_of_their_own() -> None:
    mini = read_project(str(MINI / "config.yml"), MINI / "domain.yml", [MINI / "data"])
    begun, *rest = block_a_card()
    assert followed_in(mini, begun) == {"ask for the card"}
    assert followed_in(mini, begun, *rest) == {"ask for the card", "block the card"}
    assert followed_in(mini, calm("tip"), over("inform", "calm", trace())) == set()


def test_a_rules_condition_has_to_hold(bot: Callable[[str], Followed]) -> None:
    followed = bot(
        "rules: [{rule: r, condition: [active_loop: form], steps: [{intent: hi}, {action: no}]}]"
    )
    in_form = turn(user("order"), action("form"), loop("form"))
    assert followed(in_form, answer("hi", "no")) == {"r"}
    assert followed(answer("hi", "no")) == set()


STORY_OF_A_FORM = """
stories:
- story: happy
  steps:
  - {intent: order}
  - {action: form}
  - {active_loop: form}
  - {active_loop: null}
  - {action: done}
- story: unhappy
  steps:
  - {intent: order}
  - {action: form}
  - {active_loop: form}
  - {intent: hi}
  - {action: hello}
  - {action: form}
  - {active_loop: null}
  - {action: done}
"""


def test_answers_to_a_form_are_no_part_of_a_story(bot: Callable[[str], Followed]) -> None:
    followed = bot(STORY_OF_A_FORM)
    begun = turn(user("order"), action("form"), loop("form"))
    answered = turn(user("inform"), action("form"))
    ended = turn(user("inform"), action("form"), loop(None), action("done"))
    assert followed(begun, answered, answered, ended) == {"happy"}
    assert followed(begun, answered) == set()


def test_a_form_that_was_interrupted_is_another_story(bot: Callable[[str], Followed]) -> None:
    followed = bot(STORY_OF_A_FORM)
    begun = turn(user("order"), action("form"), loop("form"))
    interrupted = turn(user("hi"), action("hello"), action("form"))
    ended = turn(user("inform"), action("form"), loop(None), action("done"))
    assert followed(begun, interrupted, ended) == {"unhappy"}


def test_rules_and_stories_are_told_apart_and_have_their_places(tmp_path: Path) -> None:
    (tmp_path / "both.yml").write_text(f"{RULE}\n{STORY}")
    areas = measure([], read_project(None, None, [tmp_path])).areas
    assert [(item.name, str(item.place)) for item in areas["rules"].items] == [
        ("hours", f"{tmp_path / 'both.yml'}:1")
    ]
    assert [(item.name, str(item.place)) for item in areas["stories"].items] == [
        ("feedback", f"{tmp_path / 'both.yml'}:4")
    ]
