"""Measures everything, writes benchmarks/results.json and the table in README.md."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import warnings
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


def main() -> int:
    """Exit code 1 if a bound isn't kept."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    from benchmarks import (
        conditions,
        e2e_reading,
        e2e_speed,
        engine,
        flow_retrieval,
        imports,
        llm_turns,
        loading,
        plan_areas,
        plan_conversations,
        routing,
        turns,
        waiting,
    )
    from benchmarks.figures import table, write_readme

    # Those with Rasa come last: what they load into this process would slow the others down.
    measured = (
        imports.measure(),
        conditions.measure(),
        engine.measure(),
        loading.measure(),
        e2e_reading.measure(),
        routing.measure(data),
        flow_retrieval.measure(data),
        plan_areas.measure(data),
        plan_conversations.measure(data),
        turns.measure(),
        waiting.measure(),
        llm_turns.measure(),
        e2e_speed.measure(),
    )
    figures = [figure for some in measured for figure in some]
    content = [figure.as_dict() for figure in figures]
    RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    write_readme(figures)
    print(table(figures))
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
