"""What files of one run take from each other, and which configuration their cases are for."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_files import ONE_CASE, errors, write

from router.e2e.reading import read_files, read_suite
from router.errors import InvalidTest

USES = ONE_CASE + "  fixtures: rich\n  metadata: web\n"
DEFINES = ONE_CASE + "fixtures: {rich: {points: 10}}\nmetadata: {web: {channel: web}}\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def configs(*paths: str) -> list[str]:
    return [case.config for case in read_suite(paths or ["."]).cases]


@pytest.mark.parametrize("paths", [["."], ["a.yml", "b.yml"], ["b.yml", "a.yml::one"]])
def test_what_only_another_file_of_the_run_defines_is_taken_with_a_warning(paths):
    write(a=USES, b=DEFINES)
    suite = read_suite(paths)
    case = next(case for case in suite.cases if case.file == "a.yml")
    assert (case.slots, case.turns[0].metadata) == ({"points": 10}, {"channel": "web"})
    assert case.source["fixtures"] == {"rich": {"points": 10}}
    assert case.source["metadata"] == {"web": {"channel": "web"}}
    assert [str(each) for each in suite.problems] == [
        "a.yml:5:13: warning[defined-elsewhere]: The fixture 'rich' is taken from another file: "
        "b.yml:5:12. Move it to a conftest.yml, or this file can't be run alone.",
        "a.yml:6:13: warning[defined-elsewhere]: The metadata 'web' is taken from another file: "
        "b.yml:6:12. Move it to a conftest.yml, or this file can't be run alone.",
    ]


def test_alone_a_file_lacks_what_another_defines():
    write(a=USES, b=DEFINES)
    assert errors("a.yml") == ["a.yml:5:unknown-fixture", "a.yml:6:unknown-metadata"]


def test_files_read_one_by_one_know_what_the_others_of_their_folder_define():
    write(
        suite__a=USES,
        suite__b=DEFINES,
        suite__c=ONE_CASE + "tagz: [x]\n",
        suite__deep__d=ONE_CASE,
        suite__deep__conftest="tagz: [x]\n",
        suite__empty="test_cases: []\n",
        suite__other="stuff: 1\n",
    )
    found = read_files("suite")
    names = ("suite/a.yml", "suite/b.yml", "suite/c.yml", "suite/deep/d.yml")
    assert list(found) == [Path(name) for name in names]
    a, b, c, d = found.values()
    assert a.cases[0].slots == {"points": 10}
    assert [each.code for each in a.problems] == ["defined-elsewhere"] * 2
    assert (b.problems, b.files) == ((), (Path("suite/b.yml"),))
    assert [str(each.location) for each in c.problems] == ["suite/c.yml:5:1"]
    assert [str(each.location) for each in d.problems] == ["suite/deep/conftest.yml:1:1"]


def test_many_cases_that_take_the_same_are_one_warning_a_file():
    case = "- {test_case: %s, fixtures: rich, steps: [{user: hi}]}\n"
    many = "test_cases:\n" + "".join(case % name for name in "xyz")
    write(a=many, b=DEFINES, c=many)
    found = read_suite(["."]).problems
    assert [(each.location.file, each.location.line) for each in found] == [
        ("a.yml", 2),
        ("c.yml", 2),
    ]


def test_a_definition_of_its_own_or_of_a_folder_goes_before_that_of_another_file():
    write(
        conftest="metadata: {web: {channel: folder}}\n",
        a=USES + "fixtures: {rich: {points: 1}}\n",
        b=DEFINES,
    )
    suite = read_suite(["a.yml", "b.yml"])
    assert suite.cases[0].slots == {"points": 1}
    assert suite.cases[0].turns[0].metadata == {"channel": "folder"}
    assert suite.problems == ()


def test_two_other_files_that_agree_are_as_good_as_one():
    write(a=USES, b=DEFINES, c=DEFINES)
    assert read_suite(["."]).cases[0].slots == {"points": 10}


def test_other_files_that_differ_are_an_error_that_names_them():
    write(a=USES, b=DEFINES, c=DEFINES.replace("10", "true"))
    with pytest.raises(InvalidTest) as caught:
        read_suite(["."])
    assert [str(each) for each in caught.value.problems] == [
        "a.yml:5:13: error[unknown-fixture]: Other files define fixture 'rich' each in its own "
        "way: b.yml:5:12 and c.yml:5:12. Define it under `fixtures:` of this file or of a "
        "conftest.yml."
    ]


def test_the_nearest_name_may_be_that_of_another_file():
    write(a=ONE_CASE + "  fixtures: rihc\n", b=DEFINES)
    with pytest.raises(InvalidTest, match=r"unknown-fixture.*Did you mean 'rich'\?"):
        read_suite(["."])


def test_stubs_of_another_file_are_not_taken():
    write(a=ONE_CASE, b="stub_custom_actions: {action_x: {}}\n" + ONE_CASE)
    assert [list(case.stubs) for case in read_suite(["."]).cases] == [[], ["action_x"]]


@pytest.mark.parametrize("key", ["x-steps", "x-", ".steps", "anchors"])
def test_keys_that_hold_anchors_are_let_through(key):
    write(
        conftest=f"{key}: &all {{points: 10}}\nfixtures: {{rich: *all}}\n",
        a=f"{key}:\n- &hello {{user: hello}}\n"
        "test_cases: [{test_case: one, fixtures: rich, steps: [*hello]}]\n",
    )
    suite = read_suite(["."])
    assert suite.problems == ()
    assert (suite.cases[0].turns[0].user, suite.cases[0].slots) == ("hello", {"points": 10})


def test_no_other_place_and_no_other_key_is_for_anchors():
    write(a=ONE_CASE + "  x-steps: []\n", b=ONE_CASE + "y-steps: []\n")
    assert errors(".") == ["a.yml:5:unknown-key", "b.yml:5:unknown-key"]


def test_cases_are_for_any_configuration_unless_their_file_or_folder_names_one():
    write(
        a=ONE_CASE,
        b=ONE_CASE + "config: ' config.llm.yml '\n",
        c__conftest="config: config.llm.yml\n",
        c__t=ONE_CASE,
    )
    assert configs() == ["", "config.llm.yml", "config.llm.yml"]


def test_the_innermost_configuration_counts():
    write(
        conftest="config: outer.yml\n",
        e2e__conftest="config: inner.yml\n",
        e2e__a=ONE_CASE,
        e2e__b=ONE_CASE + "config: file.yml\n",
        t=ONE_CASE,
    )
    assert configs() == ["inner.yml", "file.yml", "outer.yml"]


@pytest.mark.parametrize("written", ["1", "[config.yml]", "{a: b}", ""])
def test_a_configuration_is_a_name(written):
    write(a=ONE_CASE + f"config: {written}\n")
    assert errors("a.yml") == ["a.yml:5:invalid-value"]
    write(a=ONE_CASE, conftest=f"config: {written}\n")
    assert errors("a.yml") == ["conftest.yml:1:invalid-value"]


def test_a_case_has_no_configuration_of_its_own():
    write(a=ONE_CASE + "  config: config.yml\n")
    assert errors("a.yml") == ["a.yml:5:unknown-key"]
