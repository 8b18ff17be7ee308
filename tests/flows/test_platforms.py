"""All networks and accounts of a lake over the days of a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from lakes import days, insight, morning, write

from workbench.flows.available import available
from workbench.flows.filters import FilterState
from workbench.flows.platforms import coarsest_daily, spread_of
from workbench.lake import Lake

FIRST = date(2026, 11, 1)
AT = morning(date(2026, 11, 20))


@pytest.fixture
def lake(tmp_path):
    """Give Meta in three grains, and Google and X in one each; X has eight days and dollars."""
    lake = Lake(tmp_path / "lake")
    rows = []
    for day in days(FIRST, 20):
        rows.append(insight(day))
        rows += [
            insight(day, grain="ad||day|7d_click,1d_view", ad_id=f"a{i}", spend_micros=50_000_000)
            for i in (1, 2)
        ]
        rows += [
            insight(
                day, grain="campaign|publisher_platform|day|", publisher_platform=name, spend_micros=spend
            )
            for name, spend in (("facebook", 70_000_000), ("instagram", 30_000_000))
        ]
        rows.append(
            insight(day, network="google", account_id="7", results=None, conversions=4.0, result_type=None)
        )
    rows += [
        insight(day, network="x", account_id="9", currency="USD", result_type="link_click")
        for day in days(FIRST, 8)
    ]
    write(lake, "ad_insights", rows, load_id="l", believed_at=AT)
    return lake


def state_of(lake, **changes):
    known = available(lake)
    base = {"account": "1", "network": "meta", "grain": "campaign||day|7d_click,1d_view"}
    period = {"from": "2026-11-01", "to": "2026-11-20"}
    return known, replace(FilterState.from_fragment(base | period, known), **changes)


def test_every_account_counts_once_whatever_grains_it_has(lake):
    known, state = state_of(lake)
    found = spread_of(lake, state, known, result_type="lead").by_network
    rows = {r.name: r for r in found.rows}
    assert {n: r.totals.spend_micros for n, r in rows.items()} == {
        "meta": 20 * 100_000_000,
        "google": 20 * 100_000_000,
        "x": 8 * 100_000_000,
    }
    assert (rows["x"].currency, rows["x"].n_days, rows["x"].result_type) == ("USD", 8, "link_click")
    assert rows["google"].totals.results == 80.0
    assert rows["meta"].spend_share == pytest.approx(0.5)


def test_the_coarsest_level_of_the_grains_that_reach_furthest_is_taken(lake):
    grains = available(lake).grains("meta", "1")
    assert coarsest_daily(grains).grain == "campaign||day|7d_click,1d_view"
    assert coarsest_daily(grains, ("publisher_platform",)).grain == "campaign|publisher_platform|day|"
    assert coarsest_daily(grains, ("age",)) is None


def test_platforms_of_the_account_follow_its_campaigns(lake):
    known, state = state_of(lake)
    found = spread_of(lake, state, known).by_platform
    assert [(r.name, r.totals.spend_micros) for r in found.rows] == [
        ("facebook", 20 * 70_000_000),
        ("instagram", 20 * 30_000_000),
    ]
    assert spread_of(lake, replace(state, campaigns=("other",)), known).by_platform.rows == ()


def test_only_the_days_of_the_page_count(lake):
    known, state = state_of(lake, start=date(2026, 11, 12))
    found = spread_of(lake, state, known).by_network
    assert {r.name for r in found.rows} == {"meta", "google"}
    assert {r.n_days for r in found.rows} == {9}


def test_one_account_of_one_grain_has_nothing_to_compare(tmp_path):
    lake = Lake(tmp_path / "single")
    write(lake, "ad_insights", [insight(day) for day in days(FIRST, 20)], load_id="l", believed_at=AT)
    known = available(lake)
    assert spread_of(lake, FilterState.default(known), known).tables == ()


def test_two_accounts_of_one_network_stand_beside_each_other_and_ranges_are_named(tmp_path):
    lake = Lake(tmp_path / "two")
    rows = [insight(day, account_id=a) for day in days(FIRST, 20) for a in ("1", "2")]
    long = insight(FIRST, account_id="3", grain="campaign||range|") | {"date_stop": date(2026, 11, 9)}
    write(lake, "ad_insights", rows, load_id="l", believed_at=AT)
    write(lake, "ad_insights", [long], load_id="r", believed_at=AT)
    known = available(lake)
    state = FilterState.from_fragment({"account": "2"}, known)
    found = spread_of(lake, state, known).by_network
    assert (found.by, [r.name for r in found.rows]) == ("account_id", ["1", "2"])
    assert found.left_out == ("3 (meta)",)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"1": "North", "2": "South"}, ["North", "South"]),
        ({"1": "North", "2": "North"}, ["North (1)", "North (2)"]),
        ({"1": "North", "2": ""}, ["North", "2"]),
    ],
)
def test_accounts_are_called_by_their_names_and_by_their_ids_where_names_do_not_tell_them_apart(
    tmp_path, names, expected
):
    lake = Lake(tmp_path / "lake")
    spends = {"1": 2_000_000, "2": 1_000_000}
    rows = [insight(FIRST, account_id=a, spend_micros=spend) for a, spend in spends.items()]
    write(lake, "ad_insights", rows, load_id="l", believed_at=AT)
    known = available(lake)
    known = replace(known, slices=tuple(replace(s, account_name=names[s.account_id]) for s in known.slices))
    found = spread_of(lake, FilterState.default(known), known).by_network
    assert [row.name for row in found.rows] == expected
