"""What a test file says, in the documentation's words and in those of other people's files."""

from __future__ import annotations

import pytest
from e2e_files import ONE_CASE, write

from router.e2e.cases import TestCase
from router.e2e.reading import read_suite


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def case(text: str) -> TestCase:
    write(a=text)
    (found,) = read_suite(["a.yml"]).cases
    return found


def steps(text: str) -> TestCase:
    return case("test_cases:\n- test_case: one\n  steps:\n" + text)


def names(checks) -> list[str]:
    return [check.name for check in checks]


def test_a_case_has_its_turns_in_order_with_their_lines():
    found = steps("  - user: hi\n  - utter: utter_greet\n  - user: bye\n")
    assert [(turn.user, turn.location.line) for turn in found.turns] == [("hi", 4), ("bye", 6)]
    assert (found.id, found.location.line) == ("a.yml::one", 2)


def test_checks_belong_to_the_message_before_them_and_the_first_to_the_opening():
    found = steps(
        "  - utter: utter_welcome\n"
        "  - user: hi\n"
        "    assertions:\n"
        "    - flow_started: transfer_money\n"
        "  - bot: Hello.\n"
        "  - slot_was_set: [name, {city: Rome}]\n"
        "  - slot_was_not_set: [age]\n"
        "  - action: action_greet\n"
        "  - user: bye\n"
    )
    assert names(found.opening) == ["utter"]
    expected = ["flow_started", "bot", "slot_was_set", "slot_was_not_set", "action"]
    assert names(found.turns[0].checks) == expected
    assert found.turns[1].checks == ()


def test_a_check_tells_how_it_was_written_and_where():
    found = steps(
        "  - user: hi\n"
        "    assertions:\n"
        "    - flow_completed: {flow_id: pay, flow_step_id: done}\n"
        "    - action_executed: action_pay\n"
        "  - bot: |\n"
        "      Two\n"
        "      lines\n"
    )
    assert [(check.location.line, check.text) for check in found.turns[0].checks] == [
        (6, 'flow_completed: {"flow_id": "pay", "flow_step_id": "done"}'),
        (7, "action_executed: action_pay"),
        (8, 'bot: "Two\\nlines"'),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("50", "50"),
        ("007", "007"),
        ("1.50  # euros", "1.50"),
        ("-1", "-1"),
        ("0x1F", "0x1F"),
        ("true", "true"),
        ("yes", "yes"),
        ("'50'", "50"),
        ("2024-01-31", "2024-01-31"),
        ('""', ""),
        ('" "', " "),
        ("|\n      two\n      lines", "two\nlines"),
        (">\n      folded\n      lines", "folded lines"),
        ("&amount 5", "5"),
    ],
)
def test_the_user_says_what_is_written_be_it_a_number_or_not(written, said):
    assert steps(f"  - user: {written}\n").turns[0].user == said
    assert steps(f"  - {{user: hi}}\n  - user: {written}\n").turns[1].user == said


def test_a_number_in_a_map_on_one_line_ends_where_the_map_ends():
    assert steps("  - {user: 007}\n").turns[0].user == "007"
    assert steps("  - {user: 007, metadata: []}\n").turns[0].user == "007"


def test_a_case_may_be_called_by_a_number():
    assert case("test_cases:\n- test_case: 007\n  steps: [{user: hi}]\n").name == "007"


@pytest.mark.parametrize("name", ["Überweisung: 送金 💸", "👩‍👩‍👧 family", "a 'b' \"c\" $d"])
def test_a_case_may_be_called_by_anything_that_fits_in_a_line(name):
    assert case(f"test_cases:\n- test_case: >-\n    {name}\n  steps: [{{user: hi}}]\n").name == name


@pytest.mark.parametrize(
    "definition",
    [
        "  - premium: [{membership: premium}, {points: 10}]\n",
        "  - premium: {membership: premium, points: 10}\n",
        "  - premium:\n    - membership: premium\n      points: 10\n",
        "  premium: [{membership: premium}, {points: 10}]\n",
        "  premium: {membership: premium, points: 10}\n",
    ],
)
@pytest.mark.parametrize("named", ["premium", "[premium]"])
def test_fixtures_are_lists_of_maps_or_one_map_and_named_by_a_word_or_a_list(definition, named):
    found = case(
        f"fixtures:\n{definition}test_cases:\n"
        f"- test_case: one\n  fixtures: {named}\n  steps: [{{user: hi}}]\n"
    )
    assert found.slots == {"membership": "premium", "points": 10}
    assert {place.file for place in found.slot_places.values()} == {"a.yml"}


def test_of_two_fixtures_with_one_slot_the_later_counts():
    found = case(
        "fixtures: [{a: [{x: 1}, {y: 1}]}, {b: [{y: 2}]}]\n"
        "test_cases: [{test_case: one, fixtures: [a, b], steps: [{user: hi}]}]\n"
    )
    assert found.slots == {"x": 1, "y": 2}


def test_metadata_of_a_step_goes_over_that_of_the_case_key_by_key():
    found = case(
        "metadata:\n"
        "- web: {channel: web, language: en}\n"
        "- german: {language: de}\n"
        "test_cases:\n"
        "- test_case: one\n"
        "  metadata: web\n"
        "  steps:\n"
        "  - user: hi\n"
        "  - user: hallo\n"
        "    metadata: german\n"
    )
    assert [turn.metadata for turn in found.turns] == [
        {"channel": "web", "language": "en"},
        {"channel": "web", "language": "de"},
    ]


def test_the_commands_are_a_list_of_lines_or_a_block_of_them_and_know_their_places():
    found = steps(
        "  - user: a\n"
        "    commands:\n"
        "    - start flow pay\n"
        "    - SetSlot(amount, 50)\n"
        "  - user: b\n"
        "    commands: |\n"
        "      start flow pay\n"
        "\n"
        "      cancel flow\n"
        "  - user: c\n"
        "    commands: hand over\n"
        "  - user: d\n"
        "    commands: []\n"
        "  - user: e\n"
    )
    assert [turn.commands for turn in found.turns] == [
        ("start flow pay", "SetSlot(amount, 50)"),
        ("start flow pay", "cancel flow"),
        ("hand over",),
        (),
        None,
    ]
    lines = [[place.line for place in turn.command_places] for turn in found.turns]
    assert lines == [[6, 7], [10, 12], [14], [], []]


def test_the_route_of_a_step_is_an_outcome_of_a_router():
    found = steps("  - user: a\n    route: nlu_once\n  - user: b\n")
    assert [turn.route for turn in found.turns] == ["nlu_once", None]


def test_order_and_strictness_are_off_unless_asked_for():
    plain = steps("  - user: a\n")
    assert not plain.strict
    assert not plain.turns[0].in_order
    asked = case(
        "test_cases:\n- test_case: one\n  strict: true\n  steps:\n"
        "  - user: a\n    assertion_order_enabled: true\n"
    )
    assert asked.strict
    assert asked.turns[0].in_order


def test_a_stub_gives_events_and_responses_or_nothing():
    found = case(
        "stub_custom_actions:\n"
        "  action_pay:\n"
        "    events: [{event: slot, name: paid, value: true}]\n"
        "    responses: [{text: Paid.}]\n"
        "  action_log: {}\n"
        "  action_none:\n" + ONE_CASE
    )
    assert found.stubs["action_pay"].events == ({"event": "slot", "name": "paid", "value": True},)
    assert found.stubs["action_pay"].responses == ({"text": "Paid."},)
    assert found.stubs["action_log"].events == found.stubs["action_none"].responses == ()
    assert found.stubs["action_log"].location.line == 5


def test_a_stub_for_one_case_goes_before_one_for_all_and_that_of_the_case_before_both():
    write(
        a=(
            "stub_custom_actions:\n"
            "  two::action_pay: {responses: [{text: for two}]}\n"
            "  three::action_pay: {responses: [{text: for three}]}\n"
            "  action_pay: {responses: [{text: for all}]}\n"
            "test_cases:\n"
            "- {test_case: one, steps: [{user: hi}]}\n"
            "- {test_case: two, steps: [{user: hi}]}\n"
            "- test_case: three\n"
            "  stub_custom_actions: {action_pay: {responses: [{text: its own}]}}\n"
            "  steps: [{user: hi}]\n"
        )
    )
    said = [dict(c.stubs["action_pay"].responses[0])["text"] for c in read_suite(["a.yml"]).cases]
    assert said == ["for all", "for two", "its own"]


@pytest.mark.parametrize(("written", "tags"), [("calm", ("calm",)), ("[b, a, b]", ("b", "a"))])
def test_tags_are_a_word_or_a_list_of_words(written, tags):
    text = f"test_cases:\n- test_case: one\n  tags: {written}\n  steps: [{{user: hi}}]\n"
    assert case(text).tags == tags


def test_a_case_may_expect_something_of_the_opening_alone():
    found = steps("  - utter: utter_welcome\n")
    assert (found.turns, names(found.opening)) == ((), ["utter"])


def test_anchors_and_versions_of_other_files_do_no_harm():
    found = case(
        'version: "3.1"\n'
        "test_cases:\n"
        "- test_case: one\n"
        "  steps:\n"
        "  - &hello {user: hi}\n"
        "  - *hello\n"
    )
    assert [turn.user for turn in found.turns] == ["hi", "hi"]


def test_the_source_holds_all_that_writes_the_case_anew_as_plain_data():
    write(
        conftest=(
            "tags: [bank]\n"
            "fixtures: {premium: [{points: 10}], unused: [{points: 0}]}\n"
            "metadata: [{web: {channel: web}}, {german: {language: de}}, {unused: {}}]\n"
            "stub_custom_actions: {action_pay: {responses: [{text: Paid.}]}}\n"
        )
    )
    found = case(
        "test_cases:\n"
        "- test_case: one\n"
        "  strict: true\n"
        "  tags: [calm]\n"
        "  fixtures: premium\n"
        "  metadata: web\n"
        "  stub_custom_actions: {action_log: {}}\n"
        "  steps:\n"
        "  - {user: 007, metadata: german}\n"
        "  - {bot: 1.50}\n"
    )
    assert found.source == {
        "test_case": {
            "test_case": "one",
            "tags": ["bank", "calm"],
            "strict": True,
            "fixtures": "premium",
            "metadata": "web",
            "steps": [{"user": "007", "metadata": "german"}, {"bot": "1.50"}],
        },
        "fixtures": {"premium": {"points": 10}},
        "metadata": {"web": {"channel": "web"}, "german": {"language": "de"}},
        "stub_custom_actions": {
            "action_pay": {"events": [], "responses": [{"text": "Paid."}]},
            "action_log": {"events": [], "responses": []},
        },
    }
    assert type(found.source["test_case"]["steps"][0]) is dict
