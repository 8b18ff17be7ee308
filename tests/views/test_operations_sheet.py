"""The Operations page as a spreadsheet: accounts, days, loads, quarantine, and what each column means."""

from __future__ import annotations

from io import BytesIO

import pytest
from installations import NOW, Shop, connect, fail_refresh, refuse_file
from openpyxl import load_workbook

from workbench.core.settings import load_settings
from workbench.flows.operations import operations_of
from workbench.views.operations_sheet import operations_workbook


@pytest.fixture
def shown(tmp_path):
    settings = load_settings(tmp_path / "home", environment="sandbox")
    settings.home.mkdir()
    connect(settings, Shop(restated_micros=1_240_001), Shop("2", "North", "USD"))
    refuse_file(settings)
    fail_refresh(settings)
    return operations_of(settings, at=NOW)


def test_every_sheet_has_its_rows(shown):
    book = load_workbook(BytesIO(operations_workbook(shown)))
    assert book.sheetnames == ["Figures", "Days", "Loads", "Quarantine", "Definitions", "About"]
    heads = [cell.value for cell in book["Figures"][1]]
    rows = {
        row[2]: dict(zip(heads, row, strict=True)) for row in book["Figures"].iter_rows(2, values_only=True)
    }
    assert rows["Shop"]["Restated last time"] == 1.240001
    assert rows["Shop"]["Currency"] == "EUR"
    assert rows["North"]["Data to"].date().isoformat() == "2026-11-20"
    assert book["Quarantine"].max_row == 3
    assert book["Loads"].max_row == len(shown.log.visits) + 1
    about = dict(book["About"].iter_rows(2, values_only=True))
    assert about["Figures of"] == "a simulated company"
    assert about["In a sentence"] == shown.summary()


def test_no_personal_data_is_in_the_file(shown):
    book = load_workbook(BytesIO(operations_workbook(shown)))
    values = [str(v) for sheet in book for row in sheet.iter_rows(values_only=True) for v in row if v]
    assert any("[email]" in value for value in values)
    assert not any("example.org" in value for value in values)
