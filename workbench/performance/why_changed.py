"""Why did cost per result change: four checks, in this order, before the arithmetic.

Noise, conversions that have not come yet, a break in counting, edits. The first two can explain a change,
since they are arithmetic; the last two only coincide with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.performance.changes import Change
from workbench.performance.maturity import FINAL_AFTER_DAYS, matured_spend
from workbench.performance.tracking import find_break

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from workbench.core.dates import Period
    from workbench.performance.maturity import Maturity
    from workbench.performance.overview import Overview
    from workbench.performance.tracking import TrackingBreak, TrackingSeries

Verdict = Literal["passes", "explains", "coincides", "unknown"]
LEVEL = 0.9
#: Edits this many days before a period may still show in it.
EDITS_BEFORE_DAYS = 7


@dataclass(frozen=True)
class NoiseCheck:
    """Whether the change is more than noise.

    ``passes`` if its direction is at least 95 % probable, ``explains`` otherwise.
    """

    verdict: Verdict
    change: Change


@dataclass(frozen=True)
class ImmatureCheck:
    """Whether conversions that have not come yet make the change.

    Attributes
    ----------
    verdict : str
        ``explains`` if, once they have come, the change is no longer clear or less than half of it is left.
    n_young : int
        Days of the period that are not complete yet.
    n_days : int
        Days of the period.
    cost, cost_matured : float
        Cost per result seen, and once all have come; currency units.
    low, high : float or None
        Interval of ``cost_matured``, given the curve.
    change_matured : Change or None
        The change once all have come, in both periods.
    maturity : Maturity or None
        The learned curve.
    """

    verdict: Verdict
    n_young: int
    n_days: int
    cost: float
    cost_matured: float
    low: float | None
    high: float | None
    change_matured: Change | None
    maturity: Maturity | None


@dataclass(frozen=True)
class TrackingCheck:
    """Whether counting broke within the two periods; ``series`` is ``None`` where nothing counts beside."""

    verdict: Verdict
    found: TrackingBreak | None
    series: TrackingSeries | None


@dataclass(frozen=True)
class EditsCheck:
    """What was edited in the period or shortly before: (day, words) in order."""

    verdict: Verdict
    edits: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class WhyChanged:
    """The four checks of a change of cost per result.

    Attributes
    ----------
    change : Change
        Of cost per result.
    noise, immature, tracking, edits
        The checks, in the order to read them.
    """

    change: Change
    noise: NoiseCheck
    immature: ImmatureCheck
    tracking: TrackingCheck
    edits: EditsCheck

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Verdict of each check, in order."""
        return {
            "noise": self.noise.verdict,
            "immature": self.immature.verdict,
            "tracking": self.tracking.verdict,
            "edits": self.edits.verdict,
        }

    @property
    def leading(self) -> str | None:
        """The first check that does not pass, by what it can show; ``None`` if none speaks."""
        for wanted in ("explains", "coincides"):
            for name, verdict in self.verdicts.items():
                if verdict == wanted:
                    return name
        return None

    def table(self) -> pd.DataFrame:
        """Return one row per check with its verdict."""
        import pandas as pd

        return pd.DataFrame({"check": list(self.verdicts), "verdict": list(self.verdicts.values())})

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values."""
        immature = self.immature
        return {
            "change": asdict(self.change),
            "verdicts": self.verdicts,
            "cost_matured": immature.cost_matured,
            "cost_matured_low": immature.low,
            "cost_matured_high": immature.high,
            "change_matured": asdict(immature.change_matured) if immature.change_matured else None,
            "n_young_days": immature.n_young,
            "tracking_break": self.tracking.found.to_dict() if self.tracking.found else None,
            "edits": [{"day": day.isoformat(), "text": text} for day, text in self.edits.edits],
        }


def why_changed(
    overview: Overview,
    *,
    maturity: Maturity | None,
    data_to: date,
    series: TrackingSeries | None,
    edits: tuple[tuple[date, str], ...] | None,
    rng: np.random.Generator,
) -> WhyChanged | None:
    """Check a change of cost per result.

    Parameters
    ----------
    overview : Overview
        Two periods compared by day.
    maturity : Maturity, optional
        How results fill up; ``None`` where it is not known.
    data_to : datetime.date
        Last whole day of the data.
    series : TrackingSeries, optional
        What counts the same beside the network; ``None`` where nothing does.
    edits : tuple of (datetime.date, str), optional
        Edits of the account, in order; ``None`` where they are not known at all.
    rng : numpy.random.Generator
        For the random orders of the tracking check.

    Returns
    -------
    WhyChanged or None
        ``None`` without a change of cost per result by day.
    """
    change = overview.measure("cost_per_result").change
    spend = overview.spend_by_day
    if change is None or change.is_clear is None or spend is None or overview.comparison is None:
        return None
    return WhyChanged(
        change=change,
        noise=NoiseCheck("passes" if change.is_clear else "explains", change),
        immature=_immature(overview, change, maturity, data_to),
        tracking=_tracking(overview, series, rng),
        edits=_edits(edits, overview.period),
    )


def _immature(overview: Overview, change: Change, maturity: Maturity | None, data_to: date) -> ImmatureCheck:
    n_days, cost = overview.period.n_days, overview.measure("cost_per_result").value or 0.0
    ages = np.array([(data_to - day).days for day in overview.period.days()])
    if maturity is None or overview.spend_by_day is None:
        n_young = int((ages < FINAL_AFTER_DAYS).sum())
        verdict: Verdict = "unknown" if n_young else "passes"
        return ImmatureCheck(verdict, n_young, n_days, cost, cost, None, None, None, None)
    n_young = int((ages < maturity.delay_days).sum())
    now = matured_spend(overview.spend_by_day, maturity, data_to=data_to)
    old = overview.spend_by_day_before
    before = 0.0 if old is None else matured_spend(old, maturity, data_to=data_to)
    low, high = _cost_interval(overview, now)
    matured = _matured_change(overview, now, before)
    is_made_by_them = change.is_clear and (
        not matured.is_clear
        or abs(matured.value) <= abs(change.value) / 2
        or matured.value * change.value < 0
    )
    results = overview.of_type.results or 0.0
    return ImmatureCheck(
        "explains" if is_made_by_them else "passes",
        n_young,
        n_days,
        cost,
        now / results if results else cost,
        low,
        high,
        matured,
        maturity,
    )


def _cost_interval(overview: Overview, matured: float) -> tuple[float | None, float | None]:
    from workbench.stats.intervals import rate_interval

    if matured <= 0:
        return None, None
    found = rate_interval(
        overview.of_type.results or 0.0, matured, level=LEVEL, dispersion=overview.dispersion
    ).inverted()
    return float(found.low), float(found.high)


def _matured_change(overview: Overview, now: float, before: float) -> Change:
    """Return the change of the cost with each day's spend counted as far as its results are known."""
    from workbench.stats.intervals import ratio_interval

    results = overview.of_type.results or 0.0
    results_before = (overview.of_type_before.results if overview.of_type_before else None) or 0.0
    now, before = max(now, 1e-9), max(before, 1e-9)
    # results per spend of the old period over the new one is the new cost over the old cost
    ratio = ratio_interval(results_before, before, results, now, level=LEVEL, dispersion=overview.dispersion)
    value = (now / results) / (before / results_before) - 1 if results and results_before else 0.0
    return Change(value, float(ratio.low) - 1, float(ratio.high) - 1, float(ratio.prob_above))


def _tracking(overview: Overview, series: TrackingSeries | None, rng: np.random.Generator) -> TrackingCheck:
    if series is None or not series.is_enough:
        return TrackingCheck("unknown", None, series)
    found = find_break(series.days, series.counted, series.reference, rng=rng)
    first = overview.comparison.start if overview.comparison else overview.period.start
    if found is None or not first <= found.day <= overview.period.stop:
        return TrackingCheck("passes", None, series)
    return TrackingCheck("coincides", found, series)


def _edits(edits: tuple[tuple[date, str], ...] | None, period: Period) -> EditsCheck:
    if edits is None:
        return EditsCheck("unknown", ())
    near = tuple(
        (day, text)
        for day, text in edits
        if (day - period.start).days >= -EDITS_BEFORE_DAYS and day <= period.stop
    )
    return EditsCheck("coincides" if near else "passes", near)
