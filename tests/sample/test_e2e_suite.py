"""The sample bank's end-to-end suite: it passes, and it leaves little untested."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import coexist_process
import pytest

from router.checks.project import read_project
from router.e2e.assertions import ASSERTIONS
from router.e2e.reading import check_names, read_suite

ROOT = Path(__file__).parents[2]
SUITE = ROOT / "e2e_tests"
WITH_MODELS = ROOT / "e2e_tests" / "with_models"
JUDGE = Path(__file__).parent / "judge"
SUITES = [
    pytest.param(SUITE, "config.yml", id="without a model"),
    pytest.param(WITH_MODELS / "llm", "config.llm.yml", id="llm"),
    pytest.param(WITH_MODELS / "hybrid", "config.hybrid.yml", id="hybrid"),
]
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


def played(bank: Path, folder: Path, *options: str) -> tuple[int, str, dict[str, Any]]:
    """What `coexist test` makes of a folder: its exit code, its output and its results."""
    report = bank / f"{folder.name}.json"
    known = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    database = {"BANK_DB": str(bank / f"{folder.name}.sqlite")}
    code, output, errors = coexist_process.run(
        *("test", str(folder), "--json", str(report), *options),
        cwd=bank,
        lines=[],
        env={**known, **database, **NO_NETWORK},
        seconds=200,
    )
    return code, output + errors, json.loads(report.read_text(encoding="utf-8"))


def percent(items: list[dict[str, Any]]) -> float:
    return 100 * sum(bool(item["cases"]) for item in items) / len(items)


def test_it_is_long_enough_to_show_something() -> None:
    assert len(read_suite([SUITE]).cases) >= 40


def test_it_shows_every_assertion() -> None:
    cases = read_suite([SUITE]).cases
    checks = [check for case in cases for turn in case.turns for check in turn.checks]

    assert {check.name for check in checks} == set(ASSERTIONS)


@pytest.mark.parametrize(("folder", "config"), SUITES)
def test_it_names_nothing_that_the_bank_lacks(
    folder: Path, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    project = read_project(config, Path("domain"), [Path("data")])

    cases = [case for case in read_suite([folder]).cases if case.config in ("", config)]
    assert check_names(cases, project) == []


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_all_of_it_passes_and_all_of_the_bank_is_in_it(bank: Path) -> None:
    """Twice, in another order: no case depends on what another has left behind."""
    code, output, results = played(bank, SUITE, "--coverage", "--repeat", "2", "--seed", "7")

    assert code == 0, output
    statuses = {case["name"]: case["status"] for case in results["cases"]}
    skipped = {name for name, status in statuses.items() if status == "skipped"}
    judged = {case.name for case in read_suite([SUITE / "judged"]).cases}
    assert skipped == judged
    assert set(statuses.values()) == {"passed", "skipped"}
    coverage = results["coverage"]
    areas = {name: percent(area["items"]) for name, area in coverage["areas"].items()}
    assert percent(coverage["handoffs"]) == 100
    assert areas.pop("patterns") >= 50  # the others need a model
    assert areas == dict.fromkeys(areas, 100)


@pytest.mark.integration
@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["replay", "scripted"])
@pytest.mark.parametrize("name", ["llm", "hybrid"])
def test_models_are_replayed_or_scripted_without_key_or_network(
    name: str, mode: str, request: pytest.FixtureRequest
) -> None:
    bank = request.getfixturevalue(f"{name}_bank")
    options = ("--config", f"config.{name}.yml", "--llm", mode)
    code, output, results = played(bank, WITH_MODELS / name, *options)

    assert code == 0, output
    assert {case["status"] for case in results["cases"]} == {"passed"}


@pytest.mark.integration
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("grade", "status", "told"),
    [
        ("Grade: 1.0", "passed", ""),
        ("0.3", "failed", 'graded 0.3 for "Our branches are open'),
        (None, "failed", "the judge gave no grade: "),
    ],
)
def test_a_judge_grades_the_answers_without_key_or_network(
    bank: Path, tmp_path: Path, grade: str | None, status: str, told: str
) -> None:
    cassette = (JUDGE / "cassette.yml").read_text(encoding="utf-8")
    relevant, grounded = cassette.split("\n- prompt:")[1:]
    kept = [relevant] if grade is None else [relevant, grounded.replace("Grade: 1.0", grade)]
    suite = shutil.copytree(SUITE / "judged", tmp_path / "judged")
    (suite / "cassettes").mkdir()
    recorded = "".join(f"\n- prompt:{each}" for each in kept)
    (suite / "cassettes" / "test_answers.yml").write_text(recorded, encoding="utf-8")
    options = ("--endpoints", str(JUDGE / "endpoints.yml"), "--llm", "replay")
    code, output, results = played(bank, suite, *options)

    [case] = results["cases"]
    assert (code, case["status"]) == (int(status == "failed"), status), output
    [turn] = case["attempts"][-1]["turns"]
    checks = {check["name"]: check for check in turn["checks"]}
    assert set(checks) == {
        "generative_response_is_relevant",
        "generative_response_is_grounded",
    }
    assert checks["generative_response_is_relevant"]["measured"] == {"grade": 0.9}
    assert checks["generative_response_is_grounded"]["got"].startswith(told)


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_pytest_plays_it_too(bank: Path, tmp_path: Path) -> None:
    chosen = (str(SUITE), "--coexist-config", "config.yml", "-m", "smoke or judge")
    plain = ("--assert", "plain", "-p", "no:cacheprovider", "-p", "no:asyncio", "-c", os.devnull)
    settings = ("-q", "-W", "error", *plain)
    out = tmp_path / "output.txt"
    process = coexist_process._CONTEXT.Process(
        target=run_pytest, args=((*settings, *chosen), bank, out)
    )
    process.start()
    process.join(300)
    output = out.read_text(encoding="utf-8")
    cases = [case for case in read_suite([SUITE]).cases if not case.config]
    smoke = sum("smoke" in case.tags for case in cases)
    judged = sum("judge" in case.tags for case in cases)
    left = len(cases) - smoke - judged
    assert f"{smoke} passed, {judged} skipped, {left} deselected" in output, output
    assert process.exitcode == 0


def run_pytest(arguments: tuple[str, ...], cwd: Path, out: Path) -> None:
    """In a fork of the process in which Rasa is imported already."""
    os.chdir(cwd)
    with out.open("w", encoding="utf-8") as sys.stdout:
        sys.exit(pytest.main(list(arguments)))
