"""Where the money went: networks, accounts or platforms side by side, each in its own currency.

Every row adds up one grain per account, so no money is counted twice; currencies and kinds of results are
never added, and neither is reach.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench.performance.changes import daily_dispersion
from workbench.performance.result_types import assign_result_types
from workbench.performance.totals import Totals, sum_rows

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from workbench.core.dates import Period

LEVEL = 0.9


@dataclass(frozen=True)
class PlatformRow:
    """One network, account or platform in one currency.

    Attributes
    ----------
    name : str
        What stands beside the others: ``meta``, an account, ``instagram``.
    currency : str
        ISO 4217 code of its money.
    n_accounts : int
        Ad accounts behind it.
    totals : Totals
        Sums over everything in it.
    of_type : Totals
        Sums over the campaigns whose results are of ``result_type``; cost per result comes from these.
    result_type : str or None
        What counts as a result in this row.
    spend_share : float or None
        Share of what was spent in its currency, in [0, 1].
    cost, low, high : float or None
        Cost per result with its equal-tailed interval, currency units; ``None`` without results.
    first_day, last_day : datetime.date
        First and last day with rows.
    n_days : int
        Days with rows.
    """

    name: str
    currency: str
    n_accounts: int
    totals: Totals
    of_type: Totals
    result_type: str | None
    spend_share: float | None
    cost: float | None
    low: float | None
    high: float | None
    first_day: date
    last_day: date
    n_days: int

    def to_dict(self) -> dict[str, Any]:
        """Return the row as plain values."""
        days = {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}
        return {**asdict(self), **days}


@dataclass(frozen=True)
class Platforms:
    """Rows that may stand side by side.

    Attributes
    ----------
    by : str
        What a row is: ``network``, ``account`` or ``publisher_platform``.
    period : Period
        The days.
    rows : tuple of PlatformRow
        By currency, the largest spend first.
    left_out : tuple of str
        Accounts that cannot be shown by day.
    """

    by: str
    period: Period
    rows: tuple[PlatformRow, ...]
    left_out: tuple[str, ...] = ()

    @property
    def currencies(self) -> tuple[str, ...]:
        """Currencies in the order of the rows."""
        return tuple(dict.fromkeys(row.currency for row in self.rows))

    def table(self) -> pd.DataFrame:
        """Return one row per network, account or platform."""
        import pandas as pd

        return pd.json_normalize([row.to_dict() for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "by": self.by,
            "period": {"start": self.period.start.isoformat(), "stop": self.period.stop.isoformat()},
            "rows": [row.to_dict() for row in self.rows],
            "left_out": list(self.left_out),
        }


def compare_platforms(
    rows: pd.DataFrame,
    *,
    by: str,
    period: Period,
    result_type: str | None = None,
    left_out: tuple[str, ...] = (),
) -> Platforms:
    """Add up rows by what they are compared by, and by currency.

    Parameters
    ----------
    rows : pandas.DataFrame
        Daily rows, one grain per account, with the column ``by``, ``account_id``, ``currency``,
        ``campaign_id``, ``date_start``, ``result_type`` and the columns of
        :data:`workbench.performance.totals.SUMS`.
    by : str
        Column to compare by.
    period : Period
        The days that the rows lie in.
    result_type : str, optional
        Kind of result to use where it occurs; elsewhere the one with most spend behind it.
    left_out : tuple of str
        Accounts that have no such rows.

    Returns
    -------
    Platforms
    """
    sums = rows.groupby("currency")["spend_micros"].sum()
    spent = {str(currency): int(micros) for currency, micros in sums.items()}
    found = [
        _row(
            str(name),
            str(currency),
            group,
            result_type=result_type,
            spent_micros=spent[str(currency)],
        )
        for (name, currency), group in rows.groupby([by, "currency"], sort=True)
    ]
    order = sorted(found, key=lambda r: (-spent[r.currency], r.currency, -r.totals.spend_micros, r.name))
    return Platforms(by, period, tuple(order), left_out)


def _row(
    name: str, currency: str, group: pd.DataFrame, *, result_type: str | None, spent_micros: int
) -> PlatformRow:
    kinds = group["result_type"].dropna().unique()
    if len(kinds) <= 1:  # all campaigns belong to the one kind there is, and most groups know one only
        chosen, kind = group, str(kinds[0]) if len(kinds) else None
    else:
        typed = assign_result_types(group, None, wanted=result_type)
        group = typed.mask_other_results(group)
        chosen, kind = group[typed.is_chosen(group)], typed.chosen
    totals = sum_rows(group)
    of_type = totals if chosen is group else sum_rows(chosen)
    cost, low, high = _cost(of_type, chosen)
    days = group["date_start"]
    return PlatformRow(
        name=name,
        currency=currency,
        n_accounts=int(group["account_id"].nunique()),
        totals=totals,
        of_type=of_type,
        result_type=kind,
        spend_share=totals.spend_micros / spent_micros if spent_micros > 0 else None,
        cost=cost,
        low=low,
        high=high,
        first_day=days.min(),
        last_day=days.max(),
        n_days=int(days.nunique()),
    )


def _cost(of_type: Totals, rows: pd.DataFrame) -> tuple[float, float, float] | tuple[None, None, None]:
    from workbench.stats.intervals import rate_interval

    if not of_type.results or of_type.spend_micros <= 0:
        return None, None, None
    interval = rate_interval(
        of_type.results,
        of_type.spend_micros / 1e6,
        level=LEVEL,
        dispersion=daily_dispersion(rows, None),
    ).inverted()
    return float(interval.estimate), float(interval.low), float(interval.high)
