"""A small bot in a folder of its own, and what the checks say about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.checks import check_project
from router.checks.docs import Example

WITH_ROUTER = """\
importers:
  - name: router.CoexistenceImporter
pipeline:
  - name: IntentBasedRouter
    nlu_entry: {sticky: [greet], non_sticky: []}
    calm_entry: {sticky: [pay]}
  - name: NLUCommandAdapter
policies:
  - name: FlowPolicy
"""


class Bot:
    """Files in the working folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files):
        """Writes files; `data__rules` is data/rules.yml."""
        for name, text in files.items():
            file = self.folder / (name.replace("__", "/") + ".yml")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def problems(self):
        names = ("config.yml", "domain.yml", "data", "endpoints.yml")
        config, domain, data, endpoints = map(Path, names)
        given = endpoints if endpoints.exists() else None
        return check_project(config, domain, [data], endpoints=given)

    def found(self, *codes):
        """`code line` of the problems that have one of the codes (without any: of all)."""
        return [
            f"{each.code} {each.location.line}"
            for each in self.problems()
            if not codes or each.code in codes
        ]


@pytest.fixture
def bot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Example("", {}).write(tmp_path)
    return Bot(tmp_path)


@pytest.fixture
def routed(bot):
    """The same with a router: `greet` goes to the NLU system for good, `pay` to CALM."""
    bot.write(config=WITH_ROUTER)
    return bot
