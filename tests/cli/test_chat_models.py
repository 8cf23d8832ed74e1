"""`coexist chat` with language models: what it shows of them, and where answers come from."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console, RenderableType

from router.cli import chat, main, rendering, training
from router.cli.training import ensure_model, model_folder, project_files
from router.llm import read_llm_config, shared_client
from router.routing.decision import Route, RoutingDecision
from router.routing.turn_record import TurnRecord

READ = {
    "for": "route",
    "model": "gpt-4o-mini",
    "endpoint": "openai at api.openai.com",
    "prompt_tokens": 201,
    "completion_tokens": 1,
    "cost": 0.0000307,
    "latency_ms": 412.3,
    "attempts": 2,
    "outcome": "read",
}
REPLAYED = {
    "for": "commands",
    "model": "gpt-4o",
    "endpoint": "recording",
    "prompt_tokens": 512,
    "completion_tokens": 12,
    "latency_ms": 0.1,
    "attempts": 0,
    "replayed": True,
    "outcome": "read",
}


def shown(renderable: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    console.print(renderable)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize(
    ("calls", "line"),
    [
        ((READ,), "asked gpt-4o-mini · route 412 ms, 201+1 tokens"),
        ((REPLAYED,), "asked gpt-4o · commands replayed, 512+12 tokens"),
        (
            (READ, REPLAYED),
            "asked gpt-4o-mini, gpt-4o · route 412 ms, 201+1 tokens · "
            "commands replayed, 512+12 tokens",
        ),
        (
            (READ, {"for": "commands", "outcome": "cancelled"}),
            "asked gpt-4o-mini · route 412 ms, 201+1 tokens · commands cancelled",
        ),
        (({"for": "route", "outcome": "LLMTimeout"},), "asked a model · route LLMTimeout"),
        (
            ({**READ, "outcome": "unreadable"},),
            "asked gpt-4o-mini · route 412 ms, 201+1 tokens, unreadable",
        ),
        (
            ({"for": "route", "model": "m", "latency_ms": 3.2, "outcome": "read"},),
            "asked m · route 3 ms",
        ),
    ],
)
def test_a_turn_says_briefly_which_models_were_asked_for_what(
    calls: tuple[dict[str, Any], ...], line: str
) -> None:
    assert f"\n     {line}" in shown(rendering.turn(TurnRecord("x", llm_calls=calls)))


def test_a_turn_without_a_model_says_nothing_of_any() -> None:
    assert "asked" not in shown(rendering.turn(TurnRecord("x")))


def test_why_tells_all_that_is_known_of_each_call() -> None:
    decision = RoutingDecision(Route.CALM, True, "answer A", "LLMBasedRouter", details={"llm": {}})
    record = TurnRecord("x", decision=decision, llm_calls=(READ, REPLAYED))
    text = shown(rendering.decision(record, decision))
    call = r"gpt-4o-mini, openai at api.openai.com, 412 ms, 201\+1 tokens, 2 attempts, \$0.000031, "
    assert re.search(rf"asked for route +{call}read", text)
    assert re.search(r"asked for commands +gpt-4o, recording, replayed, 512\+12 tokens, read", text)
    assert not re.search(r"^ +llm ", text, flags=re.M)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--llm", "replay"), "--llm replay needs --cassette FILE."),
        (("--llm", "record"), "--llm record needs --cassette FILE."),
        (("--llm", "fake"), "--llm fake needs --script FILE."),
        (("--llm", "fake", "--cassette", "x"), "--llm fake needs --script FILE."),
        (("--cassette", "x"), "--cassette is for --llm record or --llm replay."),
        (("--llm", "live", "--script", "x"), "--script is for --llm fake."),
        (
            ("--llm", "replay", "--cassette", "x", "--script", "y"),
            "--script is for --llm fake.",
        ),
        (("--llm", "nonsense"), "'nonsense' is not one of 'live', 'record', 'replay', 'fake'"),
    ],
)
def test_a_mode_takes_its_own_file_and_no_other(arguments: tuple[str, ...], message: str) -> None:
    result = CliRunner().invoke(main, ["chat", *arguments])
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_cassette_that_is_not_there_is_said_before_anything_is_trained(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.yml")
    result = CliRunner().invoke(main, ["chat", "--llm", "replay", "--cassette", gone])
    assert result.exit_code == 2
    assert "gone.yml" in result.stderr
    assert result.stdout == ""


def test_the_assistant_is_loaded_and_spoken_to_in_the_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cassette = tmp_path / "cassette.yml"
    cassette.write_text("[]", encoding="utf-8")
    (tmp_path / "endpoints.yml").write_text(
        "model_groups: [{id: g, models: [{api_key: '${CHAT_TEST_KEY}'}]}]", encoding="utf-8"
    )
    seen: list[Any] = []

    def opened(console: Console, config: Path, *rest: Any) -> Any:
        assert os.environ["CHAT_TEST_KEY"]
        seen.append(shared_client(read_llm_config({"provider": "openai", "model": "m"})))

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr(chat, "open_conversation", opened)
    monkeypatch.setattr(chat, "talk", lambda console, conversation: seen.append("talked"))
    arguments = ["--config", str(tmp_path / "config.yml"), "--llm", "replay"]
    result = CliRunner().invoke(main, ["chat", *arguments, "--cassette", str(cassette)])
    assert result.exit_code == 0, result.output
    assert [type(each).__name__ for each in seen] == ["ReplayingClient", "str"]
    assert "CHAT_TEST_KEY" not in os.environ


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "config.llm.yml"):
        (tmp_path / name).write_text(
            "pipeline:\n- {name: LLMBasedRouter, prompt_template: prompts/route.jinja2}\n"
            "- {name: LLMCommandGenerator, prompt: prompts/commands.jinja2}\n"
        )
    (tmp_path / "prompts").mkdir()
    for name in ("route", "commands", "other"):
        (tmp_path / "prompts" / f"{name}.jinja2").touch()
    return tmp_path


def test_each_configuration_has_models_of_its_own(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def train(console: Console, config: Path, why: str) -> None:
        trained.append(config.name)
        folder = model_folder(config)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{len(trained)}.tar.gz").touch()

    monkeypatch.setattr(training, "_train", train)
    plain, llm = project / "config.yml", project / "config.llm.yml"
    first = ensure_model(Console(), plain, None)
    second = ensure_model(Console(), llm, None)
    assert trained == ["config.yml", "config.llm.yml"]
    assert first.parent == project / "models"
    assert second.parent == project / "models" / "config.llm"
    # Neither the newer one of the other nor anything else makes it train again.
    assert ensure_model(Console(), plain, None) == first
    assert ensure_model(Console(), llm, None) == second
    assert len(trained) == 2


def test_the_training_writes_where_the_model_is_looked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = "import sys, pathlib; out = sys.argv[sys.argv.index('--out') + 1]; print(sys.argv)"
    copied += "; pathlib.Path(out, 'm.tar.gz').touch()"
    command = training._command
    monkeypatch.setattr(
        training, "_command", lambda config: [sys.executable, "-c", copied, *command(config)[3:]]
    )
    for name, folder in (("config.yml", "models"), ("config.llm.yml", "models/config.llm")):
        found = ensure_model(Console(file=io.StringIO()), project / name, None)
        assert found == project / folder / "m.tar.gz"
        log = (project / folder / "training.log").read_text(encoding="utf-8")
        assert f"'--config', '{name}'" in log
        assert f"'--out', '{folder}'" in log


def test_prompts_that_the_pipeline_names_are_files_of_the_model(project: Path) -> None:
    found = {path.name for path in project_files(project / "config.yml")}
    assert found == {"config.yml", "route.jinja2", "commands.jinja2"}


def test_a_missing_model_group_is_told_before_a_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- name: LLMBasedRouter\n  llm: {model_group: big}\n", "utf-8")
    trained: list[Path] = []
    monkeypatch.setattr(training, "_train", lambda console, config, why: trained.append(config))
    result = CliRunner().invoke(main, ["chat", "--config", str(config)])
    assert result.exit_code != 0
    assert "config.yml:3:" in result.output and "'big'" in result.output
    assert trained == []
