"""docs/migration_plan.md documents every key, stage and weight, and its example is a plan."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from router.plan import Area, Decision, KeptInBoth, MigrationPlan, OneTurn, Stage
from router.plan.reading import read_plan
from router.planner.inventory.effort import WEIGHTS
from router.planner.proposal import propose

TEXT = (Path(__file__).parents[2] / "docs" / "migration_plan.md").read_text("utf-8")
SECTIONS = {
    "The plan": MigrationPlan,
    "An area": Area,
    "`one_turn`": OneTurn,
    "`keep_in_both`": KeptInBoth,
    "A decision": Decision,
}


def section(title: str) -> str:
    return TEXT.partition(f"\n### {title}\n")[2].partition("\n#")[0]


@pytest.mark.parametrize(("title", "model"), SECTIONS.items())
def test_every_key_is_documented_and_no_other(title: str, model: type[BaseModel]) -> None:
    keys = section(title).partition("| key |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", keys, re.M) == list(model.model_fields)


def test_every_stage_is_documented() -> None:
    stages = section("An area").partition("| stage |")[2]
    assert re.findall(r"^\| `(\w+)` \|", stages, re.M) == list(get_args(Stage))


def test_every_weight_of_the_effort_is_documented() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d.]+) \|", section("Effort"), re.M)
    assert {name: float(points) for name, points in rows} == WEIGHTS


def test_the_order_is_documented_as_it_is_made() -> None:
    formula = re.search(r"`([^`]+)`", section("Order"))
    assert formula is not None
    assert formula[1] in (propose.__doc__ or "")


def test_the_example_is_a_plan_with_every_section(tmp_path: Path) -> None:
    file = tmp_path / "migration.yml"
    file.write_text(TEXT.partition("```yaml\n")[2].partition("```")[0], "utf-8")
    plan = read_plan(file)
    assert plan.model_fields_set == set(MigrationPlan.model_fields)
    assert [area.stage for area in plan.areas.values()] == ["calm", "nlu"]
