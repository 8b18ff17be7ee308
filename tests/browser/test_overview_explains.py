"""The Overview explains: networks side by side, what moved, and the checks of a change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lakes import days, insight, morning, write

from workbench.core.settings import load_settings
from workbench.flows.company import own_lake

LAST = date(2026, 11, 20)
WHEN_READY = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory, serve_pages_to_all):
    """Serve two networks, of which one was loaded twice, a week apart."""
    home = tmp_path_factory.mktemp("explains")
    lake = own_lake(load_settings(home))
    for back, n_days, results in ((7, 60, 9.0), (0, 28, 7.0)):
        day = LAST - timedelta(days=back)
        rows = [insight(d, results=results) for d in days(day - timedelta(days=n_days - 1), n_days)]
        write(lake, "ad_insights", rows, load_id=f"load-{back}", believed_at=morning(day))
    other = {"network": "x", "account_id": "9", "currency": "USD", "result_type": None, "results": None}
    rows = [insight(d, **other) for d in days(LAST - timedelta(days=20), 10)]
    write(lake, "ad_insights", rows, load_id="x", believed_at=morning(LAST))
    return serve_pages_to_all("overview", home=home)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_everything_that_explains_is_there_and_fits(server, visit, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    address = f"{server.url}app/overview#account=1&network=meta"
    seen = visit(address, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = seen.page
    page.locator(".wb-bar[role=search] select").first.wait_for(timeout=WHEN_READY)
    page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)
    page.get_by_text("Why did cost per lead rise?").wait_for(timeout=WHEN_READY)
    page.get_by_text("Where did the money go?").wait_for(timeout=WHEN_READY)
    assert "US$1,000" in page.locator(".wb-table", has_text="Network").inner_text()
    moves = page.locator("details.wb-unfold", has_text="How much do these figures still move?").last
    assert moves.locator("figure").count() == 0
    moves.locator("summary").first.click()
    moves.get_by_text("leads by −").wait_for(timeout=WHEN_READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert seen.complaints == []
    assert seen.requests_outside == []


def test_an_open_block_follows_the_filters(server, visit):
    page = visit(f"{server.url}app/overview#account=1&network=meta").page
    page.locator(".wb-bar[role=search] select").first.wait_for(timeout=WHEN_READY)
    page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)
    moves = page.locator("details.wb-unfold", has_text="How much do these figures still move?").last
    moves.locator("summary").first.click()
    moves.get_by_text("leads by −").wait_for(timeout=WHEN_READY)
    page.evaluate("location.hash = 'account=9&network=x'")
    moves.get_by_text("they were loaded once").wait_for(timeout=WHEN_READY)
