"""From Rasa's test stories to cases, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from router.e2e.reading import read_suite
from router.e2e.writing.conversations import Written
from router.e2e.writing.stories import cases_from_stories
from router.errors import InvalidFile, InvalidTest, Problem


def carried_over(folder: Path, *texts: str) -> tuple[Written, list[Problem]]:
    for number, text in enumerate(texts, 1):
        (folder / f"test_{number}.yml").write_text(text, encoding="utf-8")
    return cases_from_stories([folder])


def steps(folder: Path, *lines: str) -> list[dict[str, Any]]:
    """The steps of one story's only case, which all can be carried over."""
    written, problems = carried_over(folder, story("s", *lines))
    assert problems == []
    [case] = written.cases
    found: list[dict[str, Any]] = case["steps"]
    return found


def story(name: str, *lines: str) -> str:
    return f"stories:\n- story: {name}\n  steps:\n" + "".join(f"  - {line}\n" for line in lines)


def test_messages_and_actions_become_steps(tmp_path: Path) -> None:
    assert steps(
        tmp_path,
        "user: |\n      hello\n    intent: greet",
        "action: utter_greet",
        "action: action_look",
        "action: action_listen",
        'bot: "Look: there."',
        "slot_was_set:\n    - seen: true\n    - where",
    ) == [
        {"user": "hello"},
        {"utter": "utter_greet"},
        {"action": "action_look"},
        {"bot": "Look: there."},
        {"slot_was_set": [{"seen": True}]},
        {"slot_was_set": ["where"]},
    ]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("intent: greet", "/greet"),
        ("intent: /greet", "/greet"),
        ("intent: faq/hours", "/faq/hours"),
        ("intent: go\n    entities: [{city: Köln}, {n: 2}]", '/go{"city": "Köln", "n": 2}'),
        ('user: to [Köln](city) by [bus]{"x"}', "to Köln by bus"),
        ('user: "[a](x:y) [b][{\\"entity\\": \\"z\\"}] [c]"', "a b [c]"),
        ("user: 12", "12"),
    ],
)
def test_what_the_user_says(tmp_path: Path, line: str, text: str) -> None:
    assert steps(tmp_path, line) == [{"user": text}]


def test_the_action_of_a_retrieval_intent_is_no_response(tmp_path: Path) -> None:
    assert steps(tmp_path, "user: when\n    intent: faq/hours", "action: utter_faq")[1:] == [
        {"action": "utter_faq"}
    ]


def test_slots_set_before_the_first_message_are_fixtures(tmp_path: Path) -> None:
    written, problems = carried_over(
        tmp_path, story("s", "slot_was_set:\n    - rich: true\n    - name", "intent: greet")
    )
    assert written.fixtures == {"slots_1": {"rich": True}}
    assert written.cases[0]["fixtures"] == ["slots_1"]
    [problem] = problems
    assert str(problem) == (
        f"{tmp_path}/test_1.yml:4:5: warning[not-carried-over]: 'name' has no value here, "
        "so no fixture sets it."
    )


def test_checkpoints_are_joined_across_files(tmp_path: Path) -> None:
    written, problems = carried_over(
        tmp_path,
        story("hello", "intent: greet", "checkpoint: greeted"),
        story("hi", "user: hi", "checkpoint: greeted"),
        story("then", "checkpoint: greeted", "user: more", "checkpoint: later"),
        story("end", "checkpoint: later", "user: bye"),
    )
    assert problems == []
    assert {case["test_case"]: [s["user"] for s in case["steps"]] for case in written.cases} == {
        "hello + then + end": ["/greet", "more", "bye"],
        "hi + then + end": ["hi", "more", "bye"],
    }


def test_each_choice_of_an_or_is_a_case(tmp_path: Path) -> None:
    line = "or:\n    - intent: affirm\n    - intent: thank\n      entities: [{n: 1}]"
    written, problems = carried_over(tmp_path, story("s", "user: x", line, "action: utter_bye"))
    assert problems == []
    assert [(case["test_case"], case["steps"][1]) for case in written.cases] == [
        ("s, way 1", {"user": "/affirm"}),
        ("s, way 2", {"user": '/thank{"n": 1}'}),
    ]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["user: x", "active_loop: card_form"], 5, "the form 'card_form' is active isn't checked"),
        (["user: x", "slot_was_set: [{requested_slot: a}]"], 5, "own slot 'requested_slot'"),
        (["user: x", "slot_was_set: [{a: null}]"], 5, "'a' is empty isn't checked"),
        (["user: x", "checkpoint: c", "user: y"], 5, "A checkpoint in mid story"),
        (["checkpoint: c", "user: y"], 4, "No story leads to the checkpoint 'c'"),
        (["intent: x\n    entities: [a]"], 5, "The entity 'a' has no value"),
        (["intent: x\n    entities: [{a: 1, role: r}]"], 5, "`role: r` of an entity"),
        (["user: x", "followup: y"], 5, "`followup` isn't carried over"),
        (["user: x", "hello"], 5, "The step 'hello' isn't a map"),
    ],
)
def test_what_is_not_carried_over_is_named_with_its_place(
    tmp_path: Path, lines: list[str], line: int, words: str
) -> None:
    written, problems = carried_over(tmp_path, story("s", *lines))
    [problem] = problems
    assert words in problem.message
    assert problem.location.line == line
    assert problem.location.file.endswith("test_1.yml")
    assert len(written.cases) == 1


def test_a_form_that_ends_is_nothing_to_tell(tmp_path: Path) -> None:
    assert steps(tmp_path, "user: x", "active_loop: null") == [{"user": "x"}]


def test_a_story_without_a_message_and_a_circle_are_named(tmp_path: Path) -> None:
    written, problems = carried_over(
        tmp_path,
        story("silent", "action: utter_hello"),
        story("round", "checkpoint: a", "user: x", "checkpoint: a"),
    )
    assert written.cases == []
    assert [problem.message for problem in problems] == [
        "The story 'silent' has no message of the user.",
        "The story 'round' goes round in a circle of checkpoints.",
    ]


def test_too_many_ways_are_cut_and_told(tmp_path: Path) -> None:
    choice = "or: [{intent: a}, {intent: b}]"
    written, [problem] = carried_over(tmp_path, story("s", *[choice] * 30))
    assert len(written.cases) == 32
    assert "more than 32 ways" in problem.message


def test_what_is_carried_over_is_a_suite(tmp_path: Path) -> None:
    text = story("s", "user: |\n      hello", "action: utter_greet", "slot_was_set: [{a: 1}, b]")
    written, _ = carried_over(tmp_path, text, text)
    out = tmp_path / "out.yml"
    out.write_text(written.as_yaml(), encoding="utf-8")
    cases = read_suite([out]).cases
    assert [case.name for case in cases] == ["s", "s (2)"]
    assert [check.name for check in cases[0].turns[0].checks] == [
        "utter",
        "slot_was_set",
        "slot_was_set",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules: []", "No story is there"),
        ("stories:\n- 5", ":2:3: .*This isn't a story"),
        ("stories:\n- story: x", ":2:3: .*This isn't a story"),
    ],
)
def test_a_file_without_stories_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "test_x.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidTest, match=words):
        cases_from_stories([file])


def test_a_folder_may_hold_other_files_but_not_only_those(tmp_path: Path) -> None:
    written, _ = carried_over(tmp_path, "rules: []", story("s", "user: x"))
    assert written.names == ["s"]
    (tmp_path / "test_2.yml").unlink()
    with pytest.raises(InvalidTest, match="No story is there"):
        cases_from_stories([tmp_path])


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="isn't valid YAML"):
        carried_over(tmp_path, "stories: [")
