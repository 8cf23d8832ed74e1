"""A bot without flows and without a router answers as if the layer weren't there."""

import json
import shutil

import pytest
from conftest import BOTS, evaluated

pytestmark = pytest.mark.integration

IMPORTERS = "importers:\n  - name: router.CoexistenceImporter\n"
TEXTS = ["hello", "cancel it", "sure", "order a pizza", "no", "great pizza", "bye", "hm?"]


@pytest.fixture(scope="module")
def layered(tmp_path_factory):
    """The bot with the importer and FlowPolicy, without flows and router."""
    config = (BOTS / "stock" / "config.yml").read_text()
    policies = "policies:\n  - name: FlowPolicy\n"
    config = IMPORTERS + config.replace("policies:\n", policies)
    project = shutil.copytree(BOTS / "stock", tmp_path_factory.mktemp("layered") / "bot")
    (project / "config.yml").write_text(config)
    return evaluated(project)


def report(project):
    return json.loads((project / "results" / "story_report.json").read_text())


def test_evaluation_gives_the_same_figures(stock_bot, layered):
    ours = report(layered)
    assert ours == report(stock_bot)
    assert ours["conversation_accuracy"]["total"] == 4
    assert 2 <= ours["conversation_accuracy"]["correct"] <= 3  # there is something to tell


def test_the_same_stories_fail_for_the_same_predictions(stock_bot, layered):
    name = "results/failed_test_stories.yml"
    assert (layered / name).read_text() == (stock_bot / name).read_text()


async def test_conversations_are_the_same_down_to_policy_and_confidence(stock_bot, layered):
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent
    from rasa.shared.core.events import ActionExecuted

    import router.rasa  # noqa: F401 - the stock model meets the layer in this process

    conversations = []
    for project in (stock_bot, layered):
        agent = Agent.load(str(project / "models" / "stock.tar.gz"))
        for text in TEXTS:
            await agent.handle_text(text)
        tracker = await agent.tracker_store.retrieve("default")
        conversations.append(
            [
                (event.action_name, event.policy, pytest.approx(event.confidence))
                if isinstance(event, ActionExecuted)
                else (event.type_name, getattr(event, "text", None), getattr(event, "key", None))
                for event in tracker.events
            ]
        )
    assert conversations[0] == conversations[1]
    policies = [entry[1] for entry in conversations[0] if len(entry) == 3]
    assert {"MemoizationPolicy", "RulePolicy", "TEDPolicy"} <= {str(policy) for policy in policies}
