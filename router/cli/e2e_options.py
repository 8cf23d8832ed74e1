"""The options of `coexist test`, and what was asked for by them."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from router.e2e.options import WORKERS
from router.llm.modes import LLM_MODES, LLMMode

__all__ = ["Asked", "test_options"]

DEFAULT_PATHS = ("e2e_tests",)
_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, exists=True)

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Asked:
    """What was asked for; each is the option of its name.

    `words` are those of `-k`, `flaky_fails` is `--flaky fail`, `list_cases` is `--list`.
    """

    paths: tuple[str, ...]
    config: Path
    model: Path | None
    endpoints: Path | None
    train: bool
    url: str | None
    llm: LLMMode | None
    workers: int | None
    repeat: int
    retries: int
    flaky: str
    fail_fast: bool
    seed: int
    timeout: float
    latency_fails: bool
    judge: str | None
    reset_command: str | None
    words: tuple[str, ...]
    tag: tuple[str, ...]
    skip_tag: tuple[str, ...]
    list_cases: bool
    dry_run: bool
    junit_xml: Path | None
    json: Path | None
    html: Path | None
    markdown: Path | None
    results: Path | None
    coverage: bool
    coverage_min: str | None

    @property
    def mode(self) -> LLMMode:
        """How language models answer."""
        return self.llm or ("live" if self.url or not _is_ci() else "replay")

    @property
    def at_a_time(self) -> int:
        """How many cases are played at a time; what a reset resets is shared by all."""
        return self.workers or (1 if self.reset_command else WORKERS)

    @property
    def flaky_fails(self) -> bool:
        """Whether a flaky case makes the run fail."""
        return self.flaky == "fail"

    @property
    def endpoints_file(self) -> Path:
        """endpoints.yml, whether it's there or not."""
        return self.endpoints or self.config.parent / "endpoints.yml"

    @property
    def rerun(self) -> str:
        """The command that plays a case again as this run does, before the case's id."""
        given: list[str] = []
        for name in ("config", "model", "endpoints", "url", "judge", "reset_command"):
            value = getattr(self, name)
            if value is not None and value != _DEFAULTS.get(name):
                given += [f"--{name.replace('_', '-')}", str(value)]
        if not self.url and self.llm:
            given += ["--llm", self.mode]
        if self.timeout != _DEFAULTS["timeout"]:
            given += ["--timeout", str(self.timeout).removesuffix(".0")]
        if self.seed:
            given += ["--seed", str(self.seed)]
        if self.latency_fails:
            given.append("--latency-fails")
        return shlex.join(["coexist", "test", *given])

    def check(self) -> None:
        """Refuses options that don't go together.

        Raises:
            click.UsageError: says which.
        """
        if self.url and not _is_address(self.url):
            raise click.UsageError(f"--url {self.url}: write it as http://localhost:5005.")
        if not math.isfinite(self.timeout):
            reason = "is no number of seconds: write one, such as 60."
            raise click.UsageError(f"--timeout {self.timeout} {reason}")
        for name in ("model", "train", "llm"):
            if self.url and getattr(self, name):
                reason = "is for a bot in this process: with --url the server has its own."
                raise click.UsageError(f"--{name} {reason}")
        if self.train and self.model:
            raise click.UsageError("--train trains the model of --config: leave --model out.")
        if self.reset_command and self.at_a_time > 1:
            reason = "resets what all cases share: leave --workers out, or write --workers 1."
            raise click.UsageError(f"--reset-command {reason}")


_DEFAULTS = {"config": Path("config.yml"), "timeout": 60.0}


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("true", "1")


_OPTIONS = (
    click.argument("paths", nargs=-1),
    click.option(
        "--config",
        type=_FILE,
        default=_DEFAULTS["config"],
        show_default=True,
        help="The assistant's configuration; its folder is the project.",
    ),
    click.option(
        "--model", type=_THERE, help="A trained model, or a folder of them.  [default: the newest]"
    ),
    click.option(
        "--endpoints",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        help="The endpoints.  [default: the project's endpoints.yml, if it's there]",
    ),
    click.option("--train", is_flag=True, help="Train first if there's no model or it's outdated."),
    click.option(
        "--url",
        help="Test a running server instead, such as http://localhost:5005; its token or JWT "
        "is in COEXIST_TOKEN or COEXIST_JWT. Cases with stubs are skipped.",
    ),
    click.option(
        "--llm",
        type=click.Choice(LLM_MODES),
        help="Language models: as they are, recorded, replayed from cassettes, or as the "
        "tests say.  [default: live; replay if CI=true]",
    ),
    click.option(
        "--workers",
        type=click.IntRange(min=1),
        help=f"How many cases are played at a time.  [default: {WORKERS}]",
    ),
    click.option(
        "--repeat",
        type=click.IntRange(min=1),
        default=1,
        metavar="N",
        help="Play each case N times; one that passes only sometimes is flaky.",
    ),
    click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Play a case that failed up to N times more; passing then makes it flaky.",
    ),
    click.option(
        "--flaky",
        type=click.Choice(["fail", "allow"]),
        default="fail",
        show_default=True,
        help="Whether a flaky case, which --repeat or --retries saw pass only sometimes, makes "
        "the run fail.",
    ),
    click.option("--fail-fast", is_flag=True, help="Begin no case after one that doesn't pass."),
    click.option(
        "--seed",
        type=click.IntRange(min=0),
        default=0,
        help="Shuffle the order of the cases, the same way for the same number.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=_DEFAULTS["timeout"],
        show_default=True,
        metavar="SECONDS",
        help="How long a turn may take.",
    ),
    click.option("--latency-fails", is_flag=True, help="Fail turns over their turn_latency_ms."),
    click.option(
        "--judge",
        metavar="GROUP",
        help="The model group of endpoints.yml that grades generated answers.  "
        "[default: judge, if there is one]",
    ),
    click.option(
        "--reset-command",
        metavar="COMMAND",
        help="A shell command to run before each attempt at a case; cases then run one by one.",
    ),
    click.option(
        "-k", "words", multiple=True, metavar="TEXT", help="Only cases whose file or name has it."
    ),
    click.option("--tag", multiple=True, help="Only cases with this tag."),
    click.option("--skip-tag", multiple=True, help="No cases with this tag."),
    click.option("--list", "list_cases", is_flag=True, help="List the cases; run none."),
    click.option("--dry-run", is_flag=True, help="Read and check the files; run nothing."),
    click.option("--junit-xml", type=_FILE, help="Write JUnit XML, for CI."),
    click.option("--json", type=_FILE, help="Write all that's known of the run."),
    click.option("--html", type=_FILE, help="Write a page with the conversations."),
    click.option("--markdown", type=_FILE, help="Write a comment for a pull request."),
    click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Write passed.yml and failed.yml there, which run again.",
    ),
    click.option("--coverage", is_flag=True, help="Say what of the bot the passing cases cover."),
    click.option(
        "--coverage-min",
        metavar="AREA=PERCENT,...",
        help="Fail below, such as flows=80,handoffs=50.",
    ),
)


def test_options(command: Command) -> Command:
    """Gives a command the options whose values make `Asked`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


test_options.__test__ = False  # type: ignore[attr-defined]  # not a test of pytest's
