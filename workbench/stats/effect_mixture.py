"""What an effect may be: exactly nothing, or one of several normal laws; closed under seeing an estimate.

A spike-and-slab prior (Mitchell & Beauchamp 1988, doi:10.1080/01621459.1988.10478694) seen through a normal
estimate stays of this form, so intervals, probabilities, losses and the local false-discovery rate (Efron
2010, doi:10.1017/CBO9780511761362) need no sampling.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats, tail_of

_LOG_TWO_PI = math.log(2 * math.pi)
#: Standard deviations beyond which a normal law holds nothing that a double could show.
_REACH = 40.0
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class EffectMixture:
    """A point mass at zero and normal laws beside it.

    Attributes
    ----------
    spike : float
        Probability that there is no effect at all, in [0, 1].
    weights, means, deviations : tuple of float
        Of the normal laws; deviations above 0, and all weights add up to ``1 − spike``.

    Raises
    ------
    DataError
        If the weights are no probabilities, or a deviation is not above zero.

    Examples
    --------
    >>> prior = spike_and_slab(0.7, 0.01)
    >>> after = prior.seen(0.012, 0.004)
    >>> round(after.spike, 4), round(after.mean, 5), after.excludes_zero(0.95)
    (0.1149, 0.00916, False)
    """

    spike: float
    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def __post_init__(self) -> None:
        total = self.spike + math.fsum(self.weights)
        if self.spike < 0 or min(self.weights, default=0) < 0 or not abs(total - 1) < _SUM_TOLERANCE:
            raise DataError(
                f"Weights of {total!r} in all, {self.spike!r} of it at zero, are no probabilities.",
                next_step="Give weights of at least 0 that add up to 1.",
                field="spike",
                value=self.spike,
            )
        if not all(math.isfinite(s) and s > 0 for s in self.deviations):
            raise DataError(
                f"A deviation among {self.deviations!r} is not above zero.",
                next_step="What has no deviation belongs to the spike.",
                field="deviations",
                value=self.deviations,
            )

    @cached_property
    def _parts(self) -> tuple[Floats, Floats, Floats]:
        weights, means, deviations = (np.asarray(x) for x in (self.weights, self.means, self.deviations))
        return weights, means, deviations

    @cached_property
    def prob_above(self) -> float:
        """Probability that the effect is above zero."""
        from scipy.special import ndtr

        w, m, s = self._parts
        return min(float(w @ ndtr(m / s)), 1.0)

    @cached_property
    def prob_below(self) -> float:
        """Probability that the effect is below zero."""
        from scipy.special import ndtr

        w, m, s = self._parts
        return min(float(w @ ndtr(-m / s)), 1.0)

    @property
    def mean(self) -> float:
        """Expected effect."""
        w, m, _ = self._parts
        return float(w @ m)

    @property
    def mean_above(self) -> float:
        """Expected ``max(effect, 0)``: what is lost on average by not taking it."""
        return _mean_above(*self._parts)

    @property
    def mean_below(self) -> float:
        """Expected ``max(−effect, 0)``: what is lost on average by taking it."""
        w, m, s = self._parts
        return _mean_above(w, -m, s)

    @property
    def deviation(self) -> float:
        """Standard deviation."""
        w, m, s = self._parts
        return math.sqrt(max(float(w @ (m * m + s * s)) - self.mean**2, 0.0))

    def prob_within(self, reach: float) -> float:
        """Return the probability that the effect is no further than ``reach`` from zero."""
        from scipy.special import ndtr

        w, m, s = self._parts
        return min(self.spike + float(w @ (ndtr((reach - m) / s) - ndtr((-reach - m) / s))), 1.0)

    def quantile(self, p: float) -> float:
        """Return the smallest effect with a probability of at least ``p`` up to it, ``p`` in (0, 1)."""
        if p > 1 - self.prob_above:
            return max(self._root(p - self.spike, 1.0), float(np.nextafter(0, 1)))
        if p < self.prob_below:
            return min(self._root(p, -1.0), float(np.nextafter(0, -1)))
        return 0.0

    def interval(self, level: float) -> tuple[float, float]:
        """Return the equal-tailed interval of a level; it ends at zero where the spike reaches a tail."""
        tail = tail_of(level)
        return self.quantile(tail), self.quantile(1 - tail)

    def excludes_zero(self, level: float) -> bool:
        """Say whether the interval of a level lies wholly on one side of zero."""
        low, high = self.interval(level)
        return low > 0 or high < 0

    def seen(self, estimate: float, deviation: float) -> EffectMixture:
        """Return what is believed after an estimate with a normal error.

        Parameters
        ----------
        estimate, deviation : float
            The estimate and its standard error, above 0.

        Raises
        ------
        DataError
            If they are not finite, or the deviation is not above zero.
        """
        effects, errors = checked_effects([estimate], [deviation])
        log_parts = self._log_parts(effects, errors)[0]
        shares = np.exp(log_parts - np.logaddexp.reduce(log_parts))
        shares /= shares.sum()
        _, m, s = self._parts
        precision = 1 / s**2 + 1 / deviation**2
        means = (m / s**2 + estimate / deviation**2) / precision
        return EffectMixture(
            float(shares[0]),
            tuple(shares[1:].tolist()),
            tuple(means.tolist()),
            tuple((1 / np.sqrt(precision)).tolist()),
        )

    def log_marginal(self, effects: ArrayLike, deviations: ArrayLike) -> Floats:
        """Return the log density of estimates before they are seen, shape (n,)."""
        out: Floats = np.logaddexp.reduce(self._log_parts(*checked_effects(effects, deviations)), axis=1)
        return out

    def local_fdr(self, effects: ArrayLike, deviations: ArrayLike) -> Floats:
        """Return the probability that there is no effect behind each estimate, shape (n,)."""
        parts = self._log_parts(*checked_effects(effects, deviations))
        out: Floats = np.exp(parts[:, 0] - np.logaddexp.reduce(parts, axis=1))
        return out

    def signs(self, effects: ArrayLike, deviations: ArrayLike) -> tuple[Floats, Floats]:
        """Return, after each estimate, the probabilities that its effect is above and below zero."""
        from scipy.special import ndtr

        e, d = checked_effects(effects, deviations)
        parts = self._log_parts(e, d)
        shares = np.exp(parts - np.logaddexp.reduce(parts, axis=1, keepdims=True))[:, 1:]
        _, m, s = self._parts
        precision = 1 / s**2 + 1 / d[:, None] ** 2
        z = (m / s**2 + e[:, None] / d[:, None] ** 2) / np.sqrt(precision)
        return (shares * ndtr(z)).sum(axis=1), (shares * ndtr(-z)).sum(axis=1)

    def widened(self, times: float) -> EffectMixture:
        """Return the same mixture with normal laws so many times as wide."""
        wide = tuple(s * times for s in self.deviations)
        return EffectMixture(self.spike, self.weights, self.means, wide)

    def _log_parts(self, effects: Floats, deviations: Floats) -> Floats:
        w, m, s = self._parts
        with np.errstate(divide="ignore"):
            log_weights = np.log(np.append(self.spike, w))
        centre, width = np.append(0.0, m), np.append(0.0, s)
        variance = deviations[:, None] ** 2 + width**2
        miss = effects[:, None] - centre
        out: Floats = log_weights - 0.5 * (_LOG_TWO_PI + np.log(variance) + miss**2 / variance)
        return out

    def _root(self, p: float, side: float) -> float:
        from scipy.optimize import brentq
        from scipy.special import ndtr

        w, m, s = self._parts
        end = float(side * np.max(_REACH * s + np.abs(m)))

        def miss(x: float) -> float:
            return float(w @ ndtr((x - m) / s)) - p

        if miss(0.0) * miss(end) >= 0:  # zero itself, to the last digits
            return 0.0
        return float(brentq(miss, *sorted((0.0, end)), xtol=1e-14, rtol=1e-13))


def normal_prior(deviation: float) -> EffectMixture:
    """Return ``N(0, deviation²)``: effects either way, none of them exactly nothing."""
    return EffectMixture(0.0, (1.0,), (0.0,), (float(deviation),))


def spike_and_slab(spike: float, deviation: float) -> EffectMixture:
    """Return a spike of a weight in [0, 1], and ``N(0, deviation²)`` with the rest."""
    if spike == 1:
        return EffectMixture(1.0, (), (), ())
    return EffectMixture(float(spike), (1.0 - float(spike),), (0.0,), (float(deviation),))


def flat_posterior(estimate: float, deviation: float) -> EffectMixture:
    """Return what is believed after an estimate if every effect was as probable as any other before."""
    effects, errors = checked_effects([estimate], [deviation])
    return EffectMixture(0.0, (1.0,), (float(effects[0]),), (float(errors[0]),))


def checked_effects(effects: ArrayLike, deviations: ArrayLike) -> tuple[Floats, Floats]:
    """Return estimates and their standard errors as arrays of one shape (n,).

    Raises
    ------
    DataError
        If they differ in number, are not finite, or a deviation is not above zero; ``field`` names it.
    """
    e, d = np.asarray(effects, dtype=np.float64), np.asarray(deviations, dtype=np.float64)
    if e.ndim != 1 or e.shape != d.shape:
        _refuse("deviations", f"shape {d.shape}", f"does not fit effects of shape {e.shape}")
    for field, values, fine in (
        ("effects", e, np.isfinite(e)),
        ("deviations", d, np.isfinite(d) & (d > 0)),
    ):
        if not fine.all():
            _refuse(field, f"{values[~fine][0]:g}", "is not finite, or a deviation not above zero")
    return e, d


def _refuse(field: str, value: object, problem: str) -> None:
    raise DataError(
        f"{field}: {value} {problem}.",
        next_step="Give one finite estimate and one standard error above 0 for each.",
        field=field,
        value=value,
    )


def _mean_above(weights: Floats, means: Floats, deviations: Floats) -> float:
    from scipy.special import ndtr

    z = means / deviations
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return max(float(weights @ (means * ndtr(z) + deviations * density)), 0.0)
