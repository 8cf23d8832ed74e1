import pytest

from router.e2e.coverage import AREAS, as_text, below, read_minimums
from router.e2e.coverage.model import Area, Coverage, Handoff, Item
from router.e2e.places import Place
from router.errors import InvalidTest


def items(*names: str, tested: int) -> Area:
    return Area(
        items=tuple(
            Item(name=name, place=Place(file="f.yml", line=n + 1), cases=("c",) * (n < tested))
            for n, name in enumerate(names)
        )
    )


def coverage(targets: tuple[str, ...] = ("pay", "tip")) -> Coverage:
    possible = [
        Handoff(kind="nlu_to_calm", source=source, target=target)
        for source in ("card", "hours")
        for target in targets
    ]
    possible[1] = possible[1].model_copy(update={"cases": ("t.yml::a", "t.yml::b")})
    return Coverage(
        areas={name: Area() for name in AREAS if name != "handoffs"}
        | {"flows": items("pay/ask", "pay/confirm", "tip/ask", tested=2)},
        handoffs=(
            *possible,
            Handoff(kind="reset", source="card", cases=("t.yml::a",)),
            Handoff(kind="one_turn", source="greet"),
        ),
    )


def test_the_text_shows_percents_gaps_with_their_place_and_the_matrix() -> None:
    text = as_text(coverage())
    assert text.splitlines()[:3] == [
        "coverage   tested  of  percent",
        "flows           2   3     66.6",
        "branches        0   0        -",
    ]
    assert "handoffs        2   6     33.3\n" in text
    assert "flows without a passing test:\n  tip/ask  f.yml:3\n" in text
    assert (
        "Hand-offs from the NLU system (rows) to CALM (columns), passing cases:\n"
        "         pay  tip\n"
        "  card     -    2\n"
        "  hours    -    -\n"
    ) in text
    assert "Resets, passing cases:\n  card  1\n" in text
    assert "Answers for one turn, passing cases:\n  greet  -\n" in text
    assert "from CALM" not in text


def test_a_wide_matrix_has_numbered_columns_told_below() -> None:
    text = as_text(coverage(tuple(f"a_flow_with_a_long_name_{n}" for n in range(12))))
    matrix = text[text.index("Hand-offs") :]
    assert max(map(len, matrix.splitlines())) < 100
    assert "  card   -  2  -" in matrix
    assert "\n  2 a_flow_with_a_long_name_1\n" in matrix


def test_the_data_survive_json() -> None:
    written = coverage()
    assert Coverage.model_validate_json(written.model_dump_json()) == written


def test_minimums_are_read_as_percents() -> None:
    assert read_minimums("flows=80, handoffs = 50.5,rules=100%") == {
        "flows": 80,
        "handoffs": 50.5,
        "rules": 100,
    }


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ("flow=80", "unknown-area", "'flow'.*Did you mean 'flows'"),
        ("zzz=80", "unknown-area", "'zzz'.*Known are flows, branches"),
        ("", "unknown-area", "''"),
        ("flows", "invalid-value", "'flows'.*Write flows=80"),
        ("flows=101", "invalid-value", "'flows=101'"),
        ("flows=nan", "invalid-value", "'flows=nan'"),
        ("flows=1,flows=2", "duplicate-key", "'flows' is given twice"),
    ],
)
def test_minimums_that_cannot_be_meant_are_refused(given: str, code: str, told: str) -> None:
    with pytest.raises(InvalidTest, match=f"(?s)--coverage-min:1:\\d+.*{code}.*{told}"):
        read_minimums(given)


def test_all_wrong_minimums_are_told_at_once_with_their_columns() -> None:
    with pytest.raises(InvalidTest) as caught:
        read_minimums("flows=x, flwos=1")
    assert [problem.location.column for problem in caught.value.problems] == [1, 10]


def test_what_is_below_its_minimum_is_told_with_figures() -> None:
    assert below(coverage(), {"handoffs": 50, "flows": 66.6, "rules": 100}) == [
        "Coverage of handoffs is 33.3 %, below the minimum of 50 %: 2 of 6 have a passing test."
    ]


def test_a_share_that_rounds_up_to_the_minimum_is_told_as_below() -> None:
    every = items(*(f"step_{n}" for n in range(10_000)), tested=7_999)
    almost = Coverage(areas={"flows": every})
    assert below(almost, {"flows": 80}) == [
        "Coverage of flows is 79.9 %, below the minimum of 80 %: 7999 of 10000 have a passing test."
    ]
