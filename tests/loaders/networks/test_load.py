"""Loading a report: names, accounts, currency, days, doubles, overlaps and refusals."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.core.dates import Period
from workbench.ledger import last_loads, open_ledger, quarantined

GOOGLE = (
    "customer_id,date,id,base_campaign,device,cost_micros,clicks,impressions,conversions,conversions_value\n"
)
TIKTOK = "CAMPAIGN_ID,STAT_TIME_HOUR,SPEND,IMPRESSIONS,CLICKS,REACH,CONVERSION,TOTAL_PURCHASE_VALUE\n"
X = "account_id,date,placement,campaign_id,billed_charge_local_micro,impressions,clicks,url_clicks\n"


def google(*rows: str) -> str:
    return GOOGLE + "".join(f"{row}\n" for row in rows)


def stored(lake, columns: str = "date_start, campaign_id, spend_micros, impressions") -> list[tuple]:
    rows = lake.sql(f"SELECT {columns} FROM ad_insights ORDER BY ALL").to_pylist()
    return [tuple(row.values()) for row in rows]


def test_devices_are_added_up(load, lake):
    result = load(
        google(
            "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1500000,3,100,1.5,2.25",
            "1,2026-11-01,10,customers/1/campaigns/10,DESKTOP,2500001,1,50,0.25,0.75",
        )
    )
    assert (result.rows, result.spend_micros, result.impressions) == (1, 4_000_001, 150)
    assert stored(lake, "spend_micros, clicks, link_clicks, conversions, value_micros") == [
        (4_000_001, 4, 4, 1.75, 3_000_000)
    ]
    assert {(q.column, q.reason) for q in result.quarantined} == {
        ("device", "added up over"),
    }


def test_unknown_and_known_columns_are_named_and_the_rest_is_loaded(load, installation):
    text = google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0").replace(
        "conversions_value\n", "conversions_value,interactions,mood\n"
    )
    with open_ledger(installation) as ledger:
        for _ in range(2):
            result = load(text.replace("1,1,1,0,0\n", "1,1,1,0,0,9,sunny\n"), ledger=ledger)
            assert not result.refused
            assert result.rows == 1
        with ledger.read() as session:
            noted = sorted((row.column_name, row.reason) for row in quarantined(session))
            states = [row.state for row in last_loads(session)]
    assert {(q.column, q.reason) for q in result.quarantined} == {
        ("device", "added up over"),
        ("interactions", "not carried"),
        ("mood", "unknown column"),
    }
    assert noted == [  # once, although it was loaded twice
        (column, f"{reason}: {column} (the rest of the file was loaded)")
        for column, reason in (
            ("device", "added up over"),
            ("interactions", "not carried"),
            ("mood", "unknown column"),
        )
    ]
    assert states == ["done"]


def test_the_same_file_twice_changes_nothing(load, lake):
    text = google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1000000,1,10,0,0")
    first = load(text)
    n_commits = len(lake.history())
    second = load(text)
    assert (first.changed, second.changed) == (True, False)
    assert first.load_id == second.load_id
    assert len(lake.history()) == n_commits


def test_an_overlapping_file_replaces_its_days(load, lake):
    load(
        google(
            "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,10,0,0",
            "1,2026-11-02,10,customers/1/campaigns/10,MOBILE,2,1,10,0,0",
        )
    )
    again = load(google("1,2026-11-02,10,customers/1/campaigns/10,MOBILE,5,1,11,0,0"), "later.csv")
    assert again.period == Period(date(2026, 11, 2), date(2026, 11, 2))
    assert stored(lake) == [(date(2026, 11, 1), "10", 1, 10), (date(2026, 11, 2), "10", 5, 11)]


def test_a_bad_cell_refuses_the_whole_file_with_row_and_column(load, lake, installation):
    text = google(
        "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,10,0,0",
        "1,2026-11-02,10,customers/1/campaigns/10,MOBILE,2,many,10,0,0",
    )
    with open_ledger(installation) as ledger:
        result = load(text, ledger=ledger)
        with ledger.read() as session:
            assert last_loads(session)[0].state == "quarantined"
    cell = result.quarantined[0]
    assert result.refused
    assert (cell.row, cell.column) == (3, "clicks")
    assert "'many'" in cell.reason
    assert lake.is_empty()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("1,2026-11-31,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0", "date", "'2026-11-31' is not a day"),
        (
            "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1.5x,1,1,0,0",
            "cost_micros",
            "is not an amount in mill",
        ),
        (
            "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,,1,7,0,0",
            "cost_micros",
            "blank although there are 7",
        ),
        ("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,-2,0", "conversions", "'-2' is below zero"),
        (
            "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,2.5,0,0",
            "impressions",
            "'2.5' is not a count",
        ),
        ("1,2026-11-01,,,MOBILE,1,1,1,0,0", "id", "names no campaign"),
    ],
)
def test_every_kind_of_bad_cell_is_found(load, row, column, reason):
    result = load(google(row))
    assert result.refused
    assert (result.quarantined[0].row, result.quarantined[0].column) == (2, column)
    assert reason in result.quarantined[0].reason


def test_a_missing_required_column_refuses_the_file(load):
    result = load("ad_id,date,account_id,impressions,inline_link_clicks\n1,2026-11-01,7,5,1\n")
    assert "lacks the column 'spend'" in result.quarantined[0].reason
    assert result.quarantined[0].column == "spend"


def test_a_table_of_nobody_is_refused(load):
    result = load("spend,impressions,mood\n1,2,3\n")
    assert "No report is known that has these headers" in result.quarantined[0].reason


def test_a_row_that_stands_twice_is_refused_and_not_added(load):
    row = "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,{},1,10,0,0"
    result = load(google(row.format(5), row.format(6)))
    assert result.refused
    assert result.quarantined[0].row == 3
    assert "as row 2" in result.quarantined[0].reason


def test_an_unknown_column_may_tell_rows_apart_and_they_are_added(load):
    text = GOOGLE.replace("device", "device,hour_of_day") + (
        "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,5,1,10,0,0\n"
        "1,2026-11-01,10,customers/1/campaigns/10,MOBILE,2,6,1,10,0,0\n"
    )
    assert load(text).spend_micros == 11


def test_money_in_millionths_is_exact_beyond_what_a_float_holds(load):
    result = load(google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,9007199254740993,1,1,0,0"))
    assert result.spend_micros == 9_007_199_254_740_993


def test_names_accounts_currency_and_parents_come_from_histories(seeds, load, lake):
    histories = tuple(
        seeds / f"linkedin_{name}_history_data.csv"
        for name in ("ad_account", "ad_campaign_group", "ad_campaign")
    )
    result = load(
        "campaign_id,day,cost_in_local_currency,impressions,clicks\n132822896,2026-11-01 00:00:00,1.23,5,1\n",
        histories=histories,
    )
    assert (result.account_id, result.currency, result.spend) == ("507515057", "USD", "1.23")
    assert stored(lake, "campaign_id, campaign_name, adset_id, adset_name") == [
        ("600268686", "wpZy9D1VMXKii8s1G/8Umw==", "132822896", "CY9rzUYh03PK3k6DJie09g==")
    ]
    assert not [w for w in result.warnings if "assumed" in w]


def test_of_several_versions_the_latest_counts(load, lake, tmp_path):
    history = tmp_path / "history.csv"
    history.write_text(
        "id,name,customer_id,advertising_channel_type,updated_at\n"
        "10,Old,1,SEARCH,2026-01-02 9:00:00\n10,New,1,SEARCH,2026-01-02 10:00:00\n"
        "10,Oldest,1,SEARCH,2025-01-01\n"
    )
    load(google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0"), histories=(history,))
    assert stored(lake, "campaign_name") == [("New",)]


def test_a_history_of_another_network_is_refused(seeds, load):
    result = load(
        google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0"),
        histories=(seeds / "linkedin_ad_campaign_history_data.csv",),
    )
    assert "no history or lookup table of google" in result.quarantined[0].reason


def test_places_and_keywords_get_their_names(seeds, load, lake):
    load(
        "campaign_id,month,clicks,member_country,impressions,cost_in_local_currency\n1,2026-02,1,2,9,3.50\n",
        histories=(seeds / "linkedin_geo_data.csv",),
    )
    assert stored(lake, "date_start, date_stop, country") == [
        (date(2026, 2, 1), date(2026, 2, 28), "8f14e45fceea167a5a36dedd4bea2543")
    ]


def test_nothing_is_guessed_in_silence(load):
    result = load("campaign_id,day,cost_in_local_currency,impressions\n1,2026-11-01,1,5\n")
    assert any("name no account; '7' is assumed" in w for w in result.warnings)
    assert any("EUR is assumed" in w for w in result.warnings)
    given = load(
        "campaign_id,day,cost_in_local_currency,impressions\n1,2026-11-01,1,5\n",
        account_id="9",
        currency="USD",
    )
    assert (given.account_id, given.currency, given.warnings) == ("9", "USD", ())


def test_what_contradicts_the_file_is_refused(seeds, load):
    text = google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0")
    assert "The file is of account 1, not 2" in load(text, account_id="2").quarantined[0].reason
    result = load(
        google("2121450128,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0"),
        currency="EUR",
        histories=(seeds / "google_ads_account_history_data.csv",),
    )
    assert "The file is in USD, not in EUR" in result.quarantined[0].reason


def test_a_currency_that_is_none_is_refused_unless_another_is_given(load, seeds):
    text = TIKTOK + "2,2021-09-15 5:00:00,1.5,10,1,9,0,0\n"
    campaigns = seeds.parent / "none.csv"
    assert not campaigns.exists()
    ads, advertisers = seeds / "tiktok_ad_history_data.csv", seeds / "tiktok_advertiser_data.csv"
    text = text.replace("CAMPAIGN_ID", "AD_ID")
    refused = load(text, histories=(ads, advertisers))
    assert "'CAN', which is no ISO 4217 code" in refused.quarantined[0].reason
    taken = load(text, histories=(ads, advertisers), currency="CAD")
    assert (taken.currency, taken.account_id) == ("CAD", "2")


def test_hours_are_added_to_days_and_reach_is_left_out(load, lake):
    result = load(
        TIKTOK
        + "1,2021-09-15 5:00:00,0.10,10,1,9,1,0.5\n1,2021-09-15 23:00:00,0.20,20,2,19,0,0\n"
        + "1,2021-09-16 00:00:00,0.30,30,3,29,-,0\n"
    )
    assert stored(lake, "date_start, spend_micros, impressions, conversions, reach") == [
        (date(2021, 9, 15), 300_000, 30, 1.0, None),
        (date(2021, 9, 16), 300_000, 30, 0.0, None),
    ]
    assert any("reach is left out" in w for w in result.warnings)
    assert any("begins at 05:00" in w for w in result.warnings)


def test_the_reach_of_one_hour_is_not_that_of_its_day(load, lake):
    load(TIKTOK + "1,2021-09-15 5:00:00,0.10,10,1,9,1,0.5\n")
    assert stored(lake, "reach") == [(None,)]


def test_reach_of_a_row_that_stands_alone_is_kept(seeds, load, lake):
    load(seeds / "facebook_ads_demographics_country_data.csv")
    assert stored(lake, "count(reach)") == [(10,)]


@pytest.mark.parametrize(
    ("zone", "moments"),
    [
        ("America/Los_Angeles", ("2022-05-05 07:00:00", "2021-11-26 08:00:00")),
        ("Europe/Berlin", ("2022-05-04 22:00:00", "2021-11-25 23:00:00Z")),
        ("Pacific/Auckland", ("2022-05-04 12:00:00 UTC", "2021-11-25 11:00:00")),
    ],
)
def test_days_of_x_begin_in_the_accounts_time_zone(load, lake, zone, moments):
    rows = "".join(f"a,{moment},ALL_ON_TWITTER,c,1000000,10,3,2\n" for moment in moments)
    result = load(X + rows, time_zone=zone)
    assert [row[0] for row in stored(lake, "date_start")] == [date(2021, 11, 26), date(2022, 5, 5)]
    assert not [w for w in result.warnings if "midnight" in w]
    wrong = load(X + rows, "wrong.csv", time_zone="UTC")
    assert any("no midnight" in w for w in wrong.warnings)


def test_placements_of_x_are_added_up(load, lake):
    load(X + "a,2026-11-01,ALL_ON_TWITTER,c,1000000,10,3,2\na,2026-11-01,PUBLISHER_NETWORK,c,500000,5,1,1\n")
    assert stored(lake, "spend_micros, impressions, clicks, link_clicks") == [(1_500_000, 15, 4, 3)]


def test_keywords_and_search_terms_of_the_same_days_do_not_replace_each_other(load, lake):
    keywords = (
        "customer_id,date,ad_group_id,ad_group_criterion_criterion_id,campaign_id,cost_micros,clicks,impressions\n"
        "1,2026-11-01,3,77,2,10,1,5\n"
    )
    terms = "customer_id,date,ad_group_id,search_term,campaign_id,cost_micros,clicks,impressions\n"
    assert load(keywords).rows == 1
    refused = load(terms + "1,2026-11-01,3,red shoes,2,10,1,5\n", "terms.csv")
    assert "broken down by keyword, and this file is by search_term" in refused.quarantined[0].reason
    assert load(terms + "1,2026-12-01,3,red shoes,2,10,1,5\n", "december.csv").rows == 1
    assert stored(lake, "breakdown_other") == [('{"keyword": "77"}',), ('{"search_term": "red shoes"}',)]


def test_kinds_of_targets_are_grains_of_their_own(load, lake):
    head = "date,targeting_type,targeting_value,ad_group_id,advertiser_id,campaign_id,pin_promotion_id,"
    head += "impression_1,impression_2,spend_in_micro_dollar\n"
    rows = [
        ("COUNTRY", "DE", 6),
        ("COUNTRY", "US", 4),
        ("GENDER", "female", 10),
        ("TARGETED_INTEREST", "x", 10),
    ]
    text = head + "".join(f"2026-11-01,{kind},{value},2,1,3,4,5,1,{n}\n" for kind, value, n in rows)
    result = load(text)
    assert [(part.grain, part.spend_micros) for part in result.parts] == [
        ("ad|country|day|", 10),
        ("ad|gender|day|", 10),
    ]
    assert ("targeting_type TARGETED_INTEREST", "not carried: 1 rows") in {
        (q.column, q.reason) for q in result.quarantined
    }
    assert stored(lake, "country, gender, impressions") == [
        ("DE", None, 6),
        ("US", None, 6),
        (None, "female", 6),
    ]


def test_a_network_may_be_named(load):
    text = google("1,2026-11-01,10,customers/1/campaigns/10,MOBILE,1,1,1,0,0")
    assert load(text, network="google").network == "google"
    assert "No report of tiktok is known" in load(text, network="tiktok").quarantined[0].reason


cells = st.tuples(
    st.integers(1, 4),
    st.sampled_from(["MOBILE", "DESKTOP", "TABLET"]),
    st.integers(0, 10**13),
    st.integers(0, 10**6),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(cells, min_size=1, max_size=12, unique_by=lambda cell: cell[:2]))
def test_sums_in_are_sums_out(load, rows):
    text = google(
        *(
            f"1,2026-11-0{day},10,customers/1/campaigns/10,{dev},{micros},1,{n},0,0"
            for day, dev, micros, n in rows
        )
    )
    result = load(text)
    assert result.rows == len({day for day, *_ in rows})
    assert result.spend_micros == sum(row[2] for row in rows)
    assert result.impressions == sum(row[3] for row in rows)
