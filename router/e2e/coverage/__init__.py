"""What of a bot its passing tests have exercised, hand-offs between the systems above all."""

from router.e2e.coverage.measuring import measure
from router.e2e.coverage.minimums import AREAS, below, read_minimums
from router.e2e.coverage.text import as_text

__all__ = ["AREAS", "as_text", "below", "measure", "read_minimums"]
