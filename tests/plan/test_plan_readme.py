"""README's way from a bot to its first area moved, in ten commands."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from router.plan.reading import read_plan

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def commands() -> list[str]:
    block = README.split("## Plan a migration")[1].split("```")[1]
    return block.strip().splitlines()


def test_there_are_ten(commands: list[str]) -> None:
    assert len(commands) == 10


def test_one_area_is_moved_and_no_other(commands: list[str], tmp_path: Path) -> None:
    if not shutil.which("sed"):
        pytest.skip("there's no sed")
    [move] = [command for command in commands if command.startswith("sed")]
    file = tmp_path / "migration.yml"
    file.write_text((ROOT / "migration.yml").read_text(encoding="utf-8"), encoding="utf-8")
    before = {name: area.stage for name, area in read_plan(file).areas.items()}
    area = next(name for name, stage in before.items() if stage == "nlu")
    moved = re.sub(r"\bpayments\b", area, move)
    subprocess.run(["bash", "-c", moved], cwd=tmp_path, check=True)
    after = {name: area.stage for name, area in read_plan(file).areas.items()}
    assert after == {**before, area: "calm"}
    assert list(before.values()).count("nlu") > 1
