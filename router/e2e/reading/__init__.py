"""Reading test files, and checking the names in them against the bot's files.

Neither imports Rasa or TensorFlow. The format is in docs/e2e_tests.md.
"""

from __future__ import annotations

from router.e2e.reading.names import check_names
from router.e2e.reading.suite import Suite, read_all, read_files, read_suite
from router.errors import NoTestsFound

__all__ = ["NoTestsFound", "Suite", "check_names", "read_all", "read_files", "read_suite"]
