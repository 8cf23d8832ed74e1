"""Dependencies point one way, Rasa stays in its room, and imports are cheap."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "router"

#: What a room may import besides itself, the package's own `__init__` and `errors`.
MAY_IMPORT = {
    "errors": set(),
    "flows": set(),
    "telemetry": set(),
    "llm": {"telemetry"},
    "dialogue": {"flows"},
    "embedding": {"llm"},
    "routing": {"embedding", "llm"},
    "understanding": {"dialogue", "embedding", "flows", "llm"},
    "checks": {"embedding", "flows", "llm", "plan", "routing", "telemetry", "understanding"},
    "evaluation": {"checks", "flows", "routing"},
    "plan": {"flows"},
    "planner": {"checks", "flows", "plan", "routing"},
    "rasa": {
        "checks",
        "dialogue",
        "embedding",
        "evaluation",
        "flows",
        "llm",
        "plan",
        "routing",
        "telemetry",
        "understanding",
    },
    "e2e": {"checks", "dialogue", "flows", "llm", "rasa", "routing", "understanding"},
    "cli": {
        "checks",
        "dialogue",
        "e2e",
        "embedding",
        "evaluation",
        "flows",
        "llm",
        "plan",
        "planner",
        "rasa",
        "routing",
        "understanding",
    },
    "startup": {"rasa"},
    "__init__": set(),
}
RASA = {"rasa", "rasa_sdk"}
ROOMS = set(MAY_IMPORT) - {"__init__"}


def imported_names(tree: ast.AST, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of every import, wherever in the module it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*start, *filter(None, [node.module])))
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"
        elif isinstance(node, ast.Call) and node.args:
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            target = node.args[0]
            if name in {"import_module", "__import__"} and isinstance(target, ast.Constant):
                yield node.lineno, str(target.value)


def violations(file: Path, source: str) -> list[str]:
    """What `source`, as `file` (relative to the package), imports against the rules."""
    room = file.parts[0].removesuffix(".py")
    found = []
    for line, name in imported_names(ast.parse(source), ("router", *file.parts[:-1])):
        first, *rest = name.split(".")
        if first in RASA and room != "rasa":
            found.append(f"router/{file}:{line}: imports {name}, which only router/rasa may")
        if first != "router" or not rest or rest[0] not in ROOMS:
            continue
        if rest[0] not in {room, "errors"} | MAY_IMPORT[room]:
            found.append(f"router/{file}:{line}: {room} may not import {rest[0]} ({name})")
    return found


def test_every_import_points_the_right_way() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert files
    found = [
        violation
        for file in files
        for violation in violations(file.relative_to(PACKAGE), file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_room_has_its_rule() -> None:
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name[0] != "."}
    assert rooms - {"__pycache__", "py.typed"} <= set(MAY_IMPORT)


def test_the_rules_have_no_circle() -> None:
    def reachable(room: str, seen: frozenset[str]) -> set[str]:
        assert room not in seen, f"{room} reaches itself"
        return {room}.union(*(reachable(r, seen | {room}) for r in MAY_IMPORT[room]))

    assert reachable("cli", frozenset()) == ROOMS - {"errors", "startup"}


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("routing/router.py", "from router.flows.model import Flow"),
        ("routing/router.py", "from ..flows import model"),
        ("routing/router.py", "from router import flows"),
        ("routing/router.py", "from .. import flows"),
        ("routing/router.py", "def f():\n    import router.flows"),
        (
            "routing/router.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from router.flows import X",
        ),
        ("routing/router.py", "import importlib\nimportlib.import_module('router.flows')"),
        ("flows/model.py", "import router.dialogue.engine"),
        ("dialogue/engine.py", "from router.understanding import x"),
        ("dialogue/engine.py", "from rasa.shared.core.events import SlotSet"),
        ("understanding/x.py", "import rasa_sdk"),
        ("understanding/x.py", "from router.routing import Route"),
        ("cli/chat.py", "def f():\n    from rasa.core.agent import Agent"),
        ("rasa/importer.py", "from router.cli import main"),
        ("planner/plan.py", "from router.rasa import importer"),
        ("errors.py", "from router.flows import model"),
        ("__init__.py", "from router.rasa import importer"),
        ("evaluation/x.py", "from router.rasa import evaluation"),
    ],
)
def test_a_forbidden_import_is_caught(file: str, source: str) -> None:
    assert len(violations(Path(file), source)) == 1


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("rasa/importer.py", "import rasa.shared.importers.importer\nfrom router.flows import x"),
        ("cli/chat.py", "from router.rasa import importer\nfrom router.planner import plan"),
        ("understanding/x.py", "from router.dialogue import commands\nfrom . import y"),
        ("routing/router.py", "from router.errors import InvalidConfig\nimport rasa_like"),
        ("routing/router.py", "from router.routing.decision import Route\nimport router"),
    ],
)
def test_an_allowed_import_passes(file: str, source: str) -> None:
    assert violations(Path(file), source) == []


MEASURE = """
import json, sys, time
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""
HELP = "import contextlib, io; from router.cli import main\nwith contextlib.redirect_stdout(io.StringIO()): main(['--help'], standalone_mode=False)"  # noqa: E501 (a program)


def best_of_three(statement: str) -> tuple[float, set[str]]:
    """Least seconds a fresh interpreter takes for `statement`, and the modules it has then."""
    runs = []
    for _ in range(3):
        result = subprocess.run(
            [sys.executable, "-c", MEASURE.format(statement=statement)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )
        runs.append(json.loads(result.stdout))
    return min(seconds for seconds, _ in runs), set(runs[0][1])


@pytest.mark.parametrize(
    ("statement", "bound"), [("import router", 0.3), (HELP, 0.5)], ids=["import router", "--help"]
)
def test_what_everyone_pays_is_cheap(statement: str, bound: float) -> None:
    seconds, modules = best_of_three(statement)
    assert not modules & {"tensorflow", "rasa", "rasa_sdk", "litellm", "numpy"}
    assert seconds < bound
