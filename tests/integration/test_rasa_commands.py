"""The commands of Rasa that need no terminal and no server, on the mini bot."""

import json
import shutil

import pytest
import yaml
from rasa_process import run

pytestmark = pytest.mark.integration

TEST_STORIES = """
version: "3.1"
stories:
- story: one turn
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
- story: a story that ends with the reset
  steps:
  - user: give feedback
    intent: feedback
  - action: utter_ask_opinion
  - user: it was great
    intent: opinion
  - action: utter_thanks
  - action: action_reset_routing
- story: a form, then the reset, then more
  steps:
  - user: block my card
    intent: block_card
  - action: card_form
  - active_loop: card_form
  - user: "[4711](digits)"
    intent: inform
  - action: card_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: action_block_card
  - action: utter_blocked
  - action: action_reset_routing
  - user: give feedback
    intent: feedback
  - action: utter_ask_opinion
"""


def copied(bot, target):
    """The bot's files, without its models, elsewhere."""
    return shutil.copytree(bot, target, ignore=shutil.ignore_patterns("models", ".rasa"))


@pytest.fixture
def folder_bot(mini_bot, tmp_path):
    """The mini bot with a domain folder, two importers, and its flows in the data folder."""
    project = copied(mini_bot, tmp_path / "bot")
    domain = yaml.safe_load((project / "domain.yml").read_text())
    (project / "domain.yml").unlink()
    (project / "domain").mkdir()
    for key in ("slots", "responses"):
        part = {"version": "3.1", key: domain.pop(key)}
        (project / "domain" / f"{key}.yml").write_text(yaml.safe_dump(part))
    (project / "domain" / "rest.yml").write_text(yaml.safe_dump(domain))
    config = yaml.safe_load((project / "config.yml").read_text())
    config["importers"].append({"name": "RasaFileImporter"})
    config["pipeline"][1:3] = [{"name": "KeywordIntentClassifier"}]  # learns in no time
    (project / "config.yml").write_text(yaml.safe_dump(config))
    (project / "flows" / "money.yml").rename(project / "data" / "money.yml")
    (project / "flows").rmdir()
    return project


def test_data_validate_accepts_the_bot(mini_bot):
    code, output = run("data", "validate", "--max-history", "5", cwd=mini_bot)
    assert code == 0, output
    assert "No story structure conflicts found" in output


def test_a_domain_folder_and_several_importers_validate_and_train(folder_bot):
    code, output = run("data", "validate", "--domain", "domain", cwd=folder_bot)
    assert code == 0, output
    assert "No story structure conflicts found" in output
    code, output = run(
        "train", "--domain", "domain", "--fixed-model-name", "folder", cwd=folder_bot
    )
    assert code == 0, output
    assert (folder_bot / "models" / "folder.tar.gz").is_file()


def test_several_importers_still_refuse_a_wrong_flow(folder_bot):
    flows = folder_bot / "data" / "money.yml"
    flows.write_text(flows.read_text().replace("collect: contact", "collect: contakt"))
    code, output = run("train", "--domain", "domain", cwd=folder_bot)
    assert code == 1
    assert "money.yml:45" in output
    assert "contakt" in output
    assert "Traceback" not in output


def test_core_evaluates_stories_with_a_reset(mini_bot):
    (mini_bot / "tests").mkdir(exist_ok=True)
    (mini_bot / "tests" / "test_stories.yml").write_text(TEST_STORIES)
    arguments = ("--model", "models/mini.tar.gz", "--stories", "tests", "--out", "results/core")
    code, output = run("test", "core", *arguments, cwd=mini_bot)
    assert code == 0, output
    report = json.loads((mini_bot / "results" / "core" / "story_report.json").read_text())
    counts = {"correct": 3, "with_warnings": 0, "total": 3, "accuracy": 1.0}
    assert report["conversation_accuracy"] == counts
    assert report["action_reset_routing"]["f1-score"] == 1.0
    assert report["action_reset_routing"]["support"] == 2


def test_core_evaluation_fails_a_story_without_its_reset(mini_bot, tmp_path):
    story = TEST_STORIES.replace("  - action: action_reset_routing\n- story: a form", "- story: a")
    (tmp_path / "test_stories.yml").write_text(story)
    arguments = ("--model", "models/mini.tar.gz", "--stories", str(tmp_path), "--out", "results/x")
    code, output = run("test", "core", *arguments, cwd=mini_bot)
    assert code == 0, output
    report = json.loads((mini_bot / "results" / "x" / "story_report.json").read_text())
    assert report["conversation_accuracy"]["correct"] == 2


def test_nlu_evaluates_without_a_conversation(mini_bot, tmp_path):
    # Rasa reads the domain here before anything could tell it of the layer. NLU needs none.
    project = shutil.copytree(mini_bot, tmp_path / "bot", ignore=shutil.ignore_patterns(".rasa"))
    (project / "domain.yml").unlink()
    arguments = ("--model", "models/mini.tar.gz", "--nlu", "data/nlu.yml", "--out", "results/nlu")
    code, output = run("test", "nlu", *arguments, "--no-plot", cwd=project)
    assert code == 0, output
    report = json.loads((project / "results" / "nlu" / "intent_report.json").read_text())
    assert report["transfer"]["support"] == 3
    assert report["accuracy"] > 0.9


def test_split_nlu(mini_bot, tmp_path):
    code, output = run("data", "split", "nlu", "--out", str(tmp_path / "split"), cwd=mini_bot)
    assert code == 0, output
    text = (tmp_path / "split" / "training_data.yml").read_text()
    intents = {item.get("intent") for item in yaml.safe_load(text)["nlu"]}
    assert {"greet", "transfer"} <= intents
    assert (tmp_path / "split" / "test_data.yml").is_file()


async def test_export_publishes_every_event_without_the_layer(mini_agent, talk, tmp_path):
    from rasa.core.tracker_store import SQLTrackerStore

    for text in ("hello", "transfer money", "Anna"):
        await talk(text)
    database = tmp_path / "events.db"
    tracker = await talk.tracker()
    tracker.sender_id = "someone"
    await SQLTrackerStore(mini_agent.domain, dialect="sqlite", db=str(database)).save(tracker)
    endpoints = {
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(database)},
        "event_broker": {"type": "file", "path": str(tmp_path / "events.log")},
    }
    (tmp_path / "endpoints.yml").write_text(yaml.safe_dump(endpoints))
    code, output = run("export", "--endpoints", "endpoints.yml", cwd=tmp_path)
    assert code == 0, output
    lines = (tmp_path / "events.log").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert len(events) == len(tracker.events)
    found = [(event.get("metadata") or {}).get("routing_decision") for event in events]
    decisions = [decision for decision in found if decision]
    assert [decision["route"] for decision in decisions] == ["nlu", "calm"]


@pytest.mark.parametrize("domain", [["--domain", "domain"], []], ids=["domain", "no domain"])
async def test_a_model_of_nlu_alone_trains_and_understands(folder_bot, domain):
    code, output = run("train", "nlu", *domain, "--fixed-model-name", "nlu", cwd=folder_bot)
    assert code == 0, output

    from rasa.core.agent import Agent

    agent = Agent.load(str(folder_bot / "models" / "nlu.tar.gz"))
    parsed = await agent.parse_message("transfer money")
    assert parsed["intent"]["name"] == "transfer"
