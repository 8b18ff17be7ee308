"""The sample company: coherent, reproducible, and true to its own truth."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from workbench.core.errors import DataError
from workbench.lake.schema import TABLES, arrow_schema
from workbench.sandbox.account import SPEC
from workbench.sandbox.company import Company, make_company
from workbench.sandbox.market.accounts import LOOKALIKE, TEST_CELL

ATTRIBUTION = "7d_click,1d_view"
SUMS = ("spend_micros", "impressions", "clicks", "link_clicks", "results", "conversions", "value_micros")
PEOPLE = ("reach", "unique_link_clicks")
NAMES = (
    "ad_insights",
    "ad_entities",
    "account_changes",
    "conversions",
    "pixel_events",
    "posts",
    "community",
)


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company()


def grain(company: Company, level: str, breakdowns: str = "") -> pa.Table:
    wanted = f"{level}|{breakdowns}|day|{ATTRIBUTION}"
    return company.ad_insights.filter(pc.field("grain") == wanted)


def by_key(
    table: pa.Table, keys: list[str], columns: tuple[str, ...], how: str = "sum"
) -> dict[tuple, tuple]:
    grouped = table.group_by(keys).aggregate([(c, how) for c in columns])
    rows = grouped.to_pylist()
    return {tuple(r[k] for k in keys): tuple(r[f"{c}_{how}"] for c in columns) for r in rows}


@pytest.mark.parametrize("name", NAMES)
def test_columns_are_the_lakes_columns(company, name):
    table, schema = company.tables[name], arrow_schema(name)
    assert table.schema.names == schema.names
    assert table.schema.types == schema.types
    for column in TABLES[name].columns:
        if column.required:
            assert table[column.name].null_count == 0, column.name


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_unique(company, name):
    table = company.tables[name]
    keys = list(TABLES[name].key)
    assert table.group_by(keys).aggregate([]).num_rows == table.num_rows > 0


def test_two_years_of_eight_campaigns(company):
    campaigns = grain(company, "campaign")
    assert pc.min(campaigns["date_start"]).as_py() == date(2024, 11, 21)
    assert pc.max(campaigns["date_start"]).as_py() == date(2026, 11, 20)
    assert len(set(campaigns["campaign_name"].to_pylist())) == len(SPEC.campaigns) == 8
    assert set(company.ad_insights["source"].to_pylist()) == {"sample"}
    assert pc.max(campaigns["date_start"].combine_chunks()).as_py().isoformat() == company.truth["until"]


@pytest.mark.parametrize(
    ("child", "breakdowns", "parent"),
    [("ad", "", "adset"), ("adset", "", "campaign"), ("campaign", "age,gender", "campaign")],
)
def test_parts_add_up_exactly(company, child, breakdowns, parent):
    keys = [f"{parent}_id", "date_start"]
    parts = grain(company, child, breakdowns)
    first = pc.min(parts["date_start"])
    whole = grain(company, parent).filter(pc.field("date_start") >= first)
    assert by_key(parts, keys, SUMS) == by_key(whole, keys, SUMS)


def test_breakdown_covers_the_last_180_days(company):
    days = set(grain(company, "campaign", "age,gender")["date_start"].to_pylist())
    assert len(days) == 180


def test_people_are_not_additive(company):
    parts, whole = grain(company, "adset"), grain(company, "campaign")
    keys = ["campaign_id", "date_start"]
    summed, largest = by_key(parts, keys, PEOPLE), by_key(parts, keys, PEOPLE, "max")
    own = by_key(whole, keys, PEOPLE)
    for key, counts in own.items():
        for i in range(len(PEOPLE)):
            assert largest[key][i] <= counts[i] <= summed[key][i]
    assert sum(v[0] for v in own.values()) < 0.995 * sum(v[0] for v in summed.values())


def test_counts_of_every_row_are_coherent(company):
    rows = company.ad_insights
    got = {name: rows[name].to_numpy() for name in (*SUMS[:-1], *PEOPLE)}
    engagement = np.array(rows["result_type"].to_pylist()) == "post_engagement"
    assert (got["impressions"] > 0).all()
    assert (got["reach"] <= got["impressions"]).all()
    assert (got["clicks"] <= got["impressions"]).all()
    assert (got["link_clicks"] <= got["clicks"]).all()
    assert (got["results"] <= np.where(engagement, got["clicks"], got["link_clicks"])).all()
    assert (got["unique_link_clicks"] <= np.minimum(got["link_clicks"], got["reach"])).all()
    assert (got["spend_micros"] >= 0).all()
    assert min(got["results"].min(), got["link_clicks"].min(), got["conversions"].min()) >= 0


def test_value_belongs_to_purchases_only(company):
    rows = company.ad_insights
    purchase = pc.equal(rows["result_type"], "purchase")
    assert pc.all(pc.equal(pc.is_valid(rows["value_micros"]), purchase)).as_py()
    bought = rows.filter(pc.and_(purchase, pc.greater(rows["results"], 0)))
    assert pc.min(bought["value_micros"]).as_py() > 0


def test_reported_results_are_the_conversions_that_arrived(company):
    ads = grain(company, "ad").filter(pc.field("result_type").isin(["lead", "purchase"]))
    missing = {date.fromisoformat(d) for d in company.truth["missing_days"]}
    arrived = company.conversions.filter(
        pc.invert(pc.is_in(company.conversions["date_start"], pa.array(sorted(missing))))
    )
    keys = ["ad_id", "date_start"]
    reported = {k: v for k, v in by_key(ads, keys, ("results", "value_micros")).items() if v[0]}
    counted = by_key(arrived, keys, ("conversions", "value_micros"))
    assert reported == counted
    assert pc.max(company.conversions["converted_on"]).as_py() <= date(2026, 11, 20)
    delays = pc.days_between(company.conversions["date_start"], company.conversions["converted_on"])
    assert (pc.min(delays).as_py(), pc.max(delays).as_py()) == (0, 7)


def test_last_days_are_immature_and_earlier_days_are_whole(company):
    campaigns = grain(company, "campaign")
    reported = by_key(campaigns, ["campaign_id", "date_start"], ("results",))
    days = sorted({key[1] for key in reported})
    for truth in company.truth["campaigns"]:
        if truth["result_type"] not in ("lead", "purchase"):
            continue
        full = truth["daily"]["full_results"]
        now = [reported.get((truth["campaign_id"], day), (0.0,))[0] for day in days[-60:]]
        assert now[:-7] == full[-60:-7]
        assert all(n <= f for n, f in zip(now[-7:], full[-7:], strict=True))
    totals = [
        sum(reported.get((t["campaign_id"], days[-1]), (0.0,))[0] for t in company.truth["campaigns"][:5]),
        sum(t["daily"]["full_results"][-1] for t in company.truth["campaigns"][:5]),
    ]
    assert totals[0] < totals[1]


def test_missing_days_are_missing_at_every_grain(company):
    missing = {date.fromisoformat(d) for d in company.truth["missing_days"]}
    assert len(missing) == 3
    assert not missing & set(company.ad_insights["date_start"].to_pylist())


def test_results_vary_around_their_expectation(company):
    for truth in company.truth["campaigns"]:
        full = np.array(truth["daily"]["full_results"], dtype=float)
        expected = np.array(truth["daily"]["expected_results"])
        assert full.sum() == pytest.approx(expected.sum(), rel=0.05, abs=4 * np.sqrt(expected.sum()))
        busy = expected > 3
        if truth["result_type"] == "lead" and busy.sum() > 200:  # given the day's rates, which vary too
            spread = ((full - expected)[busy] ** 2 / expected[busy]).mean()
            assert 0.75 < spread < 1.3, truth["name"]
            wide = (np.diff(full[busy]) ** 2).sum() / (full[busy][1:] + full[busy][:-1]).sum()
            assert wide > 1.1, truth["name"]


def test_the_shock_shows_in_price_budget_and_cost(company):
    shock = company.truth["shock"]
    assert shock["date"] == "2026-10-28"
    cost = shock["expected_cost_per_lead_eur"]
    assert cost["after"] > 1.15 * cost["before"]
    assert cost["after_without_shock"] < 1.05 * cost["before"]
    rows = grain(company, "campaign").filter(pc.field("campaign_name") == LOOKALIKE)
    at = date.fromisoformat(shock["date"])
    spend, views = rows["spend_micros"].to_numpy(), rows["impressions"].to_numpy()
    days = np.array(rows["date_start"].to_pylist())
    after = days >= at
    before = (days < at) & (days >= date(2026, 10, 4))
    prices = [spend[w].sum() / views[w].sum() for w in (before, after)]
    assert prices[1] / prices[0] == pytest.approx(shock["cpm_factor"], rel=0.06)
    words = [e["words"] for e in company.truth["events"] if e["date"] == shock["date"]]
    assert any("from LOWEST_COST_WITH_BID_CAP to LOWEST_COST_WITHOUT_CAP" in w for w in words)
    assert "Bid cap removed" in shock["words"]
    changes = company.account_changes.filter(pc.field("date_start") == at)
    assert {"update_campaign_budget", "update_campaign_bid_strategy"} <= set(
        changes["change_type"].to_pylist()
    )


def test_the_change_is_in_the_daily_snapshots(company):
    rows = company.ad_entities.filter(
        (pc.field("name") == LOOKALIKE) & (pc.field("date_start") >= date(2026, 10, 27))
    ).sort_by("date_start")
    assert rows["bid_strategy"].to_pylist()[:2] == ["LOWEST_COST_WITH_BID_CAP", "LOWEST_COST_WITHOUT_CAP"]
    budgets = rows["daily_budget_minor"].to_pylist()
    assert budgets[1] == pytest.approx(1.3 * budgets[0], rel=0.01)


def test_comments_messages_and_mentions_are_counted(company):
    rows = company.community
    assert set(rows["kind"].to_pylist()) == {"comment", "ad_comment", "message", "mention"}
    assert pc.all(pc.less_equal(rows["n_answered"], rows["n_written"])).as_py()
    assert 0 < pc.sum(rows["n_answered"]).as_py() < pc.sum(rows["n_written"]).as_py()


def test_the_small_campaign_has_few_results(company):
    rows = grain(company, "campaign").filter(pc.field("campaign_name") == TEST_CELL)
    assert 10 <= rows.num_rows <= 20
    assert 0 < pc.sum(rows["results"]).as_py() < 30


def test_same_seed_same_tables():
    first, again, other = (make_company(s, n_days=120) for s in (3, 3, 4))
    assert first.load_id == again.load_id != other.load_id
    for name, table in first.tables.items():
        assert table.equals(again.tables[name])
        assert not table.equals(other.tables[name])
    assert first.truth == again.truth


def test_a_company_that_is_too_short_is_refused():
    with pytest.raises(DataError, match="at least 90 days") as caught:
        make_company(n_days=30)
    assert caught.value.n_days == 30
