"""The effect broken down by a column: partly pooled, and whether it differs enough to act upon.

Each level's own effect is noise on top of the common one, so it is drawn towards the others as far as the
data say that they are alike. "No usable heterogeneity" is an answer, and the usual one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.core.number_text import number, probability
from workbench.experiments.analyse import read_units
from workbench.experiments.arm_estimates import estimate_arms, merge_small_strata
from workbench.experiments.options import Options, refuse
from workbench.experiments.unit_models import UnitData, without_strata
from workbench.experiments.unit_rows import Columns
from workbench.stats.counts import Floats, tail_of
from workbench.stats.cross_moments import CrossMoments
from workbench.stats.normal_pooling import PooledEffects, pooled_effects

if TYPE_CHECKING:
    import pandas as pd

#: Units, or clusters, of each arm in a level: fewer do not make a difference of means normal.
LEAST_IN_LEVEL = 20
MOST_LEVELS = 50
#: As if so many more units had varied like the whole arm: a level whose few values are equal is not certain.
_PSEUDO_UNITS = 2.0

Heterogeneity = Literal["none", "size", "sign"]


@dataclass(frozen=True)
class LevelEffect:
    """One arm against the control among the units of one level.

    Attributes
    ----------
    level, arm : str
    n_units : int
        Of both arms.
    observed : float
        Plain difference to the control, in the metric's unit.
    estimate : float
        Posterior mean after pooling.
    interval : tuple of float
    prob_better : float
    weight_to_mean : float
        How far it was drawn towards the common effect, 0 to 1.
    """

    level: str
    arm: str
    n_units: int
    observed: float
    estimate: float
    interval: tuple[float, float]
    prob_better: float
    weight_to_mean: float


@dataclass(frozen=True)
class Breakdown:
    """One arm's effect in every level of a column.

    Attributes
    ----------
    column, arm, vs : str
    effects : tuple of LevelEffect
    spread : tuple of float
        Median of the standard deviation of the true effects, and its interval, in the metric's unit.
    heterogeneity_p : float
        Of Cochran's test that the effect is the same in all levels, all tests made counted (Holm).
    heterogeneity : {"none", "size", "sign"}
        Whether the effect differs between levels, and whether it is good in one and bad in another.
    level : float
    """

    column: str
    arm: str
    vs: str
    effects: tuple[LevelEffect, ...]
    spread: tuple[float, float, float]
    heterogeneity_p: float
    heterogeneity: Heterogeneity
    level: float

    def summary(self) -> str:
        """Say whether the column tells where the effect is larger."""
        p = f"p = {number(self.heterogeneity_p, digits=2)}"
        if self.heterogeneity == "none":
            return (
                f"No usable heterogeneity by {self.column}: the effect of {self.arm} is the same in all "
                f"{len(self.effects)} levels as far as the data tell ({p}). Use the overall figure."
            )
        best = max(self.effects, key=lambda one: one.prob_better)
        worst = min(self.effects, key=lambda one: one.prob_better)
        how = "in size" if self.heterogeneity == "size" else "in sign"
        return (
            f"The effect of {self.arm} differs {how} by {self.column} ({p}): better in {best.level} with a "
            f"probability of {probability(best.prob_better)}, in {worst.level} of "
            f"{probability(worst.prob_better)}. Levels are not assigned at random: test before acting on it."
        )

    def table(self) -> pd.DataFrame:
        """Return one row a level, with the fields of :class:`LevelEffect`."""
        import pandas as pd

        rows = [{**asdict(one), "low": one.interval[0], "high": one.interval[1]} for one in self.effects]
        return pd.DataFrame(rows).drop(columns="interval")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for ``--json``."""
        effects = [{**asdict(one), "interval": list(one.interval)} for one in self.effects]
        return {**asdict(self), "effects": effects, "spread": list(self.spread), "summary": self.summary()}


def effects_by(
    frame: object,
    *,
    arm: str,
    metric: str,
    by: str | Sequence[str],
    kind: str | None = None,
    cluster: str | None = None,
    denominator: str | None = None,
    control: str | None = None,
    options: Options | None = None,
) -> tuple[Breakdown, ...]:
    """Break the effect of each arm down by one column or several, each by itself.

    ``x_i ~ N(θ_i, s_i²)``, ``θ_i ~ N(μ, τ²)`` over the levels i, integrated over μ and τ exactly
    (:func:`workbench.stats.normal_pooling.pooled_effects`). Effects are differences in the metric's unit.
    Levels with fewer than twenty units of an arm are put together.

    Parameters
    ----------
    frame, arm, metric, kind, cluster, denominator, control, options
        As for :func:`workbench.experiments.analyse.analyse`.
    by : str or sequence of str
        Columns known before the experiment began, with at most fifty values each.

    Returns
    -------
    tuple of Breakdown
        For each column, and in it for each arm but the control.

    Raises
    ------
    DataError
        If a column or its values are refused; ``field`` names it.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"group": ["a", "b"] * 100, "minutes": [i % 7 for i in range(200)]})
    >>> rows["device"] = ["phone", "phone", "desk", "desk"] * 50
    >>> effects_by(rows, arm="group", metric="minutes", by="device")[0].heterogeneity
    'none'
    """
    measured = []
    for column in (by,) if isinstance(by, str) else tuple(by):
        columns = Columns(arm, metric, denominator, (), cluster, column)
        data = read_units(frame, columns, kind=kind, unit=None, control=control, options=options or Options())
        measured += _measure(data)
    pooled = [pooled_effects(one.observed, one.errors, level=one.data.options.level) for one in measured]
    adjusted = _holm(np.array([one.heterogeneity_p for one in pooled]))
    return tuple(
        _breakdown(one, drawn, float(p)) for one, drawn, p in zip(measured, pooled, adjusted, strict=True)
    )


@dataclass(frozen=True)
class _Measured:
    """Plain differences of one arm to the control, by level."""

    data: UnitData
    arm: str
    levels: tuple[str, ...]
    observed: Floats
    errors: Floats
    n_units: Floats


def _measure(data: UnitData) -> list[_Measured]:
    column = data.columns.stratum
    cells, _ = merge_small_strata(data.cells, data.arms, least=LEAST_IN_LEVEL)
    levels = sorted({level for _, level in cells})
    if not 2 <= len(levels) <= MOST_LEVELS:
        refuse(
            "by",
            repr(column),
            f"has {len(levels)} levels with {LEAST_IN_LEVEL} units of each arm",
            f"Give a column with 2 to {MOST_LEVELS} levels, a number in classes.",
        )
    whole = _unit_variances(without_strata(data), data)[1]
    if not (whole > 0).all():
        refuse(
            "metric", repr(data.columns.metric), "does not vary in an arm", "Wait for results in every arm."
        )
    figures, variances, sizes = [], [], []
    for level in levels:
        figure, variance, n = _unit_variances({(arm, ""): cells[arm, level] for arm in data.arms}, data)
        figures.append(figure)
        variances.append(((n - 1) * variance + _PSEUDO_UNITS * whole) / (n - 1 + _PSEUDO_UNITS) / n)
        sizes.append(n)
    value, variance, n = (np.array(each) for each in (figures, variances, sizes))
    return [
        _Measured(
            data=data,
            arm=data.options.names[k],
            levels=tuple(levels),
            observed=value[:, k] - value[:, 0],
            errors=np.sqrt(variance[:, k] + variance[:, 0]),
            n_units=n[:, k] + n[:, 0],
        )
        for k in range(1, len(data.arms))
    ]


def _unit_variances(
    cells: dict[tuple[Any, str], CrossMoments], data: UnitData
) -> tuple[Floats, Floats, Floats]:
    """Return each arm's figure, its variance for one unit, and its units."""
    arms = estimate_arms(cells, data.arms, shift=data.shift, is_ratio=data.is_ratio)
    n = np.array([arm.n_units for arm in arms])
    variance = np.array([arm.covariance[0, 0] for arm in arms]) * n
    return np.array([arm.value[0] for arm in arms]), variance, n


def _breakdown(measured: _Measured, pooled: PooledEffects, p: float) -> Breakdown:
    options = measured.data.options
    better = pooled.prob_above if options.higher_is_better else 1 - pooled.prob_above
    effects = tuple(
        LevelEffect(
            level=level,
            arm=measured.arm,
            n_units=round(float(measured.n_units[i])),
            observed=float(measured.observed[i]),
            estimate=float(pooled.mean[i]),
            interval=(float(pooled.low[i]), float(pooled.high[i])),
            prob_better=float(better[i]),
            weight_to_mean=float(pooled.weight_to_mean[i]),
        )
        for i, level in enumerate(measured.levels)
    )
    tail = tail_of(options.level)
    found: Heterogeneity = "none"
    if p < 1 - options.level:
        found = "sign" if better.max() > 1 - tail and better.min() < tail else "size"
    return Breakdown(
        column=measured.data.columns.stratum or "",
        arm=measured.arm,
        vs=options.names[0],
        effects=effects,
        spread=pooled.spread,
        heterogeneity_p=p,
        heterogeneity=found,
        level=options.level,
    )


def _holm(p: Floats) -> Floats:
    """Adjust p-values for their number (Holm 1979)."""
    order = np.argsort(p)
    grown = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    out = np.empty_like(p)
    out[order] = np.minimum(grown, 1.0)
    return out
