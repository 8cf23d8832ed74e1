"""`coexist test` on bots that never were: what it reads, prints, writes and exits with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from e2e_fake_bots import FakeBot, observed, talk
from fake_rasa import WEBHOOK, FakeRasa, served

from router.cli import e2e_playing, main
from router.cli.e2e import SUBCOMMANDS
from router.cli.writing import write_whole
from router.e2e.results import SuiteResult

CONFIG = """
recipe: default.v1
language: en
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
"""
DOMAIN = """
version: "3.1"
intents: [greet]
responses:
  utter_greet: [{text: hello}]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a model that isn't one, in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    Path("config.yml").write_text(CONFIG)
    Path("domain.yml").write_text(DOMAIN)
    Path("models").mkdir()
    Path("models/bot.tar.gz").write_bytes(b"")
    Path("e2e_tests").mkdir()
    write_tests(talk("a", "b"))
    return tmp_path


def write_tests(text, name="test_it.yml"):
    Path("e2e_tests", name).write_text(text, encoding="utf-8")


class Answers:
    mode = "live"

    def clients(self):
        return nullcontext()


@pytest.fixture
def bot(project, monkeypatch):
    """What is loaded in place of the model; `loaded` is with what."""

    class Loaded(FakeBot):
        answers = Answers()
        with_: tuple = ()

        async def close(self):
            self.is_closed = True

    fake = Loaded()

    async def load_bot(*arguments, **options):
        fake.with_ = (*arguments, options)
        return fake

    monkeypatch.setattr(e2e_playing, "load_bot", load_bot)
    monkeypatch.setattr(e2e_playing, "find_spec", lambda name: True)
    monkeypatch.setattr("router.cli.quiet.be_quiet", lambda: None)
    return fake


def run(*arguments):
    return CliRunner().invoke(main, ["test", *map(str, arguments)], catch_exceptions=False)


async def says_goodbye(conversation, text):
    return observed(text, "goodbye")


def failing_first(times):
    left = iter([True] * times)

    async def answers(conversation, text):
        return observed(text, "goodbye" if next(left, False) else "hello")

    return answers


def test_a_suite_that_passes(bot):
    result = run()
    assert result.exit_code == 0, result.output
    assert "2 cases on models/bot.tar.gz, 8 at a time, models live" in result.output
    assert "Exit code 0: none failed." in result.output
    assert bot.is_closed
    assert bot.with_ == (Path(), Path("models/bot.tar.gz"), None, {"llm": "live", "seed": 0})


def test_a_failure_shows_expected_beside_got_and_how_to_run_it_again(bot):
    bot.answer = says_goodbye
    result = run("--llm", "replay", "e2e_tests/test_it.yml::a")
    assert result.exit_code == 1
    assert "goodbye" in result.output
    assert "coexist test --llm replay e2e_tests/test_it.yml::a" in result.output
    assert "Exit code 1: 1 failed." in result.output


def test_the_command_that_reruns_a_case_has_the_timeout_and_the_seed(bot):
    bot.answer = says_goodbye
    result = run("--timeout", 90, "--seed", 7)
    rerun = "rerun: coexist test --timeout 90 --seed 7 e2e_tests/test_it.yml::a\n"
    assert rerun in result.output
    assert "rerun: coexist test e2e_tests/test_it.yml::a\n" in run("--timeout", 60).output


def test_cases_that_a_server_cant_play_are_named_in_the_exit_rule(project):
    stubs = "stub_custom_actions:\n  action_pay:\n    responses: [{text: Paid.}]\n"
    write_tests(stubs + talk("a", "b"))
    Path("domain.yml").write_text(DOMAIN + "actions: [action_pay]\n")
    with served(FakeRasa()) as url:
        result = run("--url", url)
    assert result.exit_code == 0, result.output
    assert "Exit code 0: none failed, 2 skipped." in result.output
    assert result.output.count("It has stubs") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "rule"),
    [
        (("--retries", 1), 1, "Exit code 1: 2 flaky (--flaky fail)."),
        (("--retries", 1, "--flaky", "allow"), 0, "none failed, 2 flaky (--flaky allow)."),
        ((), 1, "Exit code 1: 2 failed."),
    ],
)
def test_what_flaky_cases_make_of_a_run(bot, arguments, code, rule):
    bot.answer = failing_first(2)
    result = run(*arguments, "--workers", 2)
    assert (result.exit_code, rule in result.output) == (code, True), result.output


@pytest.mark.parametrize(("ci", "mode"), [("true", "replay"), ("", "live"), ("false", "live")])
def test_models_are_replayed_in_ci(bot, monkeypatch, ci, mode):
    monkeypatch.setenv("CI", ci)
    run()
    assert bot.with_[-1]["llm"] == mode


def test_no_test_is_exit_code_5(bot):
    Path("e2e_tests/test_it.yml").unlink()
    result = run()
    assert result.exit_code == 5
    assert "No test case was found in e2e_tests." in result.stderr


def test_no_case_chosen_is_exit_code_5_and_lists_the_tags(bot):
    write_tests(talk("a").replace("    steps", "    tags: [smoke, slow]\n    steps"))
    result = run("--tag", "smok")
    assert result.exit_code == 5
    assert "leave none of 1 case. Tags that are there: slow, smoke." in result.stderr


def test_cases_are_chosen_by_words_and_tags(bot):
    def tagged(name, tags):
        return talk(name).replace("    steps", f"    tags: {tags}\n    steps")

    write_tests(tagged("Pays", "[smoke]"))
    write_tests(tagged("Pays late", "[smoke, slow]"), "test_late.yml")
    write_tests(talk("asks"), "test_ask.yml")
    assert names(run("--list")) == {"asks", "Pays", "Pays late"}
    assert names(run("--list", "-k", "pays")) == {"Pays", "Pays late"}
    assert names(run("--list", "-k", "TEST_LATE", "-k", "asks")) == {"Pays late", "asks"}
    assert names(run("--list", "--tag", "smoke", "--skip-tag", "slow")) == {"Pays"}
    assert bot.begun == []


def test_cases_for_another_configuration_are_left_out(bot):
    write_tests(talk("for llm") + "config: config.llm.yml\n", "test_llm.yml")
    result = run("--list")
    assert names(result) == {"a", "b"}
    assert "Left out: 1 case for --config config.llm.yml." in result.stderr
    assert run().exit_code == 0
    assert "for llm" not in {conversation.case.name for conversation in bot.begun}

    Path("config.llm.yml").write_text(CONFIG)
    result = run("--list", "--config", "config.llm.yml")
    assert (names(result), result.stderr) == ({"a", "b", "for llm"}, "")


def test_no_case_for_the_configuration_is_exit_code_5(bot):
    write_tests(talk("a") + "config: config.llm.yml\n")
    result = run()
    assert result.exit_code == 5
    assert "None of the cases is for config.yml." in result.stderr


def test_what_messages_name_amiss_is_a_warning_and_the_cases_are_played(bot):
    write_tests(talk("a").replace("user: hi", "user: /gret"))
    result = run()
    assert (result.exit_code, len(bot.begun)) == (0, 1)
    assert "warning[unknown-intent]: The bot has no intent 'gret'" in result.stderr


def names(result):
    lines = result.stdout.splitlines()
    return {line.partition("::")[2].partition("  [")[0] for line in lines}


def test_a_dry_run_needs_no_model_and_plays_nothing(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasa", None)
    Path("models/bot.tar.gz").unlink()
    result = run("--dry-run")
    assert (result.exit_code, result.stdout) == (0, "2 cases in 1 file: all can be read.\n")


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_name_that_the_bot_doesnt_have_is_exit_code_2_before_anything_runs(bot, arguments):
    write_tests("test_cases:\n- test_case: a\n  steps:\n  - user: hi\n  - utter: utter_gret\n")
    result = run(*arguments)
    assert result.exit_code == 2
    assert "e2e_tests/test_it.yml:5" in result.stderr
    assert "Did you mean 'utter_greet'?" in result.stderr
    assert bot.begun == []


@pytest.mark.parametrize("path", ["nowhere", "e2e_tests/test_it.yml::c"])
def test_what_isnt_there_is_exit_code_2(bot, path):
    assert run(path).exit_code == 2


def test_without_a_configuration_it_says_where_to_run_it(bot):
    Path("config.yml").unlink()
    result = run()
    assert result.exit_code == 2
    assert "Run the command in the assistant's folder" in result.stderr


def test_without_a_model_it_says_how_to_train_one(bot):
    Path("models/bot.tar.gz").unlink()
    result = run()
    assert result.exit_code == 2
    assert "There's no model in models: train one with --train" in result.stderr


def test_an_outdated_model_is_tested_with_a_warning(bot):
    os.utime("models/bot.tar.gz", (0, 0))
    result = run()
    assert result.exit_code == 0
    assert "Files are newer than the model models/bot.tar.gz" in result.stderr


def test_it_trains_if_asked_to(bot, monkeypatch):
    monkeypatch.setattr(
        "router.cli.training.ensure_model", lambda console, config, model: Path("models/new")
    )
    assert run("--train").exit_code == 0
    assert bot.with_[1] == Path("models/new")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--url", "http://bot", "--llm", "replay"), "--llm is for a bot in this process"),
        (("--url", "http://bot", "--train"), "--train is for a bot in this process"),
        (("--train", "--model", "models"), "leave --model out"),
        (("--reset-command", "true", "--workers", 2), "leave --workers out"),
        (("--url", "bot:5005"), "http://localhost:5005"),
        (("--url", "http://[bot"), "http://localhost:5005"),
        (("--workers", 0), "0 is not in the range"),
        (("--timeout", 0), "0"),
        (("--timeout", "nan"), "--timeout nan is no number of seconds"),
        (("--timeout", "inf"), "--timeout inf is no number of seconds"),
        (("--coverage-min", "flows"), "flows"),
        (("--coverage-min", "flow=80"), "Did you mean 'flows'?"),
    ],
)
def test_options_that_make_no_sense_are_exit_code_2(bot, arguments, told):
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert bot.begun == []


def test_every_report_is_written(bot):
    bot.answer = failing_first(1)
    result = run(
        *("--junit-xml", "out/junit.xml", "--json", "out/run.json", "--html", "out/run.html"),
        *("--markdown", "out/run.md", "--results", "out/cases", "--coverage"),
    )
    assert result.exit_code == 1
    written = {str(path.relative_to("out")) for path in Path("out").rglob("*.*")}
    assert written == {
        "junit.xml",
        "run.json",
        "run.html",
        "run.md",
        "cases/passed.yml",
        "cases/failed.yml",
    }
    suite = SuiteResult.model_validate(json.loads(Path("out/run.json").read_text()))
    assert [case.status for case in suite.cases] == ["failed", "passed"]
    assert suite.target == "models/bot.tar.gz"
    assert suite.coverage is not None
    assert "responses" in result.stdout
    rerun = run("--list", "out/cases")
    assert names(rerun) == {"a", "b"}


def test_coverage_below_its_minimum_fails_a_run_that_passed(bot):
    result = run("--coverage-min", "responses=50")
    assert result.exit_code == 1
    assert "below the minimum of 50 %" in result.stdout
    assert "Exit code 1: coverage below --coverage-min." in result.stdout
    assert run("--coverage-min", "responses=0").exit_code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there's no full disk here")
def test_a_full_disk_spoils_one_report_and_neither_the_result_nor_the_others(bot):
    result = run("--json", "/dev/full", "--markdown", "run.md")
    assert result.exit_code == 1
    assert "Error: /dev/full can't be written: No space left on device." in result.stderr
    assert "2 passed" in result.stdout
    assert "Written: run.md" in result.stdout
    assert Path("/dev/full").is_char_device()


def test_a_path_that_cant_be_written_is_one_clear_error(bot):
    result = run("--json", "config.yml/run.json", "--html", "run.html")
    assert result.exit_code == 1
    assert "config.yml/run.json can't be written" in result.stderr
    assert Path("run.html").is_file()


def test_a_report_is_whole_or_isnt_there(tmp_path, monkeypatch):
    target = tmp_path / "run.json"
    write_whole(target, "before")

    def full(self, other):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OSError, match="No space left"):
            write_whole(target, "after")
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]
    write_whole(target, "half a pair: \ud83d, \x00 \U0001f389")
    assert target.read_text(encoding="utf-8") == "half a pair: \\ud83d, \x00 \U0001f389"
    (tmp_path / "other").touch()
    assert target.stat().st_mode == (tmp_path / "other").stat().st_mode


def test_the_reset_command_runs_before_each_attempt_and_cases_go_one_by_one(bot):
    bot.answer = failing_first(1)
    result = run("--reset-command", "echo reset >> log", "--retries", 1)
    assert Path("log").read_text() == "reset\n" * 3
    assert bot.most_open == 1
    assert "1 at a time" in result.stdout


def test_a_reset_command_that_fails_puts_its_case_in_error(bot):
    result = run("--reset-command", "echo no database; exit 3")
    assert result.exit_code == 1
    assert "`echo no database; exit 3` ended with 3: no database" in result.stdout
    assert "2 in error" in result.stdout
    assert bot.begun == []


def test_a_reset_command_that_hangs_is_killed_with_all_it_started(bot):
    result = run("--reset-command", "sleep 60 | cat", "--timeout", 0.2, "e2e_tests/test_it.yml::a")
    assert "took more than 0.2 s" in result.stdout


def test_a_seed_is_printed_and_given_to_the_bot(bot):
    assert "seed 7" in run("--seed", 7).stdout
    assert bot.with_[-1]["seed"] == 7


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_a_first_word_may_name_another_command(project, name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: main test {name} ")


def test_a_path_called_as_a_command_is_written_with_a_dot(bot):
    Path("e2e_tests").rename("diff")
    assert run("./diff").exit_code == 0
    assert run("diff").exit_code == 2


def test_the_help_lists_the_other_commands():
    result = run("--help")
    for name, (_, line) in SUBCOMMANDS.items():
        assert f"  {name}" in result.output
        assert line.split(maxsplit=1)[0] in result.output


def test_a_servers_bot_needs_neither_model_nor_rasa(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "rasa", None)
    Path("models/bot.tar.gz").unlink()
    with served(FakeRasa()) as url:
        result = run("--url", url)
    assert result.exit_code == 0, result.output
    assert f"2 cases on {url}, 8 at a time" in result.output


def test_names_are_checked_for_a_server_too_if_the_files_are_here(project):
    with served(FakeRasa()) as url:
        write_tests("test_cases:\n- test_case: a\n  steps:\n  - user: hi\n  - utter: utter_gret\n")
        assert run("--url", url).exit_code == 2
        Path("config.yml").unlink()
        result = run("--url", url)
    assert result.exit_code == 1
    assert "Names in tests aren't checked: there's no config.yml." in result.stderr


def test_a_server_that_isnt_there_is_one_error_and_exit_code_2(project):
    result = run("--url", "http://127.0.0.1:1")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: The server http://127.0.0.1:1 can't be reached (")


def test_a_server_without_the_api_says_how_to_start_it(project):
    rasa = FakeRasa()
    rasa.answers["/status"] = httpx.Response(404)
    with served(rasa) as url:
        result = run("--url", url)
    assert result.exit_code == 2
    assert "rasa run --enable-api" in result.stderr


def test_a_server_that_dies_leaves_the_cases_untried(project):
    write_tests(talk(*(f"case {number}" for number in range(40))))
    rasa = FakeRasa()
    rasa.answers[WEBHOOK] = httpx.Response(502, text="bad gateway")
    with served(rasa) as url:
        result = run("--url", url, "--json", "run.json")
    assert result.exit_code == 1
    assert "40 in error" in result.stdout
    suite = json.loads(Path("run.json").read_text())
    attempts = [case["attempts"][0] for case in suite["cases"]]
    asked = [attempt for attempt in attempts if attempt["turns"]]
    assert 0 < len(asked) <= 8 + 3
    assert all("502: bad gateway" in attempt["turns"][0]["error"] for attempt in asked)
    assert {attempt["error"] for attempt in attempts if not attempt["turns"]} == {
        "It wasn't played, for the bot couldn't be reached any more."
    }


def test_ctrl_c_reports_what_was_done(project):
    write_tests(talk("quick"))
    write_tests(talk("slow").replace("user: hi", "user: hang"), "test_slow.yml")
    rasa = FakeRasa()
    with served(rasa) as url:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", "from router.cli import main; main()", "test"),
                *("--url", url, "--json", "run.json", "--workers", "1"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        try:
            while not any(b'"hang"' in request.content for request in list(rasa.requests)):
                assert process.poll() is None, process.stdout.read()
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, output
    assert "Exit code 130: the run was interrupted." in output
    suite = json.loads(Path("run.json").read_text())
    assert suite["interrupted"] is True
    assert [case["name"] for case in suite["cases"]] == ["quick"]
