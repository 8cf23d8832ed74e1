"""A first plan of a proposal says what the router says today."""

from __future__ import annotations

from router.errors import Location
from router.plan import KeptInBoth
from router.plan.routing import router_keys
from router.planner.first_plan import first_plan, in_words
from router.planner.model import Inventory, Proposal, ProposedArea, Skill, Source
from router.planner.present import Present

PLACE = Location("data/stories.yml")


def skill(name: str, *intents: str, inside: tuple[str, ...] = (), form: str = "") -> Skill:
    sources = (Source("story", name, PLACE),)
    forms = (form,) if form else ()
    return Skill(name, intents or (name,), inside=inside, forms=forms, sources=sources)


def flow(name: str, *intents: str) -> Skill:
    return Skill(name, intents, sources=(Source("flow", name, PLACE),), is_flow=True)


def inventory(*skills: Skill) -> Inventory:
    return Inventory({each.name: each for each in skills})


def proposal(keep_both: dict[str, str] | None = None, **areas: tuple[str, ...]) -> Proposal:
    proposed = [ProposedArea(name, of, 1.0, 0.0, 1.0, 0.0, 0.0) for name, of in areas.items()]
    return Proposal(tuple(proposed), keep_both or {})


def test_what_skills_do_is_said_by_their_names() -> None:
    assert in_words(["block_card_form"]) == "handles block card"
    assert in_words(["faq/hours", "pay", "pay_back"]) == "handles faq hours, pay and pay back"
    assert in_words([]) == ""


def test_without_a_router_stories_are_the_nlu_systems_and_flows_are_calms() -> None:
    bot = inventory(skill("block_card_form", "block_card"), flow("pay", "pay"), flow("login"))
    plan = first_plan(
        bot, proposal(cards=("block_card_form",), money=("pay", "login")), Present()
    ).plan
    assert {name: area.stage for name, area in plan.areas.items()} == {
        "cards": "nlu",
        "money": "calm",
    }
    assert plan.areas["cards"].description == "handles block card"
    assert plan.areas["money"].description == "handles pay"
    assert plan.areas["money"].flows == ("pay", "login")


def test_the_routers_lists_come_out_as_they_went_in() -> None:
    bot = inventory(
        skill("block_card"), skill("pay"), skill("greet"), skill("say", "yes", "no"), flow("loan")
    )
    routes = {"block_card": "nlu", "pay": "calm", "greet": "nlu_once", "yes": "nlu_once"}
    present = Present(routes={**routes, "no": "nlu_once", "maybe": "nlu_once"}, intents=["maybe"])
    areas = proposal(all=("block_card", "greet", "loan", "pay", "say"))
    plan = first_plan(bot, areas, present).plan
    keys = router_keys(plan, "IntentBasedRouter")
    assert keys["nlu_entry"]["sticky"] == ["block_card"]
    assert sorted(keys["nlu_entry"]["non_sticky"]) == ["greet", "maybe", "no", "yes"]
    assert keys["calm_entry"]["sticky"] == ["pay"]
    assert plan.one_turn.skills == ("greet", "say")


def test_an_area_half_of_which_has_moved_becomes_two_that_name_each_other() -> None:
    bot = inventory(skill("block_card_form", "block_card"), flow("pay", "pay"), flow("login"))
    areas = proposal(money=("block_card_form", "login", "pay"))
    plan = first_plan(bot, areas, Present()).plan
    assert {name: area.skills for name, area in plan.areas.items()} == {
        "money": ("login", "pay"),
        "block_card": ("block_card_form",),
    }
    assert "together with block_card:" in plan.areas["money"].notes
    assert "together with money:" in plan.areas["block_card"].notes


def test_no_two_areas_get_one_name() -> None:
    bot = inventory(skill("pay"), flow("pay_flow"), flow("login"), skill("other"))
    areas = proposal(pay=("other",), money=("pay", "pay_flow", "login"))
    plan = first_plan(bot, areas, Present()).plan
    assert list(plan.areas) == ["money", "pay", "pay_2"]


def test_what_has_moved_comes_first_and_the_rest_in_the_proposals_order() -> None:
    bot = inventory(skill("b"), skill("a"), flow("pay", "pay"))
    plan = first_plan(bot, proposal(b=("b",), a=("a",), money=("pay",)), Present()).plan
    assert list(plan.areas) == ["money", "b", "a"]


def test_a_skill_with_a_flow_stays_where_the_router_sends_it() -> None:
    draft = Skill("pay", ("pay",), sources=(Source("rule", "pay", PLACE), *flow("pay").sources))
    plan = first_plan(inventory(draft), proposal(money=("pay",)), Present()).plan
    assert (plan.areas["money"].stage, plan.areas["money"].flows) == ("nlu", ("pay",))


def test_what_is_kept_in_both_takes_one_turn_unless_it_goes_on() -> None:
    bot = inventory(skill("greet"), skill("login", form="login_form"), skill("pay"))
    kept = {"greet": "used from 3 areas", "login": "high stakes"}
    plan = first_plan(bot, proposal(kept, money=("pay",)), Present()).plan
    assert plan.one_turn.skills == ("greet",)
    assert plan.one_turn.reason == "greet: used from 3 areas"
    assert list(plan.areas) == ["money", "login"]
    assert plan.areas["login"].notes == ""
    assert plan.keep_in_both == (KeptInBoth(skill="login", reason="high stakes"),)


def test_answers_that_open_nothing_take_one_turn() -> None:
    bot = inventory(skill("pay", "pay", inside=("affirm", "pay_more", "/text")), skill("pay_more"))
    areas = proposal(money=("pay", "pay_more"))
    plan = first_plan(bot, areas, Present(intents=["affirm", "pay", "pay_more"])).plan
    assert plan.one_turn.intents == ("affirm",)


def test_what_a_plan_has_no_place_for_is_told() -> None:
    present = Present(
        routes={"ask": "calm_once", "weather": "nlu_once", "old": "nlu"}, out_of_scope=["weather"]
    )
    found = first_plan(inventory(skill("ask")), proposal(help=("ask",)), present)
    assert found.plan.areas["help"].intents == ()
    assert [remark.partition(":")[0] for remark in found.remarks] == [
        "A plan has no place for calm_entry.non_sticky (ask)",
        "A plan has no place for out_of_scope (weather)",
        "The router lists what opens no skill (old)",
    ]


def test_shared_slots_are_the_domains() -> None:
    plan = first_plan(inventory(), proposal(), Present(shared_slots=("b", "a"))).plan
    assert plan.shared_slots == ("b", "a")
