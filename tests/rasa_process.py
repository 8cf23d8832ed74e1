"""The real `rasa` command, many times for one import of TensorFlow.

Importing Rasa costs about 15 seconds of CPU, a command's own work one or two. So a server
process imports Rasa, never this project, and each command runs in a fork of it: a process
of its own in which Rasa is imported and nothing has run yet.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

BOTS = Path(__file__).parent / "bots"

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "skops.io",  # compares each numpy function with all modules loaded: 30 s if last
        "rasa.__main__",
        "rasa.core.agent",
        "rasa.engine.recipes.default_components",
        "rasa.model_testing",
        "rasa.model_training",
        "rasa.server",
    ]
)


def start(*arguments: str, cwd: Path, out: Path | str, terminal: bool = False) -> BaseProcess:
    """Starts `rasa` with these arguments; what it prints goes to the file or terminal `out`."""
    process = _CONTEXT.Process(target=_rasa, args=(arguments, str(cwd), str(out), terminal))
    process.start()
    return process


def run(*arguments: str, cwd: Path, seconds: float = 120) -> tuple[int, str]:
    """Runs `rasa` to its end: the exit code and all it printed."""
    out = cwd / "output.txt"
    process = start(*arguments, cwd=cwd, out=out)
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode or 0, out.read_text(encoding="utf-8")


def evaluated(project: Path) -> Path:
    """The bot of the folder, trained as `stock.tar.gz` and evaluated into `results`."""
    arguments = ("train", "--fixed-model-name", "stock")
    code, output = run(*arguments, cwd=project, seconds=200)
    assert code == 0, output[-3000:]
    arguments = ("test", "core", "--model", "models/stock.tar.gz", "--stories", "tests")
    code, output = run(*arguments, "--out", "results", cwd=project)
    assert code == 0, output[-3000:]
    return project


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _rasa(arguments: tuple[str, ...], cwd: str, out: str, terminal: bool) -> None:
    assert not [name for name in sys.modules if name.partition(".")[0] == "router"]
    if terminal:
        os.setsid()  # so that the terminal opened next is the process's own
        source = os.open(out, os.O_RDONLY)
        target = os.open(out, os.O_WRONLY)  # not the same: prompts make their input non-blocking
        os.environ.update(PROMPT_TOOLKIT_NO_CPR="1", TERM="xterm")
    else:
        source = os.open(os.devnull, os.O_RDONLY)
        target = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, opened in enumerate((source, target, target)):
        os.dup2(opened, number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, m) for n, m in enumerate("rww"))
    os.chdir(cwd)
    sys.argv = ["rasa", *arguments]

    from rasa.__main__ import main

    main()
