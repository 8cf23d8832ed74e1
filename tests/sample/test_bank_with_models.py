"""The sample bank with language models: its conversation, replayed and played over HTTP."""

from __future__ import annotations

import os
import re
from pathlib import Path

import coexist_process
import pytest

from router.checks import check_project
from router.llm import FakeServer, read_script
from router.llm.cassette_file import read_cassette

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "cassettes" / "bank.txt").read_text(encoding="utf-8").splitlines()
NO_NETWORK = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")


def chatted(bank: Path, config: str, *options: str, lines: list[str] = LINES, **env: str) -> str:
    """What `coexist chat` prints; it neither trains nor knows any key."""
    known = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    own = {"BANK_DB": str(bank / f"{config}.sqlite"), "COLUMNS": "100"}
    code, output, errors = coexist_process.run(
        "chat", "--config", config, *options, cwd=bank, lines=lines, env={**known, **own, **env}
    )
    assert code == 0, output + errors
    assert errors == ""
    assert "training" not in output
    return output


def turns(output: str) -> list[str]:
    """What was printed for each message of the user."""
    return re.split(r"^ you .*$", output, flags=re.M)[1:]


def test_each_configuration_has_its_cassette_and_each_says_that_it_is_made_up() -> None:
    for name in ("llm", "hybrid"):
        text = (ROOT / "cassettes" / f"bank.{name}.yml").read_text(encoding="utf-8")
        head = text.partition("\n\n")[0]
        assert "fake model" in head
        assert f"config.{name}.yml" in head
        assert read_cassette(ROOT / "cassettes" / f"bank.{name}.yml")
        assert not re.search(r"api_key|bearer|authorization", text, flags=re.IGNORECASE)


def test_the_sample_names_no_key_in_its_endpoints() -> None:
    """Rasa refuses a file with a variable that isn't set, even if nothing needs it."""
    for name in ("endpoints.yml", "endpoints.local.yml"):
        assert "${" not in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("config", ["config.yml", "config.llm.yml", "config.hybrid.yml"])
@pytest.mark.parametrize("endpoints", ["endpoints.yml", "endpoints.local.yml"])
def test_nothing_is_wrong_with_the_files(
    config: str, endpoints: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    files = Path(config), Path("domain"), [Path("data")]
    assert check_project(*files, endpoints=Path(endpoints)) == []


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_the_conversation_is_replayed_without_key_or_network(llm_bank: Path) -> None:
    with (llm_bank / "endpoints.yml").open("a", encoding="utf-8") as endpoints:
        endpoints.write("        api_key: ${OPENAI_API_KEY}\n")
    output = chatted(
        llm_bank,
        "config.llm.yml",
        *("--llm", "replay", "--cassette", "cassettes/bank.llm.yml"),
        lines=[*LINES, "lend me some money", "/why"],
        **NO_NETWORK,
    )
    hello, card, number, digits, transfer, change, yes, hours, thanks, unknown, _ = turns(output)
    assert "NLU for this turn · greet" in hello
    assert "route replayed" in hello
    assert re.search(r"commands replayed, [\s\S]*, not\s+needed", hello)
    assert "NLU · block_card" in card
    assert "route none -> NLU" in card
    assert "asked" not in number + digits  # the NLU system holds the conversation
    assert "4711 is blocked" in digits
    assert "50.00 euros to Anna, tomorrow. Is that right?" in transfer
    assert re.search(r"asked local · route replayed, .* · commands replayed, ", transfer)
    assert "CALM" in transfer
    assert "60.00 euros to Anna" in change
    assert "60.00 euros will go to Anna tomorrow" in yes
    assert "route CALM -> none" in yes
    assert "open Monday to Friday" in hours
    assert "NLU for this turn · opening_hours" in hours
    assert "on_error: LLMUnavailable" in hours
    assert "You're welcome" in thanks
    # One message, with what is nearest: no traceback, not the component's name.
    assert unknown.count("no recording of this prompt") == 1
    assert '+"lend me some money"' in unknown
    assert '-"' in unknown
    assert "Error" not in unknown
    assert "!" not in [line.strip()[:1] for turn in turns(output)[:9] for line in turn.splitlines()]


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_recorded_over_http_it_is_the_cassette_that_is_committed(
    llm_bank: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.yml"
    with FakeServer(read_script(ROOT / "cassettes" / "bank.script.yml")) as server:
        text = (llm_bank / "endpoints.local.yml").read_text(encoding="utf-8")
        endpoints = tmp_path / "endpoints.yml"
        endpoints.write_text(text.replace("http://localhost:8089/v1", server.url), encoding="utf-8")
        output = chatted(
            llm_bank,
            "config.llm.yml",
            *("--endpoints", str(endpoints), "--llm", "record", "--cassette", str(new)),
        )
    assert re.search(r"asked local · route \d+ ms, \d+\+1 tokens", output)
    committed, made = (
        {(each.question, each.answer or each.error) for each in read_cassette(path)}
        for path in (ROOT / "cassettes" / "bank.llm.yml", new)
    )
    assert len(committed & made) >= 8  # five messages are routed, three become commands
    # A call that the routing makes needless is cancelled, unless it was quicker.
    needless = {answer for _, answer in committed ^ made}
    assert needless <= {"offtopic reply", "cannot handle", "LLMUnavailable"}


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_the_cascade_asks_the_model_about_the_doubtful_message_only(hybrid_bank: Path) -> None:
    output = chatted(
        hybrid_bank,
        "config.hybrid.yml",
        *("--llm", "replay", "--cassette", "cassettes/bank.hybrid.yml"),
        **NO_NETWORK,
    )
    asked = [re.findall(r"(route|commands) replayed", turn) for turn in turns(output)]
    assert asked == [[], [], [], [], ["route"], ["commands"], [], [], []]
    assert "60.00 euros will go to Anna tomorrow" in output
    assert "no recording" not in output
