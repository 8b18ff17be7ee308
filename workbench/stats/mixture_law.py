"""A weighted mixture of beta or of gamma laws, as one smooth law that is quick to read anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, override

import numpy as np
from numpy.typing import NDArray

from workbench.core.errors import DataError
from workbench.stats.counts import Floats
from workbench.stats.laws import BetaLaw, GammaLaw, Law
from workbench.stats.logit_beta import fall, log_peak
from workbench.stats.root_finding import find_roots

_AS_GAMMA = 1e8
#: Probability of each part beyond either end of the table, and weight of what knots need not follow.
_TAIL, _UNRESOLVED = 1e-11, 1e-7
#: A cubic spline of a normal law with ``k`` knots a standard deviation errs by about ``1 / (128 k⁴)`` of its
#: height: 1e-6 at 10. Beyond ``_FAR`` standard deviations steps may grow with the distance.
_STEPS_A_WIDTH, _FAR, _LEAST_KNOTS, _MOST_KNOTS = 10.0, 6.0, 65, 20_000
_N_PANELS = 8
#: A part of both shapes above ``_NARROW`` has fallen to 2e-11 of its peak ``_REACH`` deviations away.
_NARROW, _REACH = 100.0, 8.0


@dataclass(frozen=True, eq=False)
class MixtureLaw(Law):
    """``Σ w_k Beta(a_k, b_k)`` or ``Σ w_k Gamma(a_k, rate b_k)``.

    The density is summed exactly at knots in the working coordinate, as close as the narrowest part nearby
    asks for and wide where there is none, and is a cubic spline between them;
    its integral is the distribution function.

    Attributes
    ----------
    kind : {"beta", "gamma"}
    first, second : ndarray, shape (n_parts,)
        Both shapes, or shape and rate; above 0.
    weight : ndarray, shape (n_parts,)
        At least 0, summing to one.

    Raises
    ------
    DataError
        If the weights do not sum to one or the arrays differ in length.

    Examples
    --------
    >>> law = MixtureLaw("gamma", np.array([5.0, 9.0]), np.array([100.0, 90.0]), np.array([0.5, 0.5]))
    >>> round(law.mean, 6), round(float(law.below(np.array([0.05]))[0]), 4)
    (0.075, 0.2999)
    """

    kind: Literal["beta", "gamma"]
    first: Floats
    second: Floats
    weight: Floats

    def __post_init__(self) -> None:
        sizes = {len(self.first), len(self.second), len(self.weight)}
        if len(sizes) > 1 or not abs(self.weight.sum() - 1) < 1e-9 or (self.weight < 0).any():
            raise DataError(
                f"Weights that add up to {self.weight.sum():g} over {sizes} parts make no mixture.",
                next_step="Give one weight of at least 0 for each part, adding up to 1.",
                field="weight",
            )

    @property
    @override
    def support(self) -> tuple[float, float]:
        return (0.0, 1.0) if self.kind == "beta" else (0.0, np.inf)

    @property
    @override
    def mean(self) -> float:
        total = self.first + self.second if self.kind == "beta" else self.second
        return float((self.first / total) @ self.weight)

    @property
    @override
    def mean_inverse(self) -> float:
        if (self.first <= 1).any():
            return np.inf
        above = self.first + self.second - 1 if self.kind == "beta" else self.second
        return float((above / (self.first - 1)) @ self.weight)

    @override
    def breakpoints(self) -> Floats:
        knots = self._table.x
        return knots[np.linspace(0, len(knots) - 1, _N_PANELS + 1).astype(int)]  # type: ignore[no-any-return]

    @override
    def density(self, z: Floats) -> Floats:
        inside = (z >= self._table.x[0]) & (z <= self._table.x[-1])
        out: Floats = np.where(inside, np.maximum(self._table(z), 0.0), 0.0)
        return out

    @override
    def below(self, x: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            z = self.coordinate(np.clip(x, *self.support))
        return self._below_at(z)

    @override
    def above(self, x: Floats) -> Floats:
        return 1.0 - self.below(x)

    @override
    def quantile(self, p: float) -> float:
        return float(self.quantiles(np.array([p]))[0])

    def quantiles(self, p: Floats) -> Floats:
        """Return several quantiles at once: each is looked for between two knots.

        Parameters
        ----------
        p : ndarray
            Probabilities between 0 and 1.
        """
        knots = self._table.x
        after = np.clip(np.searchsorted(self._below_knots, p), 1, len(knots) - 1)
        z = find_roots(
            lambda at: self._below_at(at) - p,
            np.where(p > self._below_knots[after - 1], knots[after - 1], knots[0]),
            np.where(p < self._below_knots[after], knots[after], knots[-1]),
            x_tolerance=1e-12,
        )
        return self.value(z)

    @override
    def value(self, z: Floats) -> Floats:
        return self._like.value(z)

    @override
    def slope(self, z: Floats) -> Floats:
        return self._like.slope(z)

    @override
    def coordinate(self, x: Floats) -> Floats:
        return self._like.coordinate(x)

    def _below_at(self, z: Floats) -> Floats:
        out: Floats = np.clip(self._running(np.clip(z, self._table.x[0], self._table.x[-1])), 0.0, 1.0)
        return out

    @cached_property
    def _like(self) -> Law:
        return BetaLaw(1.0, 1.0) if self.kind == "beta" else GammaLaw(1.0, 1.0)

    @cached_property
    def _table(self) -> Any:
        from scipy.interpolate import CubicSpline

        knots = self._knots()
        values = self._summed(knots)
        spline = CubicSpline(knots, values)
        return CubicSpline(knots, values / float(spline.integrate(knots[0], knots[-1])))

    @cached_property
    def _running(self) -> Any:
        return self._table.antiderivative()

    @cached_property
    def _below_knots(self) -> Floats:
        return np.maximum.accumulate(self._below_at(self._table.x))

    def _summed(self, z: Floats) -> Floats:
        """Sum the density at ascending coordinates; of a narrow part only where there is any."""
        a, b = self.first, self.second
        is_narrow = (a > _NARROW) & ((b > _NARROW) | (self.kind == "gamma"))
        out = np.zeros(len(z))
        for broad in np.array_split(np.flatnonzero(~is_narrow), max(1, int((~is_narrow).sum()) // 256)):
            out += np.exp(self._log_parts(z[:, None], broad)) @ self.weight[broad]
        narrow = np.flatnonzero(is_narrow)
        reach = _REACH * _width(self.kind, a[narrow], b[narrow])
        centre = np.log(a[narrow] / b[narrow])
        first, last = np.searchsorted(z, centre - reach), np.searchsorted(z, centre + reach)
        part = np.repeat(narrow, last - first)
        at = np.arange(len(part)) - np.repeat(np.cumsum(last - first) - last, last - first)
        values = self.weight[part] * np.exp(self._log_parts(z[at], part))
        return out + np.bincount(at, weights=values, minlength=len(z))

    def _log_parts(self, z: Floats, part: NDArray[np.intp]) -> Floats:
        """Log density of some parts at some coordinates, which are broadcast."""
        a, b = self.first, self.second
        if self.kind == "beta":
            peak, centre = log_peak(a, b), np.log(a / b)
            out: Floats = peak[part] - fall(a[part], b[part], z - centre[part])
            return out
        from scipy.special import gammaln

        constant, log_rate = -gammaln(a), np.log(b)
        d = z + log_rate[part]
        out = a[part] * d - np.exp(np.minimum(d, 700.0)) + constant[part]
        return out

    def _knots(self) -> Floats:
        """Halve intervals until each is short beside every part near it, and long where there is none."""
        low, high = self._ends(self.first, self.second)
        order = np.argsort(self.weight)
        heavy = order[np.cumsum(self.weight[order]) > _UNRESOLVED]
        a, b = self.first[heavy], self.second[heavy]
        # A shape below 1 has a long left tail, and still falls within one unit on the right.
        width = np.minimum(_width(self.kind, a, b), 1.0)
        steps = _LargestSteps(np.log(a / b), width)
        knots = np.linspace(low, high, _LEAST_KNOTS)
        while len(knots) < _MOST_KNOTS:
            length = np.diff(knots)
            split = length > steps.at((knots[1:] + knots[:-1]) / 2, length / 2)
            if not split.any():
                break
            knots = np.sort(np.append(knots, knots[:-1][split] + length[split] / 2))
        return knots

    def _ends(self, a: Floats, b: Floats) -> tuple[float, float]:
        from scipy.special import betaincinv, gammainccinv, gammaincinv

        if self.kind == "beta":
            low, rest = betaincinv(a, b, _TAIL), betaincinv(b, a, _TAIL)
            ends = (
                np.log(np.maximum(low, 1e-290)) - np.log1p(-low),
                np.log1p(-rest) - np.log(np.maximum(rest, 1e-290)),
            )
        else:
            ends = np.log(np.maximum(gammaincinv(a, _TAIL), 1e-290) / b), np.log(gammainccinv(a, _TAIL) / b)
        return float(ends[0].min()), float(ends[1].max())


def _width(kind: str, a: Floats, b: Floats) -> Floats:
    """Return the deviation of each part's log or log odds, nearly."""
    out: Floats = np.sqrt(1 / a + (1 / b if kind == "beta" else 0.0))
    return out


class _LargestSteps:
    """How far apart two knots may be: a part of the width of a law nearby, more with the distance from it."""

    def __init__(self, centre: Floats, width: Floats) -> None:
        octave = np.floor(np.log2(width))
        self.kinds = [
            (np.sort(centre[octave == one]), float(width[octave == one].min())) for one in np.unique(octave)
        ]

    def at(self, z: Floats, reach: Floats) -> Floats:
        """Return the largest step of an interval around ``z`` that goes ``reach`` to either side."""
        least = np.full(z.shape, np.inf)
        for centre, width in self.kinds:
            after = np.clip(np.searchsorted(centre, z), 0, len(centre) - 1)
            nearest = np.minimum(np.abs(z - centre[after]), np.abs(z - centre[np.maximum(after - 1, 0)]))
            least = np.minimum(least, np.maximum(width, np.maximum(nearest - reach, 0.0) / _FAR))
        return least / _STEPS_A_WIDTH
