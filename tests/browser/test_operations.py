"""The Operations page and the notices on every page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from installations import Shop, connect, fail_refresh, notice, refuse_file

from workbench.core.settings import load_settings

WHEN_READY = 60_000
LAST_GOOD = date(2026, 11, 18)
NORTH = Shop("1234567002", "North", "USD", "America/New_York", share=0.98, gaps=(date(2026, 10, 3),))


@pytest.fixture(scope="module")
def fine(tmp_path_factory) -> Path:
    """Give the home of a rehearsal where all is well but for one file."""
    home = tmp_path_factory.mktemp("fine")
    settings = load_settings(home)
    connect(settings, Shop(), NORTH)
    refuse_file(settings, at=datetime.now(UTC) - timedelta(days=1))
    return home


@pytest.fixture(scope="module")
def refused(tmp_path_factory, serve_pages_to_all):
    """Serve a rehearsal whose token is refused."""
    home = tmp_path_factory.mktemp("refused")
    settings = load_settings(home)
    connect(
        settings, Shop(last_day=LAST_GOOD, state="refused", error="Meta does not accept the token."), NORTH
    )
    notice(settings, "token_refused", "Meta does not accept the token. Shop has data to 18 Nov 2026.")
    refuse_file(settings, at=datetime.now(UTC) - timedelta(days=1))
    fail_refresh(settings, at=datetime.now(UTC))
    return serve_pages_to_all("home", "operations", home=home)


@pytest.fixture
def axe() -> Iterator[object]:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def ready(page) -> None:
    page.get_by_role("button", name="XLSX").wait_for(timeout=WHEN_READY)


@pytest.mark.parametrize(("width", "schemes"), [(390, ("light", "dark")), (1440, ("dark", "light"))])
def test_the_page_is_whole_quiet_and_accessible(  # noqa: PLR0917 - fixtures and parameters
    refused, visit, axe, width, schemes
):
    address = refused.url + "app/operations"
    seen = visit(address, viewport={"width": width, "height": 900}, color_scheme=schemes[0])
    ready(seen.page)
    seen.page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)
    for scheme in schemes:  # colours are the style sheet's alone: one page shows both
        seen.page.emulate_media(color_scheme=scheme)
        seen.page.wait_for_timeout(1000)
        assert seen.requests_outside == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.get_by_text("simulated company").first.is_visible()
        found = axe.run(seen.page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
        assert seen.complaints == []
        assert seen.page.locator(".wb-error").count() == 0


def test_a_refused_token_is_said_with_the_command_that_can_be_copied(refused, visit):
    seen = visit(refused.url + "app/operations", permissions=["clipboard-read", "clipboard-write"])
    ready(seen.page)
    assert (
        seen.page.locator(".wb-lead").inner_text() == "Meta refuses the token: Shop has data to 18 Nov 2026."
    )
    for words in ("Refreshes that did not finish", "In quarantine", "token refused", "2 missing"):
        assert seen.page.get_by_text(re.compile(words)).first.is_visible(), words
    seen.page.locator(".wb-copy").first.click()
    seen.page.get_by_text("Copied", exact=True).wait_for(timeout=WHEN_READY)
    copied = seen.page.evaluate("navigator.clipboard.readText()")
    assert copied == "keyring set workbench META_TOKEN && wb load meta"


def test_home_says_what_is_frozen_and_leads_there(refused, visit):
    seen = visit(refused.url)
    bar = seen.page.locator(".wb-bar-notice").first
    bar.wait_for(timeout=WHEN_READY)
    assert "Shop has data to 18 Nov 2026; figures stay as of then." in bar.inner_text()
    assert seen.page.get_by_text("Is everything connected, fresh and allowed?").count() == 1
    bar.get_by_role("link", name="What to do").click()
    seen.page.get_by_role("heading", name="Operations").first.wait_for(timeout=WHEN_READY)


def test_an_open_page_sees_a_notice_that_came_after_it_was_warmed(fine, serve_pages, visit, tmp_path):
    import shutil

    home = tmp_path / "home"
    shutil.copytree(fine, home)
    server = serve_pages("operations", home=home)
    warmed = visit(server.url + "app/operations")
    ready(warmed.page)
    assert "All 2 accounts are up to date" in warmed.page.locator(".wb-lead").first.inner_text()
    notice(load_settings(home), "token_refused", "Meta does not accept the token.")
    late = visit(server.url + "app/operations")
    late.page.locator(".wb-lead", has_text="Meta refuses the token").first.wait_for(timeout=WHEN_READY)


def test_it_is_saved_as_one_file_that_opens_without_a_server(fine, serve_pages, visit, tmp_path):
    server = serve_pages("operations", home=fine)
    seen = visit(server.url + "app/operations", accept_downloads=True)
    ready(seen.page)
    with seen.page.expect_download(timeout=WHEN_READY) as waiting:
        seen.page.get_by_role("button", name="Save as file").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    shown = seen.page.locator(".wb-lead").first.inner_text()
    server.stop()
    saved = visit(file.as_uri())
    assert saved.requests == [file.as_uri()]
    assert saved.page.locator(".wb-lead").first.inner_text() == shown
    assert saved.page.locator(".wb-copy:visible").count() == 0


def test_a_fresh_installation_says_how_to_begin(serve_pages, visit, axe):
    server = serve_pages("operations")
    seen = visit(server.url + "app/operations", viewport={"width": 390, "height": 900})
    ready(seen.page)
    assert seen.page.get_by_text("Three steps to your own figures").first.is_visible()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
    seen.page.wait_for_timeout(1000)
    found = axe.run(seen.page)
    assert found.violations_count == 0, found.generate_report()


def test_the_kernel_loads_no_modelling_library(write_app, serve_app, fetch, tmp_path):
    folder = write_app(
        "probe",
        "import sys\nfrom workbench.views.operations_page import OperationsPage\n"
        "page = OperationsPage()\n"
        "heavy = {'pymc', 'statsmodels', 'sklearn', 'google.ads', 'facebook_business'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))",
    )
    server = serve_app(folder)
    assert b"heavy: []" in fetch(server.url + "app/probe")[2]
