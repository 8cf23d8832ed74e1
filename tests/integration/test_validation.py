"""Rasa's validation: what only CALM uses isn't called unused, and the rest still is."""

import re
import shutil
import warnings

import pytest
from rasa_process import BOTS

pytestmark = pytest.mark.integration

UNUSED = re.compile(r"The (?:intent|utterance) '(.+)' is not used in any story or rule\.")
# `inform` only carries entities, and Rasa doesn't look for what forms say.
OF_THE_NLU_SIDE = {"inform", "utter_ask_card_digits"}


@pytest.fixture
def bot(tmp_path):
    return shutil.copytree(BOTS / "mini", tmp_path / "bot")


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def importer_of(bot):
    from rasa.shared.importers.importer import TrainingDataImporter

    config, domain, data = (str(bot / name) for name in ("config.yml", "domain.yml", "data"))
    return TrainingDataImporter.load_from_config(config, domain, [data])


def validator_of(bot):
    from rasa.validator import Validator

    importer = importer_of(bot)  # loading it puts the seams in place
    return Validator.from_importer(importer)


def warned(verify, **arguments):
    """All that a verification of Rasa says, after it found nothing wrong."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert verify(**arguments)
    return [str(each.message) for each in caught]


def unused(bot):
    said = warned(validator_of(bot).verify_nlu, ignore_warnings=False)
    return {name for message in said for name in UNUSED.findall(message)}


def test_what_flows_patterns_and_the_router_use_is_not_called_unused(bot):
    assert unused(bot) == OF_THE_NLU_SIDE


def test_what_nothing_uses_is_still_called_unused(bot):
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, lonely, Transfer,")
    change(bot / "domain.yml", "responses:\n", "responses:\n  utter_lonely: [{text: Nobody.}]\n")
    assert unused(bot) == OF_THE_NLU_SIDE | {"lonely", "Transfer", "utter_lonely"}


def test_what_a_flow_no_longer_uses_is_called_unused(bot):
    change(bot / "flows" / "money.yml", "      - action: utter_contact_added\n", "")
    change(bot / "flows" / "money.yml", "    nlu_trigger:\n      - intent: contacts\n", "")
    change(bot / "domain.yml", "intent: deny,", "intent: affirm,")
    no_longer = {"utter_contact_added", "contacts", "deny"}
    assert unused(bot) == OF_THE_NLU_SIDE | no_longer


def test_intents_of_the_calm_lists_are_used(bot):
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, human, later,")
    change(
        bot / "config.yml",
        "sticky: [transfer]",
        "sticky: [transfer, human]\n      non_sticky: [later]",
    )
    assert unused(bot) == OF_THE_NLU_SIDE


def test_slots_of_flows_use_the_intents_of_their_mappings(bot):
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, one, two, other,")
    change(
        bot / "domain.yml",
        "      - {type: from_intent, intent: affirm, value: true}\n",
        "      - {type: from_intent, intent: affirm, value: true}\n"
        "      - {type: from_intent, intent: [one, two], value: true}\n"
        "      - {type: from_text, not_intent: inform}\n",
    )
    assert unused(bot) == OF_THE_NLU_SIDE - {"inform"} | {"other"}


def test_the_other_warnings_of_the_same_verification_stay(bot):
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, lonely,")
    said = warned(validator_of(bot).verify_intents_in_stories)
    assert any("'lonely' is listed in the domain file, but is not found" in each for each in said)


def test_a_bot_without_the_importer_is_validated_as_before():
    stock = validator_of(BOTS / "stock")
    for name in ("verify_intents_in_stories", "verify_utterances_in_stories"):
        verify = getattr(type(stock), name)
        ours, rasas = getattr(stock, name), verify._coexistence_original
        assert sorted(warned(ours)) == sorted(warned(rasas, self=stock))


def test_the_checks_of_flows_say_nothing_twice(bot):
    change(bot / "domain.yml", "intents: [greet,", "intents: [greet, lonely,")
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        validator_of(bot)
    assert sum("No list names lonely" in str(each.message) for each in shown) == 1


def test_rasa_reaches_every_seam(bot, monkeypatch):
    """As `rasa train` and `rasa data validate` call them."""
    from rasa.cli.utils import validate_files

    from router.rasa import validation

    seen = []
    monkeypatch.setattr(validation, "_used_by_calm", lambda *given: seen.append(1) or {"greet"})
    monkeypatch.setattr(validation, "_unused", lambda used: seen.append(used) or "")
    said = warned(lambda: validate_files(False, None, importer_of(bot)) is None)
    assert not any(UNUSED.match(message) for message in said)
    assert seen == [1, {"greet"}, {"greet"}]
