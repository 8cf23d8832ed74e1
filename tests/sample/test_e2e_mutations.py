"""Deliberate defects in the sample bank: its end-to-end suite names each of them.

The bank is trained without DIET and TED here, in seconds; the suite says the same of it.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coexist_process
import pytest
import rasa_process
import yaml

from router.llm import FakeServer, read_script
from router.plan.reading import read_plan

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "e2e_tests"
WITH_MODELS = ROOT / "e2e_tests" / "with_models"
SCRIPT = WITH_MODELS / "cassettes" / "model.script.yml"
TIMED_CASE = "all of a transfer in one sentence, then a correction"


@dataclass(frozen=True)
class Defect:
    """What is wrong in a file, the cases that fail for it, and some that it doesn't touch."""

    file: str
    changes: tuple[tuple[str, str], ...]
    found_by: frozenset[str]
    untouched: frozenset[str]


DEFECTS = {
    "a story forgets the reset": Defect(
        "data/stories.yml",
        changes=(
            (
                "      - action: utter_feedback_positive\n      - action: action_reset_routing\n",
                "      - action: utter_feedback_positive\n",
            ),
        ),
        found_by=frozenset({"good feedback", "feedback, then a transfer", "to and fro"}),
        untouched=frozenset({"bad feedback", "the opening hours, then a transfer"}),
    ),
    "a rule forgets the reset": Defect(
        "data/rules.yml",
        changes=(
            (
                "      - action: utter_opening_hours\n      - action: action_reset_routing\n",
                "      - action: utter_opening_hours\n",
            ),
        ),
        found_by=frozenset({"opening hours", "the opening hours, then a transfer"}),
        untouched=frozenset({"a goodbye", "feedback, then a transfer"}),
    ),
    "an intent stands in the wrong list": Defect(
        "config.yml",
        changes=(
            ("        - add_contact\n", ""),
            ("        - block_card\n", "        - block_card\n        - add_contact\n"),
        ),
        found_by=frozenset({"a contact is added", "feedback, then adding a contact"}),
        untouched=frozenset({"a contact is removed", "who, how much, when, yes"}),
    ),
    "a flow takes the wrong branch": Defect(
        "flows/transfers.yml",
        changes=(("- if: slots.transfer_confirmed", "- if: not slots.transfer_confirmed"),),
        found_by=frozenset({"who, how much, when, yes", "the customer thinks better of it"}),
        untouched=frozenset({"a contact is removed", "more than the balance"}),
    ),
    "a slot is no longer shared": Defect(
        "domain/shared.yml",
        changes=(
            (
                "  is_verified:\n    type: bool\n    influence_conversation: false\n"
                "    shared_for_coexistence: true\n",
                "  is_verified:\n    type: bool\n    influence_conversation: false\n",
            ),
        ),
        found_by=frozenset({"verified while blocking a card, known to the transfer"}),
        untouched=frozenset({"who, how much, when, yes", "good feedback"}),
    ),
}


def with_light_models(config: Path) -> None:
    """In place of components that take a minute to train, those that take a second."""
    data = yaml.safe_load(config.read_text(encoding="utf-8"))
    light = {"name": "LogisticRegressionClassifier", "random_state": 7}
    data["pipeline"] = [
        light if each["name"] == "DIETClassifier" else each for each in data["pipeline"]
    ]
    data["policies"] = [each for each in data["policies"] if each["name"] != "TEDPolicy"]
    config.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def train(project: Path) -> None:
    """Trains what changed since the last training; the rest is in Rasa's cache."""
    with_light_models(project / "config.yml")
    code, output = rasa_process.run("train", "--domain", "domain", cwd=project, seconds=200)
    assert code == 0, output[-3000:]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} isn't what it was: write this defect anew"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def played(project: Path, suite: Path, *options: str) -> tuple[int, str, dict[str, str]]:
    """What `coexist test` says: exit code, output, and what became of each case."""
    report = project / "report.json"
    report.unlink(missing_ok=True)
    code, output, errors = coexist_process.run(
        *("test", str(suite), "--json", str(report), *options),
        cwd=project,
        lines=[],
        env={**os.environ, "BANK_DB": str(project / "bank.sqlite"), "COLUMNS": "200"},
        seconds=200,
    )
    cases = json.loads(report.read_text(encoding="utf-8"))["cases"] if report.exists() else []
    return code, output + errors, {case["name"]: case["status"] for case in cases}


@pytest.fixture(scope="module")
def light_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bank without a defect, trained."""
    project = tmp_path_factory.mktemp("light") / "bank"
    for folder in ("actions", "data", "domain", "flows"):
        shutil.copytree(ROOT / folder, project / folder)
    for file in ("config.yml", "endpoints.yml"):
        shutil.copy2(ROOT / file, project)
    train(project)
    return project


@pytest.fixture
def breakable(light_bank: Path, tmp_path: Path) -> Path:
    """A copy to break, with its files as they are in the repository."""
    project = shutil.copytree(light_bank, tmp_path / "bank")
    shutil.rmtree(project / "models")
    shutil.copy2(ROOT / "config.yml", project)
    return project


def test_the_bank_as_it_is_passes(light_bank: Path) -> None:
    code, output, statuses = played(light_bank, SUITE)

    assert code == 0, output
    passed = {name for name, status in statuses.items() if status == "passed"}
    for defect in DEFECTS.values():
        assert defect.found_by | defect.untouched <= passed


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_found(breakable: Path, name: str) -> None:
    defect = DEFECTS[name]
    for old, new in defect.changes:
        change(breakable / defect.file, old, new)
    train(breakable)
    code, output, statuses = played(breakable, SUITE)

    assert code == 1, output
    failed = {case for case, status in statuses.items() if status == "failed"}
    assert defect.found_by <= failed
    assert not defect.untouched & failed


def test_a_response_that_was_renamed_is_found_before_anything_runs(breakable: Path) -> None:
    for file in ("domain/calm.yml", "flows/transfers.yml"):
        change(breakable / file, "utter_transfer_done", "utter_transfer_is_done")
    code, output, statuses = played(breakable, SUITE)

    assert code == 2
    assert "e2e_tests/calm/transfers/test_transfer.yml:" in output
    assert "no response 'utter_transfer_done'. Did you mean 'utter_transfer_is_done'?" in output
    assert statuses == {}


@pytest.mark.parametrize(
    ("behaviour", "options", "status"),
    [
        ({}, ["--latency-fails"], "passed"),
        ({"delay": 3.5}, [], "passed"),
        ({"delay": 3.5}, ["--latency-fails"], "failed"),
        ({"hang": True}, [], "failed"),
    ],
    ids=["quick", "slow, reported", "slow, failing", "hanging"],
)
def test_a_slow_model_is_found(
    llm_bank: Path, tmp_path: Path, behaviour: dict[str, Any], options: list[str], status: str
) -> None:
    replies = [each.model_copy(update=behaviour) for each in read_script(SCRIPT).replies]
    endpoints = tmp_path / "endpoints.yml"
    local = (llm_bank / "endpoints.local.yml").read_text(encoding="utf-8")
    with FakeServer(replies) as server:
        endpoints.write_text(local.replace("http://localhost:8089/v1", server.url), "utf-8")
        given = ["--config", "config.llm.yml", "--endpoints", str(endpoints), "--llm", "live"]
        chosen = f"{WITH_MODELS / 'llm' / 'test_free_text.yml'}::{TIMED_CASE}"
        code, output, statuses = played(llm_bank, Path(chosen), *given, *options)

    assert statuses == {TIMED_CASE: status}, output
    assert code == (0 if status == "passed" else 1)


MOVES = """\
test_cases:
  - test_case: contacts are {system}'s
    steps:
      - user: add a contact
        assertions:
          - routed_to: {{route: {system}, sticky: true}}
  - test_case: transfers are CALM's
    steps:
      - user: send 50 euros to Anna
        assertions:
          - routed_to: calm
"""


def test_moving_an_area_in_the_plan_moves_its_traffic(breakable: Path) -> None:
    shutil.copy2(ROOT / "config.plan.yml", breakable / "config.yml")
    plan = breakable / "migration.yml"
    shutil.copy2(ROOT / "migration.yml", plan)
    suite = breakable / "moves"
    suite.mkdir()
    for system in ("calm", "nlu"):
        (suite / f"test_{system}.yml").write_text(MOVES.format(system=system), "utf-8")

    train(breakable)
    assert played(breakable, suite / "test_calm.yml")[0] == 0
    assert played(breakable, suite / "test_nlu.yml")[2]["contacts are nlu's"] == "failed"

    areas = read_plan(plan).areas
    contacts = next(name for name, area in areas.items() if "add_contact" in area.intents)
    before, name, after = plan.read_text("utf-8").partition(f"  {contacts}:\n")
    plan.write_text(before + name + after.replace("stage: calm", "stage: nlu", 1), "utf-8")
    train(breakable)
    assert played(breakable, suite / "test_calm.yml")[2]["contacts are calm's"] == "failed"
    code, output, statuses = played(breakable, suite / "test_nlu.yml")
    assert code == 0, output
    assert set(statuses.values()) == {"passed"}
