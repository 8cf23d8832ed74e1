"""Drafts of the hand-offs that a moved area must show, and what is said of drafts."""

import re

import yaml
from plan_scaffold_bots import BOOK_RULES, bot_in, domain_of, drafts_of, put

from router.checks import check_project

DOMAIN = """
    version: "3.1"
    intents: [move, book, hours, inform]
    entities: [city]
    slots:
      city: {type: text, mappings: [{type: from_entity, entity: city}]}
      kind: {type: categorical, values: [single, double], mappings: [{type: from_text}]}
    forms:
      book_form: {required_slots: [city, kind]}
    responses:
      utter_ask_city: [{text: "Where?"}]
      utter_ask_book_form_kind: [{text: "Which?"}]
      utter_hours: [{text: 9 to 5.}]
    actions: [action_move, action_book]
    """
RULES = (
    BOOK_RULES.rstrip()
    + """
    - rule: move
      steps:
      - intent: move
      - action: action_move
    """
)
PLAN = """
    areas:
      moving: {description: moves, skills: [move], intents: [move]}
      hotels: {description: books, skills: [book_form, hours], intents: [book, hours]}
    """
NLU = "nlu:\n- {intent: hours, examples: '- opening hours'}\n- {intent: move, examples: '- move'}\n"


def bot(folder, rules=RULES):
    files = {"data_rules": rules, "data_nlu": NLU, "migration": PLAN, "domain": DOMAIN}
    return bot_in(folder, "move, book, hours", **files)


def cases(drafts):
    file = next((f for f in drafts.files if f.path.name == "test_handoffs.yml"), None)
    found = yaml.safe_load(file.text)["test_cases"] if file else []
    return {case["test_case"]: case["steps"] for case in found}


def test_each_skill_that_stays_has_a_case_to_the_area_and_one_back(tmp_path):
    found = cases(drafts_of(bot(tmp_path), "moving"))
    assert list(found) == [
        "hours, then move",
        "move, then hours",
        "book_form, then move",
        "move, then book_form",
    ]
    to_area, back = found["hours, then move"], found["move, then hours"]
    assert to_area == [
        {"user": "opening hours", "assertions": [{"routed_to": "nlu"}, {"routing_reset": True}]},
        {"utter": "utter_hours"},
        {
            "user": "move",
            "assertions": [
                {"handoff": {"from": "nlu", "to": "calm"}},
                {"flow_started": "move"},
                {"routing_reset": True},
            ],
        },
        {"action": "action_move"},
    ]
    last = {"user": "opening hours", "assertions": [{"handoff": {"from": "calm", "to": "nlu"}}]}
    assert back[-1] == last
    assert back[0]["assertions"][0] == {"routed_to": "calm"}


def test_what_a_form_that_stays_asks_is_answered_in_its_case(tmp_path):
    steps = cases(drafts_of(bot(tmp_path), "moving"))["book_form, then move"]
    assert [step.get("user") or step.get("utter") for step in steps[:5]] == [
        "/book",
        "utter_ask_city",
        "TODO",
        "utter_ask_book_form_kind",
        "single",
    ]
    assert steps[4]["assertions"] == [{"routing_reset": True}]


def test_what_is_never_released_hands_nothing_over(tmp_path):
    story = """
stories:
- story: within
  steps:
  - intent: book
  - action: book_form
  - active_loop: book_form
  - intent: hours
  - action: utter_hours
  - action: book_form
  - active_loop: null
  - action: action_book
"""
    bot(tmp_path)
    (tmp_path / "data" / "stories.yml").write_text(story)
    assert list(cases(drafts_of(tmp_path, "moving"))) == [
        "book_form, then move",
        "move, then book_form",
    ]


def test_with_nothing_left_in_the_nlu_system_there_is_no_case(tmp_path):
    folder = bot_in(tmp_path, "move", domain=DOMAIN, data_rules=RULES)
    assert cases(drafts_of(folder, "move")) == {}


def test_tests_say_when_they_pass(tmp_path):
    drafts = drafts_of(bot(tmp_path), "moving")
    tests = [file.text for file in drafts.files if "e2e_tests" in file.path.parts]
    assert len(tests) == 2
    for text in tests:
        header = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
        assert text.startswith("# DRAFT of tests for ")
        assert "They pass once moving is at `calm` in the plan" in header


def test_the_warnings_to_expect_are_those_that_come(tmp_path):
    drafts = drafts_of(bot(tmp_path), "hotels")
    told = {code for each in drafts.remarks for code in re.findall(r"\((\w+-\w[\w-]*)\b", each)}
    data = [tmp_path / "data"]
    files = (tmp_path / "config.yml", domain_of(tmp_path), data)
    before = {each.code for each in check_project(*files, folder=tmp_path)}
    put(drafts)
    after = {each.code for each in check_project(*files, folder=tmp_path)}
    assert after - before == told == {"intent-starts-nothing", "unshared-slot"}
    assert any("both systems use city, kind" in each for each in drafts.remarks)


def test_flows_that_wait_by_the_routers_plan_bring_no_warnings_before_they_move(tmp_path):
    config = (bot(tmp_path) / "config.yml").read_text()
    lists = config[config.index("    nlu_entry") : config.index("  - name: NLUCommandAdapter")]
    (tmp_path / "config.yml").write_text(config.replace(lists, "    plan: migration.yml\n"))
    files = (tmp_path / "config.yml", domain_of(tmp_path), [tmp_path / "data"])
    before = {each.code for each in check_project(*files, folder=tmp_path)}
    drafts = drafts_of(tmp_path, "hotels")
    put(drafts)
    assert {each.code for each in check_project(*files, folder=tmp_path)} <= before
    [told] = [each for each in drafts.remarks if "coexist validate" in each]
    assert told.startswith("Once hotels is at `calm`, and until the rules")
    plan = (tmp_path / "migration.yml").read_text()
    (tmp_path / "migration.yml").write_text(plan.replace("books,", "books, stage: calm,"))
    after = {each.code for each in check_project(*files, folder=tmp_path)}
    assert after - before == {"unshared-slot"}
