"""Which files and cases a suite has, and what the folders around a file give it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from e2e_files import ONE_CASE, errors, write

from router.e2e.reading import NoTestsFound, read_suite
from router.errors import InvalidTest

TWO_CASES = ONE_CASE + "- test_case: two words\n  steps: [{user: hi}]\n"


@pytest.fixture(autouse=True)
def in_a_folder_of_a_bot(tmp_path, monkeypatch):
    (tmp_path / "bot").mkdir()
    monkeypatch.chdir(tmp_path / "bot")


def ids(*paths):
    return [case.id for case in read_suite(paths).cases]


def test_a_folder_gives_all_yaml_files_below_it_sorted_but_recordings_and_hidden_ones():
    write(
        e2e__b=ONE_CASE,
        e2e__a__x=ONE_CASE,
        e2e__cassettes__a="not: a test",
        e2e__a__cassettes__b=": broken",
        **{"e2e__.hidden": ": broken", "e2e__.git__x": ": broken"},
    )
    Path("e2e/c.yaml").write_text(ONE_CASE)
    Path("e2e/notes.txt").write_text(": broken")
    assert ids("e2e") == ["e2e/a/x.yml::one", "e2e/b.yml::one", "e2e/c.yaml::one"]
    assert [str(file) for file in read_suite([Path("e2e")]).files] == [
        "e2e/a/x.yml",
        "e2e/b.yml",
        "e2e/c.yaml",
    ]


def test_the_order_is_that_of_the_paths_and_no_case_comes_twice():
    write(a=TWO_CASES, b=ONE_CASE)
    assert ids("b.yml", "a.yml::two words", ".") == [
        "b.yml::one",
        "a.yml::two words",
        "a.yml::one",
    ]


def test_the_name_of_a_case_may_hold_colons():
    write(a="test_cases: [{test_case: 'a::b', steps: [{user: hi}]}]\n")
    assert ids("a.yml::a::b") == ["a.yml::a::b"]


def test_links_to_folders_are_followed_but_not_in_circles():
    write(real__a=ONE_CASE)
    Path("e2e").mkdir()
    Path("e2e/linked").symlink_to(Path("real").resolve())
    Path("e2e/circle").symlink_to(Path("e2e").resolve())
    assert ids("e2e") == ["e2e/linked/a.yml::one"]


def test_a_path_that_is_not_there_is_an_error_with_the_nearest_name():
    write(e2e__transfer=ONE_CASE)
    with pytest.raises(InvalidTest, match=r"e2e/transfr.yml.*Did you mean 'e2e/transfer.yml'\?"):
        read_suite(["e2e/transfr.yml"])
    with pytest.raises(InvalidTest, match=r"Did you mean 'e2e'\?"):
        read_suite(["e2ee/transfer.yml"])


def test_what_is_proposed_for_a_path_is_there():
    Path("transfer.yml").symlink_to("gone.yml")
    os.mkfifo("pipe.yml")
    for path in ("transfer.yml", "pipe.yml", "transfer.yml/a.yml"):
        assert errors(path) == [f"{path}:1:missing-file"]
        with pytest.raises(InvalidTest, match=r"^(?!.*Did you mean)"):
            read_suite([path])
    with pytest.raises(InvalidTest, match=r"It's a link to 'gone\.yml', which isn't there\."):
        read_suite(["transfer.yml"])
    write(transfers=ONE_CASE)
    with pytest.raises(InvalidTest, match=r"Did you mean 'transfers.yml'\?"):
        read_suite(["transfer.yml"])


def test_a_link_in_a_folder_that_leads_nowhere_is_an_error():
    write(e2e__a=ONE_CASE)
    Path("e2e/b.yml").symlink_to("gone.yml")
    (found,) = errors("e2e")
    assert found.startswith("e2e/b.yml:1:")


def test_a_case_that_is_not_there_is_an_error_with_the_nearest_name():
    write(a=TWO_CASES)
    with pytest.raises(InvalidTest, match=r"unknown-case.*Did you mean 'two words'\?"):
        read_suite(["a.yml::two word"])
    assert errors(".::one") == [".:1:unknown-case"]


def test_all_that_is_wrong_in_all_files_is_told_at_once():
    write(
        a="test_cases: [{test_case: one, stps: []}]\n",
        b="test_cases:\n- test_case: one\n  steps:\n  - usr: hi\n",
        c="test_cases: [{test_case: one, steps: []}]\n\t",
    )
    assert errors(".", "missing.yml") == [
        "a.yml:1:unknown-key",
        "b.yml:4:step-kind",
        "c.yml:2:yaml-syntax",
        "missing.yml:1:missing-file",
    ]


def test_an_error_in_a_conftest_is_told_once():
    write(conftest="fixture: {}\n", a=ONE_CASE, b=ONE_CASE, c__c=ONE_CASE)
    assert errors(".") == ["conftest.yml:1:unknown-key"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "test_cases: []\n", "test_cases:\n"])
def test_no_test_anywhere_is_an_error_of_its_own_that_tells_where(text):
    write(e2e__a=text)
    with pytest.raises(NoTestsFound, match=r"in e2e\.\n.*a\.yml:1:1: warning\[no-tests\]"):
        read_suite(["e2e"])


def test_no_path_has_no_tests():
    with pytest.raises(NoTestsFound, match="no path"):
        read_suite([])


def test_a_file_without_a_case_beside_others_is_a_warning():
    write(a=ONE_CASE, b="test_cases: []\n")
    (warning,) = read_suite(["."]).problems
    assert str(warning) == "b.yml:1:1: warning[no-tests]: The file holds no test case."


@pytest.mark.parametrize("text", ["stories:\n- story: x\n", "version: '3.1'\nrules: []\n"])
def test_stories_of_rasas_own_are_passed_over_in_a_folder_and_refused_by_name(text):
    write(test_stories=text, a=ONE_CASE)
    suite = read_suite(["."])
    assert [case.id for case in suite.cases] == ["a.yml::one"]
    (warning,) = suite.problems
    assert warning.is_warning
    assert "coexist test from-stories test_stories.yml" in warning.advice
    assert errors("test_stories.yml") == ["test_stories.yml:1:test-stories"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("nlu:\n- intent: x\n", 1),
        ("# flows\n\nflows: {}\n", 3),
        ("fixtures: []\n", 1),
        ("- test_case: one\n", 1),
        ("some words\n", 1),
    ],
)
def test_a_file_of_another_kind_is_an_error(text, line):
    write(a=text, b=ONE_CASE)
    (found,) = errors(".")
    assert found in (f"a.yml:{line}:missing-key", f"a.yml:{line}:invalid-value")


def test_the_inner_conftest_goes_over_the_outer_and_the_file_over_both():
    write(
        conftest="fixtures: {a: {x: outer}, b: {x: outer}, c: {x: outer}}\n",
        e2e__conftest="fixtures: {b: {x: inner}, c: {x: inner}}\n",
        e2e__t=(
            "fixtures: {c: {x: file}}\n"
            "test_cases:\n"
            "- {test_case: a, fixtures: a, steps: [{user: hi}]}\n"
            "- {test_case: b, fixtures: b, steps: [{user: hi}]}\n"
            "- {test_case: c, fixtures: c, steps: [{user: hi}]}\n"
        ),
    )
    cases = read_suite(["e2e/t.yml"]).cases
    assert [case.slots["x"] for case in cases] == ["outer", "inner", "file"]
    places = [str(case.slot_places["x"].file) for case in cases]
    assert places == ["conftest.yml", "e2e/conftest.yml", "e2e/t.yml"]


def test_a_folder_beside_gives_nothing():
    write(a__conftest="tags: [a]\n", a__t=ONE_CASE, b__t=ONE_CASE)
    assert [case.tags for case in read_suite(["."]).cases] == [("a",), ()]


def test_tags_add_up_and_strictness_is_the_innermost_word():
    write(
        conftest="tags: bank\nstrict: true\n",
        e2e__conftest="tags: [calm, bank]\n",
        e2e__a=ONE_CASE + "tags: [transfer]\n",
        e2e__b=ONE_CASE + "strict: false\n",
        e2e__c=ONE_CASE + "  strict: false\n",
    )
    cases = read_suite(["e2e"]).cases
    assert [case.strict for case in cases] == [True, False, False]
    assert cases[0].tags == ("bank", "calm", "transfer")


def test_a_stub_of_an_inner_conftest_goes_over_one_of_an_outer_even_for_one_case():
    write(
        conftest=(
            "stub_custom_actions:\n"
            "  one::action_a: {responses: [{text: outer}]}\n"
            "  one::action_b: {responses: [{text: outer}]}\n"
        ),
        e2e__conftest="stub_custom_actions: {action_a: {responses: [{text: inner}]}}\n",
        e2e__t=ONE_CASE,
    )
    stubs = read_suite(["e2e"]).cases[0].stubs
    assert {name: dict(stub.responses[0])["text"] for name, stub in stubs.items()} == {
        "action_a": "inner",
        "action_b": "outer",
    }


def test_a_conftest_is_found_from_wherever_a_file_is_named(monkeypatch):
    write(e2e__conftest="tags: [e2e]\n", e2e__deep__t=ONE_CASE)
    absolute = Path("e2e/deep/t.yml").resolve()
    assert read_suite(["e2e/deep/t.yml"]).cases[0].tags == ("e2e",)
    assert read_suite([absolute]).cases[0].tags == ("e2e",)
    monkeypatch.chdir("e2e/deep")
    assert read_suite(["t.yml"]).cases[0].tags == ("e2e",)
    assert read_suite(["../deep/t.yml"]).cases[0].tags == ("e2e",)


@pytest.mark.parametrize("mark", ["config.yml", ".git"])
def test_what_stands_above_the_bot_or_its_repository_gives_nothing(mark):
    write(**{"..__conftest": "tags: [above]\n"}, conftest="tags: [bot]\n", e2e__t=ONE_CASE)
    assert read_suite(["e2e"]).cases[0].tags == ("above", "bot")
    Path(mark).touch()
    assert read_suite(["e2e"]).cases[0].tags == ("bot",)


@pytest.mark.parametrize("key", ["llm_judge", "llm_as_judge"])
def test_the_judge_of_a_conftest_from_elsewhere_is_a_warning(key):
    write(conftest=f"{key}:\n  llm: {{provider: openai, model: m}}\n", t=ONE_CASE)
    (warning,) = read_suite(["."]).problems
    assert str(warning) == (
        f"conftest.yml:1:1: warning[unused-key]: '{key}' has no effect here. "
        "The judge is the model group `judge` of endpoints.yml."
    )


def test_a_file_given_by_two_paths_is_read_once():
    write(a=ONE_CASE)
    Path("b.yml").symlink_to("a.yml")
    assert ids("a.yml", "b.yml", os.path.join(".", "a.yml")) == ["a.yml::one"]  # noqa: PTH118
