"""No chatter of Rasa's libraries on the terminal: call before Rasa is imported."""

from __future__ import annotations

import logging
import os

__all__ = ["ENVIRONMENT", "be_quiet"]

#: No usage reports, no price list fetched at import, no noise; also for processes started.
ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


def be_quiet() -> None:
    """Keeps log lines and warnings off the terminal, whoever writes them.

    A handler on the root logger keeps Python's last resort, standard error, out of use.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [logging.NullHandler()]
    root.setLevel(logging.ERROR)
