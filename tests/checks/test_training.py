"""`rasa train` runs the same checks: the same lines, errors stop it, warnings are shown once."""

import shutil
import warnings
from pathlib import Path

import pytest
from rasa_process import BOTS

from router.checks import check_project, read_project

pytestmark = pytest.mark.integration


@pytest.fixture
def bot(tmp_path, monkeypatch):
    folder = shutil.copytree(BOTS / "mini", tmp_path / "bot")
    monkeypatch.chdir(folder)
    return folder


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def loaded():
    """The domain as `rasa train` loads it."""
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])
    return importer.get_domain()


def refusal():
    from router.rasa.errors import CoexistenceSetupError

    with pytest.raises(CoexistenceSetupError) as refused:
        loaded()
    return str(refused.value).strip().splitlines()


MISTAKES = {
    "illegal-literal": ("flows/money.yml", "if: slots.confirmed", "if: slots.confirmed = 'yes'"),
    "illegal-value": (
        "flows/money.yml",
        "      - action: action_verify\n",
        "      - set_slots: [{amount: much}]\n",
    ),
    "invalid-condition": (
        "domain.yml",
        "utter_not_sent: [{text: Not sent.}]",
        "utter_not_sent: [{text: Not sent., condition: confirmed}]",
    ),
    "invalid-template": (
        "domain.yml",
        "utter_not_sent: [{text: Not sent.}]",
        "utter_not_sent: [{text: '{{ x', metadata: {template: jinja}}]",
    ),
    "unknown-slot": (
        "domain.yml",
        "utter_not_sent: [{text: Not sent.}]",
        "utter_not_sent: [{text: Not sent., buttons: [{title: x, payload: /SetSlots(amuont=1)}]}]",
    ),
    "unknown-response": (
        "domain.yml",
        "  amount:\n    type: float\n",
        "  amount:\n    type: float\n"
        "    validation: {rejections: [{if: slots.tip, utter: utter_x}]}\n",
    ),
    "forbidden-trigger": (
        "flows/money.yml",
        "  give_tip:\n",
        "  pattern_correction:\n    description: d\n    nlu_trigger: [{intent: affirm}]\n"
        "    steps: [{action: utter_sent}]\n\n  give_tip:\n",
    ),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_training_stops_with_the_lines_of_validation(bot, code):
    file, old, new = MISTAKES[code]
    change(bot / file, old, new)
    found = check_project(Path("config.yml"), Path("domain.yml"), [Path("data")])
    lines = [str(each) for each in found if not each.is_warning]
    assert [each.code for each in found if not each.is_warning] == [code]
    assert refusal() == lines


def test_errors_of_the_domain_and_of_flows_are_told_together(bot):
    change(bot / "domain.yml", "    type: float\n", "    type: float\n    tpye: float\n")
    change(bot / "flows/money.yml", "collect: recipient", "collect: recipent")
    codes = [line.partition("[")[2].partition("]")[0] for line in refusal()]
    assert codes == ["unknown-key", "unknown-slot"]


def test_a_comment_silences_training_too(bot):
    never = "if: slots.confirmed = 'yes'  # coexist: ignore[illegal-literal]"
    change(bot / "flows/money.yml", "if: slots.confirmed", never)
    assert not loaded().is_empty()


def test_warnings_are_shown_once_and_stop_nothing(bot):
    change(bot / "data/rules.yml", "  - action: action_reset_routing\n", "")
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        assert not loaded().is_empty()
        loaded()
    said = [str(each.message) for each in shown if "missing-reset" in str(each.message)]
    assert len(said) == 1
    assert said[0].startswith("data/rules.yml:")


def test_the_answers_of_retrieval_intents_are_known(bot):
    (bot / "data" / "faq.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: faq/hours\n  examples: |\n    - when are you open\n'
        "    - opening hours\nresponses:\n  utter_faq/hours: [{text: From 9.}]\n"
    )
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, faq,")
    change(bot / "config.yml", "non_sticky: [greet,", "non_sticky: [greet, faq,")
    change(bot / "flows/money.yml", "action: utter_contact_added", "action: utter_faq")
    assert not loaded().is_empty()


@pytest.mark.parametrize("name", [".", "tests/bots/mini", "tests/bots/showcase"])
def test_the_importer_sees_the_assistant_that_the_files_make(name, monkeypatch):
    from rasa.shared.importers.importer import TrainingDataImporter

    from router.rasa.importer import parts_of, unchecked_assistant

    folder = BOTS.parents[1] / name
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])
    trained = unchecked_assistant(list(parts_of(importer)), importer.get_domain())
    domain = next(path for path in (Path("domain.yml"), Path("domain")) if path.exists())
    project = read_project("config.yml", domain, [Path("data")])
    from_files = project.assistant()
    assert trained.flows == from_files.flows
    assert trained.slots == from_files.slots
    assert trained.has_router == from_files.has_router
    assert trained.responses == from_files.responses
    assert trained.intents == from_files.intents
    # To Rasa, responses are actions too.
    assert trained.actions - trained.responses == from_files.actions


@pytest.mark.parametrize(
    ("action", "expected"), [("action_query_knowledge_base", []), ("action_x", ["unknown-slot"])]
)
def test_rasas_knowledge_base_brings_its_slots(bot, action, expected):
    change(bot / "domain.yml", "actions:\n", f"actions:\n  - {action}\n")
    change(bot / "flows/money.yml", "if: slots.confirmed", "if: slots.knowledge_base_last_object")
    found = check_project(Path("config.yml"), Path("domain.yml"), [Path("data")])
    assert [each.code for each in found] == expected
    if expected:
        assert refusal() == [str(each) for each in found]
    else:
        assert not loaded().is_empty()
