"""Whatever a bot's rules and stories are: its drafts can be put into it."""

import random

import pytest
import yaml
from plan_scaffold_bots import bot_in, domain_of, drafts_of, problems_of, put

from router.e2e.reading import read_suite
from router.planner.inventory import read_inventory

INTENTS = ["book", "hours", "affirm", "deny", "inform", "yes"]
SLOTS = {
    "city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
    "member": {"type": "bool", "mappings": [{"type": "custom"}]},
    "guests": {"type": "float", "mappings": [{"type": "from_text"}]},
    "kind": {
        "type": "categorical",
        "values": ["it's", "null"],
        "mappings": [{"type": "from_intent", "intent": "inform", "value": "null"}],
    },
    "wishes": {"type": "list", "mappings": [{"type": "custom"}]},
}
FORMS = {"book_form": ["city", "guests"], "pay_form": ["kind", "wishes", "member"], "odd_form": []}
RESPONSES = ["utter_ask_city", "utter_ask_pay_form_kind", "utter_hi", "utter_ask_sure"]
ACTIONS = ["action_a", "action_ask_guests", "action_ask_pay_form_kind", "validate_pay_form"]
VALUES = {
    "city": ["Rome", "it's", None],
    "member": [True, False, None],
    "guests": [1, 2.5],
    "kind": ["it's", "null"],
    "wishes": [["x"], None],
    "unknown": ["x"],
}


def some_step(chance):
    form = chance.choice([*FORMS])
    slot = chance.choice([*VALUES])
    return chance.choice(
        [
            [{"intent": chance.choice(INTENTS)}],
            [{"intent": "inform", "entities": [{"city": "Rome"}]}],
            [{"or": [{"intent": "affirm"}, {"intent": "inform"}]}],
            [{"user": "never said"}],
            [{"action": chance.choice([*RESPONSES, *ACTIONS, "utter_gone", "action_gone"])}],
            [{"bot": "Well: fine?"}],
            [{"slot_was_set": [{slot: chance.choice(VALUES[slot])}]}],
            [{"slot_was_set": [slot]}],
            [{"action": form}, {"active_loop": form}, {"active_loop": None}],
            [{"action": form}, {"active_loop": form}],
            [{"checkpoint": chance.choice("ab")}],
            [{"action": "action_reset_routing"}],
            [{"action": chance.choice(["action_listen", "action_restart"])}],
        ]
    )


def some_bot(seed):
    chance = random.Random(seed)
    stories = []
    for number in range(chance.randint(1, 8)):
        first = chance.choice([{"intent": chance.choice(INTENTS)}, {"checkpoint": "a"}])
        steps = [step for _ in range(chance.randint(1, 7)) for step in some_step(chance)]
        stories.append({"story": f"story {number}", "steps": [first, *steps]})
    rule = {
        "rule": "filled",
        "condition": [{"active_loop": "book_form"}],
        "steps": [{"active_loop": None}, *some_step(chance)],
    }
    domain = {
        "version": "3.1",
        "intents": INTENTS,
        "entities": ["city"],
        "slots": SLOTS,
        "forms": {name: {"required_slots": slots} for name, slots in FORMS.items()},
        "responses": {name: [{"text": f"{name}?"}] for name in RESPONSES},
        "actions": ACTIONS,
    }
    style = chance.choice([True, False, None])
    dumped = [
        yaml.safe_dump(each, default_flow_style=style, sort_keys=False)
        for each in ({"stories": stories, "rules": [rule]}, domain)
    ]
    return dumped[0], dumped[1], chance.choice(["domain", "domain_all"])


@pytest.mark.parametrize("seed", range(25))
def test_drafts_of_all_skills_pass_the_checks(tmp_path, seed):
    stories, domain, file = some_bot(seed)
    bot_in(tmp_path, "hours", data_stories=stories, **{file: domain})
    skills = read_inventory(None, domain_of(tmp_path), [tmp_path / "data"]).skills
    before = problems_of(tmp_path)
    drafted = 0
    for name in skills:
        drafts = drafts_of(tmp_path, name) if name in known(tmp_path) else None
        if drafts and drafts.files:
            put(drafts)
            drafted += 1
    assert [each for each in problems_of(tmp_path) if each not in before] == []
    if drafted:
        assert read_suite([str(tmp_path / "e2e_tests")]).cases
    assert drafted or not skills


@pytest.mark.parametrize("seed", [15, 22, *range(8)])
def test_drafts_are_made_again_as_if_there_were_none(tmp_path, seed):
    stories, domain, file = some_bot(seed)
    bot_in(tmp_path, "hours", data_stories=stories, **{file: domain})
    first = [*known(tmp_path)][:1]
    for name in first:
        before = drafts_of(tmp_path, name)
        put(before)
        again = drafts_of(tmp_path, name)
        assert [each.text for each in again.files] == [each.text for each in before.files]
    assert first


def known(folder):
    """The skills by now: flows that are drafted may give some of them other names."""
    return read_inventory(folder / "config.yml", domain_of(folder), [folder / "data"]).skills
