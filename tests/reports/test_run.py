"""A report is whole, the same bytes for the same data and day, and a failing one changes nothing."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from exports import daily_export

from workbench.core.errors import DataError, NotEnoughData
from workbench.core.settings import load_settings
from workbench.flows.load import load_exports
from workbench.ledger import last_good_report, last_reports, open_ledger
from workbench.reports import pdf
from workbench.reports.run import ReportFailed, find_template, run_report

ASOF = date(2026, 10, 26)


def run(settings, **options):
    return run_report("weekly", settings=settings, **{"asof": ASOF, "with_pdf": False, **options})


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Eight weeks of an export and the report on them, which takes long and which tests only read."""
    folder = tmp_path_factory.mktemp("reported")
    file = folder / "export.csv"
    daily_export(file, first=date(2026, 9, 1), n_days=56)
    settings = load_settings(folder / "home")
    load_exports([file], settings=settings)
    return settings.home


@pytest.fixture(scope="module")
def first(home):
    return run(load_settings(home), with_pdf=True)


@pytest.fixture
def loaded(home, first, tmp_path):
    """Give a copy of the home with its report, to run others in."""
    assert first.html.exists()
    return load_settings(shutil.copytree(home, tmp_path / "home"))


def test_the_same_data_and_day_give_the_same_bytes_and_the_sources_total(first, home, loaded, monkeypatch):
    html = first.html.read_bytes()
    facts = json.loads(first.html.with_suffix(".run.json").read_text())
    assert Decimal(facts["totals"]["spend"]) == 7 * 2 * Decimal("10.01")
    assert "€140.14" in html.decode()
    monkeypatch.setattr(pdf, "find_chromium", lambda: None)
    again = run(loaded, with_pdf=True)
    assert again.html.relative_to(loaded.home) == first.html.relative_to(home)
    assert again.html.read_bytes() == html
    assert again.sha256 == facts["sha256"]
    with open_ledger(loaded) as ledger, ledger.read() as session:
        assert [r.state for r in last_reports(session, 9)] == ["done", "done"]
        assert last_good_report(session, "weekly").sha256 == first.sha256
    # without a Chromium a report is HTML and says why
    assert again.pdf is None
    assert "no Chromium" in again.pdf_reason
    assert again.html.exists()


def test_the_page_needs_nothing_but_itself_and_says_what_it_rests_on(first):
    html = first.html.read_text()
    assert len(html) < 1_000_000
    assert not re.search(r"""(src|href)=["']https?:|<script|<link|@import|url\(""", html)
    for words in ("Data as of", "Grain", "Version", "Random numbers", "Restated since"):
        assert words in html
    assert html.count("<svg") >= 4


def test_a_late_account_is_named_first(loaded):
    html = run(loaded, asof=date(2026, 10, 28)).html.read_text()
    late = html.index("has figures to 26 Oct 2026 only")
    assert late < html.index('class="wb-lead"')


def failing(tmp_path) -> Path:
    notebook = nbformat.read(find_template("weekly"), as_version=4)
    notebook.cells.insert(
        4, nbformat.v4.new_code_cell("1 / 0  # access_token=EAAB1234567890abcdefghij", id="broken")
    )
    path = tmp_path / "weekly.ipynb"
    nbformat.write(notebook, path)
    return path


def test_a_failing_cell_keeps_the_last_good_report_and_says_the_reason(first, home, loaded, tmp_path):
    good = loaded.home / first.html.relative_to(home)
    kept = good.read_bytes()
    with pytest.raises(ReportFailed, match="ZeroDivisionError") as caught:
        run(loaded, template=failing(tmp_path))
    assert "last good report is still in place" in str(caught.value)
    assert good.read_bytes() == kept
    trace = next(good.parent.glob("failed/*.ipynb")).read_text()
    assert "EAAB1234567890abcdefghij" not in trace
    with open_ledger(loaded) as ledger, ledger.read() as session:
        assert [r.state for r in last_reports(session, 2)] == ["failed", "done"]
        assert "ZeroDivisionError" in last_reports(session, 1)[0].error


def test_a_day_without_figures_is_refused_with_the_days_there_are(loaded):
    with pytest.raises((NotEnoughData, ReportFailed), match="2026-09-01"):
        run(loaded, asof=date(2025, 1, 1))


def test_an_unknown_report_names_those_there_are(settings):
    with pytest.raises(DataError, match="There are: budget, experiments, weekly"):
        run_report("../weekly", settings=settings)


def test_range_rows_make_a_report_too(settings, shared_data):
    file = (
        shared_data
        / "ads/gwwc_meta_ads_2021/Giving-What-We-Can-Ads-New-Campaigns-Nov-15-2021-Jan-31-2022.csv"
    )
    load_exports([file], settings=settings)
    done = run_report("weekly", settings=settings, with_pdf=False)
    assert "15,978" in done.html.read_text()
    assert done.subject.startswith("US$15,978 brought 1,581 leads")


@pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("google-chrome")), reason="no Chromium here"
)
def test_the_pdf_is_a_pdf(first):
    assert first.pdf.read_bytes()[:5] == b"%PDF-"
    assert first.pdf.stat().st_size > 20_000
