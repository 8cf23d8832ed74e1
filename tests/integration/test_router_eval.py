"""`coexist router eval` and `tune` on real models: as the assistant routes, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rasa_process
import yaml

from router.embedding import EncoderUnavailable, OnnxEncoder
from router.errors import IncompatibleModel
from router.evaluation.answers import read_answers
from router.evaluation.asking import ask_all
from router.evaluation.labelled import LabelledMessage
from router.llm import FakeServer

pytestmark = pytest.mark.integration

MESSAGES = """\
text,route
hello there,nlu_once
send money to Ann,calm
block my card please,nlu
/greet,nlu_once
"""
COEXIST = "from router.cli import main; main()"


def encoder_is_missing() -> str:
    try:
        OnnxEncoder()
    except EncoderUnavailable as error:
        return str(error)
    return ""


def endpoints(project: Path, server: FakeServer) -> Path:
    """An endpoints file, not where the assistant looks for one by itself."""
    file = project / "other_endpoints.yml"
    model = {"provider": "openai", "model": "small", "api_base": server.url}
    group = {"id": "small", "limits": {"retries": 0}, "models": [model]}
    file.write_text(yaml.safe_dump({"model_groups": [group]}), encoding="utf-8")
    return file


def coexist(*arguments: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", COEXIST, "router", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("messages") / "messages.csv"
    file.write_text(MESSAGES, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def hybrid_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The mini bot with a HybridRouter in the place of its own, trained."""
    project = tmp_path_factory.mktemp("hybrid_eval") / "bot"
    shutil.copytree(rasa_process.BOTS / "mini", project)
    config = yaml.safe_load((project / "config.yml").read_text(encoding="utf-8"))
    router = next(e for e in config["pipeline"] if e["name"] == "IntentBasedRouter")
    router |= {
        "name": "HybridRouter",
        "semantic": {},
        "llm_band": 100.0,
        "llm": {"model_group": "small"},
    }
    (project / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    with FakeServer([]) as server:
        endpoints(project, server).rename(project / "endpoints.yml")
    code, output = rasa_process.run("train", cwd=project, seconds=280)
    assert code == 0, output[-3000:]
    yield project


async def test_only_the_router_is_asked_and_nothing_is_stored(llm_bot: Path) -> None:
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already

    from router.rasa.evaluation import load_router

    script = [
        {"match": "(?s)You route messages.*send money", "answer": "A"},
        {"match": "(?s)You route messages.*broken", "answer": "what a lovely day"},
        {"match": "You route messages", "answer": "C"},
        {"match": "", "answer": "start flow transfer_money"},
    ]
    texts = ["send money to Ann", "when are you open", "broken", "/greet", "send money"]
    with FakeServer(script) as server:
        router = load_router(llm_bot, llm_bot / "models", endpoints(llm_bot, server))
        routed = await ask_all(router.decide, [LabelledMessage(text, "calm") for text in texts])
        prompts = [str(request.body) for request in server.requests]
    assert router.name == "LLMBasedRouter"
    assert [each.outcome for each in routed] == ["calm", "nlu", "nlu_once", "nlu", "calm"]
    assert len(prompts) == 4
    assert all("You route messages" in prompt for prompt in prompts)
    assert [each.call is not None for each in routed] == [True, True, True, False, True]
    assert routed[2].failure == "on_error: unreadable answer"
    assert list(await router._processor.tracker_store.keys()) == []


async def test_each_message_is_the_first_of_its_conversation(llm_bot: Path) -> None:
    from router.rasa.evaluation import load_router

    with FakeServer([{"match": "", "answer": "A"}]) as server:
        router = load_router(llm_bot, llm_bot / "models", endpoints(llm_bot, server))
        for text in ("send money", "to Ann"):
            decision = await router.decide(text)
            assert decision is not None
            assert decision.outcome == "calm"
        assert "send money" not in str(server.requests[-1].body)


async def test_the_command_line_is_left_as_it_was(llm_bot: Path) -> None:
    from router.rasa.evaluation import load_router

    before = list(sys.argv)
    with FakeServer([]) as server:
        load_router(llm_bot, llm_bot / "models", endpoints(llm_bot, server))
    assert sys.argv == before


def test_a_model_without_a_hybrid_router_has_nothing_to_tune(mini_bot: Path) -> None:
    from router.rasa.evaluation import load_router

    router = load_router(mini_bot, mini_bot / "models")
    with (
        pytest.raises(IncompatibleModel, match="IntentBasedRouter, which has no `llm_band`"),
        router.deciding_by("cheap"),
    ):
        pass


def test_no_model_a_broken_one_and_one_without_a_router_are_errors(
    mini_bot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from router.rasa import evaluation

    with pytest.raises(IncompatibleModel, match="no model"):
        evaluation.load_router(tmp_path, tmp_path)
    (tmp_path / "broken.tar.gz").write_bytes(b"nonsense")
    with pytest.raises(IncompatibleModel, match="can't be loaded"):
        evaluation.load_router(tmp_path, tmp_path / "broken.tar.gz")
    monkeypatch.setattr(evaluation, "RouterComponent", FakeServer)
    with pytest.raises(IncompatibleModel, match="has no router"):
        evaluation.load_router(mini_bot, mini_bot / "models")


def test_eval_measures_a_bot(mini_bot: Path, messages: Path) -> None:
    done = coexist(
        *("eval", messages, "--format", "json"),
        *("--config", mini_bot / "config.yml", "--model", mini_bot / "models"),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["router"] == "IntentBasedRouter"
    assert report["messages"] == 4
    assert report["accuracy"] == 1.0
    assert report["cost"] is None
    assert 0 < report["latency"]["decision"]["p50"] < report["latency"]["message"]["p50"]


def test_eval_of_the_bots_own_training_data(mini_bot: Path) -> None:
    done = coexist(
        *("eval", mini_bot / "data", "--min-accuracy", 0.9),
        *("--config", mini_bot / "config.yml", "--model", mini_bot / "models"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "messages are also in the training data" in done.stdout


@pytest.mark.skipif(bool(encoder_is_missing()), reason=encoder_is_missing() or "it is there")
def test_tune_asks_both_stages_and_keeps_what_they_say(
    hybrid_bot: Path, messages: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "answers.jsonl"
    with FakeServer([{"match": "", "answer": "B"}]) as server:
        done = coexist(
            *("tune", messages, "--share", 1, "--max-share", 0.5, "--save-answers", saved),
            *("--config", hybrid_bot / "config.yml", "--model", hybrid_bot / "models"),
            *("--endpoints", endpoints(hybrid_bot, server)),
        )
        assert done.returncode == 0, done.stderr
        assert len(server.requests) == 2
    assert "Asking the LLM about 2 of 4 messages" in done.stderr
    assert "llm_band: 0\n" in done.stdout
    answers = read_answers(saved)
    assert {text: each.cheap for text, each in answers.items()} == {
        "hello there": "nlu_once",
        "send money to Ann": "calm",
        "block my card please": "nlu",
        "/greet": "nlu_once",
    }
    assert [each.llm for each in answers.values() if each.llm] == ["nlu_once", "nlu_once"]
    assert answers["/greet"].distance is None
