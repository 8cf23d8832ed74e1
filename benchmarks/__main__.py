"""Measures everything, writes benchmarks/results.json and the table in README.md."""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import Figure, table, write_readme

RESULTS = Path(__file__).parent / "results.json"
# Those with Rasa come last: what they load into this process would slow the others down.
MODULES = (
    "imports",
    "conditions",
    "engine",
    "loading",
    "e2e_reading",
    "plan_reading",
    "routing",
    "flow_retrieval",
    "plan_areas",
    "plan_conversations",
    "turns",
    "waiting",
    "llm_turns",
    "e2e_speed",
)


def main() -> int:
    """Exit code 1 if a bound isn't kept."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument(
        "--only", nargs="+", choices=MODULES, default=MODULES, help="the others' figures stay"
    )
    arguments = parser.parse_args()
    _be_quiet()
    known = read_results() if RESULTS.is_file() else {}
    for name in MODULES:
        if name in arguments.only:
            known[name] = list(_measured(name, arguments.data))
    content = {name: [f.as_dict() for f in known[name]] for name in MODULES if name in known}
    RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    write_readme([figure for name in content for figure in known[name]])
    figures = [figure for name in MODULES if name in arguments.only for figure in known[name]]
    print(table(figures))
    return 0 if all(figure.holds for figure in figures) else 1


def read_results() -> dict[str, list[Figure]]:
    """The figures of results.json, by the module that measured them."""
    content = json.loads(RESULTS.read_text(encoding="utf-8"))
    return {name: [Figure.from_dict(each) for each in figures] for name, figures in content.items()}


def _measured(name: str, data: Path) -> Iterable[Figure]:
    measure = importlib.import_module(f"benchmarks.{name}").measure
    figures: Iterable[Figure] = (
        measure(data) if "data" in inspect.signature(measure).parameters else measure()
    )
    return figures


def _be_quiet() -> None:
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


if __name__ == "__main__":
    sys.exit(main())
