"""What Rasa refuses to train is what is warned of: rules that reset where stories don't."""

import pytest
from rasa.core.policies.rule_policy import InvalidRule, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.importers.rasa import RasaFileImporter

from router.checks import check_project

DOMAIN = """\
version: "3.1"
intents: [hours, book, thanks]
slots: {city: {type: text, mappings: [{type: from_text}]}}
forms: {book_form: {required_slots: [city]}}
responses: {utter_hours: [{text: x}], utter_ask_city: [{text: x}], utter_ok: [{text: x}]}
actions: [action_reset_routing, action_book]
"""
HOURS = "  - intent: hours\n  - action: utter_hours\n"
RESET = "  - action: action_reset_routing\n"
FORM = "  - intent: book\n  - action: book_form\n  - active_loop: book_form\n"
OVER = "  - action: book_form\n  - active_loop: null\n"
SHORT = "  - active_loop: null\n"
DONE = "  - action: action_book\n"
TURN = "  - intent: thanks\n  - action: utter_ok\n"
IN_FORM = "  condition:\n  - active_loop: book_form\n"
RULE = f"- rule: hours\n  steps:\n{HOURS}{RESET}"
OWN = f"- rule: within\n{IN_FORM}  steps:\n{HOURS}  - action: book_form\n"
SUBMIT = f"- rule: submit\n{IN_FORM}  steps:\n{OVER}{DONE}{RESET}"


@pytest.mark.parametrize(
    ("rules", "story", "is_refused"),
    [
        (RULE, FORM + HOURS + OVER + DONE, True),
        (RULE, HOURS + TURN, True),
        (RULE, TURN + HOURS, True),
        (RULE, TURN + HOURS + RESET, False),
        (RULE + OWN, FORM + HOURS + OVER + DONE, False),
        (RULE.replace("  steps", f"{IN_FORM}  steps"), HOURS + TURN, False),
        (SUBMIT, FORM + OVER + DONE + TURN, True),
        (SUBMIT, FORM + SHORT + DONE + TURN, True),
        (SUBMIT, FORM + SHORT + DONE, True),
        (SUBMIT, FORM + OVER + DONE + RESET, False),
    ],
)
def test_rasa_refuses_what_is_warned_of(tmp_path, rules, story, is_refused):
    config, domain, data = (tmp_path / f"{name}.yml" for name in ("config", "domain", "data"))
    config.write_text("language: en\npipeline: []\npolicies: []\n")
    domain.write_text(DOMAIN)
    data.write_text(f'version: "3.1"\nrules:\n{rules}\nstories:\n- story: s\n  steps:\n{story}')
    codes = {each.code for each in check_project(config, domain, [data])}
    assert ("contradicted-reset" in codes) == is_refused
    assert _is_refused(config, domain, data, tmp_path) == is_refused


def _is_refused(config, domain, data, folder):
    importer = RasaFileImporter(str(config), str(domain), [str(data)])
    read = importer.get_domain()
    options = {"augmentation_factor": 0, "use_story_concatenation": False}
    trackers = TrainingDataGenerator(importer.get_stories(), read, **options).generate()
    (folder / "model").mkdir()
    policy = RulePolicy.create(
        RulePolicy.get_default_config(),
        LocalModelStorage.create(folder / "model"),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    )
    try:
        policy.train(trackers, read)
    except InvalidRule:
        return True
    return False
