"""What can't work is refused before training, with the place and what to write."""

import json
import shutil
import tarfile

import pytest
from rasa_process import BOTS, run

pytestmark = pytest.mark.integration

ROUTER = """\
  - name: IntentBasedRouter
    nlu_entry:
      sticky: [block_card, feedback, opinion]
      non_sticky: [greet, affirm, deny, inform]
    calm_entry:
      sticky: [transfer]
"""
ADAPTER = "  - name: NLUCommandAdapter\n"
ROUTE_SLOT = "slots:\n  route_session_to_calm:\n    {}\n"
FLOW = """
flows:
  {id}:
    description: Only here to be wrong.
    steps:
      - {step}
"""


@pytest.fixture
def bot(mini_bot, tmp_path):
    """A copy of the mini bot's files; `bot.change(...)` edits one of them."""
    project = tmp_path / "bot"
    shutil.copytree(mini_bot, project, ignore=shutil.ignore_patterns("models", ".rasa", "tests"))
    return Bot(project)


class Bot:
    def __init__(self, project):
        self.project = project

    def change(self, file, old, new):
        path = self.project / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    def add(self, file, text):
        (self.project / file).write_text(text)

    def line(self, file, text):
        """Where `text` stands, as messages say it."""
        path = self.project / file
        lines = path.read_text().splitlines()
        return f"{path}:{next(i for i, line in enumerate(lines, 1) if text in line)}:"

    def refusal(self):
        """The message with which the importer refuses the bot, in this process."""
        from rasa.shared.importers.importer import TrainingDataImporter

        from router.rasa.errors import CoexistenceSetupError

        files = (self.project / name for name in ("config.yml", "domain.yml", "data"))
        config, domain, data = map(str, files)
        with pytest.raises(CoexistenceSetupError) as refused:
            TrainingDataImporter.load_from_config(config, domain, [data]).get_domain()
        return str(refused.value)


CONFIG_MISTAKES = {
    "a list is missing": (
        "      non_sticky: [greet, affirm, deny, inform]\n",
        "",
        "nlu_entry:",
        ["error[missing-key]", "'nlu_entry.non_sticky'", "non_sticky: []"],
    ),
    "a section is missing": (
        "    calm_entry:\n      sticky: [transfer]\n",
        "",
        "IntentBasedRouter",
        ["error[missing-key]", "'calm_entry'"],
    ),
    "a list is a word": (
        "sticky: [transfer]",
        "sticky: transfer",
        "sticky: transfer",
        ["error[invalid-value]", "'calm_entry.sticky' can't be 'transfer'", "list of intents"],
    ),
    "an intent is a number": (
        "sticky: [transfer]",
        "sticky: [7]",
        "sticky: [7]",
        ["error[invalid-value]", "can't be 7", "valid string"],
    ),
    "a confidence is no number": (
        "    calm_entry:",
        "    min_confidence: high\n    calm_entry:",
        "min_confidence",
        ["error[invalid-value]", "'min_confidence' can't be 'high'", "valid number"],
    ),
    "a key is misspelt": (
        "      non_sticky: [greet",
        "      non_stiky: []\n      non_sticky: [greet",
        "non_stiky",
        ["error[unknown-key]", "no key 'nlu_entry.non_stiky'", "Did you mean 'non_sticky'?"],
    ),
    "an outcome isn't one": (
        "    calm_entry:",
        "    unlisted: somewhere\n    calm_entry:",
        "unlisted",
        ["error[invalid-value]", "'unlisted' can't be 'somewhere'", "'nlu_once'"],
    ),
    "an intent is listed twice": (
        "sticky: [transfer]",
        "sticky: [transfer, feedback]",
        "[transfer, feedback]",
        ["error[intent-listed-twice]", "'feedback' is in nlu_entry.sticky and again in calm_entry"],
    ),
    "an intent is unknown": (
        "sticky: [transfer]",
        "sticky: [transfr]",
        "[transfr]",
        ["error[unknown-intent]", "'transfr'", "Did you mean 'transfer'?"],
    ),
    "there are two routers": (
        ADAPTER,
        ROUTER.replace("IntentBasedRouter", "router.IntentBasedRouter") + ADAPTER,
        "router.IntentBasedRouter",
        ["error[two-routers]", "Leave one of them"],
    ),
    "the router comes after the adapter": (
        ROUTER + ADAPTER,
        ADAPTER + ROUTER,
        "IntentBasedRouter",
        ["error[router-after-commands]", "Move it before NLUCommandAdapter"],
    ),
    "FlowPolicy is missing": (
        "  - name: FlowPolicy\n",
        "",
        "policies:",
        ["error[missing-flow-policy]", "Add `- name: FlowPolicy` under policies."],
    ),
    "a policy isn't offered": (
        "  - name: RulePolicy",
        "  - name: EnterpriseSearchPolicy\n  - name: RulePolicy",
        "EnterpriseSearchPolicy",
        ["error[not-offered]", "EnterpriseSearchPolicy", "Remove it"],
    ),
    "a policy isn't offered, by its module": (
        "  - name: RulePolicy",
        "  - name: rasa_plus.ml.IntentlessPolicy\n  - name: RulePolicy",
        "IntentlessPolicy",
        ["error[not-offered]", "IntentlessPolicy", "Remove it"],
    ),
}


@pytest.mark.parametrize("mistake", CONFIG_MISTAKES)
def test_a_config_is_refused_where(bot, mistake):
    old, new, where, expected = CONFIG_MISTAKES[mistake]
    bot.change("config.yml", old, new)
    message = bot.refusal()
    for part in (bot.line("config.yml", where), *expected):
        assert part in message


@pytest.mark.parametrize(
    ("keys", "code", "advice"),
    [
        ("{type: text}", "routing-slot-type", "Write type: bool"),
        ("{mappings: []}", "routing-slot-type", "Write type: bool"),
        (
            "{type: bool, influence_conversation: true}",
            "routing-slot-influences",
            "Write influence_conversation: false.",
        ),
    ],
)
def test_a_routing_slot_is_refused_that_cannot_work(bot, keys, code, advice):
    bot.change("domain.yml", "slots:\n", ROUTE_SLOT.format(keys))
    message = bot.refusal()
    for part in (bot.line("domain.yml", keys), f"error[{code}]", advice):
        assert part in message


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("collect: recipent", ["error[unknown-slot]", "Did you mean 'recipient'?"]),
        ("action: action_sendd", ["error[unknown-action]", "Did you mean 'action_send'?"]),
        ("action: utter_sennt", ["error[unknown-action]", "Did you mean 'utter_sent'?"]),
        ("call: check_balanse", ["error[unknown-flow]", "Did you mean 'check_balance'?"]),
        ("colect: recipient", ["error[step-kind]", "collect"]),
        ("collect: {recipient", ["error[yaml-syntax]"]),
    ],
)
def test_a_flow_is_refused_with_its_place(bot, step, expected):
    bot.add("flows/wrong.yml", FLOW.format(id="wrong", step=step))
    message = bot.refusal()
    assert f"{bot.project / 'flows' / 'wrong.yml'}:6:" in message
    for part in expected:
        assert part in message


def test_a_flow_id_used_twice_names_both_files(bot):
    bot.add("data/again.yml", FLOW.format(id="add_contact", step="action: utter_sent"))
    message = bot.refusal()
    assert "add_contact" in message
    assert bot.line("flows/money.yml", "add_contact:") in message
    assert bot.line("data/again.yml", "add_contact:") in message


def test_every_mistake_is_in_one_message(bot):
    bot.change("config.yml", "sticky: [transfer]", "sticky: [transfr]")
    bot.add("flows/wrong.yml", FLOW.format(id="wrong", step="collect: recipent"))
    message = bot.refusal()
    assert "unknown-intent" in message
    assert "unknown-slot" in message


class TestWithoutARouter:
    @pytest.fixture(autouse=True)
    def no_router(self, bot):
        bot.change("config.yml", ROUTER, "")
        (bot.project / "data" / "stories.yml").unlink()
        bot.change("data/rules.yml", "  - action: action_reset_routing\n", "")

    def test_the_routing_slot_is_refused(self, bot):
        bot.change("domain.yml", "slots:\n", ROUTE_SLOT.format("{type: bool}"))
        message = bot.refusal()
        assert "error[route-without-router]" in message
        assert bot.line("domain.yml", "{type: bool}") in message
        assert "Put a router into the pipeline" in message

    def test_the_reset_in_a_flow_is_refused(self, bot):
        step = "action: action_reset_routing"
        bot.add("flows/reset.yml", FLOW.format(id="resetting", step=step))
        message = bot.refusal()
        assert "error[reset-without-router]" in message
        assert f"{bot.project / 'flows' / 'reset.yml'}:6:" in message

    @pytest.mark.parametrize("kind", ["rule", "story"])
    def test_the_reset_in_a_rule_or_story_is_refused(self, bot, kind):
        steps = "\n  - intent: greet\n  - action: action_reset_routing\n"
        top = {"rule": "rules", "story": "stories"}[kind]
        bot.add("data/reset.yml", f'version: "3.1"\n{top}:\n- {kind}: hi\n  steps:{steps}')
        message = bot.refusal()
        assert "error[reset-without-router]" in message
        assert f"{bot.project / 'data' / 'reset.yml'}:6:" in message
        assert "Put a router into the pipeline" in message


def test_rasa_train_prints_the_places_and_no_traceback(bot):
    bot.change("config.yml", "sticky: [transfer]", "sticky: [transfr]")
    bot.add("flows/wrong.yml", FLOW.format(id="wrong", step="collect: recipent"))
    code, output = run("train", cwd=bot.project)
    assert code == 1
    assert "Traceback" not in output
    assert "config.yml:17:16: error[unknown-intent]" in output
    assert "flows/wrong.yml:6:18: error[unknown-slot]" in output


def test_rasa_train_asks_for_the_importer(tmp_path):
    project = shutil.copytree(BOTS / "stock", tmp_path / "bot")
    before, _, _ = (project / "config.yml").read_text().partition("policies:\n")
    policies = "policies:\n  - name: RulePolicy\n  - name: router.FlowPolicy\n"
    (project / "config.yml").write_text(before + policies)
    code, output = run("train", cwd=project)
    assert code == 1
    assert "error[missing-importer]" in output
    assert "importers: [{name: router.CoexistenceImporter}]" in output


def repacked(model, target, change):
    """A copy of a model in which `change` has edited the unpacked files."""
    folder = target / "model"
    with tarfile.open(model) as archive:
        archive.extractall(folder)
    change(folder)
    with tarfile.open(target / "changed.tar.gz", "w:gz") as archive:
        archive.add(folder, arcname="")
    return str(target / "changed.tar.gz")


def written_by_another_version(folder):
    [file] = folder.rglob("assistant.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 99}))


def without_flows(folder):
    [file] = folder.rglob("assistant.json")
    file.unlink()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (written_by_another_version, "format 99"),
        (without_flows, "The model holds no flows"),
    ],
)
def test_a_model_that_cannot_work_says_to_train_again(mini_bot, tmp_path, change, expected):
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    from rasa.core.agent import Agent

    from router.rasa.errors import CoexistenceSetupError

    model = repacked(mini_bot / "models" / "mini.tar.gz", tmp_path, change)
    with pytest.raises(CoexistenceSetupError, match=expected) as refused:
        Agent.load(model)
    assert "again" in str(refused.value)


def test_a_domain_file_that_only_rasas_reader_refuses_is_named(bot):
    bot.change("domain.yml", "responses:\n", "responses:\n  utter_where: [{text: Where to?}]\n")
    message = bot.refusal()
    assert bot.line("domain.yml", "utter_where") in message
    assert "error[yaml-syntax]: Rasa can't read this file" in message
    assert "quotes" in message
