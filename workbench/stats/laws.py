"""Posterior laws of one number each: a rate, a count per exposure, a mean.

Every law has a working coordinate in which its density is smooth and its tails are short: the logit of a
rate, the logarithm of a count per exposure, a mean itself. Comparisons integrate in that coordinate, between
the breakpoints that the laws give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, override

import numpy as np

from workbench.stats.counts import Floats
from workbench.stats.logit_beta import fall, log_peak, stirling_rest, windows

_HALF_LOG_TWO_PI = 0.91893853320467274178
#: Probability beyond either end of a Student window: its tails are heavy, and losses multiply them by x.
_STUDENT_TAIL = 1e-18
_STUDENT_STEP = 3.0
#: So much larger than the other shape, a beta variable's logit is a gamma variable's logarithm.
_AS_GAMMA = 1e8


class Law(Protocol):
    """A continuous law on an interval, with a coordinate that grows with its value."""

    @property
    def mean(self) -> float:
        """Expected value."""

    @property
    def mean_inverse(self) -> float:
        """Expected reciprocal; infinite where it does not exist."""

    @property
    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""

    def breakpoints(self) -> Floats:
        """Coordinates, increasing, between which the law is smooth; beyond the ends it is negligible."""

    def density(self, z: Floats) -> Floats:
        """Probability density of the coordinate."""

    def below(self, x: Floats) -> Floats:
        """Probability of at most this value."""

    def above(self, x: Floats) -> Floats:
        """Probability of more than this value."""

    def quantile(self, p: float) -> float:
        """Value with this probability below it."""

    def value(self, z: Floats) -> Floats:
        """Value at a coordinate."""

    def slope(self, z: Floats) -> Floats:
        """Change of the value with the coordinate."""

    def coordinate(self, x: Floats) -> Floats:
        """Coordinate of a value inside the support."""


@dataclass(frozen=True)
class BetaLaw(Law):
    """``Beta(a, b)``, the posterior of a rate.

    Examples
    --------
    >>> BetaLaw(3.0, 7.0).mean
    0.3
    """

    a: float
    b: float

    @property
    @override
    def support(self) -> tuple[float, float]:
        return 0.0, 1.0

    @property
    @override
    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    @override
    def mean_inverse(self) -> float:
        return (self.a + self.b - 1) / (self.a - 1) if self.a > 1 else np.inf

    @override
    def breakpoints(self) -> Floats:
        mode, low, high = windows(*self._shapes())
        return np.concatenate([low, mode, high])

    @override
    def density(self, z: Floats) -> Floats:
        a, b = self._shapes()
        out: Floats = np.exp(log_peak(a, b) - fall(a, b, z - np.log(a / b)))
        return out

    @override
    def below(self, x: Floats) -> Floats:
        from scipy.special import betainc

        out: Floats = betainc(self.a, self.b, np.clip(x, 0, 1))
        return out

    @override
    def above(self, x: Floats) -> Floats:
        from scipy.special import betaincc

        out: Floats = betaincc(self.a, self.b, np.clip(x, 0, 1))
        return out

    @override
    def quantile(self, p: float) -> float:
        from scipy.special import betaincinv

        return float(betaincinv(self.a, self.b, p))

    @override
    def value(self, z: Floats) -> Floats:
        out: Floats = 1 / (1 + np.exp(-z))
        return out

    @override
    def slope(self, z: Floats) -> Floats:
        grown = np.exp(-np.abs(z))
        out: Floats = grown / (1 + grown) ** 2
        return out

    @override
    def coordinate(self, x: Floats) -> Floats:
        out: Floats = np.log(x) - np.log1p(-x)
        return out

    def _shapes(self) -> tuple[Floats, Floats]:
        return np.array([self.a], dtype=np.float64), np.array([self.b], dtype=np.float64)


@dataclass(frozen=True)
class GammaLaw(Law):
    """``Gamma(shape, rate)``, the posterior of a count per unit of exposure.

    Examples
    --------
    >>> GammaLaw(12.0, 400.0).mean
    0.03
    """

    shape: float
    rate: float

    @property
    @override
    def support(self) -> tuple[float, float]:
        return 0.0, np.inf

    @property
    @override
    def mean(self) -> float:
        return self.shape / self.rate

    @property
    @override
    def mean_inverse(self) -> float:
        return self.rate / (self.shape - 1) if self.shape > 1 else np.inf

    @override
    def breakpoints(self) -> Floats:
        k = np.array([self.shape], dtype=np.float64)
        mode, low, high = windows(k, _AS_GAMMA * k)
        out: Floats = np.concatenate([low, mode, high]) - mode + np.log(self.mean)
        return out

    @override
    def density(self, z: Floats) -> Floats:
        k = np.array([self.shape], dtype=np.float64)
        d = np.clip(z - np.log(self.mean), -700, 700)
        peak = 0.5 * np.log(k) - _HALF_LOG_TWO_PI - stirling_rest(k)
        out: Floats = np.exp(peak - k * (np.expm1(d) - d))
        return out

    @override
    def below(self, x: Floats) -> Floats:
        from scipy.special import gammainc

        out: Floats = gammainc(self.shape, self.rate * np.maximum(x, 0))
        return out

    @override
    def above(self, x: Floats) -> Floats:
        from scipy.special import gammaincc

        out: Floats = gammaincc(self.shape, self.rate * np.maximum(x, 0))
        return out

    @override
    def quantile(self, p: float) -> float:
        from scipy.special import gammaincinv

        return float(gammaincinv(self.shape, p)) / self.rate

    @override
    def value(self, z: Floats) -> Floats:
        out: Floats = np.exp(z)
        return out

    @override
    def slope(self, z: Floats) -> Floats:
        return self.value(z)

    @override
    def coordinate(self, x: Floats) -> Floats:
        out: Floats = np.log(x)
        return out


@dataclass(frozen=True)
class StudentLaw(Law):
    """Student's law with a centre and a scale, the posterior of a mean.

    Examples
    --------
    >>> float(StudentLaw(9.0, 10.0, 0.25).below(np.array(10.0)))
    0.5
    """

    freedom: float
    centre: float
    scale: float

    @property
    @override
    def support(self) -> tuple[float, float]:
        return -np.inf, np.inf

    @property
    @override
    def mean(self) -> float:
        return self.centre if self.freedom > 1 else np.nan

    @property
    @override
    def mean_inverse(self) -> float:
        return np.inf

    @override
    def breakpoints(self) -> Floats:
        from scipy.special import stdtrit

        end = float(-stdtrit(self.freedom, _STUDENT_TAIL))
        n_steps = max(1, int(np.ceil(np.log(end) / np.log(_STUDENT_STEP))))
        steps = end * _STUDENT_STEP ** -np.arange(n_steps + 1.0)
        out: Floats = self.centre + self.scale * np.concatenate([-steps, [0.0], steps[::-1]])
        return out

    @override
    def density(self, z: Floats) -> Floats:
        half = np.array([self.freedom / 2])
        t = (z - self.centre) / self.scale
        rest = stirling_rest(half + 0.5) - stirling_rest(half)
        log_constant = half * np.log1p(0.5 / half) - 0.5 + rest - _HALF_LOG_TWO_PI - np.log(self.scale)
        out: Floats = np.exp(log_constant - (half + 0.5) * np.log1p(t * t / self.freedom))
        return out

    @override
    def below(self, x: Floats) -> Floats:
        from scipy.special import stdtr

        out: Floats = stdtr(self.freedom, (x - self.centre) / self.scale)
        return out

    @override
    def above(self, x: Floats) -> Floats:
        from scipy.special import stdtr

        out: Floats = stdtr(self.freedom, (self.centre - x) / self.scale)
        return out

    @override
    def quantile(self, p: float) -> float:
        from scipy.special import stdtrit

        return self.centre + self.scale * float(stdtrit(self.freedom, p))

    @override
    def value(self, z: Floats) -> Floats:
        return z

    @override
    def slope(self, z: Floats) -> Floats:
        return np.ones_like(z)

    @override
    def coordinate(self, x: Floats) -> Floats:
        return x
