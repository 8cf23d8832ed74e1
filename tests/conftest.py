"""What all tests share: the environment, and bots trained once a run."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rasa_process
from made_once import made_once
from rasa_process import BOTS

ROOT = Path(__file__).parents[1]

os.environ.update(
    RASA_TELEMETRY_ENABLED="false",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
    TF_CPP_MIN_LOG_LEVEL="3",
    SQLALCHEMY_SILENCE_UBER_WARNING="1",
)


@pytest.fixture(autouse=True)
def loud_again() -> Iterator[None]:
    """A command that a test runs in this process silences logging; the next test may look at it."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)


def run_rasa(
    *arguments: str, cwd: Path, seconds: float = 280, **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs the real `rasa` command in a project; its output goes to a string."""
    return subprocess.run(
        [sys.executable, "-m", "rasa", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def plain_lines(output: str) -> str:
    """Rasa's output without the warnings of its libraries."""
    return "\n".join(line for line in output.splitlines() if "Warning" not in line)


@pytest.fixture(scope="session")
def rasa() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The real `rasa` command."""
    return run_rasa


def _trained(name: str, factory: pytest.TempPathFactory, *configs: str) -> Path:
    """A copy of a bot of tests/bots, trained as models/<name>.tar.gz.

    With `configs`, it is trained with each config.<...>.yml instead, as models/<...>.tar.gz.
    """

    def make(project: Path) -> None:
        shutil.copytree(BOTS / name, project)
        for config in configs or ("",):
            file = f"config.{config}.yml" if config else "config.yml"
            arguments = ("--config", file, "--fixed-model-name", config or name)
            code, output = rasa_process.run("train", *arguments, cwd=project, seconds=280)
            assert code == 0, output[-3000:]

    return made_once(factory, "-".join((name, *configs)), make)


@pytest.fixture(scope="session")
def mini_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small trained bot with both systems: a folder with its model."""
    return _trained("mini", tmp_path_factory)


@pytest.fixture(scope="session")
def showcase_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CALM bot that uses every feature, trained: a folder with its files and its model."""
    return _trained("showcase", tmp_path_factory)


@pytest.fixture(scope="session")
def llm_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bot that routes and understands by a language model, trained without one."""
    return _trained("llm", tmp_path_factory)


@pytest.fixture(scope="session")
def meaning_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same bot routed by meaning: a folder with the models of config.<name>.yml."""
    return _trained("llm", tmp_path_factory, "semantic", "hybrid", "single")


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample assistant, trained: a folder with its files and its model."""

    def make(project: Path) -> None:
        for name in ("actions", "data", "domain", "flows"):
            shutil.copytree(ROOT / name, project / name)
        for name in ("config.yml", "credentials.yml", "demo.yml", "endpoints.yml"):
            shutil.copy2(ROOT / name, project)
        result = run_rasa("train", "--domain", "domain", cwd=project)
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]

    return made_once(tmp_path_factory, "bank", make)


@pytest.fixture(scope="session")
def stock_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small bot of intents, stories and rules, trained and evaluated without this layer."""

    def make(project: Path) -> None:
        rasa_process.evaluated(shutil.copytree(BOTS / "stock", project))

    return made_once(tmp_path_factory, "stock", make)


@pytest.fixture(scope="session")
def mini_agent(mini_bot: Path) -> Iterator[Any]:
    """The mini bot loaded in process, with its in-process actions."""
    import skops.io  # noqa: F401 - takes half a minute if Rasa is loaded already
    import structlog
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    # Rasa's debug lines of structlog would fill the output of every failing test.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))

    sys.path.insert(0, str(mini_bot))
    endpoint = EndpointConfig(actions_module="mini_actions", timeout=1)
    yield Agent.load(str(mini_bot / "models" / "mini.tar.gz"), action_endpoint=endpoint)
    sys.path.remove(str(mini_bot))


@pytest.fixture
def talk(mini_agent: Any, request: pytest.FixtureRequest) -> Any:
    """One fresh conversation with the mini bot: `await talk("hello")` gives the texts."""
    sender = request.node.nodeid

    async def say(text: str) -> list[str]:
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        channel = CollectingOutputChannel()
        await mini_agent.handle_message(UserMessage(text, channel, sender))
        return [str(message.get("text")) for message in channel.messages]

    async def tracker() -> Any:
        return await mini_agent.tracker_store.retrieve(sender)

    async def slot(name: str) -> Any:
        return (await tracker()).get_slot(name)

    say.tracker, say.slot, say.sender = tracker, slot, sender  # type: ignore[attr-defined]
    return say
