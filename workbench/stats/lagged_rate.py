r"""The rate a cohort will have once all its conversions have come, from those that have come so far.

Of a unit exposed :math:`a` days ago, a conversion has been seen with probability :math:`p F(a)`: it converts
at all with probability :math:`p` (the others are "cured"), and by now with :math:`F(a)`. So with :math:`d_a`
units of each age that converted and :math:`c_a` that did not so far,
:math:`\log L = \sum_a d_a \log(p F(a)) + c_a \log(1 - p F(a))`.

References
----------
Chapelle (2014), Modeling delayed feedback in display advertising, doi:10.1145/2623330.2623634.
Maller & Zhou (1996), Survival Analysis with Long-Term Survivors, Wiley.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.tabulated_law import TabulatedLaw, mass_window, tabulate

#: Gauss–Hermite nodes over what is not known of the curve.
_N_CURVES = 9
_LEAST_SHARE = 1e-9
_LOWEST_LOG_RATE = -60.0


def lagged_rate_law(
    converted: Floats,
    unconverted: Floats,
    curves: Floats,
    *,
    weights: Floats | None = None,
    prior: Sequence[float] = (1.0, 1.0),
) -> TabulatedLaw:
    """Return the posterior of the final rate, tabulated to nearly full precision.

    Parameters
    ----------
    converted, unconverted : ndarray, shape (n_ages,)
        Units of each age with and without a conversion so far.
    curves : ndarray, shape (n_ages,) or (n_curves, n_ages)
        Share of the final conversions that has come at each age, in (0, 1]; several if it is not known.
    weights : ndarray, shape (n_curves,), optional
        Of the curves before the data; equal if left out.
    prior : (a, b)
        Shapes of the beta prior.

    Examples
    --------
    >>> law = lagged_rate_law(np.array([12.0, 18.0]), np.array([400.0, 570.0]), np.array([0.5, 1.0]))
    >>> round(law.mean, 4)
    0.0389
    """
    from scipy.special import xlog1py

    shares = np.atleast_2d(curves)
    log_weights = np.log(np.full(len(shares), 1 / len(shares)) if weights is None else weights)
    log_weights = log_weights + np.log(shares) @ converted
    a, b = prior
    seen = unconverted > 0
    shares, waiting = shares[:, seen], unconverted[seen]

    def log_density(z: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            p = np.exp(z)
            rest = np.log1p(-np.minimum(p * shares[..., None], 1.0))
            own = (converted.sum() + a) * z + xlog1py(b - 1, -np.minimum(p, 1.0))
        logs = log_weights[:, None] + (waiting[:, None] * rest).sum(axis=1)
        peak = logs.max(axis=0)
        with np.errstate(invalid="ignore"):
            total = np.log(np.exp(logs - peak).sum(axis=0)) + peak + own
        out: Floats = np.where(np.isnan(total), -np.inf, total)
        return out

    ends = mass_window(log_density, _LOWEST_LOG_RATE, 0.0)
    top = float(log_density(np.linspace(ends[0], ends[-1], 2_001)).max())
    return tabulate(lambda z: np.exp(log_density(z) - top), ends, in_logs=True)


def likely_curves(curve: Floats, log_variance: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """Return curves that a learned one may really be, and their weights.

    What is not known of a curve moves a cohort's rate by the sum of its expected conversions alone, so the
    curve is moved along the one direction that does so, by Gauss–Hermite nodes.

    Parameters
    ----------
    curve, log_variance : ndarray, shape (n_ages,)
        Share come by each age, and the variance of its logarithm (the covariance of two ages is the later
        one's variance).
    exposure : ndarray, shape (n_ages,)
        Units of each age.

    Returns
    -------
    curves : ndarray, shape (n_curves, n_ages)
    weights : ndarray, shape (n_curves,)

    Examples
    --------
    >>> curves, weights = likely_curves(np.array([0.5, 1.0]), np.array([0.01, 0.0]), np.array([10.0, 10.0]))
    >>> curves.shape, round(float(weights @ curves[:, 0]), 3)
    ((9, 2), 0.503)
    """
    expected = exposure * curve
    share = expected / max(expected.sum(), _LEAST_SHARE)
    ages = np.arange(len(curve))
    covariance = log_variance[np.maximum(ages, ages[:, None])]
    reach = math.sqrt(max(float(share @ covariance @ share), 0.0))
    if reach <= 0:
        return curve[None], np.ones(1)
    direction = covariance @ share / reach
    nodes, weights = np.polynomial.hermite_e.hermegauss(_N_CURVES)
    curves = np.clip(curve * np.exp(nodes[:, None] * direction), _LEAST_SHARE, 1.0)
    return curves, weights / weights.sum()
