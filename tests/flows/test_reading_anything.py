from hypothesis import given, settings
from hypothesis import strategies as st

from router.errors import InvalidFile
from router.flows.flow_reading import FLOW_KEYS
from router.flows.reading import flows_from_data
from router.flows.step_kinds import KIND_KEYS
from router.flows.yaml_source import parse_yaml

STEP_KEYS = {*KIND_KEYS, *(key for keys in KIND_KEYS.values() for key in keys)}
KEYS = st.sampled_from(
    sorted({*FLOW_KEYS, *STEP_KEYS, "id", "next", "then", "else", "intent", "x"})
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "a", "END", "slots.x > 1", "slots.", "{{", "yes"]),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "pattern_b", 1]), VALUES, max_size=2))
def test_any_data_gives_flows_or_errors_and_never_raises(data):
    problems = []
    flows = flows_from_data(data, problems)
    assert len(flows) == len(data) or any(not problem.is_warning for problem in problems)
    for flow in flows.values():
        ids = [step.id for step in flow.steps]
        assert len(set(ids)) == len(ids)
        assert {branch.target for step in flow.steps for branch in step.next} <= {*ids, "END"}


@settings(max_examples=200, deadline=None)
@given(st.text("abflows:-[]{}&*!|>'\"#%@,? \n\t\x00\ufeff\ud800é😀0.<~", max_size=40))
def test_any_text_is_read_or_refused_as_an_invalid_file(text):
    try:
        parse_yaml(text, "a.yml")
    except InvalidFile as error:
        assert error.problems
