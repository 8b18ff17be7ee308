"""The Experiments page in a real browser: every verdict whole and accessible, answers, refusals, links."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

WHEN_READY = 60_000
VERDICTS = {
    "Ship": "",
    "Wait": "#kind=rates&names=A,B,C&successes=480,510,470&trials=12000,12040,11990&per_day=900",
    "Stop": "#kind=means&names=A,B&n=400,410&mean=10,9&deviation=4,4.1&evidence=observational",
    "Ship B: revenue": "#kind=revenue&names=A,B&n=4000,4050&n_paying=400,520&mean=50,54&deviation=30,31"
    "&log_mean=3.76,3.84&log_deviation=0.55,0.55&value=1&per_day=900&currency=EUR",
    "Do not read": "#kind=rates&names=A,B&successes=480,566&trials=12000,13000",
}


@pytest.fixture(scope="module")
def served(serve_pages_to_all):
    """Serve the page alone; it keeps nothing, and each visit has a kernel of its own."""
    return serve_pages_to_all("experiments")


@pytest.fixture
def axe() -> Iterator[object]:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def ready(page) -> None:
    page.locator(".wb-bench .wb-form .wb-in").first.wait_for(state="attached", timeout=WHEN_READY)
    page.get_by_role("button", name="XLSX").wait_for(timeout=WHEN_READY)
    page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)


def lead(page) -> str:
    return page.locator(".wb-bench .wb-lead").first.inner_text()


def wait_for_lead(page, words: str) -> None:
    page.locator(".wb-bench .wb-lead", has_text=re.compile(words)).first.wait_for(timeout=WHEN_READY)


def unfold(page) -> None:
    """Open the form where a phone has folded it."""
    if not page.locator(".wb-sheet").evaluate("sheet => sheet.open"):
        page.locator(".wb-sheet > summary").click()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_whole_quiet_and_accessible(  # noqa: PLR0917 - fixtures and parameters
    served, visit, axe, verdict, width
):
    first, then = ("light", "dark") if list(VERDICTS).index(verdict) % 2 else ("dark", "light")
    seen = visit(
        f"{served.url}app/experiments{VERDICTS[verdict]}",
        viewport={"width": width, "height": 900},
        color_scheme=first,
    )
    ready(seen.page)
    wait_for_lead(seen.page, f"^{verdict}")
    unfold(seen.page)
    for scheme in (first, then):  # colours are the style sheet's alone: one page shows both
        seen.page.emulate_media(color_scheme=scheme)
        seen.page.wait_for_timeout(600)
        assert seen.requests_outside == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        found = axe.run(seen.page)
        assert found.violations_count == 0, f"{verdict}, {scheme}: {found.generate_report()}"
        assert seen.complaints == []
        assert seen.page.locator(".wb-error").count() == 0


def test_typing_answers_marks_what_is_wrong_and_keeps_the_last_answer(served, visit, axe):
    from playwright.sync_api import expect

    page = visit(served.url + "app/experiments").page
    ready(page)
    assert page.get_by_text("example: invented figures").first.is_visible()
    new = page.get_by_label("Conversions of New page")
    new.fill("500")
    wait_for_lead(page, "^Wait")
    expect(page.get_by_text("example: invented figures")).to_have_count(0, timeout=WHEN_READY)
    for text, why in (
        ("99999", "more than its"),
        ("-4", "below 0"),
        ("1.5", "whole"),
        ("many", "no number"),
        ("", "empty"),
    ):
        new.fill(text)
        page.locator(".wb-why-not", has_text=why).wait_for(timeout=WHEN_READY)
        assert new.get_attribute("aria-invalid") == "true"
        said = page.locator(f"#{new.get_attribute('aria-describedby')}")
        assert why in said.inner_text()
        page.get_by_text("of the earlier figures").wait_for(timeout=WHEN_READY)
        assert lead(page).startswith("Wait")
    assert axe.run(page).violations_count == 0
    new.fill("570")
    wait_for_lead(page, "^Ship New page")
    for gone in (page.locator(".wb-why-not"), page.get_by_text("of the earlier figures")):
        expect(gone).to_have_count(0, timeout=WHEN_READY)


def test_a_copied_link_shows_the_same_in_a_second_browser(served, visit):
    from playwright.sync_api import expect

    page = visit(served.url + "app/experiments", permissions=["clipboard-read", "clipboard-write"]).page
    ready(page)
    page.get_by_role("button", name="+ Add an arm").click()
    page.get_by_label("Name of arm 3").fill("Third, with a comma")
    page.get_by_label("Conversions of C").fill("620")
    page.get_by_label("Visitors of C").fill("12010")
    wait_for_lead(page, "^Ship Third, with a comma")
    page.get_by_label("How arms were assigned").select_option("observational")
    page.locator(".wb-tile .wb-value", has_text="Observational").first.wait_for(timeout=WHEN_READY)
    page.get_by_label("Looks").fill("7")
    page.wait_for_url(re.compile("plan.looks=7"), timeout=WHEN_READY)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Link copied").wait_for(timeout=WHEN_READY)
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(link).page
    ready(other)
    wait_for_lead(other, "^Ship Third, with a comma")
    assert lead(other) == lead(page)
    for label, value in (
        ("Name of arm 3", "Third, with a comma"),
        ("How arms were assigned", "observational"),
        ("Looks", "7"),
    ):
        expect(other.get_by_label(label)).to_have_value(value, timeout=WHEN_READY)
    assert other.locator(".wb-best").inner_text() == page.locator(".wb-best").inner_text()


def test_one_click_simulates_the_readers_own_looks(served, visit, axe):
    page = visit(served.url + "app/experiments").page
    ready(page)
    page.get_by_label("Looks").fill("40")
    page.get_by_role("button", name="Simulate").click()
    page.get_by_text(re.compile(r"Of 100 tests without any difference, \d+ would name a winner")).wait_for(
        timeout=WHEN_READY
    )
    assert axe.run(page).violations_count == 0


def test_the_keyboard_reaches_the_form_and_what_is_taken_along(served, visit):
    page = visit(served.url + "app/experiments").page
    ready(page)
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.dataset.key || document.activeElement.textContent")
        )
    for key in ("Copy link", "XLSX", "kind", "successes.0", "trials.1", "value", "per_day"):
        assert key in reached, key


def test_it_is_saved_as_one_file_that_opens_without_a_server(served, visit, tmp_path):
    seen = visit(served.url + "app/experiments", accept_downloads=True)
    ready(seen.page)
    for button in ("Save as file", "XLSX"):
        with seen.page.expect_download(timeout=WHEN_READY) as waiting:
            seen.page.get_by_role("button", name=button).click()
        waiting.value.save_as(tmp_path / waiting.value.suggested_filename)
    saved = visit((tmp_path / "experiment.html").as_uri())
    assert saved.requests == [(tmp_path / "experiment.html").as_uri()]
    assert saved.page.locator(".wb-lead").first.inner_text() == lead(seen.page)
    assert (tmp_path / "experiment.xlsx").read_bytes()[:2] == b"PK"


def test_the_kernel_loads_no_heavy_library(write_app, serve_app, fetch):
    folder = write_app(
        "probe",
        "import sys\nfrom workbench.views.experiments_page import ExperimentsPage\n"
        "page = ExperimentsPage()\npage.change({'successes.1': '500'})\n"
        "heavy = {'pymc', 'pandas', 'statsmodels', 'sklearn', 'scipy.stats', 'plotly'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))",
    )
    assert b"heavy: []" in fetch(serve_app(folder).url + "app/probe")[2]
