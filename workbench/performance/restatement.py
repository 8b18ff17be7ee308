"""How much figures moved after they were first seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date, datetime

    import pandas as pd

    from workbench.core.dates import Period
    from workbench.performance.maturity import Maturity


@dataclass(frozen=True)
class DayBelief:
    """One day, as it was first seen and as it is now.

    Attributes
    ----------
    day : datetime.date
        The day.
    age_days : int
        How old it was when it was first seen; 0 if it had just ended.
    spend_then_micros, spend_now_micros : int
        Millionths of the currency unit.
    results_then, results_now : float or None
        Results of the kind shown; ``None`` where the source has none.
    """

    day: date
    age_days: int
    spend_then_micros: int
    spend_now_micros: int
    results_then: float | None
    results_now: float | None


@dataclass(frozen=True)
class Restatement:
    """What was believed earlier against now.

    Attributes
    ----------
    period : Period
        The days shown.
    currency : str
        ISO 4217 code of the spend.
    result_type : str or None
        Kind of result that is counted.
    days : tuple of DayBelief
        The days that an earlier belief knew, in order.
    moments : tuple of datetime.datetime
        The earlier moments that were asked, UTC.
    maturity : Maturity or None
        How results fill up; ``None`` where too little is known.
    history_days : int
        Days between the first and the last belief of the lake.
    """

    period: Period
    currency: str
    result_type: str | None
    days: tuple[DayBelief, ...]
    moments: tuple[datetime, ...]
    maturity: Maturity | None
    history_days: int

    @property
    def spend_moved_micros(self) -> int:
        """By how much the spend of these days moved."""
        return sum(d.spend_now_micros - d.spend_then_micros for d in self.days)

    @property
    def spend_moved_share(self) -> float | None:
        """The same over the spend first believed; ``None`` if there was none."""
        then = sum(d.spend_then_micros for d in self.days)
        return self.spend_moved_micros / then if then > 0 else None

    @property
    def results_moved(self) -> float | None:
        """By how many results these days moved; ``None`` where the source has none."""
        known = [d for d in self.days if d.results_now is not None]
        return sum((d.results_now or 0.0) - (d.results_then or 0.0) for d in known) if known else None

    @property
    def results_moved_share(self) -> float | None:
        """The same over the results first believed; ``None`` if there were none."""
        then = sum(d.results_then or 0.0 for d in self.days)
        return self.results_moved / then if self.results_moved is not None and then > 0 else None

    def table(self) -> pd.DataFrame:
        """Return one row per day: first believed, now."""
        import pandas as pd

        return pd.DataFrame([asdict(d) for d in self.days])

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "period": {"start": self.period.start.isoformat(), "stop": self.period.stop.isoformat()},
            "currency": self.currency,
            "result_type": self.result_type,
            "days": [{**asdict(d), "day": d.day.isoformat()} for d in self.days],
            "moments": [m.isoformat() for m in self.moments],
            "spend_moved_micros": self.spend_moved_micros,
            "spend_moved_share": self.spend_moved_share,
            "results_moved": self.results_moved,
            "results_moved_share": self.results_moved_share,
            "maturity": self.maturity.to_dict() if self.maturity else None,
            "history_days": self.history_days,
        }


def compare_beliefs(
    beliefs: pd.DataFrame,
    *,
    period: Period,
    currency: str,
    result_type: str | None,
    maturity: Maturity | None,
    history_days: int,
) -> Restatement:
    """Compare each day's first belief with what is believed now.

    Parameters
    ----------
    beliefs : pandas.DataFrame
        One row per moment and day that was over by then: ``moment``, ``date_start``, ``age_days``,
        ``spend_then_micros``, ``spend_now_micros``, ``results_then``, ``results_now``.
    period, currency, result_type, maturity, history_days
        As in :class:`Restatement`.
    """
    first = beliefs.sort_values(["date_start", "moment"]).drop_duplicates("date_start")
    days = tuple(
        DayBelief(
            day=row.date_start,  # type: ignore[arg-type]
            age_days=int(row.age_days),  # type: ignore[arg-type]
            spend_then_micros=int(row.spend_then_micros),  # type: ignore[arg-type]
            spend_now_micros=int(row.spend_now_micros),  # type: ignore[arg-type]
            results_then=_number(row.results_then),
            results_now=_number(row.results_now),
        )
        for row in first.itertuples()
    )
    moments = tuple(sorted(m.to_pydatetime() for m in beliefs["moment"].unique()))
    return Restatement(period, currency, result_type, days, moments, maturity, history_days)


def _number(value: Any) -> float | None:
    import pandas as pd

    return None if pd.isna(value) else float(value)
