"""Deliberate defects in the sample bank: its suite names each of them."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import coexist_process
import pytest
import rasa_process
import yaml

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
# Everything that a case of config.yml may be about, in seconds.
SUITE = ("e2e_tests/calm", "e2e_tests/handoffs", "e2e_tests/nlu")


@dataclass(frozen=True)
class Defect:
    """A change of one file, and cases that must fail for it; `fine` must pass all the same."""

    file: str
    right: str
    wrong: str
    found_by: tuple[str, ...]
    fine: tuple[str, ...]


DEFECTS = {
    "a story forgets the reset": Defect(
        "data/stories.yml",
        right="      - action: utter_feedback_positive\n      - action: action_reset_routing\n",
        wrong="      - action: utter_feedback_positive\n",
        found_by=("good feedback", "feedback, then a transfer", "to and fro"),
        fine=("bad feedback", "the opening hours, then a transfer"),
    ),
    "an intent stands in the wrong list": Defect(
        "config.yml",
        right="      - remove_contact\n      - list_contacts\n",
        wrong="      - remove_contact\n    non_sticky:\n      - list_contacts\n",
        found_by=("the contacts are listed", "feedback, then the list of contacts"),
        fine=("a contact is added", "who, how much, when, yes"),
    ),
    "a flow takes the wrong branch": Defect(
        "flows/transfers.yml",
        right="- if: slots.transfer_confirmed",
        wrong="- if: not slots.transfer_confirmed",
        found_by=("who, how much, when, yes", "the customer thinks better of it"),
        fine=("a contact is removed", "more than the balance"),
    ),
    "a slot is no longer shared": Defect(
        "domain/shared.yml",
        right="    influence_conversation: false\n    shared_for_coexistence: true\n",
        wrong="    influence_conversation: false\n",
        found_by=(
            "verified while blocking a card, known to the transfer",
            "verified for the contacts, known to the form",
        ),
        fine=("who, how much, when, yes", "a lost card is blocked once the customer is known"),
    ),
}
