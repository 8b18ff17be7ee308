"""Which ad, ad set or campaign does best, and were they shown to the same people? From the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period
from workbench.core.errors import DataError
from workbench.experiments.ads_result import ManyAds, Metric
from workbench.experiments.delivery_balance import DeliveryBalance, delivery_balance
from workbench.experiments.many_ads import analyse_ads
from workbench.flows.ads_rows import (
    COLUMNS,
    Level,
    by_entity,
    currency_of,
    daily_dispersion,
    groups_of,
    measured,
    period_of,
    slice_by_level,
    state_of,
)
from workbench.flows.available import Available, Slice, available
from workbench.flows.rows import RowReader
from workbench.lake.schema import SIMULATED_SOURCES
from workbench.lake.window import Grain
from workbench.performance.result_types import assign_result_types

if TYPE_CHECKING:
    from workbench.lake import Lake


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
        If the level or the metric is not known, the account has no figures at the level, or a cost
        would add up two currencies.
    NotEnoughData
        If fewer than two had exposure in these days.
    """
    if level not in ("ad", "adset", "campaign") or metric not in COLUMNS:
        raise DataError(
            f"level {level!r} or metric {metric!r} is not known.",
            next_step="Levels are ad, adset, campaign; metrics are cpa, cvr, ctr.",
            field="level" if metric in COLUMNS else "metric",
        )
    known = available(lake)
    shown = slice_by_level(known, level, account_id)
    period = period_of(shown, start, stop)
    currency = currency_of(lake, shown, period, metric)
    rows, _ = RowReader(lake).rows(state_of(shown, period), shown, period)
    types = assign_result_types(rows, None)
    rows = types.mask_other_results(rows)
    rows = rows[types.is_chosen(rows)]
    ads = by_entity(rows, shown, period, metric)
    phi = daily_dispersion(rows, metric) if shown.is_daily else 1.0
    estimates = analyse_ads(
        ads["y"],
        ads["n"],
        names=ads["name"].tolist(),
        groups=groups_of(ads, level),
        metric=metric,
        dispersion=phi,
    )
    balance, found, note = _balance(lake, known, shown, period, metric=metric, dispersion=phi)
    return AdsComparison(
        grain=shown.grain,
        period=period,
        currency=currency,
        result_type=types.chosen,
        estimates=estimates,
        balance=balance,
        balance_grain=found.grain if found else None,
        balance_note=note,
        is_simulated=bool(rows["source"].isin(SIMULATED_SOURCES).any()),
    )


def _balance(
    lake: Lake, known: Available, shown: Slice, period: Period, *, metric: Metric, dispersion: float
) -> tuple[DeliveryBalance | None, Slice | None, str]:
    """Check the delivery by the finest breakdown at the level, or at the nearest coarser one."""
    found = _broken_down(known, shown, period)
    if found is None:
        return None, None, "No breakdown of these days is loaded, so delivery cannot be checked."
    rows, _ = RowReader(lake).rows(state_of(found, period), found, period)
    types = assign_result_types(rows, None)
    rows = types.mask_other_results(rows)
    rows = rows[types.is_chosen(rows)]
    breakdowns = Grain.parse(found.grain).breakdowns
    cell = rows[list(breakdowns)].fillna("unknown").astype(str).agg(" · ".join, axis=1)
    known_rows = measured(rows, metric).assign(cell=cell, shown=rows["impressions"].astype("float64"))
    names = known_rows.groupby("entity_id")["entity_name"].last()
    tables = [
        known_rows.pivot_table(index="entity_id", columns="cell", values=v, aggfunc="sum", fill_value=0.0)
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
