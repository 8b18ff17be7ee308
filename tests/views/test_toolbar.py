"""A preheated page has its row of filters before any script has run."""

from __future__ import annotations

from datetime import date

from workbench.core.dates import Period
from workbench.flows.available import Available, Slice
from workbench.views.actions import ActionBar
from workbench.views.filters import FilterBar
from workbench.views.fragment import FragmentState
from workbench.views.toolbar import Toolbar

AVAILABLE = Available(
    (Slice("meta", "<7>", "campaign||day|", "EUR", Period(date(2025, 1, 1), date(2026, 11, 20))),)
)


def bundle(available):
    fragment, actions = FragmentState(), ActionBar("overview", xlsx=bytes)
    filters = FilterBar(lambda as_of: available, lambda state: None, fragment=fragment)
    filters.start()
    return Toolbar(fragment, filters, actions)._repr_mimebundle_()


def test_the_still_picture_has_the_words_of_the_row_and_is_not_announced():
    shown = bundle(AVAILABLE)
    assert "application/vnd.jupyter.widget-view+json" in shown
    html = shown["text/html"]
    for text in ("&lt;7&gt;", "2026-10-24 – 2026-11-20", "campaign · daily", "Copy link", "XLSX"):
        assert text in html
    assert 'aria-hidden="true"' in html
    assert "Save as file" not in html


def test_without_data_it_says_what_to_do():
    assert "Drop an Ads Manager export" in bundle(Available(()))["text/html"]
