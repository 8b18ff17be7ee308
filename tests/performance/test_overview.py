"""One period against another: sums, kinds of results, findings."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from frames import BEFORE, NOW, daily

from workbench.performance.finding import finding
from workbench.performance.overview import maturing_from, summarise
from workbench.performance.totals import sum_rows

USUAL = {"spend": 100.0, "impressions": 10_000, "link_clicks": 200, "results": 10}


def overview(now, before=None, **options):
    given = {"period": NOW, "comparison": BEFORE, "currency": "EUR", "level": "campaign", "daily": True}
    return summarise(now, before, **{**given, **options})


def test_sums_are_exact_integers_and_ratios_come_from_sums():
    rows = daily(
        NOW,
        {
            "a": {"spend": 0.1, "impressions": 3, "results": 1},
            "b": {"spend": 1e7, "impressions": 1, "results": 2},
        },
    )
    totals = sum_rows(rows)
    assert totals.spend_micros == 14 * (100_000 + 10_000_000_000_000)
    assert isinstance(totals.spend_micros, int)
    assert totals.cost_per_result_micros == Fraction(totals.spend_micros, 42)
    assert totals.link_clicks is None
    assert totals.click_rate is None


def test_a_dearer_price_is_found_said_and_adds_up():
    seen = overview(
        daily(NOW, {"a": {**USUAL, "impressions": 5_000, "link_clicks": 100, "results": 5}}),
        daily(BEFORE, {"a": USUAL}),
    )
    cost = seen.measure("cost_per_result")
    assert (cost.value, cost.before) == (20.0, 10.0)
    assert cost.change.low < 1.0 < cost.change.high
    assert cost.change.is_clear
    assert seen.decomposition.parts["price"] == pytest.approx(10.0)
    assert (
        seen.summary()
        == "Cost per lead rose 100\u202f% to €20.00. Nearly all of it is the price of impressions."
    )
    rounded = seen.decomposition.rounded(2)
    assert round(seen.decomposition.before * 100) + sum(rounded.values()) == round(
        seen.decomposition.after * 100
    )


def test_noise_is_called_noise():
    seen = overview(
        daily(NOW, {"a": {**USUAL, "results": 3}}), daily(BEFORE, {"a": {**USUAL, "results": 3.2}})
    )
    assert not seen.measure("cost_per_result").change.is_clear
    assert "is within the noise" in seen.summary()


def test_kinds_of_results_are_never_added():
    campaigns = {
        "leads": {**USUAL, "result_type": "lead"},
        "shop": {**USUAL, "spend": 50.0, "results": 400, "result_type": "purchase"},
    }
    seen = overview(daily(NOW, campaigns), daily(BEFORE, campaigns))
    assert seen.result_types == ("lead", "purchase")
    assert seen.of_type.results == 140
    assert seen.measure("cost_per_result").value == pytest.approx(10.0)
    assert seen.measure("spend").value == pytest.approx(14 * 150.0)
    assert any("not bought for leads" in hedge for hedge in finding(seen).hedges)
    other = overview(daily(NOW, campaigns), daily(BEFORE, campaigns), result_type="purchase")
    assert other.of_type.results == 5_600


def test_spend_without_any_result_counts_where_the_account_has_one_kind():
    campaigns = {
        "a": USUAL,
        "b": {"spend": 100.0, "impressions": 10_000, "link_clicks": 100, "result_type": None},
    }
    seen = overview(daily(NOW, campaigns))
    assert seen.measure("cost_per_result").value == pytest.approx(20.0)


def test_without_a_comparison_the_page_says_who_earned_the_money():
    campaigns = {"good": {**USUAL, "results": 40}, "dear": {**USUAL, "results": 4}, "middling": USUAL}
    seen = overview(daily(NOW, campaigns), comparison=None, daily=False)
    assert seen.comparison is None
    assert seen.trend is None
    assert seen.summary().endswith("Good earned its money best, at €2.51.")


@pytest.mark.parametrize(
    ("missing", "measure", "column"),
    [
        ("results", "cost_per_result", "Results"),
        ("link_clicks", "click_rate", "Link clicks"),
        ("value_micros", "roas", "Purchases conversion value"),
    ],
)
def test_a_figure_that_cannot_be_computed_names_the_missing_column(missing, measure, column):
    figures = {**USUAL, "value_micros": 5_000_000}
    seen = overview(daily(NOW, {"a": {k: v for k, v in figures.items() if k != missing}}, result_type=None))
    found = seen.measure(measure)
    assert found.value is None
    assert found.unlock.column == column
    assert "export again" in found.unlock.steps


def test_pooled_intervals_hold_the_estimate_and_few_results_widen_them():
    campaigns = {f"c{i}": {**USUAL, "results": 8 + i} for i in range(6)} | {
        "small": {**USUAL, "spend": 4.0, "results": 1 / 7}
    }
    seen = overview(daily(NOW, campaigns), daily(BEFORE, {"c0": USUAL}))
    rows = {row.entity_id: row for row in seen.entities}
    assert all(row.low < row.pooled_cost < row.high for row in rows.values())
    width = {k: (r.high - r.low) / r.pooled_cost for k, r in rows.items()}
    assert width["small"] > 2 * max(v for k, v in width.items() if k != "small")
    assert rows["small"].is_new
    assert not rows["c0"].is_new
    assert [r.spend_micros for r in seen.entities] == sorted(
        (r.spend_micros for r in seen.entities), reverse=True
    )


def test_recent_days_may_still_change():
    assert maturing_from("7d_click,1d_view", NOW, NOW.stop) == date(2026, 11, 14)
    assert maturing_from("7d_click", BEFORE, NOW.stop) is None
    assert maturing_from("", NOW, NOW.stop) is None
    assert maturing_from("28d_click", NOW, NOW.stop) == NOW.start


def test_nothing_delivered_is_said_and_not_divided_by():
    empty = daily(NOW, {"a": USUAL}).iloc[:0]
    assert overview(empty).summary() == "Nothing was delivered in these days."
    zero = overview(
        daily(NOW, {"a": {"spend": 0.0, "impressions": 5, "results": 0}}), daily(BEFORE, {"a": USUAL})
    )
    assert zero.measure("cost_per_result").value is None


def test_the_dictionary_is_json_and_the_table_has_every_entity():
    seen = overview(daily(NOW, {"a": USUAL, "b": USUAL}), daily(BEFORE, {"a": USUAL}))
    assert json.loads(json.dumps(seen.to_dict()))["totals"]["spend"] == "2800.00"
    assert isinstance(seen.table(), pd.DataFrame)
    assert list(seen.table()["entity_id"]) == ["a", "b"]


def test_a_quiet_campaign_is_drawn_by_week_and_gaps_stay_gaps():
    rows = daily(NOW, {"a": {**USUAL, "results": 2}})
    seen = overview(rows, None, comparison=None)
    assert seen.trend.step == "week"
    assert len(seen.trend.days) == 2
    busy = daily(NOW, {"a": {**USUAL, "results": 20}})
    holed = busy[busy["date_start"] != date(2026, 11, 10)]
    trend = overview(holed, None, comparison=None).trend
    assert trend.step == "day"
    assert pd.isna(trend.cost[3])
    assert trend.low[0] < trend.cost[0] < trend.high[0]
