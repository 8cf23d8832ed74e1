"""How a migration went on: the plan as it was in each commit of its git history."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Snapshot", "plan_history"]

_SECONDS = 20
_COMMITS = 200


@dataclass(frozen=True)
class Snapshot:
    """The plan at one commit: its date (YYYY-MM-DD), and how many skills are at each stage."""

    date: str
    skills: Mapping[str, int]

    @property
    def moved(self) -> float:
        """The share of skills that CALM answers, 0 to 1."""
        total = sum(self.skills.values())
        return (self.skills.get("calm", 0) + self.skills.get("done", 0)) / total if total else 0.0


def plan_history(path: Path) -> tuple[Snapshot, ...]:
    """The latest commits that changed the plan, oldest first; none outside a git repository.

    Commits in which it can't be read are passed over.
    """
    folder, name = path.resolve().parent, path.name
    log = _git(folder, "log", f"-{_COMMITS}", "--format=%H %cs", "--", name)
    found = []
    for line in reversed(log.splitlines()):
        revision, _, date = line.partition(" ")
        skills = _skills(_git(folder, "show", f"{revision}:./{name}"))
        if skills:
            found.append(Snapshot(date, skills))
    return tuple(found)


def _skills(text: str) -> Counter[str]:
    try:
        data: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return Counter()
    areas = data.get("areas") if isinstance(data, dict) else None
    counts: Counter[str] = Counter()
    for area in areas.values() if isinstance(areas, dict) else ():
        if isinstance(area, dict) and isinstance(area.get("skills", []), list):
            counts[str(area.get("stage", "nlu"))] += len(area.get("skills") or ())
    return counts


def _git(folder: Path, *arguments: str) -> str:
    """What git prints; nothing where it isn't there, or the folder is no repository."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
