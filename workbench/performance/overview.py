"""Are we on track, what changed, and why: one period of one grain against another.

:func:`summarise` takes the rows of both periods and returns an :class:`Overview`, which the app, the weekly
report, the spreadsheet and the command line all show; none of them computes a figure of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench.performance.changes import Change, click_rate_change, compare, daily_dispersion
from workbench.performance.decomposition import Decomposition, decompose_cost, decompose_results
from workbench.performance.ranking import EntityRow, rank_entities
from workbench.performance.result_types import assign_result_types
from workbench.performance.slices import campaign_slices
from workbench.performance.sums import sum_by
from workbench.performance.totals import Totals, sum_rows
from workbench.performance.trend import Trend, trend

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from workbench.core.dates import Period

Better = Literal["lower", "higher", "neither"]
LEVEL = 0.9


@dataclass(frozen=True)
class Unlock:
    """Why a figure cannot be computed, and what would make it possible.

    Attributes
    ----------
    column : str
        Column the source does not have, as Ads Manager names it.
    steps : str
        The clicks in Ads Manager that put it into the export.
    """

    column: str
    steps: str


@dataclass(frozen=True)
class Measure:
    """One headline figure.

    Attributes
    ----------
    name : {"spend", "results", "cost_per_result", "click_rate", "roas"}
        Key in the glossary (``docs/metrics.md``).
    value, before : float or None
        The figure now and in the comparison; money in currency units, rates in [0, 1].
    change : Change or None
        Difference with its interval; ``None`` without a comparison.
    better : {"lower", "higher", "neither"}
        Which direction is good news.
    unlock : Unlock or None
        What is missing, when ``value`` cannot be computed.
    """

    name: str
    value: float | None
    before: float | None
    change: Change | None
    better: Better
    unlock: Unlock | None = None


@dataclass(frozen=True)
class Overview:
    """What a period brought, against another.

    Attributes
    ----------
    period, comparison : Period or None
        The days shown and those compared with.
    currency : str
        ISO 4217 code of all money.
    result_type : str or None
        What counts as a result here; results of different kinds are never added.
    result_types : tuple of str
        All kinds in the period, the one with most spend behind it first.
    totals, totals_before : Totals
        Sums over everything in the slice.
    of_type, of_type_before : Totals
        Sums over the campaigns whose results are of ``result_type``; cost per result comes from these.
    measures : tuple of Measure
        Headline figures in the order they are shown.
    decomposition : Decomposition or None
        Where the change of cost per result (or, without one, of results) came from.
    mix_names : tuple of str
        Campaign names in the order of ``decomposition.mix_by_campaign``.
    trend : Trend or None
        Cost per result by day or week; ``None`` for rows that span several days.
    entities : tuple of EntityRow
        Campaigns, ad sets or ads with results of ``result_type``, the largest spend first.
    others : tuple of EntityRow
        The rest of the slice, without estimates; with ``entities`` they add up to ``totals``.
    level : str
        What ``entities`` are.
    attribution : str
        Attribution window of the grain.
    maturing_from : datetime.date or None
        First day whose conversions may still arrive.
    dispersion : float
        Variance of daily results relative to a Poisson distribution.
    spend_by_day, spend_by_day_before : pandas.DataFrame or None
        ``date_start`` and ``spend_micros`` of ``of_type`` and ``of_type_before``; ``None`` without days.
    """

    period: Period
    comparison: Period | None
    currency: str
    result_type: str | None
    result_types: tuple[str, ...]
    totals: Totals
    totals_before: Totals | None
    of_type: Totals
    of_type_before: Totals | None
    measures: tuple[Measure, ...]
    decomposition: Decomposition | None
    mix_names: tuple[str, ...]
    trend: Trend | None
    entities: tuple[EntityRow, ...]
    others: tuple[EntityRow, ...]
    level: str
    attribution: str = ""
    maturing_from: date | None = None
    dispersion: float = field(default=1.0)
    spend_by_day: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    spend_by_day_before: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    def measure(self, name: str) -> Measure:
        """Return a headline figure by name; ``KeyError`` if there is none."""
        return {m.name: m for m in self.measures}[name]

    def table(self) -> pd.DataFrame:
        """Return one row per campaign, ad set or ad, the largest spend first."""
        import pandas as pd

        return pd.DataFrame([row.to_dict() for row in self.entities])

    def summary(self, locale: str = "en_GB") -> str:
        """Say in a sentence or two what changed and what moved it."""
        from workbench.performance.finding import finding

        return finding(self, locale).sentence

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values for ``--json``."""
        from workbench.performance.as_dict import overview_dict

        return overview_dict(self)


def summarise(
    rows: pd.DataFrame,
    rows_before: pd.DataFrame | None,
    *,
    period: Period,
    comparison: Period | None,
    currency: str,
    level: str,
    daily: bool,
    result_type: str | None = None,
    attribution: str = "",
    data_to: date | None = None,
) -> Overview:
    """Compute the overview of one slice.

    Parameters
    ----------
    rows, rows_before : pandas.DataFrame
        One row per entity and day (or range), in the order of the days, with ``campaign_id``,
        ``campaign_name``, ``entity_id``, ``entity_name``, ``date_start``, ``result_type`` and the columns of
        :data:`workbench.performance.totals.SUMS`; all of one grain, no two ranges overlapping.
    period, comparison : Period
        The days that the two frames cover.
    currency : str
        ISO 4217 code.
    level : str
        What an entity is: account, campaign, adset or ad.
    daily : bool
        Whether a row stands for one day; only then is there a trend.
    result_type : str, optional
        Kind of result to use; default the one with most spend behind it.
    attribution : str
        Attribution window, such as ``7d_click,1d_view``.
    data_to : datetime.date, optional
        Last day the source has, to tell which days are still maturing.
    """
    before = rows_before if rows_before is not None and len(rows_before) else None
    typed = assign_result_types(rows, before, wanted=result_type)
    rows = typed.mask_other_results(rows)
    before = None if before is None else typed.mask_other_results(before)
    now_of_type = rows[typed.is_chosen(rows)]
    before_of_type = None if before is None else before[typed.is_chosen(before)]
    spread = daily_dispersion(now_of_type, before_of_type) if daily else 1.0
    sums = sum_rows(now_of_type), None if before_of_type is None else sum_rows(before_of_type)
    everything = sum_rows(rows), None if before is None else sum_rows(before)
    decomposition, mix_names = _decompose(now_of_type, before_of_type, *sums)
    entities, others = rank_entities(rows, before, result_types=typed, level=LEVEL, dispersion=spread)
    return Overview(
        period=period,
        comparison=comparison if before is not None else None,
        currency=currency,
        result_type=typed.chosen,
        result_types=typed.all_types,
        totals=everything[0],
        totals_before=everything[1],
        of_type=sums[0],
        of_type_before=sums[1],
        measures=_measures(everything, sums, dispersion=spread, rows=now_of_type, rows_before=before_of_type),
        decomposition=decomposition,
        mix_names=mix_names,
        trend=trend(now_of_type, before_of_type, period, comparison, dispersion=spread) if daily else None,
        entities=entities,
        others=others,
        level=level,
        attribution=attribution,
        maturing_from=maturing_from(attribution, period, data_to) if daily else None,
        dispersion=spread,
        spend_by_day=_spend_by_day(now_of_type) if daily else None,
        spend_by_day_before=_spend_by_day(before_of_type) if daily and before_of_type is not None else None,
    )


def _spend_by_day(rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    sums = sum_by(rows, "date_start", ["spend_micros"])
    return pd.DataFrame({"date_start": list(sums.keys), "spend_micros": sums.columns["spend_micros"]})


def maturing_from(attribution: str, period: Period, data_to: date | None) -> date | None:
    """Return the first day of the period whose conversions the attribution window may still bring.

    A seven-day click window credits conversions up to seven days after the click, so the last seven days of
    the data are incomplete. ``None`` if every day of the period is complete or the window is not known.
    """
    from datetime import timedelta

    days = [int(part.split("d_")[0]) for part in attribution.split(",") if "d_" in part and part[0].isdigit()]
    if not days or data_to is None:
        return None
    first = data_to - timedelta(days=max(days) - 1)
    return max(first, period.start) if first <= period.stop else None


def _decompose(
    rows: pd.DataFrame, before: pd.DataFrame | None, now_sums: Totals, before_sums: Totals | None
) -> tuple[Decomposition | None, tuple[str, ...]]:
    if before is None or before_sums is None or now_sums.results is None or before_sums.results is None:
        return None, ()
    old, new, names = campaign_slices(before, rows)
    return decompose_cost(old, new) or decompose_results(old, new), names


def _measures(
    everything: tuple[Totals, Totals | None],
    of_type: tuple[Totals, Totals | None],
    *,
    dispersion: float,
    rows: pd.DataFrame,
    rows_before: pd.DataFrame | None,
) -> tuple[Measure, ...]:
    now, before = everything
    typed_now, typed_before = of_type
    return (
        Measure(
            "spend",
            _units(now.spend_micros),
            _units(None if before is None else before.spend_micros),
            *_plain(now, before, "spend_micros"),
        ),
        _result_measure("results", typed_now, typed_before, dispersion),
        _result_measure("cost_per_result", typed_now, typed_before, dispersion),
        _click_measure(typed_now, typed_before, rows, rows_before),
        _value_measure(now, before),
    )


def _units(micros: float | None) -> float | None:
    return None if micros is None else micros / 1_000_000


def _plain(now: Totals, before: Totals | None, name: str) -> tuple[Change | None, Better]:
    old, new = getattr(before, name, None), getattr(now, name)
    change = Change(new / old - 1, None, None, None) if old and new is not None else None
    return change, "neither"


def _result_measure(name: str, now: Totals, before: Totals | None, dispersion: float) -> Measure:
    better: Better = "higher" if name == "results" else "lower"
    unlock = RESULTS_UNLOCK if now.results is None else None
    value, old = (_result_value(name, t) for t in (now, before))
    if name == "results" or now.results is None or before is None or before.results is None:
        change = Change(value / old - 1, None, None, None) if value is not None and old else None
    else:
        change = compare(now, before, dispersion=dispersion, level=LEVEL)
    return Measure(name, value, old, change, better, unlock)


def _result_value(name: str, totals: Totals | None) -> float | None:
    if totals is None:
        return None
    if name == "results":
        return totals.results
    cost = totals.cost_per_result_micros
    return None if cost is None else float(cost) / 1_000_000


def _click_measure(
    now: Totals, before: Totals | None, rows: pd.DataFrame, rows_before: pd.DataFrame | None
) -> Measure:
    value = None if now.click_rate is None else float(now.click_rate)
    old = None if before is None or before.click_rate is None else float(before.click_rate)
    change = None
    if value is not None and old is not None and rows_before is not None:
        change = click_rate_change(rows, rows_before, level=LEVEL)
    unlock = CLICKS_UNLOCK if value is None else None
    return Measure("click_rate", value, old, change, "higher", unlock)


def _value_measure(now: Totals, before: Totals | None) -> Measure:
    value = None if now.roas is None else float(now.roas)
    old = None if before is None or before.roas is None else float(before.roas)
    change = Change(value / old - 1, None, None, None) if value is not None and old else None
    return Measure("roas", value, old, change, "higher", VALUE_UNLOCK if value is None else None)


RESULTS_UNLOCK = Unlock("Results", "Columns → Customise columns → tick Results → Apply, then export again")
CLICKS_UNLOCK = Unlock(
    "Link clicks", "Columns → Customise columns → tick Link clicks → Apply, then export again"
)
VALUE_UNLOCK = Unlock(
    "Purchases conversion value",
    "Columns → Customise columns → tick Purchases and its Conversion value → Apply, then export again",
)
DAY_UNLOCK = Unlock("Day", "Breakdown → By time → Day, then export again")
