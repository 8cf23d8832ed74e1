"""Bots that are broken, unfinished or strange: a partial inventory, and why."""

import os
import subprocess
import sys
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_inventory_bots import inventory_of, many_stories, write_bot

from router.planner.inventory import read_inventory
from router.planner.model import Inventory

HELLO = "rules: [{rule: hello, steps: [{intent: greet}, {action: utter_greet}]}]"
ROOT = Path(__file__).parents[2]


def reasons_of(found: Inventory, folder: Path) -> list[str]:
    return [reason.replace(f"{folder}{os.sep}", "") for reason in found.reasons]


def test_an_empty_bot_has_an_empty_inventory(tmp_path):
    assert inventory_of(tmp_path) == Inventory()
    assert read_inventory(None, None, []) == Inventory()


def test_paths_that_are_not_there(tmp_path):
    paths = [tmp_path / name for name in ("config.yml", "domain.yml", "data")]
    found = read_inventory(paths[0], paths[1], paths[2:])
    assert found.reasons == tuple(f"{path}: it isn't there." for path in paths)


def test_intents_that_nothing_uses_are_named(tmp_path):
    found = inventory_of(
        tmp_path,
        domain="intents:\n- greet\n- unused\n- faq: {use_entities: []}\nactions: [utter_greet]\n",
        data_rules=HELLO,
    )
    assert reasons_of(found, tmp_path) == [
        "domain.yml:3: the intent 'unused' is in no rule, story, form or flow.",
        "domain.yml:4: the intent 'faq' is in no rule, story, form or flow.",
    ]


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        ("intents: 5", "domain.yml:1: `intents` isn't a list."),
        ("intents:\n- greet\n- 5", "domain.yml:3: `intents`: 5 isn't a name."),
        ("actions: {a: b}", "domain.yml:1: `actions` isn't a list."),
        ("slots: [a, b]", "domain.yml:1: `slots` isn't a map."),
        ("slots:\n  a: text", "domain.yml:2: `slots`: 'a' isn't a map."),
        ("responses: [utter_x]", "domain.yml:1: `responses` isn't a map."),
        ("responses:\n  utter_x: Hello.", "domain.yml:2: `responses`: 'utter_x' isn't a list."),
        ("forms: a", "domain.yml:1: `forms` isn't a map."),
        ("forms: [[a]]", "domain.yml:1: `forms`: ['a'] isn't a name."),
        ("forms:\n  a: [b]", "domain.yml:2: `forms`: 'a' isn't a map."),
        ("- intents", "domain.yml:1: this isn't a map of `intents:`, `slots:` or other keys of a "
         "domain."),
    ],
)  # fmt: skip
def test_what_has_another_shape_in_the_domain_is_told_and_the_rest_is_read(
    tmp_path, domain, reason
):
    rest = "" if domain.startswith("- ") else "\nentities: [city]"
    found = inventory_of(tmp_path, domain=domain + rest, data_rules=HELLO)
    assert "greet" in found.skills
    assert reasons_of(found, tmp_path)[0] == reason
    assert sum("isn't a " in each for each in found.reasons) == 1


def test_responses_of_another_shape_in_the_training_data_are_told(tmp_path):
    found = inventory_of(tmp_path, data_rules=f"{HELLO}\nresponses: [utter_greet]")
    assert reasons_of(found, tmp_path) == ["data/rules.yml:2: `responses` isn't a map."]


def test_empty_keys_and_lists_of_forms_are_in_order(tmp_path):
    domain = """
        intents:
        slots:
        actions: []
        responses: {}
        forms: [book_form]
        """
    found = inventory_of(tmp_path, domain=domain)
    assert reasons_of(found, tmp_path) == ["domain.yml:6: no rule or story activates 'book_form'."]


def test_names_that_the_domain_lacks_are_told_once(tmp_path):
    stories = """
        stories:
        - story: a
          steps: [{intent: nope}, {action: action_nope}]
        - story: b
          steps: [{intent: nope}, {action: utter_known}]
        """
    found = inventory_of(
        tmp_path, domain="responses: {utter_known: [{text: hi}]}", data_stories=stories
    )
    assert "nope" in found.skills
    assert reasons_of(found, tmp_path) == [
        "data/stories.yml:4: the intent 'nope' (and 1 more times) isn't in the domain.",
        "data/stories.yml:4: the action 'action_nope' isn't in the domain.",
    ]


def test_files_that_are_not_yaml_leave_the_rest(tmp_path):
    found = inventory_of(tmp_path, data_rules=HELLO, data_torn='stories: [{story: "', domain="a: [")
    assert list(found.skills) == ["greet"]
    assert [reason.partition(": ")[0] for reason in reasons_of(found, tmp_path)] == [
        "domain.yml:2",
        "data/torn.yml:1",
    ]
    (tmp_path / "data" / "bytes.yml").write_bytes(b"stories:\n- \xff\xfe")
    found = inventory_of(tmp_path)
    assert list(found.skills) == ["greet"]
    assert any("bytes.yml:2: " in reason for reason in found.reasons)


def test_steps_that_say_nothing_are_told_and_left_out(tmp_path):
    found = inventory_of(
        tmp_path,
        data_stories="""
            stories:
            - story: strange
              steps:
              - intent: order
              - intnt: typo
              - intent:
              - action: utter_size
              - just words
            - story: empty
            - nothing
            rules: [{rule: no user, steps: [{action: utter_hello}]}]
            """,
    )
    assert list(found.skills) == ["order"]
    assert found.skills["order"].inside == ()
    assert found.skills["order"].responses == ("utter_size",)
    assert reasons_of(found, tmp_path) == [
        "data/stories.yml:6: a step with intnt isn't known.",
        "data/stories.yml:7: `intent` names nothing.",
        "data/stories.yml:9: 'just words' isn't a step.",
        "data/stories.yml:10: 'empty' has no steps.",
        "data/stories.yml:11: this isn't a story: write `- story: name`.",
        "data/stories.yml:12: 'no user' begins without a user: it is in no skill.",
    ]


def test_data_of_rasa_1_is_named(tmp_path):
    write_bot(tmp_path)
    (tmp_path / "data" / "stories.md").write_text("## hello\n* greet\n  - utter_greet\n")
    (tmp_path / "data" / "nlu.md").write_text("## intent:greet\n- hi\n")
    (tmp_path / "data" / "README.md").write_text("# About\n\n* a list\n")
    (tmp_path / "data" / "nlu.json").write_text('{"rasa_nlu_data": {}}')
    (tmp_path / "data" / "other.json").write_text("[")
    found = inventory_of(tmp_path)
    files = [reason.partition(":1: ")[0] for reason in reasons_of(found, tmp_path)]
    assert files == ["data/nlu.json", "data/nlu.md", "data/stories.md"]


def test_a_flow_with_errors_is_a_skill_with_reasons(tmp_path):
    flow = "flows: {send: {description: Sends., steps: [{collect: amount}, {nonsense: 1}]}}"
    found = inventory_of(tmp_path, data_flows=flow)
    assert found.skills["send"].is_flow
    assert any("flows.yml:1: A step has" in reason for reason in found.reasons)


def test_an_answer_that_no_bot_gives_is_a_dead_end(tmp_path):
    found = inventory_of(tmp_path, data_stories="stories: [{story: a, steps: [{intent: ask}]}]")
    assert ("dead ends", 1, 1.0) in found.skills["ask"].effort_terms


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(0, 9), st.sampled_from(["a", "b", "x_form", "", "/a"])
)
KEYS = st.sampled_from(
    [
        "intent",
        "action",
        "user",
        "bot",
        "checkpoint",
        "or",
        "active_loop",
        "form",
        "slot_was_set",
        "steps",
        "condition",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=12,
)
STEPS = st.lists(st.one_of(st.dictionaries(KEYS, VALUES, min_size=1, max_size=2), VALUES))
STORIES = st.lists(st.fixed_dictionaries({"story": SCALARS, "steps": STEPS}), max_size=4)
TOP = st.one_of(STORIES, VALUES)
NAMED = st.dictionaries(st.sampled_from(["a", "b", "x_form"]), VALUES, max_size=3)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.fixed_dictionaries({}, optional={"stories": TOP, "rules": TOP, "nlu": VALUES}),
    domain=st.fixed_dictionaries(
        {},
        optional={
            key: st.one_of(VALUES, NAMED)
            for key in ("intents", "slots", "forms", "responses", "actions")
        },
    ),
)
def test_whatever_stands_in_the_files_nothing_is_raised(tmp_path, data, domain):
    import json

    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "all.yml").write_text(json.dumps(data), "utf-8")
    (tmp_path / "domain.yml").write_text(json.dumps(domain), "utf-8")
    found = read_inventory(None, tmp_path / "domain.yml", [tmp_path / "data"])
    names = found.skills.keys()
    assert all(edge.first in names and edge.second in names for edge in found.edges)
    assert all(edge.first != edge.second and edge.weight > 0 for edge in found.edges)


def test_the_time_grows_with_the_stories_and_no_faster(tmp_path):
    def seconds(number: int) -> float:
        write_bot(tmp_path, data_stories=many_stories(number))
        start = process_time()
        inventory_of(tmp_path)
        return process_time() - start

    seconds(10)
    assert seconds(2400) < 8 * 3 * seconds(300)


SHOW = """
import sys
from pathlib import Path
from router.planner.inventory import read_inventory
found = read_inventory(Path("config.yml"), Path("domain"), [Path("data")])
assert not {name.partition(".")[0] for name in sys.modules} & {"rasa", "tensorflow", "numpy"}
print(found)
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_sample_bank_is_read_the_same_each_time_without_rasa(seed):
    def shown(hash_seed: str) -> str:
        result = subprocess.run(
            [sys.executable, "-c", SHOW],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return result.stdout

    assert shown(seed) == shown("0")


def test_the_sample_bank_has_its_skills():
    found = read_inventory(ROOT / "config.yml", ROOT / "domain", [ROOT / "data"])
    assert found.reasons == ()
    flows = {name for name, skill in found.skills.items() if skill.is_flow}
    assert {"transfer_money", "add_contact", "remove_contact", "list_contacts"} <= flows
    assert found.skills["block_card_form"].entry_intents == ("block_card",)
    pairs = {(edge.first, edge.second) for edge in found.edges}
    assert ("give_feedback", "feedback_positive") in pairs
    assert ("block_card_form", "verify_customer") in pairs
