r"""The normal mixture: evidence against no effect that may be read at any time.

An estimate :math:`d` with variance :math:`V` is compared under an effect drawn from :math:`N(0, \tau^2)` and
under none: :math:`\Lambda = \sqrt{V / (V + \tau^2)} \exp(d^2 \tau^2 / (2 V (V + \tau^2)))`. With independent
increments :math:`\Lambda` is a martingale under no effect, so it ever reaches :math:`1/\alpha` with a
probability of at most :math:`\alpha`; the effects it does not reject are the interval.

References
----------
Robbins (1970), Ann. Math. Stat. 41, doi:10.1214/aoms/1177696786.
Johari, Koomen, Pekelis & Walsh (2022), Operations Research 70, doi:10.1287/opre.2021.2135.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats


def log_mixture_factor(estimate: ArrayLike, variance: ArrayLike, *, prior_variance: ArrayLike) -> Floats:
    """Return the logarithm of the Bayes factor of an effect from N(0, prior_variance) against none.

    Parameters
    ----------
    estimate, variance : array_like
        The estimate, and its variance, above 0.
    prior_variance : array_like
        Of the effect, in the estimate's unit squared, above 0.

    Returns
    -------
    ndarray
        Of the broadcast shape; ``≥ ln(1 / alpha)`` rejects no effect at any time.

    Examples
    --------
    >>> float(log_mixture_factor(0.1, 0.0004, prior_variance=0.01).round(4))
    10.3902
    """
    d, v, t = (np.asarray(x, dtype=np.float64) for x in (estimate, variance, prior_variance))
    out: Floats = 0.5 * (np.log(v) - np.log(v + t)) + d * d * t / (2 * v * (v + t))
    return out


def mixture_radius(variance: ArrayLike, *, prior_variance: ArrayLike, alpha: float) -> Floats:
    r"""Return half the width of the interval that holds at all times at once.

    :math:`\sqrt{V (V + \tau^2) / \tau^2 \, (2 \ln(1/\alpha) + \ln((V + \tau^2) / V))}`

    Parameters
    ----------
    variance, prior_variance : array_like
        As for :func:`log_mixture_factor`.
    alpha : float
        Probability of ever missing the effect, in (0, 1).

    Examples
    --------
    >>> float(mixture_radius(0.0004, prior_variance=0.01, alpha=0.05).round(5))
    0.06203
    """
    require_alpha(alpha)
    v, t = np.asarray(variance, dtype=np.float64), np.asarray(prior_variance, dtype=np.float64)
    out: Floats = np.sqrt(v * (v + t) / t * (2 * math.log(1 / alpha) + np.log1p(t / v)))
    return out


def best_prior_ratio(alpha: float) -> float:
    """Return the prior variance over the planned reading's variance that makes the interval narrowest.

    The root of ``r = 2 ln(1/alpha) + ln(1 + r)``; a mistaken plan costs little.

    Examples
    --------
    >>> round(best_prior_ratio(0.05), 4)
    8.212
    """
    require_alpha(alpha)
    ratio = base = 2 * math.log(1 / alpha)
    for _ in range(60):
        ratio = base + math.log1p(ratio)
    return ratio


def require_alpha(alpha: float) -> None:
    """Refuse an error probability outside (0, 1)."""
    if not 0 < alpha < 1:
        raise DataError(
            f"alpha: {alpha!r} is not a probability of an error.",
            next_step="Give one above 0 and below 1, such as 0.05.",
            field="alpha",
            value=alpha,
        )
