"""A real model's server, once a run; the bot that asks it is that of the other tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rasa_process
from local_model import MODEL, PATIENCE, serving


@pytest.fixture(scope="session")
def api_base() -> Iterator[str]:
    """Where a real model answers."""
    with serving(MODEL) as url:
        yield url


@pytest.fixture(scope="session")
def patient_bot(tmp_path_factory: pytest.TempPathFactory, api_base: str) -> Path:
    """tests/bots/llm over the real model, with all the time that this may need."""
    bot = shutil.copytree(rasa_process.BOTS / "llm", tmp_path_factory.mktemp("local") / "bot")
    config = (bot / "config.yml").read_text(encoding="utf-8")
    assert config.count("timeout: 2.0") == 2
    (bot / "config.yml").write_text(config.replace("timeout: 2.0", f"timeout: {PATIENCE}"))
    (bot / "endpoints.yml").write_text(
        f"model_groups:\n- id: small\n  limits: {{retries: 0}}\n  models:\n"
        f"  - {{provider: self-hosted, model: {MODEL}, api_base: '{api_base}', "
        f"timeout: {PATIENCE}, temperature: 0.0, max_tokens: 40}}\n"
    )
    code, output = rasa_process.run("train", cwd=bot, seconds=280)
    assert code == 0, output[-3000:]
    return bot


@pytest.fixture
def report(
    capsys: pytest.CaptureFixture[str], pytestconfig: pytest.Config
) -> Callable[[str], None]:
    """Prints a line that is seen although the test passes."""

    def show(line: str) -> None:
        with capsys.disabled():
            pytestconfig.get_terminal_writer().write(f"\n{MODEL}: {line}\n")

    return show
