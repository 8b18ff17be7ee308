"""Reports add up at every level and breakdown, are restated as time moves on, and never sum people."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.sandbox.market.insights import insight_rows

EUR, USD, JPY = ("act_100000000000001", "act_100000000000002", "act_100000000000003")
UNTIL = date(2026, 11, 20)
BREAKDOWNS = (
    ("age",),
    ("gender",),
    ("age", "gender"),
    ("country",),
    ("publisher_platform",),
    ("publisher_platform", "platform_position"),
    ("impression_device",),
    ("hourly_stats_aggregated_by_advertiser_time_zone",),
    ("age", "gender", "publisher_platform", "platform_position"),
)
SUMS = ("impressions", "clicks", "inline_link_clicks", "inline_post_engagement")


def sums(rows, by=()):
    out: dict[tuple, Counter] = {}
    for row in rows:
        counter = out.setdefault(tuple(row[k] for k in by), Counter())
        counter.update({k: row[k] for k in SUMS})
        counter["spend"] += Decimal(row["spend"])
        for name in ("actions", "action_values"):
            for action in row.get(name, ()):
                for window, value in action.items():
                    if window != "action_type":
                        counter[name, action["action_type"], window] += Decimal(value)
    return {key: Counter({k: v for k, v in c.items() if v}) for key, c in out.items()}


def rows_of(world, report, object_id=EUR, level="campaign", *, days=30, **more):
    since = more.pop("since", UNTIL - timedelta(days=days - 1))
    return list(insight_rows(world, report(object_id, level, since, more.pop("until", UNTIL), **more)))


ANY_STATUS = ({"field": "ad.effective_status", "operator": "NOT_IN", "value": ["NONE"]},)


@pytest.mark.parametrize("account", [EUR, USD, JPY])
def test_levels_add_up(two_years, report, account):
    found = [
        rows_of(two_years, report, account, level, days=730, filtering=ANY_STATUS)
        for level in ("account", "campaign", "adset", "ad")
    ]
    by_day = [sums(rows, ["date_start"]) for rows in found]
    assert by_day[0] == by_day[1] == by_day[2] == by_day[3]
    assert sums(found[2], ["campaign_id", "date_start"]) == sums(found[1], ["campaign_id", "date_start"])


@pytest.mark.parametrize("breakdowns", BREAKDOWNS)
@pytest.mark.parametrize(("account", "level"), [(EUR, "ad"), (USD, "campaign"), (JPY, "account")])
def test_breakdowns_add_up_to_the_unbroken_rows(  # noqa: PLR0917 - fixtures and parameters
    two_years, report, breakdowns, account, level
):
    whole = rows_of(two_years, report, account, level, days=8)
    parts = rows_of(two_years, report, account, level, days=8, breakdowns=breakdowns)
    keys = [k for k in ("campaign_id", "adset_id", "ad_id") if k in whole[0]] + ["date_start"]
    assert sums(parts, keys) == sums(whole, keys)
    assert len(parts) >= len(whole)
    cells = [tuple(row[k] for k in (*keys, *breakdowns)) for row in parts]
    assert len(set(cells)) == len(cells)


def test_every_part_converts_and_the_middle_ages_convert_best(two_years, report):
    rows = rows_of(two_years, report, level="account", days=700, increment_days=None, breakdowns=("age",))
    leads = [next(a["value"] for a in r["actions"] if a["action_type"] == "lead") for r in rows]
    rates = dict(
        zip(
            [r["age"] for r in rows],
            [n / r["impressions"] for n, r in zip(leads, rows, strict=True)],
            strict=True,
        )
    )
    assert min(rates.values()) > 0
    assert rates["35-44"] > 1.2 * rates["18-24"]


def test_a_finer_breakdown_adds_up_to_the_coarser_one(two_years, report):
    by_age = rows_of(two_years, report, breakdowns=("age",))
    finer = rows_of(two_years, report, breakdowns=("age", "gender"))
    keys = ["campaign_id", "date_start", "age"]
    assert sums(finer, keys) == sums(by_age, keys)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(0, 700),
    n_days=st.integers(1, 40),
    increment=st.sampled_from([1, 2, 7, 28, None]),
    level=st.sampled_from(["account", "campaign", "adset", "ad"]),
    account=st.sampled_from([EUR, USD, JPY]),
)
def test_ranges_add_up_and_people_do_not(  # noqa: PLR0917 - fixtures and parameters
    two_years, report, first, n_days, increment, level, account
):
    since = two_years.state.day_of(first)
    options = {"since": since, "until": since + timedelta(days=n_days - 1), "filtering": ANY_STATUS}
    days = rows_of(two_years, report, account, level, **options)
    ranges = rows_of(two_years, report, account, level, increment_days=increment, **options)
    key = f"{level}_id"
    assert sums(ranges, [key]) == sums(days, [key])
    for row in ranges:
        inside = [
            d for d in days if d[key] == row[key] and row["date_start"] <= d["date_start"] <= row["date_stop"]
        ]
        assert max(d["reach"] for d in inside) <= row["reach"] <= sum(d["reach"] for d in inside)
        assert row["unique_inline_link_clicks"] <= min(row["inline_link_clicks"], row["reach"])
        assert row["reach"] <= row["impressions"]
        assert since.isoformat() <= row["date_start"] <= row["date_stop"] <= options["until"].isoformat()


def test_people_of_a_parent_lie_between_its_largest_part_and_their_sum(two_years, report):
    parents = {(r["campaign_id"], r["date_start"]): r for r in rows_of(two_years, report, days=200)}
    parts: dict[tuple, list] = {}
    for row in rows_of(two_years, report, level="adset", days=200):
        parts.setdefault((row["campaign_id"], row["date_start"]), []).append(row)
    assert parts.keys() == parents.keys()
    for key, own in parents.items():
        for name in ("reach", "unique_inline_link_clicks"):
            values = [p[name] for p in parts[key]]
            assert max(values) <= own[name] <= sum(values)
    summed = sum(p["reach"] for rows in parts.values() for p in rows)
    assert sum(own["reach"] for own in parents.values()) < 0.99 * summed


def test_past_days_are_restated_upwards_until_28_days_have_passed(world, report):
    def leads(n_days_ago: int) -> int:
        day = UNTIL - timedelta(days=n_days_ago)
        (row,) = rows_of(world, report, level="account", since=day, until=day)
        return next(a for a in row["actions"] if a["action_type"] == "lead")["28d_click"]

    before = [leads(n) for n in range(40)]
    spend = rows_of(world, report, level="account", days=40)
    world.step(28)
    after = [leads(n) for n in range(40)]
    assert all(a >= b for a, b in zip(after, before, strict=True))
    assert sum(after[:7]) > 1.1 * sum(before[:7])
    assert after[28:] == before[28:]
    assert [r["spend"] for r in rows_of(world, report, level="account", days=40)] == [
        r["spend"] for r in spend
    ]


def test_windows_nest_and_the_value_counts_seven_days_of_clicks_and_one_of_views(two_years, report):
    (row,) = rows_of(two_years, report, level="account", days=365, increment_days=None)
    for action in row["actions"]:
        if action["action_type"] in ("lead", "purchase"):
            assert action["1d_click"] < action["7d_click"] < action["28d_click"]
            assert action["value"] == action["7d_click"] + action["1d_view"]
    (asked,) = rows_of(
        two_years, report, level="account", days=365, increment_days=None, windows=("7d_click",)
    )
    assert {k for a in asked["actions"] for k in a} == {"action_type", "value", "7d_click"}


def test_deleted_and_archived_objects_show_only_where_a_status_is_asked_for(two_years, report):
    plain = rows_of(two_years, report, USD, "ad", days=730)
    every = rows_of(two_years, report, USD, "ad", days=730, filtering=ANY_STATUS)
    gone = {r["ad_id"] for r in every} - {r["ad_id"] for r in plain}
    assert {two_years.state.nodes[i]["status"] for i in gone} >= {"DELETED", "ARCHIVED"}
    total = rows_of(two_years, report, USD, "account", days=730)
    assert sums(total) == sums(every)
    ad = sorted(gone)[0]
    assert rows_of(two_years, report, ad, "ad", days=730)


def test_filters_choose_objects_and_rows(two_years, report):
    campaign = two_years.layout.campaign_ids[0]
    chosen = ({"field": "campaign.id", "operator": "IN", "value": [campaign]},)
    assert rows_of(two_years, report, filtering=chosen) == rows_of(two_years, report, campaign)
    large = ({"field": "impressions", "operator": "GREATER_THAN", "value": 20_000},)
    rows = rows_of(two_years, report, filtering=large)
    assert rows
    assert min(r["impressions"] for r in rows) > 20_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"object_id": "act_9"}, "no campaign or adset or ad 'act_9'"),
        ({"level": "creative"}, "no level 'creative'"),
        ({"breakdowns": ("dma",)}, "no breakdown 'dma'"),
        (
            {"filtering": ({"field": "ad.colour", "operator": "EQUAL", "value": "red"},)},
            "no filter on 'ad.colour'",
        ),
        ({"filtering": ({"field": "ad.id", "operator": "LIKE", "value": "1"},)}, "no filter operator 'LIKE'"),
    ],
)
def test_what_does_not_exist_is_named(two_years, report, change, words):
    asked = {"object_id": EUR, "level": "ad", "since": UNTIL, "until": UNTIL, **change}
    with pytest.raises(DataError, match=words):
        list(insight_rows(two_years, report(**asked)))


def test_days_outside_of_the_world_have_no_rows(two_years, report):
    future = UNTIL + timedelta(days=1)
    assert rows_of(two_years, report, since=future, until=future + timedelta(days=9)) == []
    assert rows_of(two_years, report, since=date(2020, 1, 1), until=date(2024, 11, 20)) == []
    around = rows_of(
        two_years,
        report,
        level="account",
        since=date(2024, 11, 1),
        until=date(2024, 11, 30),
        increment_days=7,
    )
    assert (around[0]["date_start"], around[-1]["date_stop"]) == ("2024-11-15", "2024-11-30")


def test_hours_have_no_reach_and_yen_no_decimals(two_years, report):
    hours = rows_of(
        two_years, report, JPY, breakdowns=("hourly_stats_aggregated_by_advertiser_time_zone",), days=2
    )
    assert all("reach" not in r and "frequency" not in r for r in hours)
    assert all("." not in r["spend"] for r in hours)
    assert hours[0]["hourly_stats_aggregated_by_advertiser_time_zone"] == "00:00:00 - 00:59:59"


def test_a_hundred_thousand_rows_come_within_seconds(two_years, report):
    started = time.perf_counter()
    n_rows = sum(
        1
        for _ in insight_rows(
            two_years,
            report(
                EUR,
                "ad",
                date(2026, 9, 20),
                UNTIL,
                1,
                ("age", "gender", "publisher_platform", "platform_position"),
            ),
        )
    )
    print(f"{n_rows} rows in {time.perf_counter() - started:.2f} s")  # noqa: T201
    assert n_rows > 100_000
