"""Which exit code a run makes, and why: one rule, printed in one line."""

from __future__ import annotations

from router.e2e.results import SuiteResult

__all__ = ["BROKEN", "INTERRUPTED", "NO_TESTS", "exit_rule"]

BROKEN = 1
NO_TESTS = 5
INTERRUPTED = 130


def exit_rule(suite: SuiteResult, *, flaky_fails: bool, is_covered: bool = True) -> tuple[int, str]:
    """The exit code, and the sentence that says why.

    130 of a run that was interrupted; 1 where a case failed or is in error, where one is flaky
    and that counts, or where coverage is below its minimum; else 0. Skipped cases don't count,
    and are named.
    """
    flaky = suite.count("flaky")
    if suite.interrupted:
        return INTERRUPTED, f"Exit code {INTERRUPTED}: the run was interrupted."
    reasons = [
        f"{suite.count('failed')} failed" if suite.count("failed") else "",
        f"{suite.count('error')} in error" if suite.count("error") else "",
        f"{flaky} flaky (--flaky fail)" if flaky and flaky_fails else "",
        "" if is_covered else "coverage below --coverage-min",
    ]
    found = ", ".join(filter(None, reasons))
    if found:
        return BROKEN, f"Exit code {BROKEN}: {found}."
    allowed = f", {flaky} flaky (--flaky allow)" if flaky else ""
    skipped = f", {suite.count('skipped')} skipped" if suite.count("skipped") else ""
    return 0, f"Exit code 0: none failed{allowed}{skipped}."
