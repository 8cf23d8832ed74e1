"""A bot without flows and without a router answers as if the layer weren't there."""

import json
import shutil

import pytest
from rasa_process import BOTS, evaluated

pytestmark = pytest.mark.integration

IMPORTERS = "importers:\n  - name: router.CoexistenceImporter\n"
FLOW_POLICY = "  - name: FlowPolicy\n"
TED = """\
  - name: TEDPolicy
    max_history: 3
    epochs: 2
    random_seed: 7
    transformer_size: {text: 16, dialogue: 16}
    hidden_layers_sizes:
      {dialogue: [], label: [], text: [], action_text: [], label_action_text: []}
    evaluate_every_number_of_epochs: -1
    batch_size: 64
"""
TEXTS = ["hello", "cancel it", "sure", "order a pizza", "yes", "great pizza", "bye", "hm?"]


def bot(folder, config):
    project = shutil.copytree(BOTS / "stock", folder / "bot")
    (project / "config.yml").write_text(config)
    return evaluated(project)


@pytest.fixture(scope="module")
def config():
    return (BOTS / "stock" / "config.yml").read_text()


def with_layer(config):
    return IMPORTERS + config.replace("policies:\n", f"policies:\n{FLOW_POLICY}")


def test_evaluation_gives_the_same_figures_and_failures(config, tmp_path_factory):
    """All that training leaves to chance is seeded, so that even TED's guesses are the same."""
    reports, failures = [], []
    for given in (config, with_layer(config)):
        project = bot(tmp_path_factory.mktemp("bot"), given + TED)
        reports.append(json.loads((project / "results" / "story_report.json").read_text()))
        failures.append((project / "results" / "failed_test_stories.yml").read_text())
    assert reports[0] == reports[1]
    assert failures[0] == failures[1]
    assert reports[0]["conversation_accuracy"]["total"] == 4
    assert 2 <= reports[0]["conversation_accuracy"]["correct"] <= 3  # there is something to tell


async def test_conversations_are_the_same_down_to_policy_and_confidence(
    stock_bot, config, tmp_path
):
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent
    from rasa.shared.core.events import ActionExecuted

    import router.rasa  # noqa: F401 - the stock model meets the layer in this process

    conversations = []
    for project in (stock_bot, bot(tmp_path, with_layer(config))):
        agent = Agent.load(str(project / "models" / "stock.tar.gz"))
        for text in TEXTS:
            await agent.handle_text(text)
        tracker = await agent.tracker_store.retrieve("default")
        conversations.append(
            [
                (event.action_name, event.policy, event.confidence)
                if isinstance(event, ActionExecuted)
                else (event.type_name, getattr(event, "text", None), getattr(event, "key", None))
                for event in tracker.events
            ]
        )
    assert conversations[0] == conversations[1]
    assert ("utter_goodbye", "RulePolicy", 1.0) in conversations[0]
    assert ("utter_cancelled", "MemoizationPolicy", 1.0) in conversations[0]
    assert ("action_listen", "RulePolicy", 0.0) in conversations[0]  # nobody knew an answer
