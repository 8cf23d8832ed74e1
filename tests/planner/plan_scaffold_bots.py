"""Small bots that route by intent, what is drafted for them, and whether it fits in."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml
from plan_inventory_bots import write_bot

from router.checks import check_project
from router.planner.scaffold import Scaffold, scaffold

CONFIG = """
    importers: [{name: router.CoexistenceImporter}]
    pipeline:
      - name: KeywordIntentClassifier
      - name: IntentBasedRouter
        nlu_entry: {sticky: [%s], non_sticky: []}
        calm_entry: {sticky: []}
      - name: NLUCommandAdapter
    policies: [{name: FlowPolicy}, {name: RulePolicy}]
    """

#: A form that is filled and ends, and opening hours; more rules may follow.
BOOK_RULES = """
    rules:
    - rule: book
      steps:
      - intent: book
      - action: book_form
      - active_loop: book_form
    - rule: booked
      condition:
      - active_loop: book_form
      steps:
      - action: book_form
      - active_loop: null
      - action: action_book
    - rule: hours
      steps:
      - intent: hours
      - action: utter_hours
"""


def bot_in(folder: Path, sticky: str = "", **files: str) -> Path:
    """Writes a bot with a router; `sticky` are intents of the NLU system."""
    write_bot(folder, **files)
    (folder / "config.yml").write_text(dedent(CONFIG % sticky), "utf-8")
    return folder


def drafts_of(folder: Path, name: str) -> Scaffold:
    """What is drafted, with the default places of files."""
    return scaffold(
        name,
        config=folder / "config.yml",
        domain=domain_of(folder),
        data=[folder / "data"],
        plan=folder / "migration.yml",
        tests=folder / "e2e_tests",
    )


def domain_of(folder: Path) -> Path:
    """The domain's file, or its folder."""
    return folder / ("domain" if (folder / "domain").is_dir() else "domain.yml")


def put(drafts: Scaffold) -> None:
    """Writes all drafts and changes."""
    for path, text in [
        *((file.path, file.text) for file in drafts.files),
        *((edit.path, edit.after) for edit in drafts.edits),
    ]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def problems_of(folder: Path) -> list[str]:
    """The codes of the errors that `coexist validate` tells of a bot."""
    config, data = folder / "config.yml", [folder / "data"]
    found = check_project(config, domain_of(folder), data, folder=folder)
    return [str(each) for each in found if not each.is_warning]


def flow_of(drafts: Scaffold, name: str) -> dict[str, Any]:
    """A flow as its file has it."""
    text = next(file.text for file in drafts.files if "flows" in file.path.parts)
    flow: dict[str, Any] = yaml.safe_load(text)["flows"][name]
    return flow


def steps_of(drafts: Scaffold, name: str) -> list[Any]:
    """A flow's steps, in short: what is done, what is collected, and branches."""
    return _short(flow_of(drafts, name)["steps"])


def _short(steps: Any) -> list[Any]:
    if steps == "END":
        return []
    found: list[Any] = []
    for step in steps:
        found.append(step.get("action") or step.get("collect") or "noop")
        if isinstance(step.get("next"), list):
            found.append(
                {
                    branch.get("if", "else"): _short(branch.get("then", branch.get("else")))
                    for branch in step["next"]
                }
            )
    return found


def change_of(drafts: Scaffold, name: str) -> list[str]:
    """The lines that are added to a file; nothing else may be changed."""
    edit = next(each for each in drafts.edits if each.path.name == name)
    before, after = edit.before.splitlines(), edit.after.splitlines()
    added, position = [], 0
    for line in after:
        if position < len(before) and before[position] == line:
            position += 1
        else:
            added.append(line)
    assert position == len(before), "a line that was there is gone"
    return added
