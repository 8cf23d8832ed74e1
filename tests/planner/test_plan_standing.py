"""Areas as the plan stands: in its order, with what the border breaks now or would break."""

from dataclasses import replace

import pytest

from router.plan.model import Area, KeptInBoth, MigrationPlan, OneTurn
from router.planner.model import Edge, Evidence, Inventory, Skill, SkillTraffic, Traffic
from router.planner.proposal import Wishes, propose
from router.planner.standing import areas_in_order, as_it_stands

PLAN = MigrationPlan(
    areas={
        "cards": Area(skills=("block", "order")),
        "payments": Area(stage="calm", skills=("pay",)),
        "loans": Area(skills=("loan",)),
    },
    one_turn=OneTurn(skills=("greet",)),
)
EDGES = (
    Edge("block", "pay", "stories", 1.0, (Evidence("story a"),)),
    Edge("block", "order", "stories", 3.0, (Evidence("story b", count=3),)),
    Edge("pay", "loan", "stories", 1.0, (Evidence("story c"),)),
    Edge("block", "pay", "shared_slot", 1.0, (Evidence("both use the slot 'customer'"),)),
    Edge("loan", "pay", "shared_slot", 1.0, (Evidence("both use the slot 'amount'"),)),
    Edge("block", "loan", "shared_slot", 1.0, (Evidence("both use the slot 'iban'"),)),
)
INVENTORY = Inventory(
    {name: Skill(name, (name,)) for name in ("block", "greet", "loan", "order", "pay")}, EDGES
)
PINNED = {name: area.skills for name, area in PLAN.areas.items()}


def standing(plan=PLAN, shared=(), traffic=None):
    proposal = propose(INVENTORY, traffic, Wishes(pinned=PINNED))
    return {area.name: area for area in as_it_stands(proposal, plan, traffic, shared).areas}


def staged(**stages):
    areas = {
        name: area.model_copy(update={"stage": stages.get(name, "nlu")})
        for name, area in PLAN.areas.items()
    }
    return PLAN.model_copy(update={"areas": areas})


def test_what_has_moved_comes_first_then_the_plans_own_order():
    assert list(standing())[:3] == ["payments", "cards", "loans"]
    assert list(areas_in_order(PLAN)) == ["payments", "cards", "loans"]
    assert list(standing(staged(loans="done")))[:3] == ["loans", "cards", "payments"]


def test_an_area_that_has_moved_is_told_what_the_border_breaks_now():
    costs = standing()["payments"].costs
    assert len(costs) == 2
    assert not any("moving" in cost for cost in costs)
    assert costs[0].startswith("the border to `block` breaks, of `pay`: 1 interruption")


def test_one_that_waits_is_told_nothing_of_what_moved_before_it():
    assert standing()["cards"].costs == ("moving `block` without `loan` breaks 1 shared slot",)
    assert len(standing(staged())["cards"].costs) == 2


def test_where_all_has_moved_the_border_costs_nothing():
    for area in standing(staged(cards="calm", payments="done", loans="calm")).values():
        assert (area.costs, area.cut, area.shared_slots) == ((), 0.0, ())


@pytest.mark.parametrize(
    ("shared", "left"), [((), ("customer", "iban")), (("customer",), ("iban",))]
)
def test_slots_that_are_shared_already_are_not_to_be_shared(shared, left):
    assert standing(staged(), shared)["cards"].shared_slots == left


def test_slots_that_only_calm_uses_then_need_not_be_shared():
    assert standing()["cards"].shared_slots == ("iban",)


def test_the_cut_is_of_the_costs_that_are_told():
    assert standing(staged())["cards"].cut == 0.25
    assert standing()["cards"].cut == 0.0
    assert standing()["payments"].cut == 1.0


def test_interruptions_by_what_both_systems_have_cut_nothing():
    skills = {"block": SkillTraffic(10, 10), "greet": SkillTraffic(10, 10)}
    traffic = Traffic(10, 40, skills, interruptions={("block", "greet"): 2})
    one = Inventory({"block": Skill("block", ("block",)), "greet": Skill("greet", ("greet",))})
    plan = MigrationPlan(
        areas={"cards": Area(skills=("block",))},
        keep_in_both=(KeptInBoth(skill="greet", reason="everywhere"),),
    )
    proposal = propose(one, traffic, Wishes(pinned={"cards": ("block",), "talk": ("greet",)}))
    [cards] = [a for a in as_it_stands(proposal, plan, traffic).areas if a.name == "cards"]
    assert (cards.cut, cards.costs) == (0.0, ())
    other = replace(proposal, keep_both={})
    apart = as_it_stands(other, plan.model_copy(update={"keep_in_both": ()}), traffic).areas
    [cards] = [area for area in apart if area.name == "cards"]
    assert cards.cut == 0.2
    assert "20%" in cards.costs[0]
