"""The real `coexist` command in a fork of the process in which Rasa is imported already."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import rasa_process  # noqa: F401 - says what that process imports

_CONTEXT = multiprocessing.get_context("forkserver")


def run(
    *arguments: str, cwd: Path, lines: list[str], env: Mapping[str, str], seconds: float = 120
) -> tuple[int, str, str]:
    """Runs `coexist` on lines of standard input: the exit code, standard output and error."""
    given, out, error = (cwd / f"standard.{name}" for name in ("in", "out", "error"))
    given.write_text("\n".join(lines), encoding="utf-8")
    paths = tuple(map(str, (given, out, error)))
    process = _CONTEXT.Process(target=_coexist, args=(arguments, str(cwd), paths, dict(env)))
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode or 0, out.read_text("utf-8"), error.read_text("utf-8")


def _coexist(
    arguments: tuple[str, ...], cwd: str, paths: tuple[str, ...], env: dict[str, str]
) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path in enumerate(paths):
        os.dup2(os.open(path, flags if number else os.O_RDONLY), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m) for n, m in enumerate("rww"))
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["coexist", *arguments]

    from router.cli import main

    main()
