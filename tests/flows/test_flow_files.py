import pytest

from router.flows.reading import flow_files


@pytest.mark.parametrize(
    ("text", "is_flow_file"),
    [
        ("flows:\n  a: 1\n", True),
        ("version: '3.1'\nflows:\n", True),
        ("\ufeffflows:\n", True),
        ('{"flows": {}}', True),
        ('{\n  "flows": {}\n}', True),
        ("  version: 1\n  flows: {}\n", True),
        ("'flows' : {}\n", True),
        ("nlu:\n- intent: flows\n", False),
        ("a:\n  flows: {}\n", False),
        ("overflows: {}\n", False),
        ("# flows:\n", False),
        ("", False),
    ],
)
def test_flow_files_are_those_with_a_top_level_flows(tmp_path, text, is_flow_file):
    (tmp_path / "a.yml").write_text(text, encoding="utf-8")
    assert bool(flow_files([tmp_path])) is is_flow_file


def test_flow_files_are_found_below_directories_sorted_and_once(tmp_path):
    for name in ("b/z.yml", "b/a.yaml", "a.yml", "c/.hidden.yml", "c/x.txt", ".git/a.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("flows:\n")
    found = flow_files([tmp_path / "b" / "z.yml", tmp_path, tmp_path / "b"])
    assert [str(each.relative_to(tmp_path)) for each in found] == ["a.yml", "b/a.yaml", "b/z.yml"]


def test_links_to_directories_are_followed_but_not_in_circles(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "real" / "a.yml").write_text("flows:\n")
    (tmp_path / "data" / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "data" / "circle").symlink_to(tmp_path / "data")
    assert flow_files([tmp_path / "data"]) == [tmp_path / "data" / "linked" / "a.yml"]
