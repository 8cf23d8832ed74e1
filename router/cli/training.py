"""Training a project with `rasa train` when its model is missing or older than its files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console

from router.cli.quiet import ENVIRONMENT
from router.cli.rendering import elapsed
from router.errors import InvalidConfig, Location, Problem

__all__ = [
    "ensure_model",
    "failure_excerpt",
    "model_folder",
    "newest_model",
    "project_files",
    "train_command",
]

CONFIG_NAME = "config.yml"
LOG_NAME = "training.log"
_STAGE = re.compile(r"Starting to train component '(\w+)'")
_TERMINAL_CODES = re.compile(r"\x1b\[[0-9;]*m")
# The second line of setuptools' warnings of namespace packages is one that has no mark.
_NOISE = re.compile(
    r"Warning\b|^\s|^$| (?:DEBUG|INFO|WARNING) |\d+%\||^Implementing implicit namespace packages "
)


def ensure_model(console: Console, config: Path, model: Path | None) -> Path:
    """The model to load: the one given, else the configuration's, trained first if need be.

    Raises:
        InvalidConfig: there's no config.yml.
        click.ClickException: the training failed; its message quotes and names the log.
    """
    if model is not None:
        return model
    if not config.is_file():
        message = f"{config} isn't there, so there's nothing to train."
        advice = "Run the command in the assistant's folder, or name its file with --config."
        raise InvalidConfig([Problem(Location(str(config)), "missing-file", message, advice)])
    folder = model_folder(config)
    found = newest_model(folder)
    newest_file = max(path.stat().st_mtime for path in project_files(config))
    if found is None or found.stat().st_mtime < newest_file:
        why = "There's no model yet" if found is None else "Files are newer than the model"
        _train(console, config, why)
        found = newest_model(folder)
    if found is None:
        raise click.ClickException(f"`rasa train` left no model in {folder}.")
    return found


def model_folder(config: Path) -> Path:
    """Where the models of a configuration are: `models`, or one of its own in there.

    So `rasa run`, which takes the latest in `models`, finds those of config.yml.
    """
    models = config.parent / "models"
    return models if config.name == CONFIG_NAME else models / config.stem


def newest_model(folder: Path) -> Path | None:
    """The latest model in a folder."""
    models = list(folder.glob("*.tar.gz"))
    return max(models, key=lambda path: path.stat().st_mtime, default=None)


def project_files(config: Path) -> Iterator[Path]:
    """All files that the model is made of; actions aren't."""
    yield config
    for name in ("domain.yml", "domain", "data", *_named_files(config)):
        path = config.parent / name
        if path.is_file():
            yield path
        else:
            yield from (p for p in path.rglob("*.y*ml") if p.is_file())


def _named_files(config: Path) -> list[str]:
    """The flows and the prompts that config.yml names, relative to it."""
    try:
        data: Any = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []  # `rasa train` says what is wrong
    found = ["flows"]
    for section, keys in (
        ("importers", ("flows",)),
        ("pipeline", ("prompt_template", "prompt", "plan")),
    ):
        items = data.get(section) if isinstance(data, dict) else None
        for item in items if isinstance(items, list) else ():
            for given in (item.get(key, ()) for key in keys if isinstance(item, dict)):
                found += [given] if isinstance(given, str) else map(str, given)
    return found


def train_command(config: Path) -> list[str]:
    """The command that trains a configuration, in its folder; its words."""
    project = config.parent
    # Rasa itself doesn't look for a folder `domain`.
    domain = "domain.yml" if (project / "domain.yml").exists() else "domain"
    given = ["--config", config.name, "--domain", domain, "--data", "data"]
    return ["rasa", "train", *given, "--out", str(model_folder(config).relative_to(project))]


def _command(config: Path) -> list[str]:
    return [sys.executable, "-m", *train_command(config)]


def _train(console: Console, config: Path, why: str) -> None:
    log = model_folder(config) / LOG_NAME
    log.parent.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    if not console.is_terminal:
        where = f"its output goes to {log}"
        console.print(f"{why}: training (a minute or so; {where}) ...", soft_wrap=True)
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            _command(config),
            cwd=config.parent,
            env={**os.environ, **ENVIRONMENT, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            with elapsed(console) as progress:
                task = progress.add_task(f"{why}: training")
                while process.poll() is None:
                    progress.update(task, description=f"{why}: training{_stage(log)}")
                    time.sleep(0.25)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(10)
    seconds = time.monotonic() - start
    if process.returncode != 0:
        excerpt = failure_excerpt(log.read_text(encoding="utf-8", errors="replace"))
        raise click.ClickException(
            f"Training failed after {seconds:.0f} s:\n{excerpt}\nAll of its output is in {log}"
        )
    console.print(f"[dim]Trained in {seconds:.0f} s.[/dim]")


def _stage(log: Path) -> str:
    stages = _STAGE.findall(log.read_text(encoding="utf-8", errors="replace"))
    return f" {stages[-1]}" if stages else ""


def failure_excerpt(output: str, lines: int = 12) -> str:
    """The last lines of Rasa's output that aren't notices, warnings or a traceback's."""
    plain = _TERMINAL_CODES.sub("", output).splitlines()
    telling = [line for line in plain if not _NOISE.search(line)]
    return "\n".join(telling[-lines:]) or "It wrote nothing."
