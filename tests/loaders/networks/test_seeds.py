"""Every report table of every network loads with its own sums, and every other table is recognised."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from workbench.loaders.networks.description import EntityList, read_network
from workbench.loaders.networks.detect import detect
from workbench.loaders.result import Unreadable

UNITS, MICROS = Decimal(10**6), Decimal(1)


class Expected(NamedTuple):
    """What a seed has to load as; sums are taken from the file, column by column."""

    report: str
    grain: str
    spend: str
    unit: Decimal
    impressions: tuple[str, ...] = ("impressions",)
    clicks: tuple[str, ...] = ("clicks",)
    conversions: tuple[str, ...] = ()
    value: tuple[str, ...] = ()
    value_unit: Decimal = UNITS


_GOOGLE = {"conversions": ("conversions",), "value": ("conversions_value",)}
_PIN = {
    "impressions": ("impression_1", "impression_2"),
    "clicks": ("clickthrough_1", "clickthrough_2"),
    "conversions": ("total_conversions",),
    "value": ("total_conversions_value_in_micro_dollar",),
    "value_unit": MICROS,
}
_SNAP = {
    "clicks": ("swipes",),
    "conversions": ("conversion_purchases",),
    "value": ("conversion_purchases_value",),
    "value_unit": MICROS,
}
_SNAP_GEO = {"clicks": ("swipes",), "value": ("conversion_purchases_value",), "value_unit": MICROS}
_TIKTOK = {
    "impressions": ("IMPRESSIONS",),
    "clicks": ("CLICKS",),
    "conversions": ("CONVERSION",),
    "value": ("TOTAL_PURCHASE_VALUE", "TOTAL_SALES_LEAD_VALUE"),
}
_LINKEDIN = {
    "conversions": ("external_website_conversions", "one_click_leads"),
    "value": ("conversion_value_in_local_currency",),
}
_LINKEDIN_GEO = {**_LINKEDIN, "conversions": ("external_website_post_click_conversions", "one_click_leads")}
_X = {"conversions": ("conversion_purchases_metric", "conversion_custom_metric")}
_COST, _PIN_COST, _X_COST, _LI_COST = (
    "cost_micros",
    "spend_in_micro_dollar",
    "billed_charge_local_micro",
    "cost_in_local_currency",
)

REPORTS: dict[str, Expected] = {
    "facebook_ads_basic_ad": Expected("meta: ads by day", "ad||day|", "spend", UNITS, clicks=()),
    "facebook_ads_demographics_country": Expected(
        "meta: account by country and day", "account|country|day|", "spend", UNITS, clicks=()
    ),
    "facebook_ads_demographics_region": Expected(
        "meta: account by region and day", "account|region|day|", "spend", UNITS, clicks=()
    ),
    "google_ads_account_stats": Expected("google: account by day", "account||day|", _COST, MICROS, **_GOOGLE),
    "google_ads_campaign_stats": Expected(
        "google: campaigns by day", "campaign||day|", _COST, MICROS, **_GOOGLE
    ),
    "google_ads_ad_group_stats": Expected(
        "google: ad groups by day", "adset||day|", _COST, MICROS, **_GOOGLE
    ),
    "google_ads_ad_stats": Expected("google: ads by day", "ad||day|", _COST, MICROS, **_GOOGLE),
    "google_ads_keyword_stats": Expected(
        "google: keywords by day", "adset|breakdown_other|day|", _COST, MICROS, **_GOOGLE
    ),
    "google_ads_search_term_keyword_stats": Expected(
        "google: search terms by day", "adset|breakdown_other|day|", _COST, MICROS, **_GOOGLE
    ),
    "linkedin_ad_analytics_by_campaign": Expected(
        "linkedin: campaigns by day", "adset||day|", _LI_COST, UNITS, **_LINKEDIN
    ),
    "linkedin_ad_analytics_by_creative": Expected(
        "linkedin: creatives by day", "ad||day|", _LI_COST, UNITS, **_LINKEDIN
    ),
    "linkedin_monthly_ad_analytics_by_member_country": Expected(
        "linkedin: campaigns by country and month", "adset|country|range|", _LI_COST, UNITS, **_LINKEDIN_GEO
    ),
    "linkedin_monthly_ad_analytics_by_member_region": Expected(
        "linkedin: campaigns by region and month", "adset|region|range|", _LI_COST, UNITS, **_LINKEDIN_GEO
    ),
    "pinterest_advertiser_report": Expected(
        "pinterest: account by day", "account||day|", _PIN_COST, MICROS, **_PIN
    ),
    "pinterest_campaign_report": Expected(
        "pinterest: campaigns by day", "campaign||day|", _PIN_COST, MICROS, **_PIN
    ),
    "pinterest_ad_group_report": Expected(
        "pinterest: ad groups by day", "adset||day|", _PIN_COST, MICROS, **_PIN
    ),
    "pinterest_pin_promotion_report": Expected(
        "pinterest: pin promotions by day", "ad||day|", _PIN_COST, MICROS, **_PIN
    ),
    "pinterest_keyword_report": Expected(
        "pinterest: keywords by day", "ad|breakdown_other|day|", _PIN_COST, MICROS, **_PIN
    ),
    "snapchat_ad_hourly_report": Expected("snapchat: ads by hour", "ad||day|", "spend", MICROS, **_SNAP),
    "snapchat_ad_squad_hourly_report": Expected(
        "snapchat: ad squads by hour", "adset||day|", "spend", MICROS, **_SNAP
    ),
    "snapchat_campaign_hourly_report": Expected(
        "snapchat: campaigns by hour", "campaign||day|", "spend", MICROS, **_SNAP
    ),
    "snapchat_campaign_geo_country_daily_report": Expected(
        "snapchat: campaigns by country and day", "campaign|country|day|", "spend", MICROS, **_SNAP_GEO
    ),
    "snapchat_campaign_geo_region_daily_report": Expected(
        "snapchat: campaigns by region and day", "campaign|region|day|", "spend", MICROS, **_SNAP_GEO
    ),
    "tiktok_ad_report_hourly": Expected("tiktok: ads by hour", "ad||day|", "SPEND", UNITS, **_TIKTOK),
    "tiktok_adgroup_report_hourly": Expected(
        "tiktok: ad groups by hour", "adset||day|", "SPEND", UNITS, **_TIKTOK
    ),
    "tiktok_campaign_report_hourly": Expected(
        "tiktok: campaigns by hour", "campaign||day|", "SPEND", UNITS, **_TIKTOK
    ),
    "tiktok_campaign_country_report": Expected(
        "tiktok: campaigns by country and day",
        "campaign|country|day|",
        "spend",
        UNITS,
        conversions=("conversion",),
    ),
    "twitter_campaign_report": Expected("x: campaigns by day", "campaign||day|", _X_COST, MICROS, **_X),
    "twitter_line_item_report": Expected("x: line items by day", "adset||day|", _X_COST, MICROS, **_X),
    "twitter_promoted_tweet_report": Expected("x: promoted tweets by day", "ad||day|", _X_COST, MICROS),
    "twitter_line_item_keywords_report": Expected(
        "x: keywords by day", "adset|breakdown_other|day|", _X_COST, MICROS, **_X
    ),
    "twitter_campaign_locations_report": Expected(
        "x: campaigns by country and day", "campaign|country|day|", _X_COST, MICROS
    ),
    "twitter_campaign_regions_report": Expected(
        "x: campaigns by region and day", "campaign|country,region|day|", _X_COST, MICROS
    ),
}
#: Reports that are refused, and why: no money in the one, parts of impressions in the other.
REFUSED = {
    "twitter_account_report": "lacks the column 'billed_charge_local_micro'",
    "pinterest_pin_promotion_targeting_report": "'123.45' is not a count",
}
#: Lists whose three columns are the same in two networks.
AMBIGUOUS = ("facebook_ads_account_history", "snapchat_ad_account_history")


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def summed(rows: list[dict[str, str]], columns: tuple[str, ...]) -> Decimal:
    cells = (row.get(column, "").strip() for row in rows for column in columns)
    return sum((Decimal(cell) for cell in cells if cell not in ("", "-")), Decimal(0))


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_loads_with_its_own_sums(seeds, load, lake, name):
    expected, path = REPORTS[name], seeds / f"{name}_data.csv"
    rows = records(path)
    result = load(path)
    assert not result.refused, result.summary()
    assert (result.report, result.grain) == (expected.report, expected.grain)
    stored = lake.sql(
        "SELECT sum(spend_micros) AS spend, sum(impressions) AS impressions, sum(clicks) AS clicks, "
        "sum(conversions) AS conversions, sum(value_micros) AS value, sum(link_clicks) AS link_clicks "
        "FROM ad_insights"
    ).to_pylist()[0]
    spend = summed(rows, (expected.spend,)) * expected.unit
    assert result.spend_micros == stored["spend"] == spend
    assert result.impressions == stored["impressions"] == summed(rows, expected.impressions)
    assert (stored["clicks"] or 0) == summed(rows, expected.clicks)
    assert (stored["conversions"] or 0) == pytest.approx(float(summed(rows, expected.conversions)), abs=1e-9)
    if expected.value_unit == UNITS:
        assert (stored["value"] or 0) == summed(rows, expected.value) * UNITS
    else:  # hundredths of a millionth are rounded cell by cell
        off = (stored["value"] or 0) - summed(rows, expected.value)
        assert abs(off) <= Decimal("0.5") * len(rows)
    if name.startswith("facebook"):
        assert stored["link_clicks"] == summed(rows, ("inline_link_clicks",))
    if name.startswith("twitter"):
        assert stored["link_clicks"] == summed(rows, ("url_clicks",))


def test_every_table_is_a_report_or_a_list(seeds):
    found = {}
    for path in sorted(seeds.glob("*.csv")):
        name = path.stem.removesuffix("_data")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = next(csv.reader(stream))
        if name in AMBIGUOUS:
            with pytest.raises(Unreadable, match="meta: accounts; snapchat: accounts"):
                detect(header)
            network = "meta" if name.startswith("facebook") else "snapchat"
            found[name] = detect(header, networks=(network,))
        else:
            found[name] = detect(header)
    assert len(found) == 77
    reports = {name for name, table in found.items() if not isinstance(table, EntityList)}
    assert reports == set(REPORTS) | set(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_a_report_that_cannot_be_stored_is_refused_whole(seeds, load, lake, name):
    result = load(seeds / f"{name}_data.csv")
    assert result.refused
    assert REFUSED[name] in result.quarantined[0].reason
    assert lake.is_empty()


def test_a_history_is_no_report(seeds, load):
    result = load(seeds / "google_ads_campaign_history_data.csv")
    assert result.refused
    assert "history or lookup table (campaigns of google)" in result.quarantined[0].reason
    assert "--with" in result.quarantined[0].reason


@pytest.mark.parametrize("name", REPORTS)
def test_every_column_of_a_report_is_used_or_left_out_for_a_reason(seeds, load, name):
    result = load(seeds / f"{name}_data.csv")
    assert [cell.column for cell in result.quarantined if cell.reason == "unknown column"] == []
    network = read_network(result.network)
    table = detect(list(records(seeds / f"{name}_data.csv")[0]))
    left = {str(cell.column).lower() for cell in result.quarantined}
    assert not left & table.used
    assert all(network.why_left_out(column) for column in left)
