"""Posterior laws of the mean of what is paid, by those who pay: lognormal, gamma and normal values.

A lognormal mean is ``exp(μ + σ²/2)``. Under the usual normal–inverse-gamma prior its posterior has no mean:
the tail of σ² is a power, and the exponential of it has no expectation, so no expected loss either. The prior
here falls as ``exp(−decay σ²)`` besides: a generalised inverse Gaussian law (Fabrizi & Trivisano 2012,
doi:10.1214/12-BA733). The mean is finite if and only if ``decay > ½ + 1 / (2 strength)`` after the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.core.errors import DataError
from workbench.stats.best_of import spread_nodes
from workbench.stats.counts import Floats
from workbench.stats.laws import StudentLaw
from workbench.stats.logit_beta import stirling_rest
from workbench.stats.tabulated_law import TabulatedLaw, mass_window, tabulate

_HALF_LOG_TWO_PI = 0.91893853320467274178
_N_NODES = 24
_MOST_AT_ONCE = 2_000
_DROP = 40.0
#: So near to the least decay, an expected loss would be one of numbers that no value ever reaches.
_MARGIN = 0.1


@dataclass(frozen=True)
class LognormalPrior:
    """Normal for ``μ`` given ``σ²``; for ``v = σ²`` the density ``v^(−shape − 1) exp(−scale / v − decay v)``.

    Attributes
    ----------
    log_mean : float
        Of the logarithm of a value.
    strength : float
        As if so many payers had been seen, at least 0.
    shape, scale : float
        Of the variance of the logarithm, at least 0; as of an inverse gamma law.
    decay : float
        Makes the mean finite: more than ``½ + 1 / (2 (strength + payers))``, by a tenth at least.
    """

    log_mean: float
    strength: float
    shape: float
    scale: float
    decay: float = 3.0


@dataclass(frozen=True)
class GammaPrior:
    """``mean ~ InverseGamma(shape, scale)``; the values' own shape lognormal about a median.

    Attributes
    ----------
    shape, scale : float
        Of the mean value; shape above 1, scale above 0, in the value's unit.
    form_median, form_spread : float
        Median of the values' shape parameter, and standard deviation of its logarithm; above 0.
    """

    shape: float
    scale: float
    form_median: float = 1.0
    form_spread: float = 1.0


@dataclass(frozen=True)
class NormalPrior:
    """``μ | σ² ~ N(mean, σ² / strength)``, ``σ² ~ InverseGamma(shape, scale)``."""

    mean: float
    strength: float
    shape: float
    scale: float


def lognormal_mean_law(
    n: float, log_total: float, log_total_squares: float, prior: LognormalPrior
) -> TabulatedLaw:
    """Return the posterior of a lognormal mean.

    Parameters
    ----------
    n : float
        Payers, at least 0.
    log_total, log_total_squares : float
        Sums of the logarithms of what they paid, and of their squares.
    prior : LognormalPrior

    Raises
    ------
    DataError
        If the posterior has no mean, or is none.

    Examples
    --------
    >>> law = lognormal_mean_law(3.0, 12.0, 50.0, LognormalPrior(4.0, 1.0, 0.5, 1.0))
    >>> law.quantile(0.5).__round__(1)
    72.4
    """
    strength, shape = prior.strength + n, prior.shape + n / 2
    about = max(log_total_squares - log_total**2 / n, 0.0) if n else 0.0
    away = log_total / n - prior.log_mean if n else 0.0
    scale = prior.scale + about / 2 + (prior.strength * n * away**2 / (2 * strength) if n else 0.0)
    if not (strength > 0 and scale > 0 and prior.decay >= 0.5 + 0.5 / strength + _MARGIN):
        raise DataError(
            f"prior: {prior} leaves the mean of {n:g} payers' values without an expectation.",
            next_step=f"Give a decay of at least {_MARGIN:g} + 1/2 + 1/(2 (strength + payers)), and a scale.",
            field="prior",
        )
    centre = (prior.strength * prior.log_mean + log_total) / strength
    variances, mass = _variances(shape, scale, prior.decay, strength)
    deviation, places = np.sqrt(variances / strength), centre + variances / 2

    def density(w: Floats) -> Floats:
        t = (w[:, None] - places) / deviation
        out: Floats = np.exp(-t * t / 2) @ (mass / deviation)
        return out

    reach = 9.0 * deviation
    low, high = float((places - reach).min()), float((places + reach).max())
    typical = float((places * mass).sum())
    width = float(np.sqrt((mass * (deviation**2 + (places - typical) ** 2)).sum()))
    return tabulate(
        lambda w: _in_parts(density, w),
        _ends(low, typical, high, width),
        in_logs=True,
        mean=float(np.exp(centre) * (mass @ np.exp(variances * (0.5 + 0.5 / strength)))),
        mean_inverse=float(np.exp(-centre) * (mass @ np.exp(variances * (0.5 / strength - 0.5)))),
    )


def gamma_mean_law(n: float, total: float, log_total: float, prior: GammaPrior) -> TabulatedLaw:
    """Return the posterior of the mean of gamma values; given their shape it is an inverse gamma law.

    Parameters
    ----------
    n : float
        Payers, at least 0.
    total, log_total : float
        Sum of what they paid, and of its logarithms.
    prior : GammaPrior

    Examples
    --------
    >>> gamma_mean_law(0.0, 0.0, 0.0, GammaPrior(2.0, 30.0)).mean.__round__(6)
    30.0
    """
    from scipy.special import gammaln

    def log_posterior(y: Floats) -> Floats:
        form = np.exp(y)
        shape, scale = prior.shape + n * form, prior.scale + form * total
        fit = n * (form * y - gammaln(form)) + form * log_total + gammaln(shape) - shape * np.log(scale)
        out: Floats = fit - ((y - np.log(prior.form_median)) / prior.form_spread) ** 2 / 2
        return out

    form, mass = _nodes(log_posterior, np.log(prior.form_median) + np.array([-20.0, 20.0]))
    shape, scale = prior.shape + n * form, prior.scale + form * total
    peak = 0.5 * np.log(shape) - _HALF_LOG_TWO_PI - stirling_rest(shape)

    def density(w: Floats) -> Floats:
        d = np.clip(np.log(scale / shape) - w[:, None], -700, 700)
        out: Floats = np.exp(peak - shape * (np.expm1(d) - d)) @ mass
        return out

    typical = float((np.log(scale / shape) * mass).sum())
    places, narrowness = np.log(scale / shape), float(shape.min())
    width = 1 / np.sqrt(narrowness)
    low = float(places.min()) - max(9 * width, np.log1p(_DROP / narrowness))
    high = float(places.max()) + 9 * width + _DROP / narrowness
    return tabulate(
        lambda w: _in_parts(density, w),
        _ends(low, typical, high, width),
        in_logs=True,
        mean=float((scale / (shape - 1)) @ mass),
        mean_inverse=float((shape / scale) @ mass),
    )


def normal_mean_law(n: float, total: float, total_squares: float, prior: NormalPrior) -> StudentLaw:
    """Return the posterior of the mean of values that are summarised by their first two moments.

    Examples
    --------
    >>> normal_mean_law(4.0, 20.0, 110.0, NormalPrior(5.0, 1.0, 1.0, 2.0)).centre
    5.0
    """
    strength, shape = prior.strength + n, prior.shape + n / 2
    about = max(total_squares - total**2 / n, 0.0) if n else 0.0
    away = total / n - prior.mean if n else 0.0
    scale = prior.scale + about / 2 + (prior.strength * n * away**2 / (2 * strength) if n else 0.0)
    if not (strength > 0 and scale > 0 and shape > 0.5):
        raise DataError(
            f"prior: {prior} and {n:g} payers do not make a mean with an expectation.",
            next_step="Give a prior with a shape, a scale and a strength above 0, or more payers.",
            field="prior",
        )
    centre = (prior.strength * prior.mean + total) / strength
    return StudentLaw(2 * shape, centre, float(np.sqrt(scale / (shape * strength))))


def _variances(shape: float, scale: float, decay: float, strength: float) -> tuple[Floats, Floats]:
    """Return nodes of σ² with their masses, reaching as far as expected values need."""

    def log_posterior(y: Floats, tilt: float = 0.0) -> Floats:
        out: Floats = -shape * y - scale * np.exp(-y) - (decay - tilt) * np.exp(y)
        return out

    begin = np.log(scale) + np.array([-40.0, 40.0])
    bounds = np.clip(begin, -60.0, 60.0)
    plain = mass_window(log_posterior, *bounds, drop=_DROP)
    tilted = mass_window(lambda y: log_posterior(y, 0.5 + 0.5 / strength), *bounds, drop=_DROP)
    return _nodes_between(log_posterior, np.unique(np.append(plain, tilted[tilted > plain[2]])))


def _nodes(log_density: Callable[[Floats], Floats], bounds: Floats) -> tuple[Floats, Floats]:
    return _nodes_between(log_density, mass_window(log_density, *bounds, drop=_DROP))


def _nodes_between(log_density: Callable[[Floats], Floats], ends: Floats) -> tuple[Floats, Floats]:
    """Return exponentials of nodes between ends, with masses that sum to one."""
    halves = np.sort(np.concatenate([ends, (ends[1:] + ends[:-1]) / 2]))
    y, weights = spread_nodes(halves, _N_NODES)
    log_of = log_density(y)
    mass = weights * np.exp(log_of - log_of.max())
    return np.exp(y), mass / mass.sum()


def _ends(low: float, typical: float, high: float, width: float) -> Floats:
    """Return ends of panels that widen away from where the mass is."""
    steps = width * np.array([0.0, 2.5, 6.0, 12.0])
    inner = np.concatenate([typical - steps, typical + steps])
    return np.concatenate([[low, high], inner[(inner > low) & (inner < high)]])


def _in_parts(density: Callable[[Floats], Floats], w: Floats) -> Floats:
    return np.concatenate([density(w[k : k + _MOST_AT_ONCE]) for k in range(0, len(w), _MOST_AT_ONCE)])
