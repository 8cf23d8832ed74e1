"""Names in the drawing cover neither one another nor a node, and no chance decides where."""

from itertools import combinations

import pytest

from router.plan.model import Area, MigrationPlan, OneTurn
from router.planner.model import Skill
from router.planner.reports.labels import RADIUS, Box, box_of_label
from router.planner.reports.page import nodes_of

BANK = {
    "transfer_money": ("check_balance_covers", "transfer_money"),
    "contact": ("add_contact", "list_contacts", "remove_contact"),
    "verify_customer": ("verify_customer",),
    "opening_hours": ("opening_hours",),
    "feedback": ("give_feedback",),
    "block_card": ("block_card_form",),
}
ONCE = ("affirm", "bot_challenge", "feedback_negative", "feedback_positive", "goodbye", "greet")


def drawn(areas, once=()):
    plan = MigrationPlan(
        areas={name: Area(skills=skills) for name, skills in areas.items()},
        one_turn=OneTurn(skills=once),
    )
    names = [*(skill for skills in areas.values() for skill in skills), *once]
    return nodes_of({name: Skill(name, (name,)) for name in names}, plan)


def covered(nodes):
    boxes = {node.name: box_of_label(node, node.label) for node in nodes}
    circles = {
        f"({n.name})": Box(n.x - RADIUS, n.y - RADIUS, n.x + RADIUS, n.y + RADIUS) for n in nodes
    }
    pairs = [*combinations(boxes.items(), 2)]
    pairs += [(label, circle) for label in boxes.items() for circle in circles.items()]
    return [(one, other) for (one, a), (other, b) in pairs if a.overlap(b)]


@pytest.mark.parametrize("once", [ONCE, (*ONCE, "stop", "thanks")])
def test_in_the_sample_bank_nothing_is_covered(once):
    nodes = drawn(BANK, once)
    assert covered(nodes) == []
    assert nodes == drawn(BANK, once)


def test_names_that_have_room_stand_below_their_nodes():
    assert {node.label for node in drawn({"a": ("pay", "send"), "b": ("ask",)})} == {36.0}


def test_side_by_side_long_names_move_apart():
    areas = {f"area_{n}": (f"a_rather_long_name_of_a_skill_{n}",) for n in range(16)}
    nodes = drawn(areas)
    assert covered(nodes) == []
    assert len({node.label for node in nodes}) > 1
