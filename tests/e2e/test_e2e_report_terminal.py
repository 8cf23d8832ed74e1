"""The terminal's report: a failure on one screen, progress, and the summary."""

from __future__ import annotations

import io

import e2e_results as made
import pytest
from rich.console import Console

from router.e2e.reports.progress import Dots, LiveLine, Progress, progress_on
from router.e2e.reports.terminal import as_text, print_report
from router.e2e.results import AttemptResult, CaseResult, SaidMessage

SCREEN = 45  # lines


def text_of(*cases: CaseResult) -> str:
    return as_text(made.suite(*cases), made.RULE)


def test_a_failure_says_what_where_and_why() -> None:
    greeting = made.turn("hi", "Hello!", route="nlu")
    text = text_of(made.case("sends money", made.attempt(greeting, made.failing_turn())))
    for said in (
        "FAILED sends money",
        f"{made.FILE}:5",
        f"turn 2, {made.FILE}:14, 132 ms",
        "you send 50 to Anna",
        "bot How much is it?  (utter_ask_amount)",
        f"{made.FILE}:17",
        "CALM (slot none -> CALM)",
        "in calm_entry.sticky",
        "IntentBasedRouter: calm, intent transfer_money, confidence 0.935",
        "StartFlow(transfer_money), SetSlot(amount, 5)",
        "StartFlow(transfer_money), SetSlot(amount, 50)",
        "FlowPolicy",
        "transfer_money at ask_amount > pattern_collect_information at ask",
        "commands (small, read, replayed)",
        "events, the last 8 of 14",
        "event 14",
        f"rerun: coexist test '{made.FILE}::sends money'",
        "1 other check passed, 1 skipped",
    ):
        assert said in text
    assert "event 6\n" not in text


def test_expected_stands_beside_got() -> None:
    text = text_of(made.case("sends money", made.attempt(made.failing_turn())))
    (row,) = (line for line in text.splitlines() if line.startswith("slot_was_set"))
    assert row.split("  ")[-2].strip() == "amount = 50"
    assert row.endswith("amount = 5, recipient = Anna")


def test_a_failure_of_any_size_fits_one_screen() -> None:
    long = "a very long text " * 500
    checks = tuple(made.check("bot", long, long, line=n) for n in range(30))
    huge = made.failing_turn(
        user=long,
        checks=checks,
        messages=(SaidMessage(text=long),) * 50,
        events=(long,) * 500,
        reason=long,
        commands=(long,) * 40,
        logged_errors=(long,) * 9,
        slots_changed=dict.fromkeys(map(str, range(900)), long),
    )
    before = (made.turn(long, long, long),) * 499
    text = text_of(made.case(long, made.attempt(*before, huge)))
    failure, _, _ = text.partition("slowest turns")
    assert len(failure.splitlines()) <= SCREEN
    assert "(498 earlier turns)" in failure
    assert "28 more failed" in failure
    for said in ("router ", "stack ", "LLM calls ", "rerun: "):
        assert said in failure


def test_an_ordinary_failure_fits_one_screen() -> None:
    greeting = made.turn("hi", "Hello!")
    text = text_of(made.case("sends money", made.attempt(greeting, made.failing_turn())))
    assert len(text.partition("slowest turns")[0].splitlines()) <= SCREEN


def test_a_case_without_a_turn_says_its_error() -> None:
    text = text_of(made.case("dead", made.attempt(error="http://localhost:5005 doesn't answer")))
    assert "ERROR dead" in text
    assert "http://localhost:5005 doesn't answer" in text
    assert "rerun: coexist test" in text


def test_a_flaky_case_says_how_often_it_passed_and_shows_a_failure() -> None:
    passed = made.attempt(made.turn("hi", "Hello!"))
    text = text_of(made.case("asks", made.attempt(made.failing_turn()), passed, passed))
    assert "flaky: passed in 2 of 3 attempts" in text
    assert "amount = 50" in text
    assert "1 flaky in 1.5 s" in text


def test_a_skipped_case_says_why() -> None:
    judged = made.check("generative_response_is_relevant", "0.8", status="skipped")
    judged = judged.model_copy(update={"reason": "no judge is configured"})
    skipped = made.attempt(made.turn("why?", checks=(judged,)), status="skipped")
    unplayable = made.attempt(status="skipped", error="it stubs an action")
    text = text_of(made.case("judged", skipped), made.case("stubbed", unplayable))
    text = " ".join(text.split())
    assert "judged: generative_response_is_relevant: no judge is configured" in text
    assert "stubbed: it stubs an action" in text


def test_cases_skipped_for_one_reason_share_a_line_that_tells_it_once_and_whole() -> None:
    def judged(*names: str) -> AttemptResult:
        skipped = [made.check(name, "0.8", status="skipped") for name in names]
        checks = tuple(each.model_copy(update={"reason": "no judge"}) for each in skipped)
        return made.attempt(made.turn("why?", checks=checks), status="skipped")

    why = "It has stubs. " + "And they are many. " * 40
    stubbed = made.attempt(status="skipped", error=why)
    cases = [made.case(f"s{n}", stubbed) for n in range(13)]
    cases += [made.case("x", judged("relevant")), made.case("y", judged("relevant", "grounded"))]
    cases.append(made.case("z", made.attempt(status="skipped")))
    text = as_text(made.suite(*cases), made.RULE, width=1000).partition("slowest")[0]
    stubs, judges, silent = text.splitlines()
    assert stubs.startswith(f"skipped {made.FILE}:5 s0 and 12 more: It has stubs. And they are ")
    assert len(stubs) < 500
    assert stubs.removesuffix(" ...").split()[-1] in why.split()
    assert judges == f"skipped {made.FILE}:5 x and 1 more: relevant, grounded: no judge"
    assert silent == f"skipped {made.FILE}:5 z: no reason given"


def test_the_opening_of_a_session_is_no_message_of_the_user() -> None:
    opening = made.turn("", "Welcome!", checks=(made.check("bot", "Hello", "Welcome!"),))
    text = text_of(made.case("greets", made.attempt(opening)))
    assert f"opening, {made.FILE}:8" in text
    assert "you " not in text


def test_the_summary_counts_and_tells_the_rule() -> None:
    text = as_text(made.example(), made.RULE)
    assert "1 failed, 1 error, 1 flaky, 1 skipped, 2 passed in 1.5 s" in text
    assert "commands: precision 0.500, recall 0.500 (2 right, 4 given, 4 expected)" in text
    slowest = text.partition("slowest turns\n")[2].splitlines()[0]
    assert slowest.split() == [
        "132",
        "ms",
        f"{made.FILE}:14",
        *["send", "50", "to", "Anna", "(sends", "money)"],
    ]
    assert text.endswith(f"{made.RULE}\n")


def test_an_interrupted_run_says_so() -> None:
    text = as_text(made.suite(interrupted=True), made.RULE)
    assert "no case ran in 1.5 s, interrupted" in text


def played(progress: Progress, *cases: CaseResult) -> None:
    progress.start(len(cases))
    for case in cases:
        progress.finished(case)
    progress.stop()


def test_without_a_terminal_progress_is_a_letter_a_case() -> None:
    out = io.StringIO()
    progress = progress_on(Console(file=out))
    assert isinstance(progress, Dots)
    played(progress, *made.example().cases, *[made.case(f"c{n}") for n in range(60)])
    assert out.getvalue() == f"Ffs.E.{'.' * 54} 60/66\n...... 66/66\n"


@pytest.mark.parametrize("total", [0, 60])
def test_dots_leave_no_half_line(total: int) -> None:
    out = io.StringIO()
    played(Dots(Console(file=out)), *[made.case(f"c{n}") for n in range(total)])
    assert out.getvalue() == ("." * 60 + " 60/60\n" if total else "")


def test_on_a_terminal_failures_stay_and_the_line_goes() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120, color_system=None)
    progress = progress_on(console)
    assert isinstance(progress, LiveLine)
    played(progress, *made.example().cases)
    text = out.getvalue()
    assert f"failed {made.FILE}:5 sends money" in text
    assert "a greeting" not in text
    assert text.endswith("\x1b[2K") or text.endswith("\x1b[?25h")


def test_the_command_that_reruns_a_case_is_never_broken() -> None:
    case = made.case("a user who changes her mind " * 5, made.attempt(made.failing_turn()))
    assert f"rerun: {case.rerun}\n" in as_text(made.suite(case), made.RULE, width=60)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_path_is_broken(width: int) -> None:
    file = f"e2e_tests/table of {'x' * 30}/test_book_table.yml"
    checks = (made.check("bot", "a", "b", line=11, file=file),)
    turn = made.turn("hi", "b", line=9, file=file, checks=checks)
    failed = made.attempt(turn)
    case = made.case("wrong", failed, file=file, tags=("smoke",))
    gone = made.case("gone", made.attempt(error=f"There's no model in {'y' * 30}/models"))
    skipped = made.attempt(status="skipped", error=f"There's no {'z' * 40}.yml")
    text = as_text(made.suite(case, gone, made.case("s", skipped)), made.RULE, width=width)
    lines = [line.strip() for line in text.splitlines()]
    assert f"{file}:5  tags: smoke" in lines
    assert f"turn 1, {file}:9, 20 ms" in lines
    assert f"{file}:11  bot" in lines
    assert f"20 ms  {file}:9  hi  (wrong)" in lines
    assert f"{'y' * 30}/models" in text
    assert f"{'z' * 40}.yml" in text


def test_a_case_that_always_fails_says_how_often_it_was_tried() -> None:
    text = text_of(made.case("asks", *[made.attempt(made.failing_turn())] * 3))
    assert "failed 3 of 3 attempts" in text
    assert "attempts" not in text_of(made.case("asks", made.attempt(made.failing_turn())))


def test_a_turn_of_several_attempts_is_slow_once_as_in_the_slowest() -> None:
    attempts = [made.attempt(made.failing_turn(latency_ms=ms)) for ms in (10.0, 30.0, 20.0)]
    greeting = made.case("greets", made.attempt(made.turn("hi", "Hello!", latency_ms=5.0)))
    text = text_of(made.case("asks", *attempts), greeting)
    slowest = text.partition("slowest turns\n")[2].splitlines()
    assert [line.split()[0] for line in slowest if " ms " in line] == ["30", "5"]


def test_a_terminal_of_few_characters_gets_them_written_out() -> None:
    raw = io.BytesIO()
    console = Console(file=io.TextIOWrapper(raw, "ascii", write_through=True), width=100)
    case = made.case("\U0001f389", made.attempt(made.failing_turn()))
    print_report(console, made.suite(case), made.RULE)
    assert b"FAILED \\U0001f389" in raw.getvalue()
