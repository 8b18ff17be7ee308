"""Covariates known before the experiment: they narrow the interval, and betray themselves if they were not.

The interacted regression adjustment (Lin 2013, doi:10.1214/12-AOAS583; CUPED is its case of one common
slope): in each arm the figure is moved along its own regression on the covariates to where the covariates'
means over all arms lie. It takes no more than the arms' cross-moments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.experiments.arm_estimates import ArmEstimate
from workbench.stats.counts import Floats
from workbench.stats.laws import StudentLaw

#: Covariates so far apart by chance, all of them counted: less than one experiment in a hundred.
UNBALANCED_BELOW = 0.01
_RANK_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Covariate:
    """How a covariate compares between the arms.

    Attributes
    ----------
    name : str
    balance_p : float
        How probable means so far apart are by chance.
    n_missing : int
        Rows without a value, which count as the mean.
    """

    name: str
    balance_p: float
    n_missing: int


@dataclass(frozen=True)
class Adjustment:
    """What covariates and strata did to the figures.

    Attributes
    ----------
    covariates : tuple of Covariate
    variance_reduction : float or None
        Share of the variance of the arms' figures that the adjustment took away; ``None`` where withheld.
    withheld : str
        Why the adjusted figures are not shown; empty where they are.
    """

    covariates: tuple[Covariate, ...]
    variance_reduction: float | None
    withheld: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "covariates": [vars(one) for one in self.covariates],
            "variance_reduction": self.variance_reduction,
            "withheld": self.withheld or None,
        }


def balance_p(arms: Sequence[ArmEstimate]) -> Floats:
    """Return for each covariate how probable means so far apart are, if the arms were assigned by chance.

    Wald's test with unequal variances, by Snedecor's law with the freedom of the smallest arm.

    Parameters
    ----------
    arms : sequence of ArmEstimate
    """
    from scipy.special import fdtrc

    means = np.stack([arm.value[1:] for arm in arms])
    variances = np.stack([np.diag(arm.covariance)[1:] for arm in arms])
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = 1 / variances
        centre = (weights * means).sum(axis=0) / weights.sum(axis=0)
        distance = (weights * (means - centre) ** 2).sum(axis=0) / (len(arms) - 1)
    freedom = min(arm.n_units for arm in arms) - 1
    out: Floats = fdtrc(len(arms) - 1, freedom, distance)
    return out


def laws_of(arms: Sequence[ArmEstimate], *, n_covariates: int) -> list[StudentLaw]:
    """Return the law of each arm's figure, moved along its first ``n_covariates`` covariates.

    The covariates' means over all arms are estimates too. What their error adds to the difference of two
    arms, ``(θ_b − θ_a)ᵀ T (θ_b − θ_a)`` with the arms' slopes θ, and likewise for the shares of strata, is
    given to the arms in equal parts about the mean slope: exact for two arms, a little too much for more.

    Parameters
    ----------
    arms : sequence of ArmEstimate
    n_covariates : int
        0 for the figures as they are.
    """
    slopes, centres, variances, freedoms = [], [], [], []
    for arm in arms:
        slope, centre, variance, freedom = _moved(arm, n_covariates)
        slopes.append(slope)
        centres.append(centre)
        variances.append(variance)
        freedoms.append(freedom)
    shared = _shared(arms, np.stack(slopes))
    return [
        StudentLaw(max(freedom, 1.0), centre, float(np.sqrt(variance + more)))
        for freedom, centre, variance, more in zip(freedoms, centres, variances, shared, strict=True)
    ]


def _moved(arm: ArmEstimate, n_covariates: int) -> tuple[Floats, float, float, float]:
    """Return the slope, the moved figure, its variance and its degrees of freedom."""
    slope = np.zeros(len(arm.value) - 1)
    used = slice(1, 1 + n_covariates)
    own = arm.covariance[0, 0]
    if n_covariates == 0:
        return slope, float(arm.value[0]), float(own), arm.freedom
    inverse, rank = _inverse(arm.covariance[used, used])
    slope[:n_covariates] = inverse @ arm.covariance[used, 0]
    away = arm.value[used]
    rest = max(own - slope[:n_covariates] @ arm.covariance[used, 0], 0.0)
    freedom = arm.freedom - rank
    widened = arm.freedom / freedom * (1 + away @ inverse @ away / arm.freedom)
    return slope, float(arm.value[0] - slope @ arm.value[1:]), float(rest * widened), freedom


def _inverse(matrix: Floats) -> tuple[Floats, int]:
    """Invert on the scale of correlations; covariates that repeat others take no part."""
    scale = np.sqrt(np.diag(matrix))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    kept = values > _RANK_TOLERANCE
    vectors = vectors[:, kept] / scale[:, None]
    return vectors / values[kept] @ vectors.T, int(kept.sum())


def _shared(arms: Sequence[ArmEstimate], slopes: Floats) -> Floats:
    """Return what the error of the common covariate means and strata shares adds to each arm's variance."""
    n_rows = np.array([arm.n_rows for arm in arms])
    of_means = sum(
        (share**2 * arm.covariance[1:, 1:] for share, arm in zip(n_rows / n_rows.sum(), arms, strict=True)),
        np.zeros((slopes.shape[1],) * 2),
    )
    apart = slopes - slopes.mean(axis=0)
    of_slopes = ((apart @ of_means) * apart).sum(axis=1)
    strata = np.stack(
        [arm.by_stratum[:, 0] - arm.by_stratum[:, 1:] @ b for arm, b in zip(arms, slopes, strict=True)]
    )
    strata = strata - strata.mean(axis=0)
    of_shares = (strata**2 @ arms[0].shares) / sum(arm.n_units for arm in arms)
    out: Floats = 2 * (of_slopes + of_shares)
    return out
