"""The HTML report in a real browser, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import e2e_results as made
import pytest

from router.e2e.reports.html_report import as_html

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} isn't installed"),
]
playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    nasty = made.NASTY + "<img src=http://127.0.0.1:9/x onerror=alert(1)>"
    attack = made.case(
        nasty,
        made.attempt(made.turn(nasty, nasty, checks=(made.check("bot", nasty, nasty + "!"),))),
        tags=(nasty,),
    )
    suite = made.example()
    suite = suite.model_copy(update={"cases": (*suite.cases, attack)})
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(as_html(suite, made.RULE), encoding="utf-8")
    return file.as_uri()


@pytest.fixture
def page(browser: Any, report: str) -> Iterator[Any]:
    """The report, open; whatever it asks the network for, or complains of, fails the test."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda request: None if request.url.startswith(report) else trouble.append(request.url),
    )
    page.goto(report)
    yield page
    page.close()
    assert trouble == []


def listed(page: Any) -> list[str]:
    """The names of the cases that are to be seen in the list."""
    return [str(name) for name in page.locator("#list li:not([hidden]) .name").all_inner_texts()]


def open_case(page: Any) -> str:
    (article,) = (each for each in page.locator("article").all() if each.is_visible())
    return str(article.locator("h2").inner_text()).partition(" ")[2].strip()


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent"))


def test_the_worst_case_is_open_with_expected_beside_got(page: Any) -> None:
    assert open_case(page) == "sends money"
    assert page.locator(".views [aria-current]").inner_text() == "Cases"
    expected, got = (page.locator(f"#case-1 .versus .{each} dd") for each in ("expected", "got"))
    assert expected.inner_text() == "amount = 50"
    assert got.inner_text() == "amount = 5, recipient = Anna"
    left, right = expected.bounding_box(), got.bounding_box()
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert page.locator("#case-1 .versus mark").all_inner_texts() == ["50", "5, recipient = Anna"]


def test_the_failed_turn_shows_its_decision_record(page: Any) -> None:
    record = page.locator("#case-1 .turn.failed .record dl")
    assert record.is_visible()
    for said in ("CALM (slot none -> CALM)", "in calm_entry.sticky", "FlowPolicy"):
        assert said in record.inner_text()
    assert not page.locator("#case-1 .turn.passed .record dl").is_visible()
    assert "coexist test" in page.locator("#case-1 .command").inner_text()


def test_bubbles_tell_the_systems_apart(page: Any) -> None:
    colours = [
        page.locator(f"#case-1 .bubble.{route}").evaluate("e => getComputedStyle(e).borderColor")
        for route in ("calm", "nlu")
    ]
    assert colours[0] != colours[1]
    assert page.locator("#case-1 .bubble.nlu .who").inner_text() == "NLU"
    assert page.locator("#case-1 .bubble.calm .who").inner_text() == "CALM · utter_ask_amount"


def test_the_filter_takes_words_of_the_transcript(page: Any) -> None:
    page.fill("#filter", "anna 50 MUCH")
    assert listed(page) == ["sends money", "asks twice"]
    assert page.locator("#shown").inner_text() == "2 of 7 cases"
    page.fill("#filter", "opening hours")
    assert open_case(page) == "opening hours"
    page.fill("#filter", "no such words")
    assert listed(page) == []
    assert page.locator("#nothing").is_visible()
    page.fill("#filter", "")
    assert len(listed(page)) == 7


def test_statuses_and_tags_filter_together(page: Any) -> None:
    page.click("button[data-status=passed]")
    assert listed(page) == ["opening hours", "a greeting"]
    page.select_option("#tag", "smoke")
    assert listed(page) == ["opening hours"]
    page.click("button[data-status=failed]")
    assert listed(page) == ["sends money", "opening hours"]
    page.click("button[data-status=passed]")
    assert listed(page) == ["sends money"]


def test_it_can_be_used_by_keyboard_alone(page: Any) -> None:
    page.keyboard.press("/")
    assert focused(page) == "filter"
    page.keyboard.type("smoke")
    assert listed(page) == ["sends money", "opening hours"]
    page.keyboard.press("ArrowDown")
    assert "sends money" in focused(page)
    page.keyboard.press("ArrowDown")
    assert open_case(page) == "opening hours"
    assert "opening hours" in focused(page)
    page.keyboard.press("ArrowDown")
    assert open_case(page) == "opening hours"
    page.keyboard.press("ArrowUp")
    assert open_case(page) == "sends money"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "H2"
    page.keyboard.press("Tab")
    assert focused(page) == "turn 2"
    page.keyboard.press("Escape")
    assert "sends money" in focused(page)
    page.keyboard.press("j")
    assert open_case(page) == "opening hours"
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    assert len(listed(page)) == 7


def test_whatever_has_the_focus_shows_it(page: Any) -> None:
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid", focused(page)


def test_a_case_has_an_address(page: Any, report: str) -> None:
    page.goto(f"{report}#case-4")
    page.reload()
    assert open_case(page) == "asks twice"
    page.click("#case-4 .alert a")
    assert page.locator("#case-4-turn-2").is_visible()
    page.go_back()
    assert open_case(page) == "asks twice"
    other = page.locator("#case-4 details", has_text="passed, 0.50 s")
    other.locator("summary").first.click()
    assert other.locator(".bubble.nlu").is_visible()


def test_the_hand_off_matrix_says_what_is_untested(page: Any) -> None:
    page.click("text=Coverage")
    assert not page.locator("#cases").is_visible()
    cells = page.locator(".matrix").first.locator("td").all_inner_texts()
    assert [cell.strip() for cell in cells] == ["2", "none", "none", "·"]
    page.click("text=Figures")
    assert "precision 0.500" in page.locator("#figures").inner_text()


def test_texts_of_users_stay_texts(page: Any) -> None:
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1
    page.locator("#list a", has_text="\\x1b[31mred").click()
    bubble = page.locator("#case-2 .bubble.user")
    assert "</script><b>&amp;|" in bubble.inner_text()
    assert "👩\u200d🚀" in bubble.inner_text()


@pytest.mark.parametrize("width", [320, 700])
def test_a_narrow_screen_needs_no_sideways_scrolling(browser: Any, report: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.goto(report)
    for view in ("cases", "figures", "coverage"):
        page.click(f"[data-view={view}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_it_follows_the_reader_to_the_dark(browser: Any, report: str) -> None:
    colours = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(report)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert colours == ["rgb(255, 255, 255)", "rgb(18, 22, 26)"]


def test_without_its_script_everything_is_there_to_read(browser: Any, report: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    assert all(article.is_visible() for article in page.locator("article").all())
    assert page.locator("#coverage").is_visible()
    context.close()
