"""What takes long to make is made once a run, also where tests run in several processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder of this process's own with what `make` puts into the one that it is given."""
    own = factory.mktemp(name) / "bot"
    if "PYTEST_XDIST_WORKER" not in os.environ:
        make(own)
        return own
    run = factory.getbasetemp().parent
    shared, done = run / f"once-{name}", run / f"once-{name}.done"
    with FileLock(run / f"once-{name}.lock"):
        if not done.exists():
            shutil.rmtree(shared, ignore_errors=True)
            make(shared)
            done.touch()
    return shutil.copytree(shared, own)
