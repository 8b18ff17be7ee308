"""Networks and platforms as tables and sheets."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from lakes import days, insight, morning, write

from workbench.flows.available import available
from workbench.flows.filters import FilterState
from workbench.flows.overview import overview_of
from workbench.flows.platforms import spread_of
from workbench.lake import Lake
from workbench.views.overview_blocks import overview_parts
from workbench.views.overview_sheet import overview_workbook
from workbench.views.platform_blocks import platform_name, platforms_card

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 20)


def view_of(folder, *more_rows: dict, **filters):
    lake = Lake(folder)
    rows = [insight(day) for day in days(FIRST, 20)]
    write(lake, "ad_insights", [*rows, *more_rows], load_id="l", believed_at=morning(LAST))
    known = available(lake)
    chosen = {"account": "1", "from": "2026-11-01", "to": "2026-11-20", **filters}
    view = overview_of(lake, FilterState.from_fragment(chosen, known), known=known)
    return view, spread_of(lake, view.state, known, result_type=view.overview.result_type)


@pytest.fixture
def two_networks(tmp_path):
    other = {"network": "x", "account_id": "9", "currency": "USD", "results": None, "result_type": None}
    return view_of(tmp_path / "lake", *(insight(day, **other) for day in days(FIRST, 8)))


def test_networks_stand_side_by_side_with_their_days_and_without_a_sum(two_networks):
    html = platforms_card(two_networks[1])
    assert "Where did the money go?" in html
    for words in ("Meta", "€2,000", "100\u202f%", "US$800", "8 of 20 days"):
        assert words in html, words
    assert "Total" not in html
    assert html in overview_parts(two_networks[0]).body(html)


def test_a_single_account_has_no_such_card(tmp_path):
    assert platforms_card(view_of(tmp_path / "lake")[1]) == ""


def test_names_of_places_are_made_safe_and_unknown_ones_readable(tmp_path):
    rows = [
        insight(day, grain="campaign|publisher_platform|day|", publisher_platform=name)
        for day in days(FIRST, 20)
        for name in ("instagram", "<b>new</b>")
    ]
    html = platforms_card(view_of(tmp_path / "lake", *rows, grain="campaign||day|7d_click,1d_view")[1])
    assert "Instagram" in html
    assert "<b>new" not in html
    assert platform_name("some_place") == "Some place"


def test_the_spreadsheet_has_one_sheet_for_each_currency(two_networks):
    view, spread = two_networks
    book = openpyxl.load_workbook(io.BytesIO(overview_workbook(view, spread=spread)), data_only=True)
    assert book.sheetnames == ["Figures", "By network EUR", "By network USD", "Definitions", "About"]
    head, row, total = book["By network USD"].iter_rows(values_only=True)
    values = dict(zip(head, row, strict=True))
    assert (values["Network"], values["Spend (USD)"], values["Days"]) == ("X", 800, 8)
    assert total[head.index("Spend (USD)")] == 800
    defined = [r[0] for r in book["Definitions"].iter_rows(values_only=True)]
    assert "By network EUR: Last day" in defined
    assert len(defined) == len(set(defined))
