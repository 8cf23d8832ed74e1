"""The sample bank with language models: trained once for each configuration, when asked for."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
import rasa_process
from made_once import made_once

ROOT = Path(__file__).parents[2]


def trained(name: str, project: Path) -> None:
    """Makes a copy of the sample with the model of config.<name>.yml; no model is asked for it."""
    for part in ("actions", "cassettes", "data", "domain", "flows"):
        shutil.copytree(ROOT / part, project / part)
    for file in (f"config.{name}.yml", "endpoints.yml", "endpoints.local.yml"):
        shutil.copy2(ROOT / file, project)
    out = f"models/config.{name}"
    arguments = ("train", "--config", f"config.{name}.yml", "--domain", "domain", "--out", out)
    code, output = rasa_process.run(*arguments, cwd=project, seconds=280)
    assert code == 0, output[-3000:]


@pytest.fixture(scope="session")
def llm_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample that a language model routes and understands."""
    return made_once(tmp_path_factory, "llm_bank", partial(trained, "llm"))


@pytest.fixture(scope="session")
def hybrid_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample that asks a language model where it is in doubt."""
    return made_once(tmp_path_factory, "hybrid_bank", partial(trained, "hybrid"))
