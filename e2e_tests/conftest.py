"""For `pytest e2e_tests`: each case finds the bank's sample data, whatever the last one did.

`coexist test` does without: what would change the data for other cases is stubbed.
"""

import os
import tempfile
from pathlib import Path

# A database for each process, so that `-n` doesn't mix them.
os.environ["BANK_DB"] = str(Path(tempfile.mkdtemp()) / "bank.sqlite")


def pytest_coexist_before_case() -> None:
    """Fills the database anew; the bot is loaded by now, and its actions with it."""
    from actions import database

    database.reset()
