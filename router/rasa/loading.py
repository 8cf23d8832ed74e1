"""Loading a trained assistant into this process, for whoever talks to it here."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog
from rasa.core.agent import Agent
from rasa.model import get_latest_model

from router.errors import CoexistenceError, IncompatibleModel
from router.rasa.model_endpoints import loaded_from

__all__ = ["load_model", "make_importable", "model_file", "quiet_structlog"]


def quiet_structlog() -> None:
    """Sends structlog's warnings to `logging`, where a handler decides, not to the terminal."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def make_importable(project: Path) -> None:
    """In-process actions and components are found as `rasa run` finds them."""
    folder = str(project.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)


def model_file(given: Path) -> Path:
    """A trained model: the file itself, or the latest in a folder.

    Raises:
        IncompatibleModel: there is none.
    """
    found = given if given.is_file() else get_latest_model(str(given))
    if found is None:
        raise IncompatibleModel(f"There's no model in {given}. Train one with `rasa train`.")
    return Path(found)


def load_model(agent: Agent, model: Path, endpoints: Path) -> None:
    """Loads a model, whose components take their language models from `endpoints`.

    Rasa's `load_agent` would log what's wrong and go on without a model.

    Raises:
        IncompatibleModel: it can't be loaded.
        CoexistenceError: what else this package says of it.
    """
    token = loaded_from.set(endpoints)
    try:
        agent.load_model(str(model))
    except CoexistenceError:
        raise
    except Exception as error:
        message = f"The model {model} can't be loaded: {error}. Train it again with `rasa train`."
        raise IncompatibleModel(message) from error
    finally:
        loaded_from.reset(token)
