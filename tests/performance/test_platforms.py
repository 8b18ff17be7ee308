"""Networks side by side: currencies and kinds apart, one grain per account, intervals that hold."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from frames import NOW, daily

from workbench.performance.platforms import compare_platforms


def rows(network: str, figures: dict[str, float], *, currency: str = "EUR", account: str = "1", **more):
    frame = daily(more.pop("period", NOW), {f"{network}-{account}": figures}, **more)
    return frame.assign(network=network, account_id=account, currency=currency)


USUAL = {"spend": 100.0, "impressions": 10_000, "clicks": 200, "link_clicks": 150, "results": 10}


def test_currencies_are_never_added_and_shares_add_up_within_each():
    frame = pd.concat(
        [
            rows("meta", USUAL),
            rows("google", {**USUAL, "spend": 300.0}),
            rows("google", {**USUAL, "spend": 50.0}, currency="USD", account="2"),
        ]
    )
    found = compare_platforms(frame, by="network", period=NOW)
    assert [(r.name, r.currency) for r in found.rows] == [
        ("google", "EUR"),
        ("meta", "EUR"),
        ("google", "USD"),
    ]
    assert [r.spend_share for r in found.rows] == [pytest.approx(0.75), pytest.approx(0.25), 1.0]
    assert found.currencies == ("EUR", "USD")
    assert found.rows[0].totals.spend_micros == 300_000_000 * NOW.n_days
    assert all(r.low < r.cost < r.high for r in found.rows)
    assert json.loads(json.dumps(found.to_dict()))["rows"][2]["currency"] == "USD"
    assert len(found.table()) == 3


def test_each_network_counts_the_wanted_kind_where_it_has_it_and_its_own_elsewhere():
    both = pd.concat(
        [
            rows("meta", {**USUAL, "results": 4}, result_type="lead"),
            rows("meta", {**USUAL, "spend": 900.0, "results": 9}, result_type="purchase", account="2"),
            rows("x", USUAL, result_type="link_click"),
        ]
    )
    meta, x = compare_platforms(both, by="network", period=NOW, result_type="lead").rows
    assert (meta.result_type, x.result_type) == ("lead", "link_click")
    assert meta.n_accounts == 2
    assert meta.of_type.spend_micros == 100_000_000 * NOW.n_days
    assert meta.cost == pytest.approx(25.0)
    assert meta.totals.spend_micros == 1_000_000_000 * NOW.n_days


def test_days_that_a_network_does_not_cover_are_told():
    late = rows("x", USUAL)
    late = late[late["date_start"] >= NOW.stop]
    found = compare_platforms(pd.concat([rows("meta", USUAL), late]), by="network", period=NOW)
    by_name = {r.name: r for r in found.rows}
    assert (by_name["x"].n_days, by_name["x"].first_day) == (1, NOW.stop)
    assert by_name["meta"].n_days == NOW.n_days


def test_without_results_there_is_no_cost_and_without_rows_nothing():
    none = rows("meta", {k: v for k, v in USUAL.items() if k != "results"}, result_type=None)
    (row,) = compare_platforms(none, by="network", period=NOW).rows
    assert (row.cost, row.low, row.high, row.result_type) == (None, None, None, None)
    assert compare_platforms(none.iloc[:0], by="network", period=NOW).rows == ()
