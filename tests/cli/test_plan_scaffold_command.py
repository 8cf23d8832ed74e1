"""`coexist plan scaffold`: what it shows, what it writes, and its exit codes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from router.cli.plan_scaffold import scaffold
from router.errors import InvalidFile, InvalidPlan

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("data", "domain", "flows"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "config.yml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(scaffold, arguments)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_shows_what_it_would_write_and_writes_nothing(bank: Path) -> None:
    before = everything(bank)
    result = run("block_card_form")
    assert result.exit_code == 0
    assert "=== flows/block_card.yml (new)\n# DRAFT" in result.output
    assert "\n--- domain/nlu.yml\n" in result.output
    assert "\n+          - active_flow: block_card\n" in result.output
    assert "\nTo answer:\n  - block_card: " in result.output
    assert result.output.endswith("4 new files, 2 changed to write: run it again with --write.\n")
    assert everything(bank) == before


def test_with_write_it_writes_them_and_changes_added_lines_only(bank: Path) -> None:
    before = everything(bank)
    result = run("block_card_form", "--write")
    assert (result.exit_code, result.output.splitlines()[-1]) == (
        0,
        "4 new files, 2 changed written.",
    )
    after = everything(bank)
    new = {str(Path(path).relative_to(bank)) for path in after.keys() - before.keys()}
    assert new == {
        "domain/block_card.yml",
        "e2e_tests/block_card/test_block_card.yml",
        "e2e_tests/block_card/test_handoffs.yml",
        "flows/block_card.yml",
    }
    changed = [path for path in before if after[path] != before[path]]
    assert sorted(Path(path).name for path in changed) == ["nlu.yml", "shared.yml"]
    for path in changed:
        lines = iter(after[path].splitlines())
        assert all(line in lines for line in before[path].splitlines()), "in the same order"


def test_a_file_that_is_there_is_kept_unless_forced(bank: Path) -> None:
    own = bank / "flows" / "block_card.yml"
    own.write_text("flows: {}\n", "utf-8")
    before = everything(bank)
    result = run("block_card_form", "--write")
    assert isinstance(result.exception, InvalidFile)
    assert [p.code for p in result.exception.problems] == ["file-exists"]
    assert "--force" in str(result.exception)
    assert result.output == "", "the drafts aren't shown once more"
    assert everything(bank) == before
    forced = run("block_card_form", "--write", "--force")
    assert forced.output.endswith("\n3 new files, 1 overwritten, 2 changed written.\n")
    assert own.read_text("utf-8").startswith("# DRAFT")


def test_drafts_that_are_written_already_are_shown_as_such(bank: Path) -> None:
    run("block_card_form", "--write")
    result = run("block_card_form")
    assert "=== flows/block_card.yml (is there already)" in result.output
    assert "--- domain" not in result.output
    files = [
        "flows/block_card.yml",
        "domain/block_card.yml",
        "e2e_tests/block_card/test_block_card.yml",
        "e2e_tests/block_card/test_handoffs.yml",
    ]
    assert result.output.splitlines()[-1] == (
        "0 new files, 4 overwritten, 0 changed to write: run it again with --write --force, which "
        f"overwrites {', '.join(files)}; --write alone writes nothing."
    )


def test_an_unknown_name_is_told_with_the_nearest(bank: Path) -> None:
    result = run("block_crad_form")
    assert isinstance(result.exception, InvalidPlan)
    assert "Did you mean 'block_card_form'?" in str(result.exception)


def test_what_is_moved_already_is_nothing_to_draft(bank: Path) -> None:
    result = run("transfer_money")
    assert result.exit_code == 1
    assert "flows/transfers.yml:4:3 is its flow already." in result.output
