"""The page that shows a plan, in a real browser where there is one."""

import shutil
import subprocess
from itertools import combinations

import pytest

from router.errors import Location
from router.plan.model import Area, Decision, KeptInBoth, MigrationPlan, OneTurn
from router.planner.model import (
    Edge,
    Evidence,
    Inventory,
    Proposal,
    ProposedArea,
    Skill,
    SkillTraffic,
    Source,
    Traffic,
)
from router.planner.reports.history import Snapshot, plan_history
from router.planner.reports.html_report import as_html
from router.planner.reports.page import links_of, nodes_of, steps_of

HOSTILE = "</script><script>document.title='owned'</script>"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def skill(name, **more):
    source = Source("story", f"{name} story", Location("data/stories.yml", 3))
    terms = (("stories", 2, 0.25),)
    return Skill(name, (name,), sources=(source,), effort_terms=terms, **more)


SKILLS = {
    name: skill(name, examples=index)
    for index, name in enumerate(("block_card", "new_card", "pay", "contacts", "greet", HOSTILE))
}
SKILLS["block_card"] = skill(
    "block_card",
    slots_read=("customer",),
    slots_written=("card", "reason"),
    endings=("resets",),
)
EDGES = (
    Edge(
        "block_card",
        "new_card",
        "stories",
        3,
        (Evidence("story lost and found", Location("data/stories.yml", 7), 2),),
    ),
    Edge("pay", "contacts", "conversations", 8, (Evidence("8 conversations", count=8),)),
    Edge("pay", "block_card", "shared_slot", 1, (Evidence("slot customer"),)),
)
PLAN = MigrationPlan(
    areas={
        "payments": Area(description="pays", stage="calm", skills=("pay", "contacts")),
        "cards": Area(description="handles cards", skills=("block_card", "new_card")),
    },
    one_turn=OneTurn(skills=("greet",)),
    decisions=(Decision(date="2026-01-31", author="Robin", text="cards come last"),),
)
CARDS = ProposedArea(
    name="cards",
    skills=("block_card", "new_card"),
    cohesion=0.8,
    cut=0.2,
    effort=1,
    risk=0.1,
    traffic=0.5,
    costs=("moving cards breaks 12 % of its conversations",),
)
TRAFFIC = Traffic(20, 90, {"pay": SkillTraffic(9, 9), "block_card": SkillTraffic(11, 12, 3)})
HISTORY = (Snapshot("2026-01-01", {"nlu": 4}), Snapshot("2026-02-01", {"nlu": 2, "calm": 2}))
INVENTORY = Inventory(SKILLS, EDGES, reasons=("data/old.md: Markdown",))
PAGE = as_html(
    INVENTORY, TRAFFIC, Proposal((CARDS,), {"greet": "everywhere"}, EDGES), PLAN, HISTORY
)


def test_the_page_is_the_same_each_time_and_loads_nothing():
    again = as_html(
        INVENTORY, TRAFFIC, Proposal((CARDS,), {"greet": "everywhere"}, EDGES), PLAN, HISTORY
    )
    assert again == PAGE
    assert "default-src 'none'" in PAGE
    assert "http://" not in PAGE and "https://" not in PAGE


def test_a_bot_of_which_nothing_is_known_has_a_page():
    page = as_html(Inventory(), None, Proposal(()), MigrationPlan())
    assert "Nothing connects the skills." in page


@pytest.fixture
def browser():
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (make browser installs it)")
    playwright = pytest.importorskip("playwright.sync_api")
    import concurrent.futures

    # The synchronous interface refuses to run where an event loop does.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        yield lambda task: thread.submit(_with_page, playwright, task).result()


def _with_page(playwright, task):
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        errors, requests = [], []
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        try:
            task(page)
        finally:
            chromium.close()
        assert errors == []
        assert [url for url in requests if not url.startswith("file:")] == []


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "plan.html"
    path.write_text(PAGE, "utf-8")
    return path.as_uri()


def test_the_border_moves_step_by_step_by_keyboard(browser, file):
    def task(page):
        page.goto(file)
        assert page.title() == "Plan of a migration"
        assert page.inner_text("#step-title") == "today (1 of 2)"
        assert page.inner_text("#step-cost").startswith("1 connection of weight 1 cross")
        assert page.locator(".node.calm").count() == 2
        page.focus("#forth")
        page.keyboard.press("Enter")
        assert page.inner_text("#step-title") == "after moving cards (2 of 2)"
        assert page.inner_text("#step-cost") == "Nothing crosses the border."
        assert page.inner_text("#step-costs") == ""
        assert page.locator(".node.calm").count() == 4

    browser(task)


def test_an_edge_shows_its_evidence_on_click_and_by_keyboard(browser, file):
    def task(page):
        page.goto(file)
        link = page.locator(".link", has=page.locator("title", has_text="block_card and new_card"))
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("details[open]")
        shown = page.inner_text("details[open]")
        assert "new_card starts inside block_card" in shown
        assert "data/stories.yml:7" in shown

    browser(task)


def test_each_step_is_told_what_it_breaks_with_what_has_moved_before_it():
    skills = (("block_card",), ("new_card",), ("pay", "contacts"))
    plan = MigrationPlan(areas={names[0]: Area(skills=names) for names in skills})
    links = links_of(nodes_of(SKILLS, plan), EDGES)
    today, first, second, third = steps_of(plan, Proposal((), {}, EDGES), links)
    assert (today.costs, third.costs) == ((), ())
    assert [cost.partition(" breaks ")[0] for cost in first.costs] == [
        "moving `block_card` without `new_card`",
        "moving `block_card` without `pay`",
    ]
    assert second.costs == ()


def test_remarks_are_on_the_page():
    page = as_html(INVENTORY, None, Proposal(()), PLAN, remarks=["data/old.md:1: <Markdown>"])
    assert "<li>data/old.md:1: &lt;Markdown&gt;</li>" in page
    assert "Remarks" not in PAGE


def test_areas_that_have_moved_come_first_and_keep_their_colours():
    areas = {"cards": PLAN.areas["cards"], "payments": PLAN.areas["payments"]}
    page = as_html(INVENTORY, None, Proposal(()), MigrationPlan(areas=areas))
    cards = page[page.index('class="cards"') :]
    assert cards.index("payments") < cards.index("handles cards")
    assert 'area-1" aria-hidden="true"></span>payments' in cards
    assert 'area-0" aria-hidden="true"></span>cards' in cards


#: Left, top, width and height of each name, in the drawing's units, without the stroke round it.
BOXES = """[...document.querySelectorAll(".node")].map((node) => {
  const box = node.querySelector("text").getBBox(), place = node.transform.baseVal[0].matrix;
  return [place.e + box.x, place.f + box.y, box.width, box.height];
})"""


def test_names_in_the_drawing_do_not_cover_one_another(browser, tmp_path):
    names = [f"a_rather_long_name_{number}" for number in range(10, 34)]
    plan = MigrationPlan(areas={name: Area(skills=(name,)) for name in names})
    page = as_html(Inventory({name: skill(name) for name in names}), None, Proposal(()), plan)
    path = tmp_path / "many.html"
    path.write_text(page, "utf-8")

    def task(page):
        page.goto(path.as_uri())
        boxes = page.evaluate(BOXES)
        assert len(boxes) == 24
        for one, other in combinations(boxes, 2):
            (x, y, width, height), (x2, y2, width2, height2) = one, other
            beside = x + width <= x2 or x2 + width2 <= x
            apart = y + height <= y2 or y2 + height2 <= y
            assert beside or apart, (one, other)

    browser(task)


def test_the_table_is_filtered_and_sorted(browser, file):
    def task(page):
        page.goto(file)
        page.keyboard.press("/")
        page.keyboard.type("card")
        assert page.inner_text("#shown") == "2 of 6 skills"
        page.fill("#filter", "")
        page.locator("thead button", has_text="conversations").click()
        page.locator("thead button", has_text="conversations").click()
        first = page.locator("#inventory tbody tr").first
        assert "block_card" in first.inner_text()
        assert page.locator('th[aria-sort="descending"]').inner_text().startswith("conversations")

    browser(task)


def test_a_skill_unfolds_to_all_that_it_is_made_of_by_keyboard(browser, file):
    def task(page):
        page.goto(file)
        shown = page.locator("#inventory .contents:visible")
        assert shown.count() == 0
        page.focus('.fold:has-text("block_card")')
        page.keyboard.press("Enter")
        text = shown.inner_text()
        assert "slots read\ncustomer\nslots written\ncard, reason\n" in text
        assert "ends by\nhanding back" in text
        assert "data/stories.yml:3" not in text
        shown.locator("summary").click()
        assert "story block_card story data/stories.yml:3" in shown.inner_text()
        page.keyboard.press("Shift+Tab")
        page.locator('.fold:has-text("block_card")').click()
        assert shown.count() == 0
        page.locator("#unfold").click()
        assert shown.count() == len(SKILLS)

    browser(task)


def test_what_the_plan_keeps_in_both_is_on_the_page_and_no_border_cuts_it():
    kept = (KeptInBoth(skill="pay", reason="ours & theirs"),)
    plan = PLAN.model_copy(update={"keep_in_both": kept})
    page = as_html(INVENTORY, None, Proposal((CARDS,), {}, EDGES), plan)
    assert "<dt>pay</dt><dd>ours &amp; theirs</dd>" in page
    assert '"crossing": [2]' in PAGE
    assert '"crossing": []' in page and '"crossing": [2]' not in page


def test_a_narrow_screen_scrolls_one_way_only(browser, file):
    def task(page):
        page.set_viewport_size({"width": 360, "height": 700})
        page.goto(file)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360

    browser(task)


def test_progress_is_read_from_the_plans_commits(tmp_path):
    def git(*arguments):
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, timeout=20)

    file = tmp_path / "migration.yml"
    assert plan_history(file) == ()
    git("init", "-q")
    for text in (
        "areas:\n  a: {skills: [x, y]}\n  b: {skills: [z, w]}\n",
        "areas: [nonsense\n",
        "areas:\n  a: {stage: calm, skills: [x, y]}\n  b: {skills: [z, w]}\n",
    ):
        file.write_text(text, "utf-8")
        git("add", ".")
        git("commit", "-qm", "plan")
    assert [snapshot.moved for snapshot in plan_history(file)] == [0.0, 0.5]
