"""Drafts that are written: Rasa trains with them, and their tests pass once the area has moved."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from rasa_process import BOTS, run

pytestmark = pytest.mark.integration

COEXIST = "from router.cli import main; main()"
CONFIG = """
    recipe: default.v1
    assistant_id: hotel
    language: en
    importers: [{name: router.CoexistenceImporter}]
    pipeline:
    - name: KeywordIntentClassifier
    - name: RegexEntityExtractor
    - name: IntentBasedRouter
      plan: migration.yml
    - name: NLUCommandAdapter
    policies: [{name: FlowPolicy}, {name: RulePolicy}]
    """
DOMAIN = """
    version: "3.1"
    intents: [book, hours, cancel, inform, affirm]
    entities: [city]
    slots:
      city: {type: text, mappings: [{type: from_entity, entity: city}]}
    forms:
      hotel_form: {required_slots: [city]}
    responses:
      utter_ask_city: [{text: "Where?"}]
      utter_hours: [{text: 9 to 5.}]
      utter_booked: [{text: Booked.}]
      utter_cancelled: [{text: Cancelled.}]
      utter_fine: [{text: Fine.}]
    """
RULES = """
    version: "3.1"
    rules:
    - rule: hotel
      steps:
      - intent: book
      - action: hotel_form
      - active_loop: hotel_form
    - rule: hotel booked
      condition:
      - active_loop: hotel_form
      steps:
      - action: hotel_form
      - active_loop: null
      - action: utter_booked
    - rule: hours
      steps:
      - intent: hours
      - action: utter_hours
    - rule: fine
      steps:
      - intent: affirm
      - action: utter_fine
    """
STORIES = """
    version: "3.1"
    stories:
    - story: hours within
      steps:
      - intent: book
      - action: hotel_form
      - active_loop: hotel_form
      - intent: hours
      - action: utter_hours
      - action: hotel_form
      - active_loop: null
      - action: utter_booked
    - story: cancel
      steps:
      - intent: cancel
      - action: utter_cancelled
    """
NLU = """
    version: "3.1"
    nlu:
    - {intent: book, examples: "- book a hotel"}
    - {intent: hours, examples: "- opening hours"}
    - {intent: cancel, examples: "- cancel it"}
    - {intent: affirm, examples: "- sure"}
    - {intent: inform, examples: "- '[Rome](city)'"}
    - {regex: city, examples: "- Rome"}
    """
PLAN = """
    areas:
      cancelling:
        description: cancels bookings
        stage: nlu
        skills: [cancel]
        intents: [cancel]
      hotels:
        description: books hotels
        stage: nlu
        skills: [hotel_form, hours]
        intents: [book, hours]
    one_turn: {intents: [affirm, inform]}
    """
MINI_PLAN = """
    areas:
      feedback:
        description: takes feedback
        stage: nlu
        skills: [feedback]
        intents: [feedback]
      cards:
        description: blocks cards
        stage: nlu
        skills: [card_form]
        intents: [block_card]
    one_turn: {skills: [greet], intents: [greet, affirm, deny, inform, opinion]}
    """


def coexist(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COEXIST, *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


def hotel_bot(folder: Path) -> Path:
    files = {
        "config.yml": CONFIG,
        "domain.yml": DOMAIN,
        "data/rules.yml": RULES,
        "data/stories.yml": STORIES,
        "data/nlu.yml": NLU,
        "migration.yml": PLAN,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(text), "utf-8")
    return folder


def drafted(bot: Path, area: str) -> str:
    """What the command says when it writes an area's drafts."""
    result = coexist("plan", "scaffold", area, "--write", cwd=bot)
    assert result.returncode == 0, result.stderr
    return result.stdout


def replaced(file: Path, *pairs: tuple[str, str]) -> None:
    text = file.read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


def played(bot: Path, area: str) -> dict[str, str]:
    """The area's drafted cases, trained and played: name and status."""
    code, output = run("train", cwd=bot, seconds=200)
    assert code == 0, output[-3000:]
    options = ("--coverage", "--json", "e2e.json")
    result = coexist("test", f"e2e_tests/{area}", *options, cwd=bot)
    report = json.loads((bot / "e2e.json").read_text("utf-8"))
    statuses = {case["name"]: case["status"] for case in report["cases"]}
    assert result.returncode == 0, (statuses, result.stdout[-3000:])
    return statuses


def checked(bot: Path) -> str:
    return coexist("plan", "check", "--e2e", "e2e.json", cwd=bot).stdout


def test_rasa_trains_where_a_story_asks_something_else_within_a_form(tmp_path):
    bot = hotel_bot(tmp_path)
    told = drafted(bot, "cancelling")
    assert "'hours' gets no reset" in told
    assert "Move hours to one_turn" in told
    rules = (bot / "data" / "rules.yml").read_text("utf-8")
    assert "- action: utter_booked\n  - action: action_reset_routing\n" in rules
    assert rules.count("action_reset_routing") == 1
    code, output = run("train", "core", cwd=bot)
    assert code == 0, output[-3000:]
    (bot / "data" / "rules.yml").write_text(
        rules.replace("utter_hours\n", "utter_hours\n  - action: action_reset_routing\n"), "utf-8"
    )
    code, output = run("train", "core", cwd=bot)
    assert code != 0
    assert "InvalidRule" in output, "what is left out would have broken the training"


def test_hours_for_one_turn_let_the_form_go_on_and_the_drafted_tests_pass(tmp_path):
    bot = hotel_bot(tmp_path)
    drafted(bot, "cancelling")
    replaced(
        bot / "migration.yml",
        ("description: cancels bookings\n    stage: nlu", "stage: calm"),
        ("skills: [hotel_form, hours]\n    intents: [book, hours]", "intents: [book]"),
        ("intents: [affirm, inform]", "intents: [affirm, inform, hours]"),
    )
    description = '"TODO: what it does for the user (cancel)."'
    replaced(bot / "flows" / "cancelling.yml", (description, "Cancels a booking."))
    tests = bot / "e2e_tests" / "cancelling"
    replaced(tests / "test_handoffs.yml", ("user: TODO", "user: Rome"))
    (tests / "test_within.yml").write_text(
        "test_cases:\n- test_case: hours within\n  steps:\n"
        "  - user: book a hotel\n  - utter: utter_ask_city\n"
        "  - user: opening hours\n  - utter: utter_hours\n  - utter: utter_ask_city\n"
        "  - user: Rome\n    assertions: [{routing_reset: true}]\n  - utter: utter_booked\n",
        "utf-8",
    )
    assert set(played(bot, "cancelling").values()) == {"passed"}
    assert "error" not in checked(bot).replace("0 errors", "")


def test_drafted_tests_of_the_mini_bot_pass_once_the_area_has_moved(tmp_path):
    bot = shutil.copytree(BOTS / "mini", tmp_path / "bot", ignore=shutil.ignore_patterns("models"))
    (bot / "migration.yml").write_text(dedent(MINI_PLAN), "utf-8")
    config = (bot / "config.yml").read_text("utf-8")
    lists = config[config.index("    nlu_entry:") : config.index("    calm_entry:")]
    replaced(bot / "config.yml", (lists, "    plan: migration.yml\n"))
    replaced(bot / "config.yml", ("    calm_entry:\n      sticky: [transfer]\n", ""))
    drafted(bot, "feedback")
    assert coexist("validate", cwd=bot).returncode == 0
    replaced(bot / "migration.yml", ("takes feedback\n    stage: nlu", "takes it\n    stage: calm"))
    handoffs = bot / "e2e_tests" / "feedback" / "test_handoffs.yml"
    replaced(handoffs, ("user: TODO", 'user: "4711"'))
    assert played(bot, "feedback") == {
        "feedback": "passed",
        "card_form, then feedback": "passed",
        "feedback, then card_form": "passed",
    }
    told = checked(bot)
    assert "flow-untested" not in told
    assert "handoff-untested" not in told


def test_a_form_goes_on_as_before_while_its_flow_is_only_drafted(tmp_path):
    bot = hotel_bot(tmp_path)
    drafted(bot, "hotels")
    assert (bot / "flows" / "hotels.yml").is_file()
    tests = bot / "e2e_tests" / "before"
    tests.mkdir()
    (tests / "test_form.yml").write_text(
        "test_cases:\n- test_case: the form books\n  steps:\n"
        "  - user: book a hotel\n    assertions: [{routed_to: nlu}]\n  - utter: utter_ask_city\n"
        "  - user: Rome\n  - utter: utter_booked\n",
        "utf-8",
    )
    assert played(bot, "before") == {"the form books": "passed"}
