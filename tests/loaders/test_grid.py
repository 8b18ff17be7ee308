"""CSV and XLSX files become the same columns of texts."""

from __future__ import annotations

import random
from datetime import date, datetime

import openpyxl
import pytest

from workbench.loaders.grid import _careful_columns, _fast_columns, read_grid
from workbench.loaders.headers import count_recognised
from workbench.loaders.result import Unreadable
from workbench.loaders.text import find_table

PIECES = ["a", '"', '""', " ", "1.5", '"x,y"', '"l\nm"', "é", "b", '"q""r"', "\r\n", ","]


def test_the_fast_reader_agrees_with_the_careful_one_or_leaves_it_the_file():
    agreed = 0
    for seed in range(400):
        rng = random.Random(seed)  # noqa: S311 - seeded on purpose
        cells = ["".join(rng.choice(PIECES) for _ in range(rng.randint(0, 2))) for _ in range(8)]
        body = "\n".join(f"{a},{b}" for a, b in zip(cells[::2], cells[1::2], strict=True))
        text = "Campaign name,Amount spent\n" + body
        dialect = find_table(text, count_recognised)
        if dialect is None:
            continue
        fast = _fast_columns(text, dialect)
        if fast is None:
            continue
        careful = _careful_columns(text, dialect)
        kept = [
            row for row in zip(*(c.to_pylist() for c in fast), strict=True) if any(x.strip() for x in row)
        ]
        assert kept == list(zip(*(c.to_pylist() for c in careful), strict=True)), repr(body)
        agreed += 1
    assert agreed > 20


def test_real_files_read_alike_on_both_paths(shared_data):
    for path in (shared_data / "ads" / "gwwc_meta_ads_2021").glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        dialect = find_table(text, count_recognised)
        assert dialect is not None
        fast = _fast_columns(text, dialect)
        assert fast is not None
        assert fast == _careful_columns(text, dialect)


def save(path, rows, title="Raw data"):
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    book.active.append(["Hello"])
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_spreadsheet_cells_become_texts(tmp_path):
    rows = [
        ["A note"],
        ["Campaign name", "Day", "Amount spent (EUR)", "Impressions"],
        ["x", date(2026, 11, 20), 15978.28, 1000.0],
        [None, None, None, None],
        ["y", datetime(2026, 11, 21), 0.1, 7],
    ]
    grid = read_grid(save(tmp_path / "a.xlsx", rows), count_recognised)
    assert [c.to_pylist() for c in grid.columns] == [
        ["x", "y"],
        ["2026-11-20", "2026-11-21"],
        ["15978.28", "0.1"],
        ["1000", "7"],
    ]
    assert (grid.places.row(0), grid.places.row(1)) == (3, 5)
    assert grid.typed_numbers
    assert any("'Raw data'" in w for w in grid.warnings)


def test_damaged_spreadsheets_are_refused(tmp_path):
    path = save(tmp_path / "a.xlsx", [["Campaign name", "Amount spent"], ["x", 1]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(Unreadable, match="damaged"):
        read_grid(path, count_recognised)


def test_files_that_are_no_tables_are_refused(tmp_path):
    for name, data, said in [
        ("empty.csv", b"  \n", "empty"),
        ("old.xls", b"\xd0\xcf\x11\xe0rest", "old .xls"),
        ("page.csv", b"<html><body>Sign in</body></html>", "starts with '<html>"),
    ]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(Unreadable, match=said):
            read_grid(tmp_path / name, count_recognised)
    with pytest.raises(Unreadable, match="cannot be read"):
        read_grid(tmp_path / "missing.csv", count_recognised)
