"""`coexist router`: what it reads, writes and refuses; the router itself is a stand-in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from router.cli import main, router_eval, router_tune
from router.routing.decision import OUTCOMES, RoutingDecision

pytest.importorskip("sklearn")


class FakeRouter:
    """Sends a message where its first word says; the second is its distance from doubt.

    The cheap stage is wrong about messages with `trap` in them, and the model never is.
    """

    name = "HybridRouter"

    def __init__(self) -> None:
        self.by_stage: list[str] = []
        self.stage = "semantic"

    async def decide(self, text: str) -> RoutingDecision:
        self.by_stage.append(self.stage)
        right, distance = text.split()[:2]
        cheap = "nlu" if "trap" in text else right
        details: dict[str, Any] = {"stage": self.stage, "distance": float(distance)}
        if self.stage == "llm":
            details |= {"cheap": {"outcome": cheap}, "llm": {"outcome": "read", "cost": 0.5}}
        route, sticky = OUTCOMES[right if self.stage == "llm" else cheap]
        return RoutingDecision(route, sticky, "said so", self.name, confidence=0.9, details=details)

    @contextmanager
    def deciding_by(self, stage: str) -> Iterator[Callable[..., Any]]:
        self.stage = "llm" if stage == "llm" else "semantic"
        yield self.decide
        self.stage = "semantic"


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    fake = FakeRouter()
    for module in (router_eval, router_tune):
        monkeypatch.setattr(module, "open_router", lambda *_: fake)
    return fake


@pytest.fixture
def no_router(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (router_eval, router_tune):
        monkeypatch.setattr(module, "open_router", lambda *_: pytest.fail("loads a model"))


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    """40 messages, of which the 8 in doubt are traps, in the parts `test` and `val`."""
    lines = ["text,route,split"]
    for number in range(20):
        trap = " trap" if number < 4 else ""
        for part in ("test", "val"):
            lines.append(f"calm {0.1 * number:.1f} {part}{trap},calm,{part}")
            lines.append(f"calm_once {number + 5} {part},calm_once,{part}")
    file = tmp_path / "messages.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def run(command: str, *arguments: Any) -> Result:
    return CliRunner().invoke(main, ["router", command, *map(str, arguments)])


def test_help_is_complete_and_quick() -> None:
    command = main.get_command(click.Context(main), "router")
    assert isinstance(command, click.Group)
    assert sorted(command.commands) == ["eval", "tune"]
    for each in command.commands.values():
        assert each.help
        for parameter in each.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{each.name} {parameter.opts[0]} has no help"
    program = (
        "import sys; from router.cli import main\n"
        "try: main(['router', 'eval', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'rasa', 'tensorflow', 'numpy', 'sklearn', 'matplotlib', 'pydantic'}\n"
        "sys.exit(f'imported {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "nlu_once" in done.stdout


def test_eval_prints_the_report(router: FakeRouter, messages: Path) -> None:
    result = run("eval", messages)
    assert result.exit_code == 0
    assert "HybridRouter on" in result.stdout
    assert "part test: 40 messages" in result.stdout
    assert "accuracy 0.9000" in result.stdout
    assert "mistakes: 4" in result.stdout


def test_eval_writes_json_html_and_answers(
    router: FakeRouter, messages: Path, tmp_path: Path
) -> None:
    answers, page = tmp_path / "a.jsonl", tmp_path / "r.html"
    result = run("eval", messages, "--format", "json", "--part", "val", "--answers", answers)
    data = json.loads(result.stdout)
    assert (data["format"], data["part"], data["accuracy"]) == (1, "val", 0.9)
    assert len(answers.read_text(encoding="utf-8").splitlines()) == 40
    result = run("eval", messages, "--format", "html", "--output", page)
    assert result.stdout.startswith("accuracy 0.9000")
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("bounds", "code", "said"),
    [
        (("--min-accuracy", 0.9), 0, ""),
        (("--min-accuracy", 0.95), 1, "Accuracy 0.9000 is below 0.95."),
        (("--min-f1", 0.99), 1, "Macro-F1"),
    ],
)
def test_eval_fails_below_what_is_asked_for(
    router: FakeRouter, messages: Path, bounds: tuple[Any, ...], code: int, said: str
) -> None:
    result = run("eval", messages, *bounds)
    assert result.exit_code == code
    assert said in result.stderr
    assert "accuracy" in result.stdout


def test_eval_of_training_data_needs_lists(router: FakeRouter, tmp_path: Path) -> None:
    data = tmp_path / "nlu.yml"
    data.write_text("nlu: [{intent: send, examples: '- calm 1'}]\n", encoding="utf-8")
    config = tmp_path / "config.yml"
    result = run("eval", data, "--config", config)
    assert result.exit_code == 2
    assert "--routes lists.yml" in result.stderr
    lists = tmp_path / "lists.yml"
    lists.write_text(
        "nlu_entry: {sticky: [], non_sticky: []}\ncalm_entry: {sticky: [send]}\n", encoding="utf-8"
    )
    result = run("eval", data, "--config", config, "--routes", lists)
    assert result.exit_code == 0
    assert "accuracy 1.0000" in result.stdout


def test_messages_that_were_trained_on_are_noted(
    router: FakeRouter, messages: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(
        "nlu: [{intent: x, examples: '- Calm_once 5 test'}]\n", encoding="utf-8"
    )
    result = run("eval", messages, "--config", tmp_path / "config.yml")
    assert "Note: 1 of 40 messages are also in the training data" in result.stdout


def test_tune_asks_the_model_about_the_nearest_and_says_what_to_write(
    router: FakeRouter, messages: Path, tmp_path: Path
) -> None:
    saved, plot = tmp_path / "a.jsonl", tmp_path / "c.svg"
    result = run("tune", messages, "--share", 0.2, "--max-share", 0.25, "--save-answers", saved)
    assert result.exit_code == 0, result.output
    assert (router.by_stage.count("semantic"), router.by_stage.count("llm")) == (40, 10)
    # Four changes for the better are too few to tell.
    assert "    llm_band: 0\n" in result.stdout
    assert "Only 4 messages went right or wrong" in result.stdout
    assert len(saved.read_text(encoding="utf-8").splitlines()) == 40
    more = tmp_path / "more.csv"
    lines = [f"calm 0.{n} trap,calm" for n in range(1, 8)] + ["calm 9,calm", "calm 8,calm"]
    more.write_text("\n".join(["text,route", *lines]) + "\n", encoding="utf-8")
    result = run("tune", more, "--accuracy", 0.9, "--plot", plot, "--max-share", 1)
    assert "Ask the LLM: 7 messages go right by it and 0 wrong" in result.stdout
    assert "    llm_band: 4.35\n" in result.stdout
    assert plot.is_file()


def test_recorded_answers_need_no_model(no_router: None, messages: Path, tmp_path: Path) -> None:
    answers, said = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    lines = messages.read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split(",")[0] for line in lines]
    known = [
        {"text": text, "cheap": "nlu" if "trap" in text else text.split()[0], "distance": index}
        for index, text in enumerate(texts)
    ]
    answers.write_text("\n".join(map(json.dumps, known)), encoding="utf-8")
    by_model = [{"text": text, "llm": text.split()[0]} for text in texts]
    said.write_text("\n".join(map(json.dumps, by_model)), encoding="utf-8")
    result = run(
        *("tune", messages, "--share", 1, "--format", "json"),
        *("--answers", answers, "--answers", said),
    )
    assert result.exit_code == 0, result.output
    data = json.loads(result.stdout)
    assert (data["choice"]["better"], data["choice"]["is_off"]) == (4, True)
    assert data["curve"]["asked"] == 40


def test_a_column_with_the_models_answers_costs_no_calls(
    router: FakeRouter, tmp_path: Path
) -> None:
    file = tmp_path / "m.csv"
    lines = [f"calm 0.{n} trap,calm,calm" for n in range(1, 8)]
    file.write_text("\n".join(["text,route,llm", *lines]) + "\n", encoding="utf-8")
    result = run("tune", file, "--share", 1)
    assert router.by_stage == ["semantic"] * 7
    assert "Ask the LLM: 7 messages" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "either --share or --accuracy"),
        (("--share", 0.1, "--accuracy", 0.9), "either --share or --accuracy"),
        (("--share", 10), "0<=x<=1"),
        (("--share", 0.1, "--plot", "c.pdf"), ".png or .svg"),
        (("--share", 0.1, "--output", "nowhere/x.txt"), "nowhere isn't there"),
        (("--share", 0.1, "--part", "train"), "Its parts: test, val."),
    ],
)
def test_tune_refuses_what_cant_be_before_any_work(
    no_router: None, messages: Path, arguments: tuple[Any, ...], said: str
) -> None:
    result = run("tune", messages, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_two_sources_of_lists_are_refused(no_router: None, messages: Path) -> None:
    result = run("eval", messages, "--routes", messages, "--routes-from", messages)
    assert result.exit_code == 2
    assert "either --routes or --routes-from" in result.stderr


def test_a_broken_file_is_one_message(no_router: None, tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_text("text,route\nhi,clam\n", encoding="utf-8")
    result = run("eval", file)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}:2:1: error[invalid-value]: 'route' can't be")
    assert result.stderr.count("\n") == 1
