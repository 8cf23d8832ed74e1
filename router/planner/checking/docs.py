"""Writes docs/plan_checks.md: `python -m router.planner.checking.docs > docs/plan_checks.md`.

Each code is shown with the smallest files that have it, from tests/planner.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from router.checks.catalogue import Code
from router.checks.plan_catalogue import PLAN_CODES
from router.checks.project import read_project
from router.errors import Problem
from router.flows.yaml_source import read_yaml
from router.plan.reading import PLAN_FILE, read_plan
from router.planner.checking import Outdated, ShownHandoff, TestEvidence, check_plan
from router.planner.inventory import read_inventory

__all__ = ["EXAMPLES", "PlanExample", "document", "read_example"]

EXAMPLES = Path(__file__).parents[3] / "tests" / "planner" / "plan_check_examples"
_BASE = EXAMPLES.with_name("plan_check_base.yml")
_INTRODUCTION = """\
# What `coexist plan check` reports

<!-- Written by `make docs` from router/checks/plan_catalogue.py and tests/planner. -->

`coexist plan check` compares migration.yml with config.yml, the domain, stories, rules, flows,
the end-to-end tests and their results. It needs no Rasa and no model. In CI, after the tests:

```
coexist test --coverage --json results.json
coexist plan check --e2e results.json
```

Each problem is one line: `file:line:column: level[code]: what is wrong. What to write.`
A comment `# coexist: ignore[code]` at the end of the line that a problem points at silences it.
`--format json` and `--format sarif` are those of `coexist validate`, and so are the exit codes:
0 for nothing wrong, 1 for errors (with `--strict`, or warnings), 2 if a file isn't there or
can't be read at all. While the plan, results or one of the bot's files can't be read, only that
is told, of all of them at once. What a plan can't say at all (`invalid-value`, `unknown-key`,
`listed-twice`, ...) is told with the codes of [checks.md](checks.md).

Of what `keep_in_both` names, rules and stories are neither left over nor cut off by the border.
An area counts as CALM's at the stages `calm` and `done`. A case went through a flow if the
flow was started, was on the stack, or is covered by it; a failing one also if it expected the
flow. `flaky` counts as failing. Tests are of an area if they stand in a folder of its name
(`e2e_tests/AREA/`), where `coexist plan scaffold` puts them. Results are stale if a file of the
bot was written after the run began.

"""


@dataclass(frozen=True)
class PlanExample:
    """The smallest files that show a code, and the place (`path:line`) it's reported at.

    What it doesn't give is that of a small bot whose plan is right.
    """

    at: str
    files: Mapping[str, str]
    evidence: TestEvidence | None

    def write(self, folder: Path) -> None:
        """Writes its files."""
        for name, text in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def problems(self, folder: Path) -> list[Problem]:
        """Its problems, once it was written to `folder`; that must be the working folder."""
        here = Path(os.path.relpath(folder))
        config, domain, data = here / "config.yml", here / "domain.yml", [here / "data"]
        project = read_project(str(config), domain, data, folder=here)
        inventory = read_inventory(config, domain, data)
        plan_file = here / PLAN_FILE
        return check_plan(
            read_plan(plan_file), plan_file, project, inventory, self.evidence, [here / "e2e_tests"]
        )


def read_example(code: str | None = None) -> PlanExample:
    """The example of a code; without one, the small bot whose plan is right."""
    base: Mapping[str, Any] = read_yaml(_BASE)
    own: Mapping[str, Any] = read_yaml(EXAMPLES / f"{code}.yml") if code else {}
    evidence = own.get("evidence", base["evidence"])
    return PlanExample(
        at=own.get("at", ""),
        files={**base["files"], **own.get("files", {})},
        evidence=None if evidence is None else _evidence(evidence),
    )


def _evidence(data: Mapping[str, Any]) -> TestEvidence:
    handoffs = data.get("handoffs")
    return TestEvidence(
        passing={flow: tuple(cases) for flow, cases in data.get("passing", {}).items()},
        failing={flow: tuple(cases) for flow, cases in data.get("failing", {}).items()},
        handoffs=None if handoffs is None else tuple(map(_handoff, handoffs)),
        outdated=tuple(Outdated(**each) for each in data.get("outdated", ())),
    )


def _handoff(data: Mapping[str, Any]) -> ShownHandoff:
    return ShownHandoff(**{**data, "cases": tuple(data.get("cases", ()))})


def document() -> str:
    """The text of docs/plan_checks.md."""
    rows = "".join(
        f"| [`{code.name}`](#{code.name}) | {code.level} | {code.meaning} |\n"
        for code in PLAN_CODES.values()
    )
    table = f"| code | level | meaning |\n|---|---|---|\n{rows}\n"
    return _INTRODUCTION + table + "\n".join(map(_section, PLAN_CODES.values()))


def _section(code: Code) -> str:
    return f"## {code.name}\n\n{code.meaning} {code.advice}\n\n" + "\n".join(_shown(code.name))


def _shown(code: str) -> Iterator[str]:
    """The plan where the example has one of its own, the file pointed at, and the problem."""
    example = read_example(code)
    file, _, line = example.at.rpartition(":")
    own = read_yaml(EXAMPLES / f"{code}.yml")["files"]
    for name in dict.fromkeys((file, PLAN_FILE)):
        if name in own:
            yield f"`{name}`\n\n```yaml\n{own[name]}```\n"
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)
        try:
            example.write(Path(folder))
            found = example.problems(Path(folder))
        finally:
            os.chdir(before)
    here = [p for p in found if p.code == code and p.location.line == int(line)]
    yield f"```text\n{here[0]}\n```\n"


if __name__ == "__main__":
    sys.stdout.write(document())
