import copy
import gc
import math
import pickle
import time

import pytest
import yaml

from router.errors import InvalidFile, Location
from router.flows import yaml_source
from router.flows.yaml_source import YamlList, YamlMap, location_of, parse_yaml, read_yaml
from router.flows.yaml_values import NOWHERE, key_location_of, plain, text_location_of


def place(location):
    return f"{location.line}:{location.column}"


def only_problem(text):
    with pytest.raises(InvalidFile) as caught:
        parse_yaml(text, "a.yml")
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("On", "On"),
        ("off", "off"),
        ("y", "y"),
        ("tRue", "tRue"),
        ("'true'", "true"),
        ("!!str true", "true"),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 17),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("+.inf", math.inf),
        (".", "."),
        ("-", [None]),
        ("+", "+"),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        ("'12'", "12"),
        ("!!int 12", 12),
        ("!!float 1.5", 1.5),
        ("null", None),
        ("~", None),
        ("NULL", None),
        ("none", "none"),
        ("''", ""),
        ("", None),
        ("# only a comment", None),
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("=", "="),
    ],
)
def test_a_value_is_read_as_yaml_1_2_says(text, value):
    read = parse_yaml(text, "a.yml")
    assert read == value
    assert type(read) is type(value) or isinstance(read, YamlList)


def test_not_a_number_is_read():
    assert math.isnan(parse_yaml(".nan", "a.yml"))


def test_a_number_of_thousands_of_digits_does_no_harm():
    assert parse_yaml("9" * 5000, "a.yml") in ("9" * 5000, math.inf)


SAMPLE = """\
# a comment
first:
  "key": [a, 'b',  {c: d}]
  ünï:   text   # comment
list:
- one
-   two: 2
"""


@pytest.mark.parametrize("base", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
def test_every_key_and_value_knows_its_place(base, monkeypatch):
    loader = type("Loader", (base,), dict(yaml_source._Loader.__dict__))
    monkeypatch.setattr(yaml_source, "_Loader", loader)
    data = parse_yaml(SAMPLE, "a.yml")

    assert data.location == Location("a.yml", 2, 1)
    assert data.key_location("first") == Location("a.yml", 2, 1)
    assert place(data.value_location("first")) == "3:3"
    assert place(data["first"].location) == "3:3"
    assert place(data["first"].key_location("key")) == "3:3"
    assert place(data["first"].value_location("key")) == "3:10"
    assert place(data["first"]["key"].value_location(1)) == "3:14"
    assert place(data["first"]["key"][2].value_location("c")) == "3:24"
    assert place(data["first"].value_location("ünï")) == "4:10"
    assert place(data.value_location("list")) == "6:1"
    assert place(data["list"].value_location(0)) == "6:3"
    assert place(data["list"][1].key_location("two")) == "7:5"


def test_an_unknown_key_is_placed_where_its_map_is():
    data = parse_yaml("a:\n  b: [1]\n", "a.yml")
    assert place(data["a"].key_location("x")) == "2:3"
    assert place(data["a"].value_location("x")) == "2:3"
    assert place(data["a"]["b"].value_location(5)) == "2:6"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key: abcdef", "1:9"),
        ("key: 'abcdef'", "1:10"),
        ('key:   "abcdef" # x', "1:12"),
        ("key: 'it''s ab'", "1:6"),
        ('key: "\\u0061bcdef"', "1:6"),
        ("key: >\n  abcdef", "1:6"),
        ("key: abc\n  def", "1:6"),
    ],
)
def test_a_character_in_a_text_is_placed_if_the_text_is_written_as_it_is(text, expected):
    assert place(text_location_of(parse_yaml(text, "a.yml"), "key", 3)) == expected


@pytest.mark.parametrize("data", [{"a": 1}, [1], "text", None])
def test_data_without_places_is_nowhere(data):
    assert location_of(data, 0) == location_of(data) == NOWHERE
    assert key_location_of(data, "a") == text_location_of(data, "a", 3) == NOWHERE


def test_copies_and_pickles_are_plain_and_equal():
    data = parse_yaml(SAMPLE, "a.yml")
    copies = [plain(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))]
    for each in copies:
        assert each == data
        assert type(each) is type(each["first"]) is dict
        assert type(each["list"]) is list


def test_aliases_stand_for_what_their_anchor_holds():
    data = parse_yaml("a: &x [1, {b: 2}]\nc: *x\n", "a.yml")
    assert data["c"] == [1, {"b": 2}]
    data["c"][1]["b"] = 3
    assert data["a"][1]["b"] == 2


def test_merged_keys_keep_their_place_and_give_way_to_own_ones():
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: 5\n"
    data = parse_yaml(text, "a.yml")
    assert data["z"] == {"a": 5, "b": 2, "c": 4}
    assert place(data["z"].value_location("a")) == "5:6"
    assert place(data["z"].value_location("b")) == "1:17"


def test_a_quoted_merge_key_is_a_key():
    assert parse_yaml("'<<': 1", "a.yml") == {"<<": 1}


@pytest.mark.parametrize(
    ("text", "line_and_column", "message", "advice"),
    [
        ("a:\n\tb: 1", "2:1", "a tab indents", "spaces"),
        ("a: b: c", "1:5", "mapping values are not allowed", "quotes round"),
        ("a:\n  b: 1\n c: 2", "3:2", "did not find expected key", "evenly"),
        ("a: [1,\n  2", "3:1", "flow sequence that begins at a.yml:1:4", ""),
        ("a: 'b", "1:6", "end of stream", ""),
        ("a: *x", "1:4", "undefined alias", ""),
        ("a: 1\n---\nb: 2", "2:1", "another document", ""),
        ("a: @x", "1:4", "cannot start any token", ""),
        ("a: {{name}}", "1:5", "can't be a key", "quotes round"),
        ("? [a]\n: b", "1:3", "can't be a key", "quotes round"),
        ("a: !env X", "1:4", "'!env' isn't known", "Remove"),
        ("a: !!python/name:os.system x", "1:4", "!!python/name:os.system", "Remove"),
        ("a: !!binary aGk=", "1:4", "'!!binary' isn't known", "Remove"),
        ("a: !!set {x}", "1:4", "'!!set' isn't known", "Remove"),
        ("a: !!int x", "1:4", "isn't what its tag '!!int' says", "Remove"),
        ("a: &x [*x]", "1:4", "stands for the whole", ""),
        ("a: &x\n  <<: *x", "1:4", "stands for the whole", ""),
        ("<<: 1", "1:5", "merges maps only", "*anchor"),
        ("a: 1\nb: \x07", "2:4", "U+0007", "Remove"),
        ("a: 1\nb: \ud800", "2:4", "U+D800", "Remove"),
        ("a: " + "[" * 101 + "]" * 101, "1:1", "nested deeper than 100", ""),
        ("[" * 200_000, "1:1", "nested deeper than 100", ""),
    ],
)
def test_bad_syntax_is_told_with_its_place(text, line_and_column, message, advice):
    problem = only_problem(text)
    assert problem.code == "yaml-syntax"
    assert problem.location.file == "a.yml"
    assert place(problem.location) == line_and_column
    assert message in problem.message
    assert advice in problem.advice


def test_a_key_given_twice_names_both_places():
    problem = only_problem("a:\n  b: 1\n  c: 2\n  b: 3\n")
    assert (problem.code, place(problem.location)) == ("duplicate-key", "4:3")
    assert "'b'" in problem.message
    assert "a.yml:2:3" in problem.message


def test_all_keys_given_twice_are_told_at_once():
    with pytest.raises(InvalidFile) as caught:
        parse_yaml("a: 1\na: 2\nb: {c: 1, c: 2}\n", "a.yml")
    assert [place(each.location) for each in caught.value.problems] == ["2:1", "3:11"]


def test_keys_given_twice_can_be_collected_instead():
    problems = []
    assert parse_yaml("a: 1\na: 2\n", "a.yml", collect=problems) == {"a": 2}
    assert [problem.code for problem in problems] == ["duplicate-key"]


def test_an_alias_bomb_is_refused_quickly():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    begin = time.perf_counter()
    problem = only_problem("\n".join(lines))
    assert "too many values" in problem.message
    assert time.perf_counter() - begin < 5


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidFile) as caught:
        read_yaml(tmp_path / "missing.yml")
    (problem,) = caught.value.problems
    assert problem.code == "unreadable-file"
    assert problem.location.file == str(tmp_path / "missing.yml")
    assert "No such file" in problem.message


def test_a_directory_is_no_file(tmp_path):
    with pytest.raises(InvalidFile, match="Is a directory"):
        read_yaml(tmp_path)


def test_a_file_that_is_not_utf8_is_told_with_the_place(tmp_path):
    file = tmp_path / "latin.yml"
    file.write_bytes("a: ü\n".encode() + "b: grün\n".encode("latin-1"))
    with pytest.raises(InvalidFile) as caught:
        read_yaml(file, name="latin.yml")
    (problem,) = caught.value.problems
    assert (problem.code, str(problem.location)) == ("not-utf8", "latin.yml:2:6")
    assert "0xfc" in problem.message
    assert "UTF-8" in problem.advice


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    file = tmp_path / "windows.yml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    data = read_yaml(file)
    assert data == {"a": 1, "b": {"c": 2}}
    assert place(data.key_location("a")) == "1:1"
    assert place(data["b"].value_location("c")) == "3:6"


def test_a_map_knows_what_lies_inside_it():
    data = parse_yaml("a:\n  b: 1\nc:\n  d: 2\n", "a.yml")
    inner = data["a"]
    assert isinstance(inner, YamlMap)
    assert inner.holds(Location("a.yml", 2, 6))
    assert not inner.holds(Location("a.yml", 3, 1))
    assert not inner.holds(Location("b.yml", 2, 6))


def test_the_garbage_collector_is_on_again_afterwards():
    with pytest.raises(InvalidFile):
        parse_yaml("a: [", "a.yml")
    assert gc.isenabled()


def test_forty_thousand_lines_are_read_in_seconds():
    flow = "  flow_{0}:\n    description: x\n    steps:\n      - collect: {0}\n      - action: b\n"
    text = "flows:\n" + "".join(flow.format(i) for i in range(8000))
    begin = time.perf_counter()
    assert len(parse_yaml(text, "a.yml")["flows"]) == 8000
    assert time.perf_counter() - begin < 6
