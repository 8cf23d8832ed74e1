"""Small bots in a folder, and what the inventory says of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from router.planner.inventory import read_inventory
from router.planner.model import Inventory


def write_bot(folder: Path, **files: str) -> Path:
    """Writes `data_stories="..."` as `data/stories.yml`, and so on; returns the folder."""
    (folder / "data").mkdir(exist_ok=True)
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/', 1)}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text), "utf-8")
    return folder


def inventory_of(folder: Path, **files: str) -> Inventory:
    """The inventory of the bot that these files make."""
    write_bot(folder, **files)
    config = folder / "config.yml"
    domain = next((p for p in (folder / "domain", folder / "domain.yml") if p.exists()), None)
    return read_inventory(config if config.exists() else None, domain, [folder / "data"])


def edges_of(inventory: Inventory, kind: str = "stories") -> dict[tuple[str, str], float]:
    """Weight by pair."""
    return {(e.first, e.second): e.weight for e in inventory.edges if e.kind == kind}


def evidence_of(inventory: Inventory, first: str, second: str, kind: str = "stories") -> list[str]:
    """What an edge shows: text, file name and line of each piece of evidence."""
    edge = next(e for e in inventory.edges if (e.first, e.second, e.kind) == (first, second, kind))
    return [
        f"{piece.text} {Path(piece.location.file).name}:{piece.location.line}"
        for piece in edge.evidence
    ]


def many_stories(number: int, skills: int = 200) -> str:
    """Stories of as many skills, each with the next one within it."""
    lines = ["stories:"]
    for index in range(number):
        skill, other = index % skills, (index + 1) % skills
        lines.append(
            f"- story: story {index}\n"
            "  steps:\n"
            f"  - intent: ask_{skill}\n"
            f"  - action: utter_{skill}\n"
            "  - intent: inform\n"
            f"  - action: action_{skill}\n"
            f"  - intent: ask_{other}\n"
            f"  - action: utter_{other}\n"
        )
    return "\n".join(lines)
