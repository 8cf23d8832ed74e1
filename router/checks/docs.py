"""Writes docs/checks.md: `python -m router.checks.docs > docs/checks.md`.

Each code is shown with the smallest files that have it, from tests/checks/examples.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from router.checks import check_project
from router.checks.catalogue import CODES, Code
from router.errors import Problem
from router.flows.yaml_source import read_yaml

__all__ = ["EXAMPLES", "Example", "document", "read_example"]

EXAMPLES = Path(__file__).parents[2] / "tests" / "checks" / "examples"
_BASE = EXAMPLES.with_name("base.yml")
_STAR = " \\*"
_INTRODUCTION = """\
# What `coexist validate` reports

<!-- Written by `make docs` from router/checks/catalogue.py and tests/checks/examples. -->

Each problem is one line: `file:line:column: level[code]: what is wrong. What to write.`
`rasa train` stops at errors with the same lines, and shows the warnings. Codes are stable.

A comment `# coexist: ignore[code]` at the end of the line that a problem points at
(`ignore[code1, code2]` for several) silences it, in both commands. Codes marked with a star
can't be silenced: with them, a file can't be read as it was meant.

Exit codes of `coexist validate`: 0 for nothing wrong, 1 for errors (with `--strict`, or
warnings), 2 if a file isn't there or can't be read at all. What only follows from such a
file, such as an unknown slot without a domain, is told once it can be read.

`--format json` prints a list of objects with `file`, `line`, `column`, `level`, `code`,
`message` and `advice`; `--format sarif` prints SARIF 2.1.0, of which code hosts make
annotations of pull requests.

"""


@dataclass(frozen=True)
class Example:
    """The smallest files that show a code, and the place (`path:line`) it's reported at."""

    at: str
    files: Mapping[str, str | None]
    encoding: str = "utf-8"
    links: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Writes its files, and those of a small bot where it gives none."""
        base: Mapping[str, str] = read_yaml(_BASE)["files"]
        for name, text in {**base, **self.files}.items():
            if text is not None:
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(text.encode(self.encoding))
        for name, target in self.links.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.symlink_to(target)

    def problems(self, folder: Path) -> list[Problem]:
        """Its problems, once it was written to `folder`; that must be the working folder."""
        here = Path(os.path.relpath(folder))
        config, domain, data = (here / name for name in ("config.yml", "domain.yml", "data"))
        endpoints = here / "endpoints.yml"
        given = endpoints if endpoints.exists() else None
        return check_project(config, domain, [data], endpoints=given, folder=here)


def read_example(code: str) -> Example:
    """The example of a code."""
    data: dict[str, Any] = read_yaml(EXAMPLES / f"{code}.yml")
    return Example(**{"files": {}, **data})


def document() -> str:
    """The text of docs/checks.md."""
    rows = "".join(
        f"| [`{code.name}`](#{code.name}){'' if code.can_be_ignored else _STAR} "
        f"| {code.level} | {code.meaning} |\n"
        for code in CODES.values()
    )
    table = f"| code | level | meaning |\n|---|---|---|\n{rows}\n"
    return _INTRODUCTION + table + "\n".join(map(_section, CODES.values()))


def _section(code: Code) -> str:
    return f"## {code.name}\n\n{code.meaning} {code.advice}\n\n" + "\n".join(_shown(code.name))


def _shown(code: str) -> Iterator[str]:
    example = read_example(code)
    file, _, line = example.at.rpartition(":")
    text = example.files.get(file)
    if text:
        yield f"`{file}`\n\n```yaml\n{text}```\n"
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
