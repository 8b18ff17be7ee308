"""Each arm's mean or ratio with its variance, from cross-moments: over units, clusters and strata alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.core.errors import NotEnoughData
from workbench.core.number_text import number
from workbench.experiments.options import refuse
from workbench.stats.counts import Floats
from workbench.stats.cross_moments import CrossMoments, merged

#: A stratum with fewer units of some arm is put together with others.
LEAST_IN_CELL = 5
MERGED = "(merged)"
#: So many standard errors from zero, a mean denominator makes the linear approximation of a ratio good.
_AWAY_FROM_ZERO = 5.0

Cells = Mapping[tuple[Any, str], CrossMoments]


@dataclass(frozen=True)
class ArmEstimate:
    """An arm's figure and its covariates' means, jointly.

    Attributes
    ----------
    value : ndarray, shape (1 + n_covariates,)
        The figure, then each covariate's mean less its mean over all arms.
    covariance : ndarray, shape (1 + n_covariates, 1 + n_covariates)
        Of these estimates, robust to unequal variances.
    freedom : float
        Degrees of freedom of the figure's variance.
    n_units : float
        Units, or clusters.
    n_rows : float
    by_stratum : ndarray, shape (n_strata, 1 + n_covariates)
        The same, linearised, in each stratum.
    shares : ndarray, shape (n_strata,)
        Of the strata in all arms together, by rows.
    """

    value: Floats
    covariance: Floats
    freedom: float
    n_units: float
    n_rows: float
    by_stratum: Floats
    shares: Floats


def merge_small_strata(
    cells: Cells, arms: Sequence[Any], *, least: int = LEAST_IN_CELL
) -> tuple[dict[tuple[Any, str], CrossMoments], int]:
    """Put strata together that have too few units of some arm; also say how many they were.

    Parameters
    ----------
    cells : mapping
        Cross-moments by arm and stratum.
    arms : sequence
        The arms' values.
    least : int
        Units of each arm that a stratum needs to stand alone.
    """
    strata = sorted({stratum for _, stratum in cells})

    def units(stratum: str, arm: Any) -> float:
        return cells[arm, stratum].n if (arm, stratum) in cells else 0.0

    by_size = sorted(strata, key=lambda one: min(units(one, arm) for arm in arms))
    small = [one for one in by_size if min(units(one, arm) for arm in arms) < least]
    rest = by_size[len(small) :]
    while small and rest and min(sum(units(one, arm) for one in small) for arm in arms) < least:
        small.append(rest.pop(0))
    out = {(arm, one): cells[arm, one] for arm in arms for one in rest}
    if small:
        for arm in arms:
            parts = [cells[arm, one] for one in small if (arm, one) in cells]
            if parts:
                out[arm, MERGED] = merged(parts)
    return out, len(small)


def estimate_arms(
    cells: Cells, arms: Sequence[Any], *, shift: Sequence[float], is_ratio: bool
) -> list[ArmEstimate]:
    """Estimate every arm, its strata weighted as they are in all arms together.

    A cell's mean is a ratio of sums, its variance that of the residuals ``v − v̄ n`` over units or clusters
    (Cochran 1977, §6.3; for clusters, the usual sandwich). A ratio metric's is that of ``y − R d``.

    Parameters
    ----------
    cells : mapping
        Cross-moments by arm and stratum: rows, metric, perhaps denominator, covariates.
    arms : sequence
        The control first.
    shift : sequence of float
        What was subtracted from the number columns.
    is_ratio : bool
        Whether the second number column is a denominator.

    Raises
    ------
    NotEnoughData
        If an arm is absent, or too small for a variance.
    DataError
        If a denominator is not clearly above zero.
    """
    strata = sorted({stratum for _, stratum in cells})
    rows = np.array([sum(cells[arm, s].total[0] for arm in arms if (arm, s) in cells) for s in strata])
    shares = rows / rows.sum()
    found = []
    for arm in arms:
        parts = [cells[arm, stratum] for stratum in strata if (arm, stratum) in cells]
        if len(parts) < len(strata) or min(part.n for part in parts) < 2:
            raise NotEnoughData(
                f"arm: {arm} has too few units for a variance.",
                next_step="Give at least three units of every arm.",
                field="arm",
            )
        found.append(_estimate(parts, shares, shift, is_ratio=is_ratio))
    return found


def _estimate(
    parts: Sequence[CrossMoments], shares: Floats, shift: Sequence[float], *, is_ratio: bool
) -> ArmEstimate:
    means = np.stack([part.total[1:] / part.total[0] for part in parts])
    covariances = np.stack([_covariance_of_means(part) for part in parts]) * shares[:, None, None] ** 2
    mean, covariance = shares @ means, covariances.sum(axis=0)
    to_figure = _linear(mean, covariance, shift, is_ratio=is_ratio)
    value = to_figure @ mean
    value[0] = mean[0] + shift[0]
    if is_ratio:
        value[0] /= mean[1] + shift[1]
    own = np.array([to_figure[0] @ one @ to_figure[0] for one in covariances])
    sizes = np.array([part.n for part in parts])
    return ArmEstimate(
        value=value,
        covariance=to_figure @ covariance @ to_figure.T,
        freedom=float(own.sum() ** 2 / (own**2 / (sizes - 1)).sum()) if own.sum() > 0 else sizes.sum() - 1,
        n_units=float(sizes.sum()),
        n_rows=float(sum(part.total[0] for part in parts)),
        by_stratum=(means - mean) @ to_figure.T,
        shares=shares,
    )


def _covariance_of_means(part: CrossMoments) -> Floats:
    """Return the covariance of sums over rows, for each variable but the first, which counts the rows."""
    rows_per_unit = part.mean[0]
    residual = np.eye(len(part.mean))[1:]
    residual[:, 0] = -part.mean[1:] / rows_per_unit
    out: Floats = residual @ part.covariance @ residual.T / (part.n * rows_per_unit**2)
    return out


def _linear(mean: Floats, covariance: Floats, shift: Sequence[float], *, is_ratio: bool) -> Floats:
    """Return the derivative of the figure and the covariates by the means."""
    if not is_ratio:
        return np.eye(len(mean))
    below = mean[1] + shift[1]
    if below < _AWAY_FROM_ZERO * np.sqrt(covariance[1, 1]) or below <= 0:
        refuse(
            "denominator",
            f"a mean of {number(below)}",
            "is not clearly above zero, so a ratio to it has no size",
            "Give a denominator that is above zero, such as sessions or spend.",
        )
    out = np.delete(np.eye(len(mean)), 1, axis=0)
    ratio = (mean[0] + shift[0]) / below
    out[0, :2] = 1 / below, -ratio / below
    return out
