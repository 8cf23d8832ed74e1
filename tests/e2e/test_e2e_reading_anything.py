"""Whatever a test file holds, it is read or refused with places: nothing else is raised."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from router.checks.config_checks import RouterSetup
from router.checks.project import Project
from router.e2e.assertions import ASSERTIONS
from router.e2e.reading import NoTestsFound, check_names, read_suite
from router.e2e.reading.step_reading import USER_KEYS
from router.errors import InvalidTest

ASKED = [
    {"flow_started": {"operator": "any", "flow_ids": ["pay"]}},
    {"flow_completed": {"flow_id": "pay", "flow_step_id": "end"}},
    {"slot_was_set": [{"name": "amount", "value": 5}]},
    {"bot_uttered": {"utter_name": "utter_x", "text_matches": "x", "buttons": [{"title": "x"}]}},
    {"routed_to": {"route": "calm", "router": "x"}},
    {"handoff": {"from": "nlu", "to": "calm"}},
    {"generative_response_is_grounded": {"threshold": 0.5, "ground_truth": "x"}},
    {"llm_calls": {"at_most": 1}},
    {"answered_by": ["FlowPolicy"]},
]
SHARED = {
    "fixtures": [{"rich": [{"amount": 5}]}],
    "metadata": {"web": {"channel": "web"}},
    "stub_custom_actions": {
        "action_x": {"events": [{"event": "slot", "name": "amount"}], "responses": [{}]}
    },
    "tags": ["a"],
    "strict": True,
}
FILE = {
    **SHARED,
    "test_cases": [
        {
            "test_case": "one",
            **{**SHARED, "fixtures": ["rich"], "metadata": "web"},
            "steps": [
                {"utter": "utter_hi"},
                {"user": "hi", "metadata": ["web"], "commands": ["cancel flow"], "route": "calm"},
                {"slot_was_set": ["amount", {"amount": 5}]},
                {"user": "/SetSlots(amount=5)", "assertions": ASKED},
                {"bot": "x"},
                {"action": "action_x"},
            ],
        }
    ],
}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(("", " ", "one", "pay", "one::action_x", "/intent{", "/SetSlots(", "SetSlot(")),
    st.text(max_size=5),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(SCALARS, inner, max_size=2),
    max_leaves=4,
)


def places(data, path=()):
    """The keys and indexes that lead to each value in it."""
    items = enumerate(data) if isinstance(data, list) else ()
    for key, value in data.items() if isinstance(data, dict) else items:
        yield (*path, key)
        yield from places(value, (*path, key))


PLACES = list(places(FILE))


def has(container, key):
    if isinstance(container, list):
        return isinstance(key, int) and key < len(container)
    return isinstance(container, dict) and key in container


def spoiled(changes):
    """The file with junk at some places, or as their keys, as far as they are still there."""
    data = deepcopy(FILE)
    for (*path, last), key, junk in changes:
        container = data
        for each in path:
            container = container[each] if has(container, each) else None
        if has(container, last) and isinstance(container, dict) and key is not None:
            container[key] = container.pop(last)
        elif has(container, last):
            container[last] = junk
    return data


CHANGES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.none() | SCALARS, JUNK), min_size=1, max_size=2
)


def read(folder):
    cases = read_suite([folder]).cases
    check_names(cases, Project(RouterSetup("config.yml")))
    return cases


def test_the_file_before_it_is_spoiled_is_read(tmp_path):
    (tmp_path / "t.yml").write_text(yaml.safe_dump(spoiled([])))
    assert len(read(tmp_path)[0].turns) == 2


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_any_file_is_read_or_refused_with_places(tmp_path, changes):
    data = spoiled(changes)
    (tmp_path / "t.yml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    try:
        assert read(tmp_path)
    except NoTestsFound:
        assert not data["test_cases"]
    except InvalidTest as error:
        assert error.problems
        assert all(Path(each.location.file).parent == tmp_path for each in error.problems)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shared=st.dictionaries(st.sampled_from(sorted(SHARED)), JUNK))
def test_any_conftest_is_read_or_refused_with_places(tmp_path, shared):
    (tmp_path / "t.yml").write_text("test_cases: [{test_case: one, steps: [{user: hi}]}]")
    (tmp_path / "conftest.yml").write_text(yaml.safe_dump(shared, allow_unicode=True), "utf-8")
    try:
        assert len(read(tmp_path)) == 1
    except InvalidTest as error:
        assert {Path(each.location.file).name for each in error.problems} == {"conftest.yml"}


def test_a_step_of_everything_at_once_is_refused_with_each_of_its_mistakes(tmp_path):
    step = {"user": None, **dict.fromkeys(sorted(USER_KEYS - {"user", "assertions"}), 1)}
    step["assertions"] = [{name: []} for name in sorted(ASSERTIONS)]
    file = tmp_path / "t.yml"
    file.write_text(yaml.safe_dump({"test_cases": [{"test_case": "one", "steps": [step]}]}))
    with pytest.raises(InvalidTest) as caught:
        read_suite([file])
    assert len(caught.value.problems) == len(ASSERTIONS) + len(USER_KEYS) - 1
