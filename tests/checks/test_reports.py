"""JSON and SARIF, as other tools read them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from router.checks.catalogue import CODES
from router.checks.reports import as_json, as_sarif, summary
from router.errors import Location, Problem

ERROR = Problem(Location("flows/my flow.yml", 3, 7), "unknown-slot", "No 'ü'.", "Add it.")
WARNING = Problem(Location("/tmp/a.yml"), "unlisted-intent", "Hm.", is_warning=True)
AGAIN = Problem(Location("config.yml", 9, 1), "unknown-slot", "None.")


def test_json_has_a_row_for_each_problem():
    rows = json.loads(as_json([ERROR, WARNING]))
    assert rows[0] == {
        "file": "flows/my flow.yml",
        "line": 3,
        "column": 7,
        "level": "error",
        "code": "unknown-slot",
        "message": "No 'ü'.",
        "advice": "Add it.",
    }
    assert (rows[1]["level"], rows[1]["advice"]) == ("warning", "")
    assert json.loads(as_json([])) == []


@pytest.mark.parametrize(
    ("problems", "text"),
    [
        ([], "No problems."),
        ([ERROR], "1 error, 0 warnings."),
        ([ERROR, AGAIN, WARNING], "2 errors, 1 warning."),
    ],
)
def test_the_summary_counts(problems, text):
    assert summary(problems) == text


def absolute(uri):
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", uri) is not None


@pytest.mark.parametrize("problems", [[], [ERROR, WARNING, AGAIN]], ids=["none", "some"])
def test_sarif_keeps_to_the_specification(problems):
    """The MUSTs of SARIF 2.1.0 that concern what is written; sections in the comments."""
    log = json.loads(as_sarif(problems, "0.1.0"))
    assert set(log) == {"$schema", "version", "runs"}
    assert log["version"] == "2.1.0"  # 3.13.2
    assert absolute(log["$schema"])  # 3.13.3
    [run] = log["runs"]  # 3.13.4
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}  # 3.14.17
    for base in run["originalUriBaseIds"].values():  # 3.14.14
        assert absolute(base["uri"])
        assert base["uri"].endswith("/")
    driver = run["tool"]["driver"]  # 3.18.2
    assert driver["name"]  # 3.19.8
    assert driver["version"] == "0.1.0"
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)  # 3.19.23
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".")  # 3.49.9
        assert rule["help"]["text"]  # 3.49.13
        assert rule["defaultConfiguration"]["level"] in {"error", "warning"}  # 3.50.3
    assert len(run["results"]) == len(problems)  # 3.14.23: present, if empty, when it ran
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]  # 3.27.6
        assert result["level"] in {"error", "warning"}  # 3.27.10
        assert result["message"]["text"]  # 3.27.11
        [place] = result["locations"]  # 3.27.12
        artifact = place["physicalLocation"]["artifactLocation"]  # 3.29.3
        if absolute(artifact["uri"]):
            assert "uriBaseId" not in artifact  # 3.4.4
        else:
            assert artifact["uriBaseId"] in run["originalUriBaseIds"]
            assert not artifact["uri"].startswith("/")
            assert " " not in artifact["uri"]  # RFC 3986
        region = place["physicalLocation"]["region"]
        assert region["startLine"] >= 1  # 3.30.5
        assert region["startColumn"] >= 1  # 3.30.6


def test_sarif_says_what_and_where():
    run = json.loads(as_sarif([ERROR, WARNING], "0.1.0"))["runs"][0]
    first, second = run["results"]
    assert first["message"]["text"] == "No 'ü'. Add it."
    place = first["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "flows/my flow.yml"
    assert place["region"] == {"startLine": 3, "startColumn": 7}
    assert (first["level"], second["level"]) == ("error", "warning")
    assert run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == (
        CODES["unknown-slot"].meaning
    )
    assert run["originalUriBaseIds"]["SRCROOT"]["uri"] == Path.cwd().as_uri() + "/"
