"""The seven real exports and the mapped table, each with the sums that their data's README states."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.core.dates import Period
from workbench.core.errors import DataError
from workbench.core.settings import Settings
from workbench.lake import Lake
from workbench.loaders.exports import load_export, parse_export

ADSETS = "Giving-What-We-Can-Ads-New-Ad-sets-Nov-15-2021-Jan-31-2022.csv"
CAMPAIGNS = "Giving-What-We-Can-Ads-New-Campaigns-Nov-15-2021-Jan-31-2022.csv"

#: file -> rows, spend rounded once, how it reconciles, grain, first and last day, totals rows
REAL = {
    CAMPAIGNS: (7, "15978.28", "to the cent", "campaign||range|7d_click,1d_view", 1),
    ADSETS: (52, "15978.28", "to the cent", "adset||range|7d_click,1d_view", 1),
    "gg-campaign-by-ad-set-text-age-gender.csv": (
        3126,
        "15978.28",
        "no total in the file",
        "ad|age,gender,asset_text|range|7d_click,1d_view",
        0,
    ),
    "gg-image-video-breakdowns.csv": (
        291,
        "15978.28",
        "no total in the file",
        "ad|asset_media,breakdown_other|range|7d_click,1d_view",
        0,
    ),
    "gg_campaign_by_ad_by_text.csv": (
        257,
        "15978.28",
        "no total in the file",
        "ad|asset_text,breakdown_other|range|7d_click,1d_view",
        0,
    ),
    "text_breakdown.csv": (3126, "15978.09", "within rounding", "adset|age,gender,asset_text|range|", 1),
    "video_breakdown.csv": (
        2663,
        "15977.90",
        "within rounding",
        "adset|age,gender,asset_media,breakdown_other|range|",
        1,
    ),
}


@pytest.fixture
def real(shared_data: Path) -> Path:
    return shared_data / "ads" / "gwwc_meta_ads_2021"


@pytest.fixture
def lake(settings: Settings) -> Lake:
    return Lake(settings.lake_root)


@pytest.mark.parametrize("name", REAL)
def test_real_export_reconciles_as_its_readme_says(real, settings, name):
    rows, spend, reconciled, grain, skipped = REAL[name]
    parsed = parse_export(real / name, settings=settings)
    assert parsed.table.num_rows == rows
    assert parsed.impressions == 770_113
    assert sum(parsed.table["results"].to_pylist()) == 1581
    assert parsed.reconciliation.reconciled == reconciled
    assert (parsed.grain, parsed.skipped_totals, parsed.currency) == (grain, skipped, "USD")
    assert round(Decimal(parsed.spend_micros) / 10**6, 2) == Decimal(spend)
    assert set(parsed.table["result_type"].to_pylist()) == {"lead"}
    assert parsed.table["conversions"] == parsed.table["results"]


def test_a_rounded_breakdown_shows_both_figures_and_the_difference(real, settings, lake):
    result = load_export(real / "video_breakdown.csv", lake=lake, settings=settings)
    assert (result.spend, result.file_total, result.difference) == ("15977.90", "15978.28", "-0.38")
    assert result.period == Period(date(2021, 11, 1), date(2022, 1, 20))
    assert result.to_dict()["period"] == {"start": "2021-11-01", "stop": "2022-01-20"}


def test_seven_files_of_the_same_weeks_never_add_up_and_load_once(real, settings, lake):
    first = [load_export(real / name, lake=lake, settings=settings) for name in REAL]
    assert all(r.changed and not r.quarantined for r in first)
    version = lake.version()
    second = [load_export(real / name, lake=lake, settings=settings) for name in REAL]
    assert not any(r.changed for r in second)
    assert lake.version() == version
    sums = lake.sql("select grain, sum(spend_micros) as spend, count(*) as n from ad_insights group by grain")
    assert len(sums) == 7
    for micros in sums["spend"].to_pylist():
        assert round(Decimal(micros) / 10**6, 2) <= Decimal("15978.28")
    assert sum(sums["n"].to_pylist()) == sum(r.rows for r in first)


def test_mapped_table_loads_with_its_sums(shared_data, settings, lake):
    file = shared_data / "ads" / "kag_conversion_data.csv"
    result = load_export(file, mapping="kag", lake=lake, settings=settings)
    assert (result.rows, result.spend, result.impressions) == (1143, "58705.23", 213_434_828)
    assert result.period == Period(date(2017, 8, 17), date(2017, 8, 30))
    sums = lake.sql(
        "select sum(clicks) as c, sum(results) as r, sum(conversions) as k, count(distinct gender) as g "
        "from ad_insights"
    ).to_pylist()
    assert sums == [{"c": 38_165, "r": 3264, "k": 1079, "g": 2}]
    assert result.grain == "ad|age,gender,breakdown_other|range|"


def test_mapped_table_without_a_mapping_is_quarantined(shared_data, settings, lake):
    result = load_export(shared_data / "ads" / "kag_conversion_data.csv", lake=lake, settings=settings)
    assert result.quarantined
    assert "days" in result.quarantined[0].reason
    assert lake.is_empty()
    with pytest.raises(DataError, match="days"):
        parse_export(shared_data / "ads" / "kag_conversion_data.csv", settings=settings)
