"""The figures behind a comparison of ads: which rows, of which days, added up for each ad."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Literal

from workbench.core.dates import Period, last_days
from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.ads_result import Metric
from workbench.flows.available import Available, Slice
from workbench.flows.filters import FilterState
from workbench.flows.rows import where_clause
from workbench.lake.window import Grain
from workbench.stats.dispersion import dispersion as estimated_dispersion

if TYPE_CHECKING:
    import pandas as pd

    from workbench.lake import Lake

Level = Literal["ad", "adset", "campaign"]
DEFAULT_DAYS = 28
#: Columns of results and of what they come from, for each metric.
COLUMNS: dict[Metric, tuple[str, str]] = {
    "cpa": ("results", "spend_micros"),
    "cvr": ("results", "link_clicks"),
    "ctr": ("link_clicks", "impressions"),
}


def slice_by_level(known: Available, level: str, account_id: str | None) -> Slice:
    """Return the account's figures at a level, without breakdowns.

    Raises
    ------
    DataError
        If there are none.
    """
    first = known.choose(None, account_id, None)
    for shown in known.grains(first.network, first.account_id):
        grain = Grain.parse(shown.grain)
        if grain.level == level and not grain.breakdowns:
            return shown
    raise DataError(
        f"level: account {first.account_id} has no figures by {level}.",
        next_step="Load an export or a report at this level, or choose another.",
        field="level",
    )


def period_of(shown: Slice, start: date | None, stop: date | None) -> Period:
    """Return the days asked for; by default the last ones with figures."""
    if not shown.is_daily and start is None and stop is None:
        return shown.period
    last = stop or shown.period.stop
    return Period(start, last) if start else last_days(DEFAULT_DAYS, until=last)


def state_of(shown: Slice, period: Period) -> FilterState:
    """Return the filters that a reader of rows asks for: all of a slice's days."""
    return FilterState(
        shown.network, shown.account_id, shown.grain, period.start, period.stop, compare="none"
    )


def currency_of(lake: Lake, shown: Slice, period: Period, metric: Metric) -> str:
    """Return the currency of these days.

    Raises
    ------
    DataError
        If a cost would add up money of two currencies.
    """
    where, values = where_clause(state_of(shown, period), period)
    query = f"SELECT DISTINCT currency FROM ad_insights WHERE {where} ORDER BY currency"
    found = [str(one) for one in lake.sql(query, params=values).column("currency").to_pylist()]
    if len(found) > 1 and metric == "cpa":
        raise DataError(
            f"currency: account {shown.account_id} has spend in {' and '.join(found)} from {period}.",
            next_step="Choose days of one currency, or a metric without money (cvr or ctr).",
            field="currency",
            value=found,
        )
    return found[0] if found else shown.currency


def measured(rows: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Give each row its results ``y`` and what they came from ``n``; money in currency units."""
    y, n = COLUMNS[metric]
    unit = 1e6 if n == "spend_micros" else 1.0
    numbers = rows[[y, n]].astype("float64").fillna(0.0)
    return rows.assign(y=numbers[y], n=numbers[n] / unit)


def by_entity(rows: pd.DataFrame, shown: Slice, period: Period, metric: Metric) -> pd.DataFrame:
    """Add up each ad's figures; ads of one name are told apart by their ids.

    Raises
    ------
    NotEnoughData
        If fewer than two had exposure.
    """
    grouped = measured(rows, metric).groupby("entity_id", sort=True)
    ads = grouped[["y", "n"]].sum().join(grouped[["entity_name", "campaign_id", "campaign_name"]].last())
    ads = ads[ads["n"] > 0].reset_index()
    if metric != "cpa":
        ads = ads[ads["y"] <= ads["n"]]  # post engagements may outnumber clicks: no rate
    if len(ads) < 2:
        raise NotEnoughData(
            f"Fewer than two had any {COLUMNS[metric][1].replace('_micros', '')} from {period}.",
            next_step=f"Choose days from {shown.period.start} to {shown.period.stop}, or another metric.",
            field="level",
        )
    ads = ads.assign(name=ads["entity_name"].fillna(ads["entity_id"]).astype(str))
    doubled = ads["name"].duplicated(keep=False)
    short = ads["entity_id"].str.split(" / ").str[-1]
    return ads.assign(name=ads["name"].where(~doubled, ads["name"] + " (" + short + ")"))


def groups_of(ads: pd.DataFrame, level: Level) -> list[list[str]]:
    """Ad set and campaign of each ad; ids, which an entity's id carries in front."""
    path = ads["entity_id"].str.split(" / ")
    campaigns = ads["campaign_id"].astype(str).tolist()
    if level == "campaign":
        return []
    return [campaigns] if level == "adset" else [path.str[-2].tolist(), campaigns]


def daily_dispersion(rows: pd.DataFrame, metric: Metric) -> float:
    """Variance of a day's count over its mean, around each entity's own rate."""
    table = measured(rows, metric).pivot_table(
        index="date_start", columns="entity_id", values=["y", "n"], aggfunc="sum"
    )
    y, n = table["y"].fillna(0.0).to_numpy(), table["n"].fillna(0.0).to_numpy()
    rate = y.sum(axis=0) / n.sum(axis=0).clip(min=1e-12)
    expected = n * rate
    return estimated_dispersion(y * (expected > 0), expected)
