"""The comment on a pull request."""

from __future__ import annotations

import e2e_results as made

from router.e2e.reports.markdown import LIMIT, as_markdown


def test_it_says_how_the_run_ended_and_shows_each_failure_in_a_fold() -> None:
    text = as_markdown(made.example())
    assert text.startswith(
        "### ❌ End-to-end tests: 1 failed, 1 error, 1 flaky, 1 skipped, 2 passed"
    )
    assert "<summary>❌ failed: <code>sends money</code></summary>" in text
    assert "<summary>⚠️ flaky: <code>asks twice</code> (passed in 1 of 2 attempts)</summary>" in text
    assert "| <code>amount = 50</code> | <code>amount = 5, recipient = Anna</code> |" in text
    assert "coexist test 'e2e_tests/calm/test_transfer.yml::sends money'" in text
    assert "Coverage: flows 50%, rules 100%, handoffs 50%" in text
    assert "<code>no answer within 10 s</code>" in text
    assert "1 skipped" in text
    assert "a greeting" not in text


def test_a_run_that_passed_is_short() -> None:
    text = as_markdown(made.suite(made.case("a"), made.case("b")))
    assert text.startswith("### ✅ End-to-end tests: 2 passed in 1.5 s")
    assert len(text) < 400


def test_what_does_not_fit_is_left_out_and_said_so() -> None:
    long = "word " * 2000
    cases = [
        made.case(
            f"case {number} {long}",
            made.attempt(made.failing_turn(user=long, commands=(long,) * 5, reason=long)),
        )
        for number in range(200)
    ]
    text = as_markdown(made.suite(*cases))
    assert LIMIT / 2 < len(text) <= LIMIT
    shown = text.count("<details>")
    assert 0 < shown < 200
    assert f"{200 - shown} parts too long for a comment" in text


def test_a_failure_of_a_hundred_checks_is_cut() -> None:
    checks = tuple(made.check("bot", f"expected {n}", "got") for n in range(100))
    text = as_markdown(made.suite(made.case("a", made.attempt(made.failing_turn(checks=checks)))))
    assert "expected 19" in text
    assert "expected 20" not in text
    assert "and 80 more" in text
