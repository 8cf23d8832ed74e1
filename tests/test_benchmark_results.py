"""The figures that are kept are those README shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.figures import Figure, table

ROOT = Path(__file__).parents[1]


def test_readme_shows_the_figures_that_are_kept() -> None:
    known = benchmarks.read_results()
    figures = [figure for name in benchmarks.MODULES for figure in known.get(name, ())]
    assert table(figures) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_is_not_measured_again_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {name: Figure(name, 1.0, "s", 2.0) for name in ("engine", "turns")}
    measured = [[figures["engine"]], [figures["turns"]], [Figure("turns", 3.0, "s", 2.0)]]
    shown: list[list[Figure]] = []
    monkeypatch.setattr(benchmarks, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(benchmarks, "write_readme", shown.append)
    monkeypatch.setattr(benchmarks, "_measured", lambda name, data: measured.pop(0))
    monkeypatch.setattr(benchmarks, "_be_quiet", lambda: None)
    codes = []
    for only in (["engine", "turns"], ["turns"]):
        monkeypatch.setattr("sys.argv", ["benchmarks", "--only", *only])
        codes.append(benchmarks.main())
    assert codes == [0, 1]  # three seconds are too many
    assert [figure.value for figure in shown[-1]] == [1.0, 3.0]
    assert [[f.value for f in each] for each in benchmarks.read_results().values()] == [
        [1.0],
        [3.0],
    ]
