"""`coexist doctor`: check an environment and say what to do."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import click

from router.cli import environment
from router.cli.environment import Check, installed_version
from router.cli.pins import check_pins

__all__ = ["doctor"]

RASA_NEEDS: dict[str, tuple[int, ...]] = {"aiohttp": (), "jsonschema": (), "packaging": (22,)}
STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


def _environment_checks(variables: Mapping[str, str]) -> list[Check]:
    rasa = installed_version("rasa")
    python = sys.version_info[:3]
    pydantic = installed_version("pydantic")
    pins = check_pins()
    overridden = {pin.name for pin in pins}
    return [
        environment.check_python(python),
        environment.check_rasa(rasa, python),
        environment.check_library("pydantic", pydantic, at_least=(2, 6), below=(3,)),
        # What Rasa alone needs; where a pin isn't met, the pin's own line says more.
        *(
            environment.check_library(name, installed_version(name), below=below)
            for name, below in RASA_NEEDS.items()
            if rasa is not None and f"pin {name}" not in overridden
        ),
        environment.check_spacy(installed_version("spacy"), pydantic),
        environment.check_litellm(installed_version("litellm"), variables),
        environment.check_telemetry(variables, rasa),
        *pins,
    ]


def _component_check(seconds: float) -> Check:
    if installed_version("rasa") is None:
        return Check("components", "ok", "not imported: they need Rasa, which isn't installed")
    return environment.check_components(seconds, Path.cwd())


def _print_table(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for title in ("check", "status", "found", "what to do"):
        table.add_column(title, overflow="fold")
    for check in checks:
        status = Text(check.status, style=STYLES[check.status])
        table.add_row(check.name, status, Text(check.found), Text(check.advice))
    Console().print(table)


@click.command()
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.yml"),
    show_default=True,
    help="The bot's configuration; the default may be absent.",
)
@click.option("--imports/--no-imports", default=True, help="Import the components as a trial.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds that importing the components may take.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def doctor(ctx: click.Context, config: Path, imports: bool, timeout: float, as_json: bool) -> None:
    """Check this environment and say what to do.

    Looks at Python, Rasa and what it pins, spaCy, LiteLLM, the telemetry setting, the
    components, and the importers: line of config.yml. Exit code 1 if there's a problem.
    """
    checks = _environment_checks(os.environ)
    if imports:
        checks.append(_component_check(timeout))
    given = ctx.get_parameter_source("config") is not click.core.ParameterSource.DEFAULT
    if given or config.exists():
        checks.append(environment.check_config(config))

    problems = sum(check.status == "problem" for check in checks)
    warnings = sum(check.status == "warning" for check in checks)
    if as_json:
        report = {
            "problems": problems,
            "warnings": warnings,
            "checks": [asdict(check) for check in checks],
        }
        click.echo(json.dumps(report, indent=2))
    else:
        _print_table(checks)
        click.echo(f"{problems} problem(s), {warnings} warning(s).")
    ctx.exit(1 if problems else 0)
