"""Which ad, ad set or campaign does best, and were they shown to the same people? From the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from workbench.core.dates import Period, last_days
from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.ads_result import ManyAds, Metric
from workbench.experiments.delivery_balance import DeliveryBalance, delivery_balance
from workbench.experiments.many_ads import analyse_ads
from workbench.flows.available import Available, Slice, available
from workbench.flows.filters import FilterState
from workbench.flows.rows import RowReader
from workbench.lake.schema import SIMULATED_SOURCES
from workbench.lake.window import Grain
from workbench.performance.result_types import assign_result_types
from workbench.stats.dispersion import dispersion as estimated_dispersion

if TYPE_CHECKING:
    import pandas as pd

    from workbench.lake import Lake

Level = Literal["ad", "adset", "campaign"]
DEFAULT_DAYS = 28
#: Columns of results and of what they come from, for each metric.
_COLUMNS: dict[Metric, tuple[str, str]] = {
    "cpa": ("results", "spend_micros"),
    "cvr": ("results", "link_clicks"),
    "ctr": ("link_clicks", "impressions"),
}


@dataclass(frozen=True)
class AdsComparison:
    """Ads side by side, with what a page needs around them.

    Attributes
    ----------
    grain : str
        Of the rows behind the estimates.
    period : Period
    currency : str
    result_type : str or None
        Kind of result that is counted; ads of other kinds are left out.
    estimates : ManyAds
    balance : DeliveryBalance or None
        ``None`` where no breakdown of these dates is loaded.
    balance_grain : str or None
        Of the rows behind the balance: the level may be coarser than the estimates'.
    balance_note : str
        Why there is no balance, or that it is of a coarser level.
    is_simulated : bool
    """

    grain: str
    period: Period
    currency: str
    result_type: str | None
    estimates: ManyAds
    balance: DeliveryBalance | None
    balance_grain: str | None
    balance_note: str
    is_simulated: bool

    def summary(self) -> str:
        """Say who leads, what is left to gain, and whether delivery was alike."""
        said = self.balance.summary() if self.balance else ""
        return " ".join(part for part in (self.estimates.summary(), said, self.balance_note) if part)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            "simulated": self.is_simulated,
            "grain": self.grain,
            "from": self.period.start.isoformat(),
            "to": self.period.stop.isoformat(),
            "currency": self.currency,
            "result_type": self.result_type,
            **self.estimates.to_dict(),
            "balance": self.balance.to_dict() if self.balance else None,
            "balance_grain": self.balance_grain,
            "balance_note": self.balance_note or None,
            "summary": self.summary(),
        }


def compare_ads(
    lake: Lake,
    level: Level = "ad",
    *,
    metric: Metric = "cpa",
    start: date | None = None,
    stop: date | None = None,
    account_id: str | None = None,
) -> AdsComparison:
    """Estimate all ads of an account together, and check their delivery.

    Parameters
    ----------
    lake : Lake
    level : {"ad", "adset", "campaign"}
    metric : {"cpa", "cvr", "ctr"}
    start, stop : datetime.date, optional
        Default the last 28 days with figures.
    account_id : str, optional
        Default the account with the newest figures.

    Raises
    ------
    DataError
        If the level or the metric is not known, or the account has no figures at the level.
    NotEnoughData
        If fewer than two had exposure in these days.
    """
    if level not in ("ad", "adset", "campaign") or metric not in _COLUMNS:
        raise DataError(
            f"level {level!r} or metric {metric!r} is not known.",
            next_step="Levels are ad, adset, campaign; metrics are cpa, cvr, ctr.",
            field="level" if metric in _COLUMNS else "metric",
        )
    known = available(lake)
    shown = _slice_of(known, level, account_id)
    period = _period(shown, start, stop)
    rows, _ = RowReader(lake).rows(_state(shown, period), shown, period)
    types = assign_result_types(rows, None)
    rows = types.mask_other_results(rows)
    rows = rows[types.is_chosen(rows)]
    ads = _by_entity(rows, shown, period, metric)
    phi = _dispersion(rows, metric) if shown.is_daily else 1.0
    estimates = analyse_ads(
        ads["y"],
        ads["n"],
        names=ads["name"].tolist(),
        groups=_groups(ads, level),
        metric=metric,
        dispersion=phi,
    )
    balance, found, note = _balance(lake, known, shown, period, metric=metric, dispersion=phi)
    return AdsComparison(
        grain=shown.grain,
        period=period,
        currency=shown.currency,
        result_type=types.chosen,
        estimates=estimates,
        balance=balance,
        balance_grain=found.grain if found else None,
        balance_note=note,
        is_simulated=bool(rows["source"].isin(SIMULATED_SOURCES).any()),
    )


def _slice_of(known: Available, level: str, account_id: str | None) -> Slice:
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


def _period(shown: Slice, start: date | None, stop: date | None) -> Period:
    if not shown.is_daily and start is None and stop is None:
        return shown.period
    last = stop or shown.period.stop
    return Period(start, last) if start else last_days(DEFAULT_DAYS, until=last)


def _state(shown: Slice, period: Period) -> FilterState:
    return FilterState(
        shown.network, shown.account_id, shown.grain, period.start, period.stop, compare="none"
    )


def _measured(rows: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Give each row its results ``y`` and what they came from ``n``; money in currency units."""
    y, n = _COLUMNS[metric]
    unit = 1e6 if n == "spend_micros" else 1.0
    numbers = rows[[y, n]].astype("float64").fillna(0.0)
    return rows.assign(y=numbers[y], n=numbers[n] / unit)


def _by_entity(rows: pd.DataFrame, shown: Slice, period: Period, metric: Metric) -> pd.DataFrame:
    grouped = _measured(rows, metric).groupby("entity_id", sort=True)
    ads = grouped[["y", "n"]].sum().join(grouped[["entity_name", "campaign_id", "campaign_name"]].last())
    ads = ads[ads["n"] > 0].reset_index()
    if metric != "cpa":
        ads = ads[ads["y"] <= ads["n"]]  # post engagements may outnumber clicks: no rate
    if len(ads) < 2:
        raise NotEnoughData(
            f"Fewer than two had any {_COLUMNS[metric][1].replace('_micros', '')} from {period}.",
            next_step=f"Choose days from {shown.period.start} to {shown.period.stop}, or another metric.",
            field="level",
        )
    ads = ads.assign(name=ads["entity_name"].fillna(ads["entity_id"]).astype(str))
    doubled = ads["name"].duplicated(keep=False)
    short = ads["entity_id"].str.split(" / ").str[-1]
    return ads.assign(name=ads["name"].where(~doubled, ads["name"] + " (" + short + ")"))


def _groups(ads: pd.DataFrame, level: Level) -> list[list[str]]:
    """Ad set and campaign of each ad; ids, which an entity's id carries in front."""
    path = ads["entity_id"].str.split(" / ")
    campaigns = ads["campaign_id"].astype(str).tolist()
    if level == "campaign":
        return []
    return [campaigns] if level == "adset" else [path.str[-2].tolist(), campaigns]


def _dispersion(rows: pd.DataFrame, metric: Metric) -> float:
    """Variance of a day's count over its mean, around each entity's own rate."""
    measured = _measured(rows, metric)
    table = measured.pivot_table(index="date_start", columns="entity_id", values=["y", "n"], aggfunc="sum")
    y, n = table["y"].fillna(0.0).to_numpy(), table["n"].fillna(0.0).to_numpy()
    rate = y.sum(axis=0) / n.sum(axis=0).clip(min=1e-12)
    expected = n * rate
    return estimated_dispersion(y * (expected > 0), expected)


def _balance(
    lake: Lake, known: Available, shown: Slice, period: Period, *, metric: Metric, dispersion: float
) -> tuple[DeliveryBalance | None, Slice | None, str]:
    """Check the delivery by the finest breakdown at the level, or at the nearest coarser one."""
    found = _broken_down(known, shown, period)
    if found is None:
        return None, None, "No breakdown of these days is loaded, so delivery cannot be checked."
    rows, _ = RowReader(lake).rows(_state(found, period), found, period)
    types = assign_result_types(rows, None)
    rows = types.mask_other_results(rows)
    rows = rows[types.is_chosen(rows)]
    breakdowns = Grain.parse(found.grain).breakdowns
    cell = rows[list(breakdowns)].fillna("unknown").astype(str).agg(" · ".join, axis=1)
    measured = _measured(rows, metric).assign(cell=cell, shown=rows["impressions"].astype("float64"))
    names = measured.groupby("entity_id")["entity_name"].last()
    tables = [
        measured.pivot_table(index="entity_id", columns="cell", values=v, aggfunc="sum", fill_value=0.0)
        for v in ("shown", "y", "n")
    ]
    seen = (tables[0].sum(axis=1) > 0) & (tables[2].sum(axis=1) > 0)
    tables = [table[seen] for table in tables]
    if seen.sum() < 2 or tables[0].shape[1] < 2 or tables[1].to_numpy().sum() == 0:
        return None, found, "The breakdown of these days holds too little to check delivery."
    coarser = Grain.parse(found.grain).level != Grain.parse(shown.grain).level
    balance = delivery_balance(
        *(table.to_numpy() for table in tables),
        names=[str(names[k]) for k in tables[0].index],
        cells=[str(one) for one in tables[0].columns],
        breakdowns=breakdowns,
        metric=metric,
        dispersion=dispersion,
    )
    level = Grain.parse(found.grain).level
    return balance, found, f"Delivery is known by {level} only." if coarser else ""


def _broken_down(known: Available, shown: Slice, period: Period) -> Slice | None:
    order = ("ad", "adset", "campaign")
    least = order.index(Grain.parse(shown.grain).level)
    fitting = []
    for one in known.grains(shown.network, shown.account_id):
        grain = Grain.parse(one.grain)
        if grain.breakdowns and grain.level in order[least:] and "hour" not in grain.breakdowns:
            covered = one.period.start <= period.start and period.stop <= one.period.stop
            if covered:
                fitting.append((order.index(grain.level), -len(grain.breakdowns), one.grain, one))
    return min(fitting)[3] if fitting else None
