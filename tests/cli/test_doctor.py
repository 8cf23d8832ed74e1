"""`coexist doctor`: what each check makes of what it finds, and the command's exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.cli import doctor as command
from router.cli import environment, main, pins
from router.cli.environment import Check

TELEMETRY_OFF = {"RASA_TELEMETRY_ENABLED": "false", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ((3, 9, 18), "problem"),
        ((3, 10, 0), "ok"),
        ((3, 11, 7), "warning"),
        ((3, 13, 0), "warning"),
        ((3, 14, 0), "problem"),
    ],
)
def test_python(version: tuple[int, ...], status: str) -> None:
    assert environment.check_python(version).status == status


@pytest.mark.parametrize(
    ("version", "status"),
    [("3.6.21", "ok"), ("3.6.20", "warning"), (None, "warning"), ("3.5.17", "problem")],
)
def test_rasa(version: str | None, status: str) -> None:
    check = environment.check_rasa(version, (3, 10, 1))
    assert check.status == status
    assert ("rasa==3.6.21" in check.advice) == (status != "ok")


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2.6.0", "ok"),
        ("2.14.3", "ok"),
        ("1.10.9", "problem"),
        ("3.0", "problem"),
        (None, "problem"),
    ],
)
def test_a_library_within_bounds(version: str | None, status: str) -> None:
    check = environment.check_library("pydantic", version, at_least=(2, 6), below=(3,))
    assert check.status == status
    assert check.advice == ("" if status == "ok" else "pip install 'pydantic>=2.6,<3'")


@pytest.mark.parametrize(
    ("spacy", "pydantic", "status"),
    [
        (None, "2.14", "ok"),
        ("3.4.4", "2.14", "problem"),
        ("3.6.0", "2.14", "problem"),
        ("3.6.0", "1.10.9", "ok"),
        ("3.6.1", "2.14", "ok"),
        ("3.7.5", "2.14", "ok"),
    ],
)
def test_spacy(spacy: str | None, pydantic: str, status: str) -> None:
    check = environment.check_spacy(spacy, pydantic)
    assert check.status == status
    assert ("spacy>=3.7,<3.8" in check.advice) == (status == "problem")


@pytest.mark.parametrize(
    ("rasa", "variables", "status"),
    [
        ("3.6.21", {}, "warning"),
        ("3.6.21", {"RASA_TELEMETRY_ENABLED": "TRUE"}, "warning"),
        ("3.6.21", {"RASA_TELEMETRY_ENABLED": "false"}, "ok"),
        (None, {}, "ok"),
    ],
)
def test_telemetry(rasa: str | None, variables: dict[str, str], status: str) -> None:
    assert environment.check_telemetry(variables, rasa).status == status


@pytest.mark.parametrize(
    ("version", "variables", "status"),
    [(None, {}, "ok"), ("1.80", {}, "warning"), ("1.80", TELEMETRY_OFF, "ok")],
)
def test_litellm(version: str | None, variables: dict[str, str], status: str) -> None:
    assert environment.check_litellm(version, variables).status == status


@pytest.mark.parametrize(
    ("name", "version", "status", "said"),
    [
        ("pydantic", "2.14.3", "ok", "safe: Rasa never imports it"),
        ("attrs", "26.1.0", "ok", "safe"),
        ("packaging", "21.3", "ok", "safe"),
        ("packaging", "22.0", "problem", "not safe: Rasa imports LegacyVersion"),
        ("setuptools", "82.0.0", "problem", "pkg_resources"),
        ("numpy", "2.0.0", "problem", "not safe"),
        ("numpy", "1.26.4", "warning", "not verified"),
        ("tensorflow", "2.13.0", "problem", "not safe"),
        ("sanic", "23.1", "warning", "not verified"),
        ("sanic", None, "problem", "not installed"),
        ("attrs", "27.0", "warning", "not verified"),
    ],
)
def test_an_unmet_pin(name: str, version: str | None, status: str, said: str) -> None:
    check = pins.check_pin(name, "<0", version)
    assert (check.name, check.status) == (f"pin {name}", status)
    assert said in check.found
    assert bool(check.advice) == (status != "ok")


def test_the_advice_for_an_unverified_version_is_the_widest_verified_range() -> None:
    assert pins.check_pin("attrs", "<22.2", "27.0").advice == "pip install 'attrs>=19.3,<27'"


def test_pins_come_from_rasas_own_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {"rasa": "3.6.21", "packaging": "21.3", "pydantic": "2.14.3", "sanic": "21.12.2"}
    monkeypatch.setattr(pins, "installed_version", installed.get)
    monkeypatch.setattr(
        "importlib.metadata.requires",
        lambda name: [
            "pydantic (<1.10.10)",
            "sanic (>=21.12,<21.13)",
            "missing (>=1)",
            'elsewhere (>=1) ; sys_platform == "nowhere"',
            'jieba (>=0.39) ; extra == "jieba"',
        ],
    )
    assert [(check.name, check.status) for check in pins.check_pins()] == [
        ("pin missing", "problem"),
        ("pin pydantic", "ok"),
    ]


@pytest.mark.parametrize("installed", [{}, {"rasa": "3.6.21"}])
def test_without_rasa_or_packaging_no_pin_is_judged(
    monkeypatch: pytest.MonkeyPatch, installed: dict[str, str]
) -> None:
    monkeypatch.setattr(pins, "installed_version", installed.get)
    assert pins.check_pins() == []


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("importers:\n- name: router.CoexistenceImporter\n", "ok"),
        ("importers:\n- name: Other\n- name: router.CoexistenceImporter\n  flows: f\n", "ok"),
        ("importers:\n- name: RasaFileImporter\n", "problem"),
        ("importers: router.CoexistenceImporter\n", "problem"),
        ("language: en\n", "problem"),
        ("", "problem"),
        ("a: [", "problem"),
        ("- x\n", "problem"),
    ],
)
def test_config(tmp_path: Path, text: str, status: str) -> None:
    path = tmp_path / "config.yml"
    path.write_text(text, encoding="utf-8")
    check = environment.check_config(path)
    assert check.status == status
    assert bool(check.advice) == (status == "problem")


def test_a_component_that_cant_be_imported_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "COMPONENTS", ("Nowhere",))
    check = environment.check_components(60, tmp_path)
    assert check.status == "problem"
    assert "Nowhere: AttributeError" in check.found


def test_a_crash_while_importing_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment, "_IMPORTS", "import os; os.abort()")
    check = environment.check_components(60, tmp_path)
    assert (check.status, "ended with code" in check.found) == ("problem", True)


def test_importing_has_a_deadline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(environment, "_IMPORTS", "import time; time.sleep(60)")
    check = environment.check_components(0.2, tmp_path)
    assert (check.status, check.found) == ("problem", "not imported within 0.2 s")


@pytest.mark.integration
def test_the_components_can_be_imported(tmp_path: Path) -> None:
    check = environment.check_components(120, tmp_path)
    assert check.status == "ok", check.found


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(main, ["doctor", "--no-imports", *arguments], env=TELEMETRY_OFF)

    return invoke


def test_a_good_environment_exits_0_with_a_table(run: Any) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "0 problem(s)" in result.stdout
    assert "Python" in result.stdout


def test_a_config_without_the_importer_exits_1_and_says_the_line(run: Any, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("language: en\n", encoding="utf-8")
    result = run("--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["problems"] == 1
    (check,) = [check for check in report["checks"] if check["status"] == "problem"]
    assert check["name"] == "config.yml"
    assert "- name: router.CoexistenceImporter" in check["advice"]


def test_a_config_that_was_asked_for_must_exist(run: Any) -> None:
    assert run("--config", "nowhere.yml").exit_code == 1


def test_without_rasa_there_is_nothing_to_import(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    tools_only = {"pydantic": "2.14.3"}
    for module in (command, pins):
        monkeypatch.setattr(module, "installed_version", tools_only.get)
    monkeypatch.setattr(environment, "check_components", lambda *_: pytest.fail("imported"))
    result = run("--imports", "--json")
    assert result.exit_code == 0, result.output
    checks = {check["name"]: Check(**check) for check in json.loads(result.stdout)["checks"]}
    assert checks["Rasa"].status == "warning"
    assert checks["components"].status == "ok"
    assert "aiohttp" not in checks


def test_a_rasa_without_packaging_is_a_problem(monkeypatch: pytest.MonkeyPatch, run: Any) -> None:
    broken = {"rasa": "3.6.21", "pydantic": "2.14.3", "aiohttp": "3.14", "jsonschema": "4.26"}
    for module in (command, pins):
        monkeypatch.setattr(module, "installed_version", broken.get)
    result = run("--json")
    assert result.exit_code == 1
    assert "pip install 'packaging<22'" in result.stdout
