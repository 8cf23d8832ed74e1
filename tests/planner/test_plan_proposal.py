"""Areas of small bots: what is grouped, what is kept in both systems, what wishes do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from itertools import combinations

import pytest

from router.errors import InvalidConfig, Location
from router.planner.model import Edge, EdgeKind, Evidence, Inventory, Skill, SkillTraffic, Traffic
from router.planner.proposal import Wishes, propose
from router.planner.proposal.graph import interruption_graph
from router.planner.proposal.words import telling_words, words_of


def skill(name: str, **more: object) -> Skill:
    return Skill(name, (name,), actions=(f"action_{name}",), **more)  # type: ignore[arg-type]


def answer(name: str) -> Skill:
    return Skill(name, (name,), responses=(f"utter_{name}",))


def edge(first: str, second: str, kind: EdgeKind = "stories", times: int = 1) -> Edge:
    found = [Evidence(f"story '{second} in {first} {n}'", Location("s.yml", n)) for n in
             range(1, times + 1)]  # fmt: skip
    return Edge(first, second, kind, float(times), tuple(found))


def clique(names: str, times: int = 2) -> list[Edge]:
    return [edge(one, other, times=times) for one, other in combinations(names.split(), 2)]


def bot(names: str, edges: list[Edge], *more: Skill) -> Inventory:
    skills = [*map(skill, names.split()), *more]
    return Inventory({each.name: each for each in skills}, tuple(edges))


THREE = "a1 a2 a3", "b1 b2 b3", "c1 c2 c3"
CLEAR = [each for area in THREE for each in clique(area)]
CLEAR_BOT = bot(" ".join(THREE), [*CLEAR, edge("a1", "b1"), edge("b2", "c2")])


def groups(inventory: Inventory, traffic: Traffic | None = None, **wishes: object) -> list[str]:
    proposal = propose(inventory, traffic, Wishes(**wishes))  # type: ignore[arg-type]
    return sorted(" ".join(area.skills) for area in proposal.areas)


def test_skills_that_interrupt_one_another_are_an_area() -> None:
    assert groups(CLEAR_BOT) == list(THREE)


def test_conversations_alone_show_the_same() -> None:
    seen = {(e.first, e.second): 10 * round(e.weight) for e in CLEAR_BOT.edges}
    traffic = Traffic(conversations=1000, interruptions=seen)
    assert groups(Inventory(CLEAR_BOT.skills), traffic) == list(THREE)
    followed = Traffic(conversations=1000, successions=seen)
    assert groups(Inventory(CLEAR_BOT.skills), followed) == list(THREE)


def test_shared_slots_alone_show_the_same() -> None:
    shared = [Edge(e.first, e.second, "shared_slot", 1.0, e.evidence) for e in CLEAR]
    assert groups(bot(" ".join(THREE), shared)) == list(THREE)


def test_conversations_outweigh_a_story_and_slots_still_count_beside_a_million() -> None:
    traffic = Traffic(conversations=10**6, interruptions={("a1", "a2"): 900_000})
    inventory = bot("a1 a2 b1", [edge("a1", "b1"), edge("a2", "b1", "shared_slot")])
    weights = {(e.first, e.second): e.weight for e in interruption_graph(inventory, traffic)}
    assert weights["a1", "a2"] > 10 * weights["a1", "b1"] > 0
    assert weights["a2", "b1"] > 0.01 * weights["a1", "a2"]


def test_traffic_of_skills_that_the_bot_no_longer_has_is_left_out() -> None:
    traffic = Traffic(conversations=5, interruptions={("a1", "gone"): 5, ("a1", "a1"): 2})
    assert propose(bot("a1", []), traffic).edges == ()


def test_edges_keep_their_evidence() -> None:
    traffic = Traffic(
        conversations=9, interruptions={("a1", "a2"): 4}, successions={("a1", "a2"): 3}
    )
    found = {e.kind: e for e in propose(bot("a1 a2", [edge("a1", "a2")]), traffic).edges}
    assert found["stories"].evidence[0].location == Location("s.yml", 1)
    assert [evidence.count for evidence in found["conversations"].evidence] == [4, 3]


def test_a_human_is_reachable_from_both_systems() -> None:
    proposal = propose(bot("pay speak_to_human", [edge("pay", "speak_to_human")]))
    assert "High stakes" in proposal.keep_both["speak_to_human"]


def test_a_login_that_several_areas_rely_on_is_kept_in_both() -> None:
    logins = [edge(f"{area}1", "login") for area in "abc"]
    proposal = propose(bot(" ".join(THREE), [*CLEAR, *logins], skill("login")))
    assert proposal.keep_both == {"login": "High stakes: skills of 3 areas rely on it."}
    assert sorted(" ".join(area.skills) for area in proposal.areas) == list(THREE)


def test_a_login_of_one_area_moves_with_it() -> None:
    logins = [edge("pay_bill", "login"), edge("pay_back", "login")]
    proposal = propose(bot("pay_bill pay_back", logins, skill("login")))
    assert proposal.keep_both == {}
    assert proposal.areas[0].skills == ("login", "pay_back", "pay_bill")


def test_a_skill_used_evenly_from_everywhere_is_kept_in_both() -> None:
    uses = [edge(f"{area}{number}", "weather") for area in "abc" for number in (1, 2)]
    proposal = propose(bot(" ".join(THREE), [*CLEAR, *uses], skill("weather")))
    assert proposal.keep_both == {"weather": "Used from 3 areas, by none of them more than 33%."}


def test_a_skill_that_one_area_uses_most_is_in_that_area() -> None:
    uses = [edge("a1", "weather", times=3), edge("a2", "weather", times=3), edge("b1", "weather")]
    inventory = bot(" ".join(THREE), [*CLEAR, *uses], skill("weather"))
    assert groups(inventory) == ["a1 a2 a3 weather", "b1 b2 b3", "c1 c2 c3"]


def test_an_answer_given_in_several_areas_is_kept_and_one_of_one_area_is_not() -> None:
    asked = [edge("a1", "fees"), edge("b1", "fees"), edge("c1", "limits"), edge("c2", "limits")]
    proposal = propose(bot(" ".join(THREE), [*CLEAR, *asked], answer("fees"), answer("limits")))
    assert proposal.keep_both == {"fees": "One answer, used from 2 areas."}
    assert ("c1", "c2", "c3", "limits") in {area.skills for area in proposal.areas}


def test_greetings_are_kept_in_both_even_if_no_story_shows_them_inside() -> None:
    assert set(propose(bot("pay", [], answer("greet"))).keep_both) == {"greet"}


def test_what_nothing_connects_is_put_together_by_its_words() -> None:
    inventory = bot("add_contact list_contacts order_cheque", [], answer("hours"), answer("fees"))
    assert groups(inventory) == ["add_contact list_contacts", "fees hours", "order_cheque"]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 9])
def test_there_are_as_many_areas_as_wished(number: int) -> None:
    assert len(groups(CLEAR_BOT, areas=number)) == number


def test_two_areas_join_along_what_connects_them() -> None:
    inventory = bot(" ".join(THREE), [*CLEAR, *(edge("a1", "b1") for _ in range(3))])
    assert groups(inventory, areas=2) == ["a1 a2 a3 b1 b2 b3", "c1 c2 c3"]


def test_skills_wished_together_are_and_bring_no_others() -> None:
    found = groups(CLEAR_BOT, together=(("a1", "c1"),))
    assert sum({"a1", "c1"} <= set(area.split()) for area in found) == 1


def test_skills_wished_apart_are() -> None:
    found = groups(CLEAR_BOT, apart=(("a1", "a2", "a3"),))
    assert all(len({"a1", "a2", "a3"} & set(area.split())) <= 1 for area in found)


def test_a_pinned_area_has_its_name_its_skills_and_those_that_belong_to_them() -> None:
    proposal = propose(CLEAR_BOT, wishes=Wishes(pinned={"money": ("a1",), "rest": ("b1",)}))
    areas = {area.name: area.skills for area in proposal.areas}
    assert areas["money"] == ("a1", "a2", "a3")
    assert areas["rest"] == ("b1", "b2", "b3")


def test_what_is_pinned_together_with_a_skill_wished_there_is_in_the_area() -> None:
    found = propose(
        CLEAR_BOT, wishes=Wishes(together=(("a1", "c1"),), pinned={"money": ("c1",)}, areas=3)
    )
    assert {"a1", "c1"} <= set(next(a.skills for a in found.areas if a.name == "money"))


def test_a_wish_may_name_an_intent() -> None:
    form = Skill("block_card_form", ("block_card",), forms=("block_card_form",))
    inventory = Inventory({**CLEAR_BOT.skills, form.name: form}, CLEAR_BOT.edges)
    found = propose(inventory, wishes=Wishes(pinned={"cards": ("block_card",)}))
    assert next(a.skills for a in found.areas if a.name == "cards") == ("block_card_form",)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(areas=0), "0 is no number of areas"),
        (Wishes(areas=10), "more than the bot's 9 skills"),
        (Wishes(areas=1, pinned={"x": ("a1",), "y": ("b1",)}), "too few for the pinned 'x', 'y'"),
        (Wishes(areas=2, apart=(("a1", "b1", "c1"),)), "3 skills can't be kept apart in 2 areas"),
        (Wishes(pinned={"x": ("a1",), "y": ("a1",)}), "'a1' is pinned to 'x', 'y'"),
        (
            Wishes(pinned={"x": ("a1",), "y": ("b1",)}, together=(("a1", "b1"),)),
            "'a1', 'b1' are to be together, and pinned to 'x', 'y'",
        ),
        (
            Wishes(together=(("a1", "b1"), ("b1", "c1")), apart=(("a1", "c1"),)),
            "'a1' and 'c1' are to be kept apart, and together",
        ),
        (Wishes(together=(("a1", "a9"),)), "there is no skill 'a9'."),
    ],
)
def test_wishes_that_cannot_be_are_one_clear_error(wishes: Wishes, said: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        propose(CLEAR_BOT, wishes=wishes)
    assert said in str(caught.value)
    assert len(caught.value.problems) == 1


def test_an_area_is_named_by_the_word_its_skills_share_or_by_the_most_used_one() -> None:
    edges = [*clique("block_card lost_card"), *clique("payBill pay_friend transfer")]
    inventory = bot("block_card lost_card payBill pay_friend transfer", edges)
    traffic = Traffic(conversations=9, skills={"transfer": SkillTraffic(9, 9)})
    named = {area.skills: area.name for area in propose(inventory, traffic).areas}
    assert named["block_card", "lost_card"] == "card"
    assert named["payBill", "pay_friend", "transfer"] == "pay"
    alone = bot("payBill transfer", clique("payBill transfer"))
    assert propose(alone, traffic).areas[0].name == "transfer"
    assert propose(alone).areas[0].name == "pay_bill"


def test_areas_with_the_same_word_have_different_names() -> None:
    cards = "get_card_a get_card_b", "get_card_c get_card_d"
    inventory = bot(" ".join(cards), [*clique(cards[0]), *clique(cards[1])])
    assert len({area.name for area in propose(inventory).areas}) == 2


def test_words_are_found_in_every_spelling() -> None:
    assert words_of("block_cardForm2 HTTPError") == ("block", "card", "form", "http", "error")
    assert words_of("verlängern") == ("verlängern",)
    assert telling_words("find_my_card") == ("card",)


def test_areas_of_little_effort_that_little_hangs_on_come_first() -> None:
    big = Skill("big", ("big",), effort_terms=(("forms", 9, 2.0),))
    inventory = bot("a1 a2 alone", [*clique("a1 a2"), edge("a1", "big")], big)
    order = [area.name for area in propose(inventory).areas]
    assert order[0] == "alone"


PROGRAM = """
import json
from dataclasses import asdict
from test_plan_proposal import CLEAR_BOT, propose
print(json.dumps(asdict(propose(CLEAR_BOT)), sort_keys=False))
"""


def test_the_proposal_is_the_same_whatever_the_hash_seed() -> None:

    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    expected = json.loads(json.dumps(asdict(propose(CLEAR_BOT))))
    assert json.loads(outputs.pop()) == expected


def test_a_bot_of_many_skills_in_any_order_gives_the_same_areas() -> None:
    turned = Inventory(dict(reversed(CLEAR_BOT.skills.items())), tuple(reversed(CLEAR_BOT.edges)))
    assert propose(turned) == propose(CLEAR_BOT)
