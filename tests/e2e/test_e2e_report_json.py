"""The JSON report: written, read back, refused, and documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import e2e_results as made
import pytest

from router.e2e.reports.docs import document
from router.e2e.reports.json_report import as_json, read_report
from router.errors import InvalidFile

ROOT = Path(__file__).parents[2]


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text(as_json(made.example()), encoding="utf-8")
    assert read_report(file) == made.example()


def test_texts_stay_readable() -> None:
    assert "🎉" in as_json(made.suite(made.case("🎉")))


def changed(**values: Any) -> bytes:
    return json.dumps({**json.loads(as_json(made.example())), **values}).encode()


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", "json-syntax", "isn't valid JSON"),
        (b'{\n "cases": [,]}', "json-syntax", ":2:12: error"),
        (b"[]", "invalid-value", "isn't the report of a run"),
        (b"{}", "invalid-value", "isn't the report of a run"),
        (b"\xff\xfe", "not-utf8", "isn't UTF-8"),
        (b"[" * 100_000, "json-syntax", "nested too deep"),
        (changed(version=99), "unknown-version", "version 99, not 1"),
        (changed(version=None), "unknown-version", "version None"),
        (changed(cases=[{"name": "x"}]), "invalid-value", "cases.0.place"),
        (changed(seconds="long"), "invalid-value", "seconds"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path: Path, content: bytes, code: str, said: str) -> None:
    file = tmp_path / "run.json"
    file.write_bytes(content)
    with pytest.raises(InvalidFile) as error:
        read_report(file)
    (problem,) = error.value.problems
    assert problem.code == code
    assert said in str(problem)
    assert str(file) in str(problem)
    assert problem.advice


def test_a_report_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none\.json.*No such file"):
        read_report(tmp_path / "none.json")


def test_the_document_is_current() -> None:
    written = (ROOT / "docs" / "e2e_report.md").read_text(encoding="utf-8")
    assert written == document(), "Run: make docs"


def test_the_document_explains_every_key_of_a_run() -> None:
    def keys(value: Any, free: bool = False) -> set[str]:
        if isinstance(value, list):
            return {key for each in value for key in keys(each)}
        if not isinstance(value, dict):
            return set()
        return {key for key in value if not free}.union(
            *(keys(each, free=key in FREE) for key, each in value.items() if not free)
        )

    # What stands in these is named by bots, routers and assertions.
    FREE = {"decision", "slots_changed", "data", "measured", "llm_calls", "areas"}
    text = document()
    for key in keys(json.loads(as_json(made.example()))) - {"for", "model", "outcome", "replayed"}:
        assert f"| `{key}` |" in text
