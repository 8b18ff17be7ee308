"""How an account's results fill up, as its own delays tell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lakes import days, insight, morning, write

from workbench.flows.account_maturity import account_maturity
from workbench.flows.available import available
from workbench.lake import Lake

LAST = date(2026, 3, 1)


def test_delays_tell_the_share_that_has_come_and_without_any_nothing_does(tmp_path):
    lake = Lake(tmp_path / "lake")
    write(lake, "ad_insights", [insight(d) for d in days(LAST, 1)], load_id="i", believed_at=morning(LAST))
    (shown,) = available(lake).slices
    assert account_maturity(lake, shown, "lead") is None
    rows = [
        {
            "date_start": day,
            "converted_on": day + timedelta(days=delay),
            "conversion_type": "lead",
            "campaign_id": "c1",
            "currency": "EUR",
            "conversions": n,
        }
        for day in days(LAST - timedelta(days=59), 60)
        for delay, n in enumerate((6.0, 3.0, 1.0))
        if day + timedelta(days=delay) <= LAST
    ]
    write(lake, "conversions", rows, load_id="c", believed_at=morning(LAST))
    found = account_maturity(lake, shown, "lead")
    assert found.share[:3] == pytest.approx([0.6, 0.9, 1.0])
