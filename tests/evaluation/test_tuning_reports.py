"""The tuning curve as text, as JSON and as a picture."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from router.evaluation import Answer, choose, tuning_curve
from router.evaluation.plot import PlotUnavailable, plot_curve
from router.evaluation.tuning_report import TuningReport, tuning_as_text

# Of the ten nearest messages the cheap stage has nine wrong, and the model none.
NEAR = [Answer("calm", "calm" if n == 4 else "nlu", 0.1 * n, "calm") for n in range(10)]
FAR = [Answer("nlu", "nlu", 3 + 0.1 * n, "nlu" if n % 3 else "calm") for n in range(40)]
CURVE = tuning_curve([*NEAR, *FAR])
CHOICE = choose(CURVE, share=0.3)


def test_text_shows_the_curve_in_a_dozen_lines_and_what_to_write() -> None:
    report = TuningReport.of(CURVE, CHOICE, file="m.csv", part="val", notes=["a note"])
    lines = tuning_as_text(report).splitlines()
    assert lines[0] == "m.csv, part val: 50 messages"
    curve = [line for line in lines if "#" in line]
    assert 10 <= len(curve) <= 13
    [chosen] = [line for line in curve if line.startswith("->")]
    assert chosen.split()[:6] == ["->", "20.0", "%", "1.95", "1.0000", "1.0000"]
    assert len(max(curve, key=lambda line: line.count("#"))) == len(chosen)
    assert "    llm_band: 1.95" in lines
    assert "Ask the LLM: 9 messages go right by it and 0 wrong (p = 0.006)." in lines
    assert lines[-1] == "Note: a note"


def test_a_model_that_is_left_off_is_said_so() -> None:
    curve = tuning_curve(FAR)
    report = TuningReport.of(curve, choose(curve, share=1), file="m.csv", part=None, notes=[])
    text = tuning_as_text(report)
    assert "Leave the LLM off" in text
    assert "    llm_band: 0\n" in text


def test_too_few_messages_and_a_short_curve_are_noted() -> None:
    answers = [*NEAR[:3], *(Answer("nlu", "nlu", 9.0 + n, None) for n in range(3))]
    curve = tuning_curve(answers)
    report = TuningReport.of(curve, choose(curve, share=1), file="m.csv", part=None, notes=[])
    ends, few = report.notes
    assert "known for the 3 of 6 messages" in ends
    assert "Only 3 messages went right or wrong" in few
    assert report.config == "llm_band: 0"


def test_a_flat_curve_is_drawn_too() -> None:
    curve = tuning_curve([Answer("nlu", "nlu", 0.0, "nlu")])
    report = TuningReport.of(curve, choose(curve, share=1), file="m.csv", part=None, notes=[])
    assert sum("#" in line for line in tuning_as_text(report).splitlines()) == 2


def test_json_holds_every_point_and_is_read_back() -> None:
    report = TuningReport.of(CURVE, CHOICE, file="m.csv", part="val", notes=[])
    text = report.model_dump_json()
    data = json.loads(text)
    assert (data["format"], data["config"]) == (1, "llm_band: 1.95")
    assert len(data["curve"]["points"]) == len(CURVE.points)
    assert data["choice"]["share"] == 0.2
    assert TuningReport.model_validate_json(text) == report


@pytest.mark.parametrize(("name", "start"), [("c.png", b"\x89PNG"), ("c.SVG", b"<?xml")])
def test_the_picture_is_what_its_suffix_says(tmp_path: Path, name: str, start: bytes) -> None:
    pytest.importorskip("matplotlib")
    plot_curve(CURVE, CHOICE, tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_another_suffix_or_no_matplotlib_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r"must end in \.png or \.svg"):
        plot_curve(CURVE, CHOICE, tmp_path / "c.pdf")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(PlotUnavailable, match="pip install matplotlib"):
        plot_curve(CURVE, CHOICE, tmp_path / "c.png")
