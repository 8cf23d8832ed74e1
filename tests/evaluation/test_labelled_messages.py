"""Labelled messages from CSV and NLU training data, and one clear error where they're broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.errors import InvalidFile
from router.evaluation.expected_routes import RouteLists, lists_from_config, lists_from_file
from router.evaluation.labelled import LabelledMessage, read_csv, spread
from router.evaluation.messages import also_trained_on, read_messages
from router.evaluation.nlu_examples import nlu_examples


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def no_lists() -> RouteLists:
    raise AssertionError("CSV needs no lists")


GOOD = """\
split,text,intent,domain,route,llm,remark
train,hello,greet,talk,nlu_once,,
test,"send 5, please",transfer,bank,calm,calm,x
test,"two
lines",,,nlu,,
test,bye,,,nlu_once,nlu,
"""


def test_a_csv_file_is_read_by_its_columns(tmp_path: Path) -> None:
    messages, part = read_csv(written(tmp_path, "m.csv", GOOD))
    assert part == "test"
    assert messages == [
        LabelledMessage("send 5, please", "calm", "transfer", "bank", "calm"),
        LabelledMessage("two\nlines", "nlu"),
        LabelledMessage("bye", "nlu_once", llm="nlu"),
    ]
    assert [message.place.line for message in messages] == [3, 4, 6]


def test_a_part_is_picked_and_a_file_without_parts_is_read_whole(tmp_path: Path) -> None:
    file = written(tmp_path, "m.csv", GOOD)
    assert [each.text for each in read_csv(file, "train")[0]] == ["hello"]
    whole = written(tmp_path, "whole.csv", "\ufeff text,route\r\nhi,nlu\r\n\r\nho,calm\r\n")
    assert [each.text for each in read_csv(whole)[0]] == ["hi", "ho"]
    assert read_csv(whole)[1] is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,rout\nhi,nlu\n", [":1:1", "no column 'route'", "Did you mean 'rout'?"]),
        ("a,b\n1,2\n", ["no column 'text' and 'route'", "a, b"]),
        ("text;route\nhi;nlu\n", [":1:1", "semicolons", "commas"]),
        ("text\troute\nhi\tnlu\n", ["tabs"]),
        ("text,route\nhi,nlu\nho,clam\n", [":3:1", "'clam'", "Did you mean 'calm'?"]),
        ("text,route\nhi,\n", [":2:1", "can't be ''", "calm, calm_once, nlu, nlu_once"]),
        ("text,route,llm\nhi,nlu,maybe\n", [":2:1", "'llm' can't be 'maybe'"]),
        ("text,route\n  ,nlu\n", [":2:1", "text is empty"]),
        ("text,route\nhi, you,nlu\n", [":2:1", "3 values for 2 columns", "quotes"]),
        ('text,route\nok,nlu\n"hi" you,nlu\n', [":3:1", ""]),
        (b"text,route\nhi,nlu\nd\xe9j\xe0,nlu\n", [":3:1", "0xe9", "UTF-8"]),
        ("", ["empty"]),
        ("text,route\n", ["no messages"]),
        ("text,route,split\nhi,nlu,train\nho,nlu,dev\n", ["part 'test'", "train, dev"]),
    ],
)
def test_a_broken_csv_file_is_one_error_that_says_where(
    tmp_path: Path, content: str | bytes, said: list[str]
) -> None:
    with pytest.raises(InvalidFile) as caught:
        read_csv(written(tmp_path, "m.csv", content))
    assert "m.csv" in str(caught.value)
    for words in said:
        assert words in str(caught.value)


def test_all_problems_are_listed_up_to_a_bound(tmp_path: Path) -> None:
    lines = "text,route\n" + "hi,nowhere\n" * 50
    with pytest.raises(InvalidFile) as caught:
        read_csv(written(tmp_path, "m.csv", lines))
    assert len(caught.value.problems) == 21
    assert "30 more" in str(caught.value)


def test_a_part_of_a_file_without_parts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="no column 'split'"):
        read_csv(written(tmp_path, "m.csv", "text,route\nhi,nlu\n"), "test")


def test_a_file_that_isnt_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="can't be read"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(InvalidFile, match="no such file"):
        nlu_examples([tmp_path / "none.yml"])


def test_a_limit_takes_messages_from_all_of_the_file() -> None:
    messages = [LabelledMessage(str(number), "nlu") for number in range(10)]
    assert [each.text for each in spread(messages, 3)] == ["0", "3", "6"]
    assert spread(messages, None) == spread(messages, 10) == spread(messages, 99) == messages


NLU = """\
version: "3.1"
nlu:
- intent: transfer
  examples: |
    - send [5](amount:5.0) to [Ann]{"entity": "person", "role": "to"}
    - pay [Ann][{"entity": "person"}, {"entity": "name"}] now
- intent: faq/hours
  examples:
  - text: |
      when are you open
    metadata: {sentiment: neutral}
  - text: opening hours [not an entity]
- synonym: one
  examples: |
    - 1
- intent: greet
  examples: |
    - hi
"""


def test_examples_of_intents_are_read_without_their_entities(tmp_path: Path) -> None:
    written(tmp_path, "data/nlu.yml", NLU)
    written(tmp_path, "data/rules.yml", "rules: []\n")
    found = nlu_examples([tmp_path / "data"])
    assert [(each.intent, each.text) for each in found] == [
        ("transfer", "send 5 to Ann"),
        ("transfer", "pay Ann now"),
        ("faq", "when are you open"),
        ("faq", "opening hours [not an entity]"),
        ("greet", "hi"),
    ]
    assert found[0].place.file.endswith("nlu.yml")


LISTS = """\
nlu_entry:
  sticky: [faq]
  non_sticky: [{name: greet, examples: [hi]}]
calm_entry:
  sticky: []
out_of_scope: [oos]
unsure: calm_once
"""
CONFIG = """\
importers: [{name: router.CoexistenceImporter}]
pipeline:
- name: IntentBasedRouter
  nlu_entry: {sticky: [faq], non_sticky: [greet]}
  calm_entry: {sticky: []}
  unlisted: nlu_once
policies: [{name: FlowPolicy}]
"""
FLOW = """\
flows:
  send:
    description: sends money
    nlu_trigger: [{intent: transfer}]
    steps: [{action: utter_x}]
"""


def test_training_data_expects_what_the_lists_say(tmp_path: Path) -> None:
    file = written(tmp_path, "nlu.yml", NLU)
    lists = written(tmp_path, "lists.yml", LISTS)
    found = read_messages(file, lambda: lists_from_file(lists))
    assert [each.route for each in found.messages] == ["nlu", "nlu", "nlu", "nlu", "nlu_once"]
    assert found.notes == ("No list names transfer: 'nlu' is expected of them.",)
    out_of_scope = written(tmp_path, "o.yml", "nlu: [{intent: oos, examples: '- what'}]")
    found = read_messages(out_of_scope, lambda: lists_from_file(lists))
    assert [each.route for each in found.messages] == ["calm_once"]
    assert found.notes == ()


def test_the_lists_of_a_project_know_the_intents_that_start_flows(tmp_path: Path) -> None:
    config = written(tmp_path, "config.yml", CONFIG)
    written(tmp_path, "flows/send.yml", FLOW)
    file = written(tmp_path, "data/nlu.yml", NLU)
    found = read_messages(file, lambda: lists_from_config(config), limit=4)
    assert {each.intent: each.route for each in found.messages} == {
        "transfer": "calm",
        "faq": "nlu",
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[a]", ["no lists of intents", "nlu_entry"]),
        ("nlu_entry: {sticky: []}\ncalm_entry: {sticky: []}", ["nlu_entry.non_sticky"]),
        (LISTS + "unlistd: nlu", ["unlistd", "Did you mean 'unlisted'?"]),
        (LISTS.replace("oos", "faq"), ["'faq' is in nlu_entry.sticky and again"]),
        (LISTS.replace("calm_once", "later"), ["'later'"]),
    ],
)
def test_wrong_lists_are_one_error(tmp_path: Path, content: str, said: list[str]) -> None:
    with pytest.raises(InvalidFile) as caught:
        lists_from_file(written(tmp_path, "lists.yml", content))
    for words in ["lists.yml", *said]:
        assert words in str(caught.value)


LLM_CONFIG = CONFIG.replace("IntentBasedRouter", "LLMBasedRouter").replace(
    "  nlu_entry: {sticky: [faq], non_sticky: [greet]}\n  calm_entry: {sticky: []}\n",
    "  calm_entry: {sticky: sends money}\n",
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LLM_CONFIG.replace("  unlisted: nlu_once\n", ""), "LLMBasedRouter has no lists"),
        ("pipeline: []\n", "no router"),
        (CONFIG.replace("non_sticky: [greet]", "non_sticky: 7"), "non_sticky"),
    ],
)
def test_a_router_without_lists_says_what_to_give(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(InvalidFile, match=said):
        lists_from_config(written(tmp_path, "config.yml", content))
    with pytest.raises(InvalidFile, match=r"--routes lists\.yml, or --routes-from"):
        lists_from_config(tmp_path / "none.yml")


def test_training_data_has_no_parts_and_needs_examples(tmp_path: Path) -> None:
    lists = written(tmp_path, "lists.yml", LISTS)
    with pytest.raises(InvalidFile, match="no parts"):
        read_messages(written(tmp_path, "nlu.yml", NLU), no_lists, part="test")
    with pytest.raises(InvalidFile, match="no examples"):
        read_messages(lists, no_lists)


def test_csv_asks_for_no_lists(tmp_path: Path) -> None:
    file = written(tmp_path, "m.csv", GOOD)
    assert len(read_messages(file, no_lists, limit=2).messages) == 2


def test_messages_that_were_trained_on_are_counted(tmp_path: Path) -> None:
    data = written(tmp_path, "data/nlu.yml", NLU).parent
    messages = [LabelledMessage(text, "nlu") for text in ("Send 5  to ann", "new", "hi")]
    [note] = also_trained_on(messages, [data, tmp_path / "none"])
    assert note.startswith("2 of 3 messages are also in the training data")
    assert also_trained_on(messages[1:2], [data]) == []
