"""A plan people edit is added to: new names find their area, nothing moves, nothing goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from router.errors import InvalidPlan, Location
from router.plan import Area, KeptInBoth, MigrationPlan, OneTurn
from router.plan.reading import read_plan
from router.plan.writing import plan_text
from router.planner.merging import Merged, merged
from router.planner.model import Inventory, Skill, Source
from router.planner.present import Present

PLACE = Location("data/stories.yml")
PLAN = """\
# Ours: keep it tidy.
areas:
  payments:            # moved in May
    description: "handles money"
    stage: calm
    skills: [pay]
    intents: [pay]
    flows: [pay]
  cards:
    stage: nlu
    skills:
      - block_card
    intents:
      - block_card
      - lost_card  # says Robin
one_turn:
  skills: [greet]
  intents: [greet]
shared_slots: [is_verified]
"""


def skill(name: str, *intents: str, flows: tuple[str, ...] = ()) -> Skill:
    sources = tuple(Source("flow", each, PLACE) for each in flows)
    return Skill(name, intents or (name,), sources=sources, is_flow=bool(flows))


BOT = (
    skill("pay", flows=("pay",)),
    skill("block_card", "block_card", "lost_card"),
    skill("greet"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "migration.yml"
    path.write_text(PLAN, "utf-8")
    return path


def plan(once: tuple[str, ...] = ("greet",), **areas: Area) -> MigrationPlan:
    return MigrationPlan(areas=areas, one_turn=OneTurn(skills=once, intents=once))


def area(*names: str, stage: str = "nlu", flows: tuple[str, ...] = ()) -> Area:
    return Area.model_validate({"stage": stage, "skills": names, "intents": names, "flows": flows})


def merge(file: Path, proposed: MigrationPlan, *skills: Skill) -> Merged:
    bot = Inventory({each.name: each for each in (*BOT, *skills)})
    found = merged(file, proposed, bot, Present())
    assert file.read_text("utf-8") == PLAN  # it's shown, not written
    return found


def new_lines(found: Merged) -> list[str]:
    return [line[1:] for line in found.diff.splitlines()[2:] if line.startswith("+")]


def old_lines(found: Merged) -> list[str]:
    return [line[1:] for line in found.diff.splitlines()[2:] if line.startswith("-")]


def test_without_a_file_the_proposal_is_the_plan(tmp_path: Path) -> None:
    proposed = plan(cards=area("block_card"))
    found = merged(tmp_path / "migration.yml", proposed, Inventory(), Present())
    assert (found.before, found.after, found.diff) == (None, plan_text(proposed), "")
    assert found.changes


def test_a_plan_that_has_all_of_it_stays_byte_for_byte(file: Path) -> None:
    proposed = plan(all=area("block_card", "pay", stage="calm"))
    found = merge(file, proposed)
    assert (found.after, found.changes, found.added) == (PLAN, False, ())


def test_a_new_skill_goes_where_those_are_that_it_hangs_together_with(file: Path) -> None:
    found = merge(file, plan(block=area("block_card", "order_card")), skill("order_card"))
    assert found.added == ("skill 'order_card' to cards", "intent 'order_card' to cards")
    assert new_lines(found) == ["      - order_card", "      - order_card"]
    assert old_lines(found) == []
    assert found.plan.areas["cards"].intents == ("block_card", "lost_card", "order_card")


def test_a_new_intent_of_a_known_skill_goes_to_that_skill(file: Path) -> None:
    proposed = plan(elsewhere=Area(intents=("stolen_card",)))
    found = merge(file, proposed, skill("block_card", "block_card", "stolen_card"))
    assert found.added == ("intent 'stolen_card' to cards",)


def test_a_new_flow_goes_to_its_skill_whatever_its_stage(file: Path) -> None:
    proposed = plan(cards=area("block_card", flows=("block_card_flow",)))
    found = merge(file, proposed, skill("block_card", "lost_card", flows=("block_card_flow",)))
    assert found.plan.areas["cards"].flows == ("block_card_flow",)
    assert found.plan.areas["cards"].stage == "nlu"


def test_a_skill_that_is_called_otherwise_now_stays_with_its_intents(file: Path) -> None:
    proposed = plan(cards=Area(skills=("block_card_form",), intents=("block_card",)))
    renamed = Inventory({"block_card_form": skill("block_card_form", "block_card")})
    found = merged(file, proposed, renamed, Present())
    assert found.added == ("skill 'block_card_form' to cards",)
    assert "the bot has no skill 'block_card'." in {str(g).split(": ")[1] for g in found.gone}


def test_adding_an_intent_moves_no_traffic(file: Path) -> None:
    """The nlu system answers refunds: among CALM's payments, they would go to CALM."""
    found = merge(file, plan(payments=area("pay", "refund")), skill("refund"))
    assert found.added == ("area 'payments_2': refund",)
    assert found.plan.areas["payments_2"].stage == "nlu"
    assert found.plan.areas["payments_2"].description == "handles refund"
    assert found.plan.areas["payments"].intents == ("pay",)


def test_a_new_area_comes_last_and_the_others_keep_their_order(file: Path) -> None:
    found = merge(file, plan(loans=area("loan", "borrow"), cards=area("block_card")), skill("loan"))
    assert list(found.plan.areas) == ["payments", "cards", "loans"]
    assert found.added == ("area 'loans': loan, borrow",)


def test_an_area_of_the_proposals_name_takes_what_hangs_together_with_nothing(file: Path) -> None:
    found = merge(file, plan(cards=area("order_card")), skill("order_card"))
    assert found.plan.areas["cards"].skills == ("block_card", "order_card")


def test_small_talk_and_shared_slots_are_added_too(file: Path) -> None:
    proposed = plan(("greet", "bye")).model_copy(update={"shared_slots": ("is_verified", "name")})
    found = merge(file, proposed, skill("bye"))
    assert found.plan.one_turn.intents == ("greet", "bye")
    assert found.plan.shared_slots == ("is_verified", "name")
    assert "shared slot 'name'" in found.added


def test_what_is_to_be_kept_in_both_is_added_and_never_removed(file: Path) -> None:
    file.write_text(PLAN + "keep_in_both:\n- skill: pay\n  reason: ours\n", "utf-8")
    kept = (KeptInBoth(skill="pay", reason="theirs"), KeptInBoth(skill="block_card"))
    found = merged(
        file,
        plan().model_copy(update={"keep_in_both": kept}),
        Inventory({each.name: each for each in BOT}),
        Present(),
    )
    assert found.added == ("skill 'block_card' to keep_in_both",)
    assert [(each.skill, each.reason) for each in found.plan.keep_in_both] == [
        ("pay", "ours"),
        ("block_card", ""),
    ]


def test_what_is_kept_in_both_and_gone_from_the_bot_is_told(file: Path) -> None:
    file.write_text(PLAN + "keep_in_both:\n- {skill: old}\n", "utf-8")
    bot = Inventory({each.name: each for each in BOT})
    told = merged(file, plan(), bot, Present()).gone
    assert [(each.location.line, each.name) for each in told] == [(21, "old")]


def test_what_the_bot_no_longer_has_is_told_with_its_line_and_kept(file: Path) -> None:
    present = Present(intents=["pay", "block_card", "greet"], slots=["other"])
    bot = Inventory({"greet": skill("greet"), "block_card": skill("block_card")})
    found = merged(file, plan(), bot, present)
    assert found.after == PLAN
    told = [(each.location.line, each.kind, each.name) for each in found.gone]
    assert told == [
        (6, "skill", "pay"),
        (8, "flow", "pay"),
        (15, "intent", "lost_card"),
        (19, "slot", "is_verified"),
    ]


def test_a_domain_that_cannot_be_read_takes_nothing_away(file: Path) -> None:
    assert merge(file, plan()).gone == ()


def test_merging_what_was_merged_changes_nothing(file: Path) -> None:
    proposed = plan(loans=area("loan"), cards=area("block_card", "order_card"))
    skills = (skill("loan"), skill("order_card"))
    once = merge(file, proposed, *skills)
    file.write_text(once.after, "utf-8")
    again = merged(file, proposed, Inventory({s.name: s for s in (*BOT, *skills)}), Present())
    assert (again.changes, again.plan) == (False, once.plan)
    assert read_plan(file) == once.plan


def test_nonsense_is_told_and_left_alone(file: Path) -> None:
    file.write_text(PLAN.replace("stage: nlu", "stage: soon"), "utf-8")
    with pytest.raises(InvalidPlan, match=r"migration.yml:10:\d+: .*'soon'"):
        merged(file, plan(), Inventory(), Present())
