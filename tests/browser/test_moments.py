"""The moments that decide whether people stay, on the real pages in a real browser."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from exports import daily_export

from workbench.core.settings import load_settings
from workbench.flows.load import load_exports
from workbench.flows.sample import load_sample
from workbench.lake import Lake
from workbench.sandbox.company_files import ensure_company

WHEN_READY = 60_000


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """Give a home that shows the sample company."""
    home = tmp_path_factory.mktemp("sample-home")
    made = ensure_company(home / "sample")
    load_sample(made.folder, Lake(str(home / "sample" / "lake")))
    return home


@pytest.fixture(scope="module")
def sample_server(sample, serve_pages_to_all):
    """Serve all apps on the sample company."""
    return serve_pages_to_all(home=sample)


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Path:
    """Give a home with eight weeks of an own export."""
    folder = tmp_path_factory.mktemp("own")
    file = folder / "export.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56)
    load_exports([file], settings=load_settings(folder / "home"))
    return folder / "home"


@pytest.fixture(scope="module")
def own_server(own, serve_pages_to_all):
    """Serve the Overview of an own export to tests that only look at it."""
    return serve_pages_to_all("overview", home=own)


@pytest.fixture
def own_copy(own, tmp_path) -> Path:
    """Give a home with an own export that a test may load into."""
    return Path(shutil.copytree(own, tmp_path / "home"))


def ready(page) -> None:
    page.locator(".wb-bar[role=search] select").first.wait_for(timeout=WHEN_READY)
    page.locator(".wb-first").first.wait_for(state="detached", timeout=WHEN_READY)  # else all is there twice


def spend(page) -> str:
    return page.locator(".wb-tile", has_text="Spend").locator(".wb-value").first.inner_text()


@pytest.fixture
def axe() -> Iterator[object]:
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


@pytest.mark.parametrize(("width", "schemes"), [(390, ("light", "dark")), (1440, ("dark", "light"))])
@pytest.mark.parametrize("path", ["", "app/overview"])
def test_pages_are_whole_quiet_and_accessible(  # noqa: PLR0917 - fixtures and parameters
    sample_server, visit, axe, width, schemes, path
):
    viewport = {"width": width, "height": 900}
    seen = visit(sample_server.url + path, viewport=viewport, color_scheme=schemes[0])
    seen.page.locator(".wb-bar[role=search], .wb-drop").first.wait_for(timeout=WHEN_READY)
    for scheme in schemes:  # colours are the style sheet's alone: one page shows both
        seen.page.emulate_media(color_scheme=scheme)
        seen.page.wait_for_timeout(1500)
        assert seen.requests_outside == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.page.get_by_text("simulated company").first.is_visible()
        found = axe.run(seen.page)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"


def test_a_dropped_export_is_reconciled_and_every_app_switches_to_it(sample, serve_pages, visit, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(sample, home)  # the other tests go on seeing the sample company
    server = serve_pages("home", "overview", home=home)
    file = tmp_path / "export.csv"
    total = daily_export(file, first=date(2026, 9, 1), n_days=56)
    seen = visit(server.url)
    seen.page.locator("input[type=file]").wait_for(state="attached", timeout=WHEN_READY)
    seen.page.locator("input[type=file]").set_input_files(str(file))
    seen.page.get_by_text("agrees with the file's own total to the cent").wait_for(timeout=WHEN_READY)
    assert f"{total} EUR" in seen.page.content()
    seen.page.get_by_role("link", name="Open the Overview").click()
    ready(seen.page)
    assert seen.page.get_by_text("simulated company").count() == 0
    assert spend(seen.page) == "€560.56"


def test_the_very_next_reader_sees_a_load_and_an_open_page_offers_it(own_copy, serve_pages, visit, tmp_path):
    server = serve_pages("overview", home=own_copy)
    early = visit(server.url + "app/overview")
    ready(early.page)
    assert spend(early.page) == "€560.56"
    file = tmp_path / "again.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56, spend="20.00")
    load_exports([file], settings=load_settings(own_copy))
    late = visit(server.url + "app/overview")
    assert spend(late.page) == "€1,120"
    notice = early.page.get_by_role("button", name="Refresh")
    notice.wait_for(timeout=WHEN_READY)
    assert spend(early.page) == "€560.56"
    notice.click()
    early.page.locator(".wb-value", has_text="€1,120").first.wait_for(timeout=WHEN_READY)


def test_a_copied_link_shows_the_same_figures_in_a_second_browser_after_a_restatement(
    own_copy, serve_pages, visit, tmp_path
):
    server = serve_pages("overview", home=own_copy)
    seen = visit(server.url + "app/overview", permissions=["clipboard-read", "clipboard-write"])
    ready(seen.page)
    seen.page.get_by_role("button", name=re.compile("Copy link")).click()
    seen.page.get_by_text("only on this machine").wait_for(timeout=WHEN_READY)
    link = seen.page.evaluate("navigator.clipboard.readText()")
    assert "as_of=" in link
    time.sleep(0.01)
    file = tmp_path / "again.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56, spend="20.00")
    load_exports([file], settings=load_settings(own_copy))
    second = visit(link)
    second.page.get_by_text("as believed on").first.wait_for(timeout=WHEN_READY)
    assert spend(second.page) == "€560.56"
    assert (
        second.page.locator(".wb-lead").first.inner_text() == seen.page.locator(".wb-lead").first.inner_text()
    )
    today = visit(server.url + "app/overview")
    assert spend(today.page) == "€1,120"


def test_a_saved_view_opens_without_a_server_and_shows_the_same(own, serve_pages, visit, tmp_path):
    server = serve_pages("overview", home=own)
    seen = visit(server.url + "app/overview", accept_downloads=True)
    ready(seen.page)
    with seen.page.expect_download(timeout=WHEN_READY) as waiting:
        seen.page.get_by_role("button", name="Save as file").click()
    file = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(file)
    assert file.stat().st_size <= 1_000_000
    shown = seen.page.locator(".wb-lead").first.inner_text()
    server.stop()
    saved = visit(file.as_uri())
    assert saved.requests == [file.as_uri()]
    assert saved.page.locator(".wb-lead").first.inner_text() == shown
    assert spend(saved.page) == "€560.56"


def test_a_figure_that_needs_a_column_says_which_and_how_to_get_it(own_server, visit):
    seen = visit(own_server.url + "app/overview")
    ready(seen.page)
    tile = seen.page.locator(".wb-missing")
    assert "Purchases conversion value" in tile.inner_text()
    tile.locator("summary").click()
    assert tile.get_by_text("Customise columns").is_visible()


def test_why_ads_manager_differs_gives_amounts_and_source_rows(own_server, visit):
    seen = visit(own_server.url + "app/overview")
    ready(seen.page)
    tile = seen.page.locator(".wb-tile", has_text="Spend").first
    tile.locator("summary").click()
    text = tile.inner_text()
    for words in (
        "Attribution window",
        "Time zone",
        "Restated since",
        "Deleted objects",
        "Rounding",
        "Unexplained",
    ):
        assert words in text
    assert "export.csv: 56 rows" in text


def test_filters_redraw_the_page_and_stand_in_the_address(own_server, visit):
    seen = visit(own_server.url + "app/overview")
    ready(seen.page)
    seen.page.get_by_label("Compare", exact=True).select_option("none")
    seen.page.locator(".wb-question", has_text="Who earned their money?").wait_for(timeout=WHEN_READY)
    seen.page.wait_for_function("location.hash.includes('compare=none')", timeout=WHEN_READY)


def test_the_real_exports_answer_who_earned_their_money(tmp_path, shared_data, serve_pages, visit):
    home = tmp_path / "home"
    files = sorted((shared_data / "ads/gwwc_meta_ads_2021").glob("*.csv"))
    load_exports(files, settings=load_settings(home), account_id="gwwc")
    server = serve_pages("overview", home=home)
    seen = visit(server.url + "app/overview")
    ready(seen.page)
    assert seen.page.get_by_text("Who earned their money?").first.is_visible()
    assert "1,581 leads at US$10.11 each" in seen.page.locator(".wb-lead").first.inner_text()
    levels = seen.page.get_by_label("Level", exact=True).locator("option")
    assert levels.count() == 7
    for value in [levels.nth(i).get_attribute("value") for i in range(7)]:
        seen.page.get_by_label("Level", exact=True).select_option(value)
        seen.page.wait_for_function(
            "v => decodeURIComponent(location.hash).includes(v)", arg=f"grain={value}", timeout=WHEN_READY
        )
        seen.page.locator(".wb-bar:not([aria-busy])").first.wait_for(timeout=WHEN_READY)
        assert spend(seen.page) == "US$15,978"
    assert json.dumps(seen.complaints).count("Traceback") == 0
