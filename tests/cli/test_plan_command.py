"""`coexist plan`: what it reads, shows and writes, and what it leaves alone."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from router.cli import main
from router.plan.reading import read_plan
from router.plan.routing import with_plan

pytest.importorskip("networkx", reason="areas need the extra `plan`")

ROOT = Path(__file__).parents[2]

CONFIG = """\
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
policies:
  - name: RulePolicy
"""
DOMAIN = """\
intents: [greet, block_card, order_card, pay, affirm]
slots:
  customer:
    type: text
    shared_for_coexistence: true
    mappings: [{type: custom}]
responses:
  utter_hi: [{text: Hi}]
  utter_done: [{text: Done}]
actions: [action_block, action_order, action_pay]
"""
STORIES = """\
stories:
  - story: block a card and order one
    steps:
      - intent: block_card
      - action: action_block
      - intent: order_card
      - action: action_order
  - story: order a card
    steps:
      - intent: order_card
      - action: action_order
  - story: block a card
    steps:
      - intent: block_card
      - action: action_block
  - story: pay
    steps:
      - intent: pay
      - action: action_pay
      - intent: affirm
      - action: utter_done
rules:
  - rule: say hello
    steps:
      - intent: greet
      - action: utter_hi
"""
LOANS = """\
rules:
  - rule: borrow
    steps:
      - intent: borrow
      - action: action_lend
"""


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "180")
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text(CONFIG, "utf-8")
    (tmp_path / "domain.yml").write_text(DOMAIN, "utf-8")
    (tmp_path / "data" / "stories.yml").write_text(STORIES, "utf-8")
    return tmp_path


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample, without its plan."""
    monkeypatch.chdir(tmp_path)
    for part in ("data", "domain", "flows"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for file in ("config.yml", "config.plan.yml"):
        shutil.copy2(ROOT / file, tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", *arguments])


def borrowing(bot: Path) -> None:
    """The bot learns something new."""
    (bot / "data" / "loans.yml").write_text(LOANS, "utf-8")
    domain = DOMAIN.replace("affirm]", "affirm, borrow]").replace("action_pay]", "action_lend]")
    (bot / "domain.yml").write_text(domain, "utf-8")


def test_without_a_plan_one_is_written_and_shown(bot: Path) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert "migration.yml is written." in result.output
    plan = read_plan(bot / "migration.yml")
    skills = {name for area in plan.areas.values() for name in area.skills}
    assert skills | set(plan.one_turn.skills) == {"greet", "block_card", "order_card", "pay"}
    together = next(area for area in plan.areas.values() if "block_card" in area.skills)
    assert "order_card" in together.skills
    assert "affirm" in plan.one_turn.intents
    assert plan.shared_slots == ("customer",)
    for skill in skills:
        assert skill in result.output


def test_a_second_run_adds_nothing(bot: Path) -> None:
    run()
    before = (bot / "migration.yml").read_bytes()
    result = run("--write")
    assert "nothing to add" in result.output
    assert (bot / "migration.yml").read_bytes() == before


def test_what_is_new_is_shown_first_and_written_when_asked(bot: Path) -> None:
    run()
    file = bot / "migration.yml"
    edited = file.read_text("utf-8").replace("stage: nlu", "stage:   shadow  # since May", 1)
    file.write_text(edited, "utf-8")
    borrowing(bot)
    shown = run()
    assert file.read_text("utf-8") == edited
    assert "+      - borrow\n" in shown.output
    assert "Write the additions with --write." in shown.output
    written = run("--write")
    assert "what was in it is as it was" in written.output
    lines = iter(file.read_text("utf-8").splitlines())
    assert all(line in lines for line in edited.splitlines())  # in this order
    assert "borrow" in {i for area in read_plan(file).areas.values() for i in area.intents}


def test_what_is_gone_is_told_and_kept(bot: Path) -> None:
    run()
    text = (bot / "migration.yml").read_text("utf-8")
    (bot / "domain.yml").write_text(DOMAIN.replace(" pay,", ""), "utf-8")
    (bot / "data" / "stories.yml").write_text(
        STORIES.replace("intent: pay", "intent: greet"), "utf-8"
    )
    result = run("--write")
    assert ": the bot has no intent 'pay'. Nothing was removed." in result.output
    assert "- pay\n" in text
    assert "- pay\n" in (bot / "migration.yml").read_text("utf-8")


def test_the_planners_own_knowledge_wins(bot: Path) -> None:
    result = run("--pin", "money=pay,order_card", "--keep-apart", "block_card,pay")
    assert result.exit_code == 0, result.output
    areas = read_plan(bot / "migration.yml").areas
    assert {"pay", "order_card"} <= set(areas["money"].skills)
    assert "block_card" not in areas["money"].skills


def test_the_areas_of_a_plan_are_what_the_figures_are_about(bot: Path) -> None:
    run("--pin", "money=pay,block_card", "--keep-apart", "block_card,order_card")
    data = json.loads(run("--json", "-").stdout)
    money = next(area for area in data["areas"] if area["name"] == "money")
    assert {"pay", "block_card"} <= set(money["skills"])


@pytest.mark.parametrize("given", ["pay", "=pay", "money="])
def test_a_pin_without_an_area_or_a_skill_is_refused(bot: Path, given: str) -> None:
    result = run("--pin", given)
    assert result.exit_code == 2
    assert "isn't area=skill,skill" in result.stderr
    assert not (bot / "migration.yml").exists()


def test_a_skill_that_is_not_there_is_told(bot: Path) -> None:
    result = run("--keep-together", "pay,blok_card")
    assert result.exit_code == 2
    assert "'blok_card'" in result.stderr
    assert "Did you mean 'block_card'?" in result.stderr


def test_reports_go_where_they_are_asked_for(bot: Path) -> None:
    result = run("--markdown", "out/plan.md", "--json", "plan.json")
    assert "Areas, in the order of their migration" in result.output
    assert (bot / "out" / "plan.md").read_text("utf-8").startswith("### Migration plan\n")
    assert json.loads((bot / "plan.json").read_text("utf-8"))["is_written"] is True
    printed = run("--json", "-")
    assert json.loads(printed.stdout)["is_written"] is False
    assert run("--markdown", "-").stdout.startswith("### Migration plan\n")
    assert run("--markdown", "-", "--json", "-").exit_code == 2


def test_the_same_bot_gives_the_same_bytes(bot: Path) -> None:
    first = [run(*o, "--plan", "a.yml").stdout for o in ((), ("--json", "-"), ("--markdown", "-"))]
    text = (bot / "a.yml").read_bytes()
    (bot / "a.yml").unlink()
    again = [run(*o, "--plan", "a.yml").stdout for o in ((), ("--json", "-"), ("--markdown", "-"))]
    assert again == first
    assert (bot / "a.yml").read_bytes() == text


def test_a_plan_edited_into_nonsense_is_told_and_left_alone(bot: Path) -> None:
    run()
    file = bot / "migration.yml"
    text = file.read_text("utf-8").replace("stage: nlu", "stage: soon", 1)
    file.write_text(text, "utf-8")
    line = text[: text.index("stage: soon")].count("\n") + 1
    result = run("--write")
    assert result.exit_code == 2
    assert f"migration.yml:{line}:" in result.stderr
    assert "Stages are nlu, shadow, canary, calm, done." in result.stderr
    assert file.read_text("utf-8") == text


def test_the_plan_is_the_one_that_the_router_names(bot: Path) -> None:
    router = "  - name: IntentBasedRouter\n    plan: plans/ours.yml\n"
    (bot / "config.yml").write_text(CONFIG.replace("policies:", f"{router}policies:"), "utf-8")
    assert "plans/ours.yml is written." in run().output
    assert read_plan(bot / "plans" / "ours.yml").areas
    assert "nothing to add" in run().output


def test_a_plan_that_is_yet_to_be_written_is_no_reason_for_anything(bot: Path) -> None:
    router = "  - name: IntentBasedRouter\n    plan: migration.yml\n"
    (bot / "config.yml").write_text(CONFIG.replace("policies:", f"{router}policies:"), "utf-8")
    for folder in (".", ".."):
        config = Path(folder, "" if folder == "." else bot.name, "config.yml")
        (bot / "migration.yml").unlink(missing_ok=True)
        output = run("--config", str(config)).output
        assert "migration.yml is written." in output
        assert "No such file" not in output
        assert "Remarks" not in output


def test_a_bot_of_rasa_2_is_told_to_be_migrated_first(bot: Path) -> None:
    assert "rasa data migrate" not in run().output
    old = DOMAIN.replace("    mappings: [{type: custom}]\n", "").replace(
        "    shared_for_coexistence: true\n", ""
    )
    (bot / "domain.yml").write_text(f"version: '2.0'\n{old}", "utf-8")
    output = run("--html", "plan.html").output
    told = (
        "domain.yml:4: Rasa 3.6 refuses slots without `mappings`, as Rasa 2 wrote them: customer."
    )
    assert f"{told} Run `rasa data migrate`" in output
    assert told in (bot / "plan.html").read_text("utf-8")


def test_areas_are_in_the_plans_order_everywhere_those_that_moved_first(bot: Path) -> None:
    pins = ("--pin", "cards=block_card,order_card", "--pin", "payments=pay")
    run(*pins)
    plan = yaml.safe_load((bot / "migration.yml").read_text("utf-8"))
    names = [*plan["areas"]]
    last = names[-1]
    text = (bot / "migration.yml").read_text("utf-8")
    start = text.index(f"\n  {last}:")
    moved = text[:start] + text[start:].replace("stage: nlu", "stage: calm", 1)
    (bot / "migration.yml").write_text(moved, "utf-8")
    output = run("--json", "p.json", "--html", "p.html", "--markdown", "p.md").output
    expected = [last, *names[:-1]]
    assert [each["name"] for each in json.loads((bot / "p.json").read_text("utf-8"))["areas"]] == (
        expected
    )
    for name, start in (("p.html", 'id="areas"'), ("p.md", "#### Areas")):
        shown = (bot / name).read_text("utf-8")
        shown = shown[shown.index(start) :]
        places = [shown.index(f">{area}" if name == "p.html" else area) for area in expected]
        assert places == sorted(places)
    table = output[output.index("Areas, in the order") :]
    assert [table.index(f"{n}   {area}") for n, area in enumerate(expected, 1)] == sorted(
        table.index(f"{n}   {area}") for n, area in enumerate(expected, 1)
    )


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (("--areas", "0"), "Error: --areas: error["),
        (("--keep-together", "pay,nothing"), "Error: --keep-together: error["),
        (("--conversations", "nowhere.jsonl"), "Error: nowhere.jsonl: error[conversations]: "),
        (("--conversations", "ep.yml"), "Error: ep.yml, tracker_store: error[conversations]: "),
        (("--conversations", "bad.yml"), "Error: bad.yml:2:9: error[conversations]: "),
        (("--conversations", "bigquery://project/data"), "Error: bigquery://project/data: error["),
    ],
)
def test_a_place_that_is_no_file_has_no_line(
    bot: Path, options: tuple[str, ...], start: str
) -> None:
    pytest.importorskip("ibis", reason="conversations need the extra `plan`")
    store = "tracker_store:\n  type: sql\n  db: gone.db\n"
    (bot / "ep.yml").write_text(store, "utf-8")
    (bot / "bad.yml").write_text(store.replace("sql", "mongod"), "utf-8")
    result = run(*options)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1].startswith(start), result.stderr


def test_what_reads_a_database_that_is_not_installed_is_named(
    bot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ibis = pytest.importorskip("ibis", reason="conversations need the extra `plan`")

    def missing(url: str, **options: object) -> None:
        raise ImportError("no such backend")

    monkeypatch.setattr(ibis, "connect", missing)
    for url, package in (
        ("bigquery://project/data", "ibis-framework[bigquery]"),
        ("postgresql://host/data", "rasa-coexistence[postgres]"),
    ):
        assert f"Run `pip install '{package}'`." in run("--conversations", url).stderr


@pytest.mark.parametrize("given", ["", " "])
def test_conversations_of_no_name_are_refused(bot: Path, given: str) -> None:
    result = run("--conversations", given)
    assert result.exit_code == 2
    assert "It names no source" in result.stderr
    assert not (bot / "migration.yml").exists()


def test_what_is_kept_in_both_stays_out_of_the_areas_figures(bank: Path) -> None:
    run()
    kept = read_plan(bank / "migration.yml").keep_in_both
    assert [each.skill for each in kept] == ["verify_customer"]
    data = json.loads(run("--json", "-").stdout)
    assert "verify_customer" in data["keep_both"]
    assert all("verify_customer" not in area["skills"] for area in data["areas"])
    assert data["added"] == []


def test_conversations_that_are_not_there_are_one_error_and_the_files_still_do(bot: Path) -> None:
    pytest.importorskip("ibis", reason="conversations need the extra `plan`")
    result = run("--conversations", "nowhere.jsonl")
    assert result.exit_code == 2
    assert "nowhere.jsonl" in result.stderr
    assert "Without --conversations the plan is made from the bot's files alone." in result.stderr
    assert not (bot / "migration.yml").exists()
    assert run().exit_code == 0


def test_conversations_bring_traffic_to_all_reports(bot: Path) -> None:
    pytest.importorskip("ibis", reason="conversations need the extra `plan`")
    (bot / "events.jsonl").write_text("".join(f"{json.dumps(e)}\n" for e in events()), "utf-8")
    data = json.loads(run("--conversations", "events.jsonl", "--json", "-").stdout)
    assert data["traffic"]["conversations"] == 3
    assert data["traffic"]["skills"]["pay"]["conversations"] == 3
    output = run("--conversations", "events.jsonl").output
    assert "3 conversations with 3 turns" in output
    assert "3 (100%)" in output
    assert "secret" not in output + json.dumps(data)


def events() -> list[dict[str, object]]:
    """Three people pay."""
    found: list[dict[str, object]] = []
    for number in range(3):
        sender, time = f"user {number}", 1000.0 * number
        user = {"event": "user", "text": "secret", "parse_data": {"intent": {"name": "pay"}}}
        for step, each in enumerate(
            (
                {"event": "action", "name": "action_session_start"},
                {"event": "session_started"},
                {"event": "action", "name": "action_listen"},
                user,
                {"event": "action", "name": "action_pay"},
                {"event": "bot", "text": "secret"},
                {"event": "action", "name": "action_listen"},
            )
        ):
            found.append({"sender_id": sender, "timestamp": time + step, **each})
    return found


def test_no_bot_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run()
    assert result.exit_code == 2
    assert "There is no bot here" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_empty_bot_has_nothing_to_plan(bot: Path) -> None:
    (bot / "data" / "stories.yml").write_text("stories: [{story: x}]\n", "utf-8")
    result = run()
    assert result.exit_code == 1
    assert "data/stories.yml:1: 'x' has no steps." in result.stderr
    assert "No skill was found" in result.stderr
    assert not (bot / "migration.yml").exists()


def test_what_cannot_be_read_is_told_and_the_rest_planned(bot: Path) -> None:
    (bot / "data" / "broken.yml").write_text("stories: [\n", "utf-8")
    result = run()
    assert result.exit_code == 0
    assert "data/broken.yml:2:" in result.output
    assert read_plan(bot / "migration.yml").areas


def test_a_plan_that_cannot_be_written_is_told(bot: Path) -> None:
    result = run("--plan", "data/stories.yml/plan.yml")
    assert result.exit_code == 2
    assert "can't be written" in result.stderr


def test_options_of_the_plan_are_not_lost_before_a_command(bot: Path) -> None:
    result = run("--config", "other.yml", "check")
    assert result.exit_code == 2
    assert "Write --config behind 'check'." in result.stderr


def test_the_sample_banks_plan_is_reproduced_to_the_byte(bank: Path) -> None:
    assert run().exit_code == 0
    assert (bank / "migration.yml").read_bytes() == (ROOT / "migration.yml").read_bytes()


def test_the_sample_banks_plan_says_what_its_router_says(bank: Path) -> None:
    shutil.copy2(ROOT / "migration.yml", bank)
    config = yaml.safe_load((bank / "config.yml").read_text("utf-8"))
    planned = yaml.safe_load((bank / "config.plan.yml").read_text("utf-8"))
    lists, entry = (
        next(each for each in data["pipeline"] if each["name"] == "IntentBasedRouter")
        for data in (config, planned)
    )
    derived = with_plan(entry, bank)
    for system, keys in (("nlu_entry", ("sticky", "non_sticky")), ("calm_entry", ("sticky",))):
        for key in keys:
            assert sorted(derived[system][key]) == sorted(lists[system][key])
    config["pipeline"].remove(lists)
    planned["pipeline"].remove(entry)
    assert planned == config


def test_a_bank_that_routes_by_its_plan_gives_the_same_plan(bank: Path) -> None:
    shutil.copy2(ROOT / "migration.yml", bank)
    assert "nothing to add" in run("--config", "config.plan.yml").output
    assert run("--config", "config.plan.yml", "--plan", "anew.yml").exit_code == 0
    assert (bank / "anew.yml").read_bytes() == (ROOT / "migration.yml").read_bytes()
