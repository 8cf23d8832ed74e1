"""What moving skills breaks, what both systems keep, and the order of migration."""

import pytest

from router.errors import InvalidConfig, Location
from router.planner.model import Edge, Evidence, Inventory, Skill, SkillTraffic, Traffic
from router.planner.proposal import Wishes, cut_in_words, propose
from router.planner.proposal.costs import cohesion
from router.planner.proposal.graph import interruption_graph


def skill(name, **more):
    return Skill(name, (name,), effort_terms=(("stories", 1, 0.25),), **more)


def inside(first, second, line=1):
    place = Evidence(f"{second} in {first}", Location("data/stories.yml", line))
    return Edge(first, second, "stories", 1.0, (place,))


def bot(*names, edges=(), **more):
    return Inventory({name: skill(name, actions=("action_x",), **more) for name in names}, edges)


PAIRS = bot(
    "pay_bill",
    "pay_friend",
    "block_card",
    "new_card",
    edges=(
        *(inside("pay_bill", "pay_friend", line) for line in range(1, 6)),
        *(inside("block_card", "new_card", line) for line in range(11, 16)),
        inside("pay_bill", "block_card", 30),
    ),
)


def areas(proposal):
    return {area.name: area.skills for area in proposal.areas}


def test_skills_that_interrupt_one_another_are_an_area_named_by_their_common_word():
    assert areas(propose(PAIRS)) == {
        "pay": ("pay_bill", "pay_friend"),
        "card": ("block_card", "new_card"),
    }


def test_the_same_bot_gets_the_same_proposal():
    assert propose(PAIRS) == propose(PAIRS)


def test_what_a_cut_breaks_is_said_with_its_places():
    [cost] = propose(PAIRS).areas[0].costs
    assert "`block_card`" in cost and "`pay_bill`" in cost
    assert "1 interruption in stories, rules or flows (data/stories.yml:30)" in cost


def test_with_conversations_it_is_a_share_of_them():
    traffic = Traffic(
        conversations=100,
        skills={"transfer": SkillTraffic(50, 50), "balance": SkillTraffic(40, 40)},
        interruptions={("transfer", "balance"): 6},
    )
    edges = propose(bot("transfer", "balance"), traffic).edges
    [cost] = cut_in_words({"transfer"}, edges, traffic)
    assert cost == (
        "moving `transfer` without `balance` breaks 12% of its conversations (interruptions)"
    )


def test_what_only_came_next_is_not_broken():
    traffic = Traffic(
        conversations=100,
        skills={"transfer": SkillTraffic(50, 50), "balance": SkillTraffic(40, 40)},
        successions={("transfer", "balance"): 6},
    )
    edges = propose(bot("transfer", "balance"), traffic).edges
    assert any(edge.kind == "conversations" for edge in edges)
    assert cut_in_words({"transfer"}, edges, traffic) == ()
    assert cohesion({"transfer"}, edges) == 1.0


def test_what_came_next_adds_nothing_to_interruptions():
    interruptions = {("transfer", "balance"): 6, ("transfer", "hours"): 2}
    skills = bot("transfer", "balance", "hours")
    used = {name: SkillTraffic(50, 50) for name in skills.skills}
    only = Traffic(100, skills=used, interruptions=interruptions)
    both = Traffic(
        100, skills=used, interruptions=interruptions, successions={("transfer", "hours"): 9}
    )
    area = {"transfer", "balance"}
    shares = [cohesion(area, interruption_graph(skills, each)) for each in (only, both)]
    assert shares == pytest.approx([0.75, 0.75])


def test_small_talk_is_kept_in_both_systems():
    said = Skill("greet", ("greet",), responses=("utter_greet",), endings=("listens",))
    found = propose(Inventory({**PAIRS.skills, "greet": said}, PAIRS.edges))
    assert list(found.keep_both) == ["greet"]
    assert "greet" not in {name for area in found.areas for name in area.skills}


def test_small_talk_that_is_pinned_is_in_its_area():
    said = Skill("greet", ("greet",), responses=("utter_greet",), endings=("listens",))
    inventory = Inventory({**PAIRS.skills, "greet": said}, PAIRS.edges)
    found = propose(inventory, wishes=Wishes(pinned={"talk": ("greet",)}))
    assert areas(found)["talk"] == ("greet",)


def test_what_hangs_on_nothing_moves_before_what_others_hang_on():
    inventory = Inventory(
        {**PAIRS.skills, "hours": skill("hours", actions=("action_x",))}, PAIRS.edges
    )
    assert propose(inventory).areas[0].name == "hours"


def test_wishes_win_over_the_data():
    together = propose(PAIRS, wishes=Wishes(together=(("pay_bill", "new_card"),)))
    assert any({"pay_bill", "new_card"} <= set(area.skills) for area in together.areas)
    apart = propose(PAIRS, wishes=Wishes(apart=(("pay_bill", "pay_friend"),)))
    assert not any({"pay_bill", "pay_friend"} <= set(area.skills) for area in apart.areas)
    assert len(propose(PAIRS, wishes=Wishes(areas=1)).areas) == 1


def test_wishes_that_contradict_one_another_are_refused():
    pair = (("pay_bill", "pay_friend"),)
    with pytest.raises(InvalidConfig, match="kept apart, and together"):
        propose(PAIRS, wishes=Wishes(together=pair, apart=pair))


def test_a_wish_about_an_unknown_skill_names_the_nearest():
    with pytest.raises(InvalidConfig, match="pay_bill"):
        propose(PAIRS, wishes=Wishes(pinned={"pay": ("pay_bil",)}))


def test_a_bot_without_skills_has_no_areas():
    assert propose(Inventory()).areas == ()
