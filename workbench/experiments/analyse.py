"""From unit rows on any engine to the verdict: adjusted for covariates, strata and clusters where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, override

from workbench.core.number_text import percent
from workbench.experiments.adjustment import Adjustment, laws_of
from workbench.experiments.aggregates import aggregate
from workbench.experiments.aggregates import check_units as refuse_units
from workbench.experiments.arm_estimates import estimate_arms, merge_small_strata
from workbench.experiments.arms import order_arms
from workbench.experiments.checks import Check, check_units
from workbench.experiments.decision import with_checks
from workbench.experiments.options import Options
from workbench.experiments.result import ExperimentResult
from workbench.experiments.result_notes import NotedResult
from workbench.experiments.unit_kinds import check_values, kind_of
from workbench.experiments.unit_models import (
    UnitData,
    check_laws,
    check_sizes,
    dispersion_note,
    judge_adjustment,
    robust,
    unadjusted,
    without_strata,
)
from workbench.experiments.unit_rows import Columns, check_columns, name_of, open_rows, profile_rows


@dataclass(frozen=True)
class UnitResult(NotedResult):
    """An analysis of unit rows.

    Attributes
    ----------
    metric : str
    n_units : tuple of int
        Units of each arm, or clusters where these were assigned.
    adjustment : Adjustment or None
        What covariates and strata did; ``None`` where none were given.
    unadjusted : ExperimentResult or None
        The figures without covariates and strata, beside the adjusted ones.
    """

    metric: str = ""
    n_units: tuple[int, ...] = ()
    adjustment: Adjustment | None = None
    unadjusted: ExperimentResult | None = None

    @override
    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        return {
            **super().to_dict(),
            "metric": self.metric,
            "n_units": list(self.n_units),
            "adjustment": self.adjustment.to_dict() if self.adjustment else None,
            "unadjusted": self.unadjusted.to_dict() if self.unadjusted else None,
        }


def analyse(
    frame: object,
    *,
    arm: str,
    metric: str,
    kind: str | None = None,
    covariate: str | Sequence[str] = (),
    cluster: str | None = None,
    strata: str | None = None,
    unit: str | None = None,
    denominator: str | None = None,
    control: str | None = None,
    options: Options | None = None,
) -> UnitResult:
    """Compare the arms of an experiment from one row a unit.

    The frame's own engine adds up; only sums travel. Rates and counts per exposure have exact posteriors;
    means and ratios Student's law with a variance robust to what the arms' values are like. Covariates and
    strata must have been known before the experiment began.

    Parameters
    ----------
    frame : frame, relation or path
        pandas, Polars, PyArrow, DuckDB, Spark over Spark Connect, eager or lazy; or a CSV or Parquet file.
    arm, metric : str
        Columns of the assigned arm and of the outcome.
    kind : {"rates", "means", "ratios", "counts"}, optional
        Found from the values: only 0 and 1 are a rate, a denominator makes a ratio, all else is a mean.
        Counts of a Poisson law are asked for, with their exposure as the denominator.
    covariate : str or sequence of str
        Number columns for the interacted regression adjustment.
    cluster : str, optional
        What was assigned as a whole (a user with several rows, a shop, a region).
    strata : str, optional
        A column to post-stratify by.
    unit : str, optional
        The unit's id, to refuse doubled units and units in two arms.
    denominator : str, optional
        Of a ratio, or the exposure of counts.
    control : str, optional
        Default: an arm called control, holdout or baseline, else the first by name.
    options : Options, optional
        Level, direction, planned shares in the order control first, others by name; equivalence, value.

    Raises
    ------
    DataError
        If a column or its values are refused; ``field`` names it.
    NotEnoughData
        If an arm has too few units or clusters, or values that do not vary.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"group": ["a", "b"] * 50, "minutes": [i % 7 + i % 2 for i in range(100)]})
    >>> analyse(rows, arm="group", metric="minutes").kind
    'means'
    """
    covariates = (covariate,) if isinstance(covariate, str) else tuple(covariate)
    columns = Columns(arm, metric, denominator, covariates, cluster, strata)
    data = read_units(frame, columns, kind=kind, unit=unit, control=control, options=options or Options())
    return result_of(data)


def read_units(
    frame: object,
    columns: Columns,
    *,
    kind: str | None,
    unit: str | None,
    control: str | None,
    options: Options,
) -> UnitData:
    """Check the rows and let their engine add them up; parameters as for :func:`analyse`."""
    rows = open_rows(frame)
    check_columns(rows, columns)
    profile = profile_rows(rows, columns)
    arms = tuple(order_arms(list(profile.units), control, options))
    check_values(profile, columns)
    found, why = kind_of(profile, columns, kind)
    if unit is not None:
        refuse_units(rows, unit, columns.arm)
    shift = tuple(profile.overall(column).mean for column in columns.numbers)
    cells = aggregate(rows, columns, shift=shift, n_arms=len(arms))
    named = replace(options, names=tuple(name_of(value) for value in arms))
    notes = [why]
    if profile.n_without_arm:
        notes.append(f"{profile.n_without_arm} rows name no arm and were left out.")
    if control is None and not options.names:
        notes.append(f"{named.names[0]} was taken as the control.")
    return UnitData(found, columns, arms, cells, shift, profile, named, tuple(notes))


def result_of(data: UnitData) -> UnitResult:
    """Analyse what was read, adjusted where covariates or strata are known and can be trusted."""
    plain = estimate_arms(without_strata(data), data.arms, shift=data.shift, is_ratio=data.is_ratio)
    check_sizes(plain, data)
    raw_laws = laws_of(plain, n_covariates=0)
    raw = unadjusted(data, plain, raw_laws)
    notes = list(data.notes)
    n_units = tuple(round(arm.n_units) for arm in plain)
    if data.columns.cluster:
        notes.append(f"Assigned as clusters: {sum(n_units)} of them.")
    if data.kind == "counts":
        notes.append(dispersion_note(data, raw_laws))
    adjustment, adjusted = None, None
    if data.columns.covariates or data.columns.stratum:
        adjustment, adjusted, more = _adjusted(data, sum(law.scale**2 for law in raw_laws))
        notes += more
    shown = adjusted or raw
    checks = [_units_checked(data)]
    shown, raw = with_checks(shown, checks), with_checks(raw, checks)
    return UnitResult(
        **{one.name: getattr(shown, one.name) for one in fields(ExperimentResult)},
        notes=tuple(note for note in notes if note),
        metric=data.columns.metric,
        n_units=n_units,
        adjustment=adjustment,
        unadjusted=raw if adjusted else None,
    )


def _units_checked(data: UnitData) -> Check:
    """Check that the rows belong to arms; doubled units, and rows without a value, are refused before."""
    n_without = data.profile.n_without_arm
    return check_units(sum(data.profile.units.values()) + n_without, without_arm=n_without)


def _adjusted(
    data: UnitData, raw_variance: float
) -> tuple[Adjustment, ExperimentResult | None, tuple[str, ...]]:
    cells, n_merged = merge_small_strata(data.cells, data.arms)
    arms = estimate_arms(cells, data.arms, shift=data.shift, is_ratio=data.is_ratio)
    adjustment = judge_adjustment(data, arms)
    missing = tuple(
        f"{one.name} has no value in {one.n_missing} rows, which count as its mean."
        for one in adjustment.covariates
        if one.n_missing
    )
    if adjustment.withheld:
        return adjustment, None, (*missing, f"Not adjusted: {adjustment.withheld}")
    laws = laws_of(arms, n_covariates=len(data.columns.covariates))
    check_laws(laws, data.options.names, field="covariate")
    saved = 1 - sum(law.scale**2 for law in laws) / raw_variance
    by = ", ".join([*data.columns.covariates, *([data.columns.stratum] if data.columns.stratum else [])])
    said = f"Adjusted by {by}: the variance is {percent(abs(saved))} {'smaller' if saved >= 0 else 'larger'}."
    small = f"{n_merged} strata with few units of some arm were put together." if n_merged else ""
    return replace(adjustment, variance_reduction=saved), robust(data, arms, laws), (*missing, small, said)
