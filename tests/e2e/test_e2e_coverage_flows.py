from pathlib import Path

import pytest
from observed_events import action, calm, case, said, slot, trace, turn, user

from router.checks.project import Project, read_project
from router.e2e.coverage import measure
from router.e2e.coverage.model import Area, Coverage
from router.e2e.observed import ObservedTurn

MINI = Path(__file__).parents[1] / "bots" / "mini"


@pytest.fixture(scope="module")
def mini() -> Project:
    return read_project(str(MINI / "config.yml"), MINI / "domain.yml", [MINI / "data"])


def covered(area: Area) -> dict[str, tuple[str, ...]]:
    return {item.name: item.cases for item in area.items if item.cases}


def measured(project: Project, **cases: list[ObservedTurn]) -> Coverage:
    return measure([(case(name), turns) for name, turns in cases.items()], project)


def test_a_step_counts_once_it_is_done(mini: Project) -> None:
    asked = calm("transfer_money")
    answered = turn(user("inform", "calm"), trace(["left", "transfer_money", "0_collect", 0, "x"]))
    assert covered(measured(mini, a=[asked]).areas["flows"]) == {}
    step = mini.flows["transfer_money"].steps[0].id
    answered = turn(user("inform", "calm"), trace(["left", "transfer_money", step, 0, "x"]))
    flows = measured(mini, a=[asked, answered], b=[asked]).areas["flows"]
    assert covered(flows) == {f"transfer_money/{step}": ("t.yml::a",)}


def test_a_step_at_which_its_flow_was_cancelled_does_not_count(mini: Project) -> None:
    cancelled = turn(user("stop", "calm"), trace(["cancelled", "transfer_money", "confirm"]))
    assert covered(measured(mini, a=[cancelled]).areas["flows"]) == {}


def test_all_steps_of_all_flows_have_their_place_and_patterns_have_none_there(
    mini: Project,
) -> None:
    items = {item.name: item.place for item in measured(mini).areas["flows"].items}
    lines = (MINI / "flows" / "money.yml").read_text(encoding="utf-8").splitlines()
    place = items["transfer_money/confirm"]
    assert place is not None and place.file.endswith("money.yml")
    assert "collect: confirmed" in lines[place.line - 1]
    own = [flow for flow in mini.flows.values() if not flow.is_pattern]
    assert list(items) == [f"{flow.id}/{step.id}" for flow in own for step in flow.steps]


def test_branches_are_told_by_their_number_and_show_their_condition(mini: Project) -> None:
    step = mini.flows["transfer_money"].step("confirm")
    assert step is not None
    refused = trace(["left", "transfer_money", "confirm", 1, step.next[1].target])
    branches = measured(mini, a=[turn(user("deny", "calm"), refused)]).areas["branches"]
    assert covered(branches) == {
        f"transfer_money/confirm -> {step.next[1].target} (else)": ("t.yml::a",)
    }
    names = [item.name for item in branches.items]
    assert f"transfer_money/confirm -> {step.next[0].target} (slots.confirmed)" in names
    assert len(names) == 6  # three steps branch, in two ways each


def test_patterns_that_need_a_command_generator_are_no_gap_of_a_bot_without(mini: Project) -> None:
    names = [item.name for item in measured(mini).areas["patterns"].items]
    assert "pattern_collect_information" in names
    assert "pattern_cancel_flow" in names  # an intent starts it
    assert "pattern_chitchat" not in names
    assert "pattern_code_change" not in names


def test_only_the_bots_own_patterns_have_a_place(mini: Project) -> None:
    ran = turn(user("stop", "calm"), trace(["started", "pattern_cancel_flow"]))
    patterns = measured(mini, a=[ran]).areas["patterns"]
    assert covered(patterns) == {"pattern_cancel_flow": ("t.yml::a",)}
    assert [item.name for item in patterns.items if item.place] == ["pattern_cancel_flow"]


def test_responses_count_when_they_are_uttered(mini: Project) -> None:
    greeted = turn(user("greet"), action("utter_greet"), said("utter_greet"))
    responses = measured(mini, a=[greeted, greeted], b=[greeted]).areas["responses"]
    assert covered(responses) == {"utter_greet": ("t.yml::a", "t.yml::b")}
    assert [item.name for item in responses.items] == list(mini.domain.responses)
    assert all(item.place and item.place.file.endswith("domain.yml") for item in responses.items)


def test_custom_actions_and_forms_count_when_they_run(mini: Project) -> None:
    asked = turn(user("block_card"), action("card_form"), action("action_verify"))
    actions = measured(mini, a=[asked]).areas["actions"]
    assert set(covered(actions)) == {"card_form", "action_verify"}
    # Of its mapping's action no event tells.
    assert mini.domain.actions - {item.name for item in actions.items} == {"action_find_mood"}
    assert all(item.place for item in actions.items)


def test_what_a_form_runs_itself_counts_with_it(tmp_path: Path) -> None:
    domain = tmp_path / "domain.yml"
    domain.write_text(
        "actions: [validate_form, action_ask_size, action_ask_name]\n"
        "forms: {form: {required_slots: [size, name]}}\n"
    )
    project = read_project(None, domain, [])
    asked = turn(user("order"), action("form"), slot("requested_slot", "size"))
    found = covered(measured(project, a=[asked]).areas["actions"])
    assert set(found) == {"form", "validate_form", "action_ask_size"}


def test_a_bot_without_flows_has_no_patterns_to_cover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    coverage = measured(read_project(None, None, []))
    assert coverage.areas["patterns"].items == ()
    assert coverage.percent("flows") == coverage.percent("handoffs") == 100
