"""`coexist plan check`: its options, what it prints, and its exit codes."""

import json

import pytest
from click.testing import CliRunner

from router.checks.plan_catalogue import PLAN_CODES
from router.cli import main
from router.cli.plan_check import check
from router.e2e.coverage.model import Area, Coverage, Item
from router.e2e.reports.json_report import as_json
from router.e2e.results import SuiteResult
from router.planner.checking.docs import read_example


@pytest.fixture
def bot(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    read_example().write(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(check, list(arguments))


def has(bot, code):
    read_example(code).write(bot)


def results(bot, name="results.json", started="2999-01-01T00:00:00+00:00"):
    coverage = Coverage(areas={"flows": Area(items=(Item(name="pay/0", cases=("a",)),))})
    report = SuiteResult(started=started, seconds=1.0, target="m", coverage=coverage)
    (bot / name).write_text(as_json(report), "utf-8")
    return name


def test_a_plan_that_agrees_with_the_rest_is_told_so(bot):
    result = run("--e2e", results(bot))
    assert (result.exit_code, result.output) == (0, "No problems.\n")


def test_an_error_is_one_line_and_exit_code_1(bot):
    has(bot, "unknown-intent")
    line, count = run("--e2e", results(bot)).output.splitlines()
    assert line.startswith("migration.yml:5:27: error[unknown-intent]: The domain doesn't have")
    assert count == "1 error, 0 warnings."
    assert run().exit_code == 1


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_a_warning_counts_when_it_is_strict(bot, options, code):
    result = run(*options)
    assert "warning[no-e2e-results]" in result.output
    assert result.exit_code == code


def test_what_is_wrong_with_several_files_is_told_at_once(bot):
    (bot / "migration.yml").write_text("areas: {a: {stage: kalm}, b: }\n", "utf-8")
    (bot / "domain.yml").write_text("intents: [\n", "utf-8")
    (bot / "broken.json").write_text("{}", "utf-8")
    lines = run("--e2e", "broken.json").output.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        "broken.json",
        "domain.yml",
        "migration.yml",
        "migration.yml",
    ]


def test_results_that_are_older_than_a_file_are_told(bot):
    result = run("--e2e", results(bot, started="2001-01-01T00:00:00+00:00"))
    assert "warning[stale-e2e-results]: results.json is older than" in result.output


def test_several_results_may_be_given(bot):
    name = results(bot)
    assert run("--e2e", name, "--e2e", results(bot, "more.json")).output == "No problems.\n"


@pytest.mark.parametrize("option", ["--plan", "--config", "--domain", "--data", "--e2e"])
def test_a_path_that_is_not_there_is_exit_code_2(bot, option):
    result = run(option, "nowhere.yml")
    assert result.exit_code == 2
    assert "nowhere.yml:1:1: error[missing-file]" in result.output


def test_without_a_plan_the_command_that_writes_one_is_named(bot):
    (bot / "migration.yml").unlink()
    result = run()
    assert result.exit_code == 2
    assert "Let `coexist plan` write it" in result.output


def test_a_bot_may_have_no_training_data(bot):
    (bot / "data" / "rules.yml").unlink()
    (bot / "data").rmdir()
    assert "missing-file" not in run().output


@pytest.mark.parametrize("file", ["migration.yml", "domain.yml", "data/rules.yml"])
def test_a_file_that_cannot_be_read_is_exit_code_2(bot, file):
    (bot / file).write_text("a: [\n")
    result = run()
    assert result.exit_code == 2
    assert f"{file}:2:1: error[yaml-syntax]" in result.output


def test_what_a_plan_cannot_say_is_told_with_its_place(bot):
    (bot / "migration.yml").write_text("areas:\n  cards:\n    stage: kalm\n")
    result = run()
    assert result.exit_code == 1
    assert "migration.yml:3:12: error[invalid-value]" in result.output
    assert "Did you mean 'calm'?" in result.output


def test_results_that_are_none_are_refused(bot):
    (bot / "results.json").write_text("{}")
    result = run("--e2e", "results.json")
    assert result.exit_code == 2
    assert "results.json:1:1: error[invalid-value]: This isn't the report" in result.output


def test_the_plan_is_the_one_that_the_router_names(bot):
    (bot / "migration.yml").rename(bot / "areas.yml")
    config = (bot / "config.yml").read_text()
    (bot / "config.yml").write_text(config.replace("migration.yml", "areas.yml"))
    assert run("--e2e", results(bot)).output == "No problems.\n"
    (bot / "other.yml").write_text((bot / "areas.yml").read_text())
    assert "config.yml:4:5: warning[plan-not-used]" in run("--plan", "other.yml").output


def test_another_bots_files_may_be_named(bot, monkeypatch):
    name = bot.name
    results(bot)
    monkeypatch.chdir(bot.parent)
    options = ("--config", f"{name}/config.yml", "--e2e", f"{name}/results.json")
    assert run(*options).output == "No problems.\n"
    has(bot, "unknown-intent")
    assert run(*options).output.startswith(f"{name}/migration.yml:5:27: error[unknown-intent]")


def test_a_folder_may_be_the_domain(bot):
    (bot / "domain").mkdir()
    (bot / "domain.yml").rename(bot / "domain" / "all.yml")
    assert run("--e2e", results(bot)).output == "No problems.\n"


def test_a_comment_silences_a_code_on_its_line(bot):
    has(bot, "unknown-intent")
    text = (bot / "migration.yml").read_text()
    line = "[block_card, lost_card]"
    (bot / "migration.yml").write_text(
        text.replace(line, f"{line}  # coexist: ignore[unknown-intent]")
    )
    assert run("--e2e", results(bot)).output == "No problems.\n"


def test_a_comment_in_the_bots_files_silences_a_code_of_the_plan_and_no_other_command(bot):
    rules = (bot / "data" / "rules.yml").read_text()
    more = "  - rule: Pay  # coexist: ignore[{}]\n    steps:\n      - intent: pay_back\n"
    (bot / "data" / "rules.yml").write_text(rules + more.format("unplanned-intent"))
    assert run("--e2e", results(bot)).output == "No problems.\n"
    told = CliRunner().invoke(main, ["validate"]).output
    assert "unused-ignore" not in told
    (bot / "data" / "rules.yml").write_text(rules + more.format("unknown-action"))
    assert "error[unplanned-intent]" in run("--e2e", results(bot)).output
    assert "unused-ignore" not in run("--e2e", results(bot)).output
    assert "unused-ignore" in CliRunner().invoke(main, ["validate"]).output


@pytest.mark.parametrize("code", ["stage-not-active", "unknown-slot", "stage-not-activ"])
def test_a_comment_of_the_plan_that_silences_nothing_is_told(bot, code):
    with (bot / "migration.yml").open("a") as file:
        file.write(f"shared_slots: []  # coexist: ignore[{code}]\n")
    result = run("--e2e", results(bot))
    assert "migration.yml:15:21: warning[unused-ignore]" in result.output


def test_json_is_a_list(bot):
    has(bot, "unknown-intent")
    result = run("--format", "json", "--e2e", results(bot))
    assert [row["code"] for row in json.loads(result.output)] == ["unknown-intent"]
    assert result.exit_code == 1


def test_sarif_is_a_log(bot):
    has(bot, "unknown-intent")
    log = json.loads(run("--format", "sarif", "--e2e", results(bot)).output)
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["name"] == "coexist plan check"
    assert driver["rules"][0]["shortDescription"]["text"] == PLAN_CODES["unknown-intent"].meaning
    (found,) = log["runs"][0]["results"]
    assert found["ruleId"] == "unknown-intent"
    assert found["locations"][0]["physicalLocation"]["region"]["startLine"] == 5


def test_a_terminal_gets_colours(bot):
    has(bot, "unknown-intent")
    assert "\x1b[31merror\x1b[0m[unknown-intent]" in CliRunner().invoke(check, color=True).output
    assert "\x1b" not in run().output
