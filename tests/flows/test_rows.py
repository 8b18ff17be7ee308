"""Rows behind a page: a range counts only if it lies within the days shown, kept in memory or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from workbench.core.dates import Period
from workbench.core.settings import load_settings
from workbench.flows import rows as rows_module
from workbench.flows.available import available
from workbench.flows.company import own_lake
from workbench.flows.filters import FilterState
from workbench.flows.load import load_exports
from workbench.flows.rows import RowReader

EXPORT = """Campaign name,Reporting starts,Reporting ends,Amount spent (EUR),Impressions
Spring,2026-11-01,2026-11-10,10.00,1000
Spring,2026-11-11,2026-11-20,20.00,2000
Spring,2026-11-21,2026-11-30,40.00,4000
"""


@pytest.fixture
def lake(tmp_path):
    settings = load_settings(tmp_path / "home")
    file = tmp_path / "ranges.csv"
    file.write_text(EXPORT)
    (result,) = load_exports([file], settings=settings)
    assert not result.quarantined
    return own_lake(settings)


@pytest.mark.parametrize(
    ("days", "spend"), [((1, 30), 70), ((11, 30), 60), ((5, 30), 60), ((1, 25), 30), ((12, 19), 0)]
)
def test_a_range_over_the_edge_of_the_period_is_left_out_whole(lake, monkeypatch, days, spend):
    start, stop = days
    known = available(lake)
    (shown,) = known.slices
    period = Period(date(2026, 11, start), date(2026, 11, stop))
    state = replace(FilterState.default(known), start=period.start, stop=period.stop)
    for kept in (rows_module.MAX_KEPT_ROWS, 0):  # from memory, and asked of the lake
        monkeypatch.setattr(rows_module, "MAX_KEPT_ROWS", kept)
        frame, left_out = RowReader(lake).rows(state, shown, period)
        assert int(frame["spend_micros"].sum()) == spend * 1_000_000
        assert left_out == ()
