"""What came of a file is said in figures, and nothing from the file is taken for HTML."""

from __future__ import annotations

import pytest

from workbench.views.load_report import load_report_html

LOADED = {
    "file": "report.csv",
    "rows": 1234,
    "period": ["2021-12-01", "2021-12-31"],
    "spend": "15978.28",
    "file_total": "15978.28",
    "difference": "-0.02",
    "currency": "USD",
    "reconciled": "within rounding",
    "quarantined": [],
    "changed": True,
    "warnings": [],
}


def test_a_load_shows_rows_sums_difference_and_the_next_step():
    html = load_report_html(LOADED, next_href="/overview?a=1&b=2", next_words="See the overview")
    for text in ("1\u202f234", "15978.28 USD", "−0.02 USD", "within the rounding", "2021-12-01 – 2021-12-31"):
        assert text in html
    assert '<a href="/overview?a=1&amp;b=2">See the overview</a>' in html


def test_a_file_without_a_total_has_no_line_for_it():
    html = load_report_html(
        LOADED | {"file_total": None, "difference": None, "reconciled": "no total in the file"}
    )
    assert "Total in the file" not in html
    assert "no total to compare" in html


def test_a_second_load_says_that_nothing_changed():
    assert "nothing changed" in load_report_html(LOADED | {"changed": False})


def test_unreadable_cells_are_listed_and_lead_nowhere():
    cells = [{"row": n, "column": "Spend <b>", "reason": "'x' is no number"} for n in range(30)]
    html = load_report_html(LOADED | {"quarantined": cells, "changed": False}, next_href="/x")
    assert "nothing of the file was loaded" in html
    assert "and 10 more" in html
    assert "Spend &lt;b&gt;" in html
    assert "<a " not in html


@pytest.mark.parametrize("key", ["currency", "spend", "reconciled"])
def test_texts_of_a_file_are_escaped(key):
    assert "<img" not in load_report_html(LOADED | {key: "<img src=x>"})
