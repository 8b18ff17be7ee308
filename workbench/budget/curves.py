"""Response curves as posterior draws: what a spend brings, its slope and its bend, for many items at once.

Every family is ``scale · g(rate · spend)`` for one draw:

========== ============================================ =========================
logistic   ``(1 − e^(−λx)) / (1 + e^(−λx))``              ``tanh(λx / 2)``
tanh       ``tanh(rate · x)``
michaelis  ``x / (half + x)``                           ``rate = 1 / half``
hill       ``x^s / (half^s + x^s)``                     concave up to ``s = 1``
========== ============================================ =========================

An adstock in its steady state, or one whose weights sum to one, only changes ``rate``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import DataError
from workbench.stats.counts import Floats

_SMALLEST_ARGUMENT = 1e-14  # where a slope at no spend would be infinite or zero, it is taken here
_LARGEST_EXPONENT = 300.0
_BLOCK_SIZE = 32_768  # items × draws evaluated at once: temporary arrays stay in the processor's cache


@dataclass(frozen=True)
class ResponseCurve:
    """One item's curve, one parameter set a draw. Made by `logistic`, `tanh`, `michaelis_menten` or `hill`.

    Attributes
    ----------
    family : {"logistic", "tanh", "michaelis_menten", "hill"}
    scale : ndarray, shape (n_draws,)
        Outcome that spend without end would bring.
    rate : ndarray, shape (n_draws,)
        Per currency unit; the argument of the family's plain function is ``rate · spend``.
    slope : ndarray, shape (n_draws,), or None
        Exponent of Hill's function; above one the curve is S-shaped.
    """

    family: str
    scale: Floats
    rate: Floats
    slope: Floats | None = None

    @property
    def n_draws(self) -> int:
        """Number of posterior draws."""
        return int(self.scale.size)

    @property
    def is_concave(self) -> bool:
        """Whether every draw's curve is concave, so that an optimum can be certified by duality."""
        return self.slope is None or bool((self.slope <= 1).all())

    def of_draws(self, chosen: ArrayLike | slice) -> ResponseCurve:
        """Return the curve with some of its draws."""
        index = chosen if isinstance(chosen, slice) else np.asarray(chosen)
        slope = None if self.slope is None else self.slope[index]
        return ResponseCurve(self.family, self.scale[index], self.rate[index], slope)

    def per(self, units: float) -> ResponseCurve:
        """Return the curve of spends counted in ``units`` to the currency unit, such as 100 for cents."""
        return ResponseCurve(self.family, self.scale, self.rate / units, self.slope)

    def of_adstock(self, carry_over: ArrayLike) -> ResponseCurve:
        """Return the curve of a constant spend whose adstock is ``x / (1 − carry_over)`` in the long run."""
        return ResponseCurve(self.family, self.scale, self.rate / (1 - np.asarray(carry_over)), self.slope)

    def mean_value(self, spend: float) -> float:
        """Return the outcome of one spend, averaged over the draws."""
        return float(self.scale @ kernel(self.family, self.rate * spend, self.slope)[0]) / self.n_draws

    def mean_slopes(self, spend: float) -> tuple[float, float]:
        """Return slope and bend at one spend, averaged over the draws."""
        _, first, second = kernel(self.family, self.rate * spend, self.slope)
        steepness = self.scale * self.rate
        return float(steepness @ first) / self.n_draws, float((steepness * self.rate) @ second) / self.n_draws

    def at(self, spend: ArrayLike) -> Floats:
        """Return the outcome of each spend under each draw, shape (n_spends, n_draws)."""
        x = np.atleast_1d(np.asarray(spend, dtype=np.float64))
        out: Floats = self.scale * kernel(self.family, self.rate * x[:, None], self.slope)[0]
        return out


def logistic(scale: ArrayLike, lam: ArrayLike) -> ResponseCurve:
    """Return ``scale · (1 − e^(−lam·x)) / (1 + e^(−lam·x))``; ``lam`` is per currency unit.

    Examples
    --------
    >>> logistic([100.0], [0.02]).at([0, 50]).round(2).tolist()
    [[0.0], [46.21]]
    """
    return ResponseCurve("logistic", *_checked(scale=scale, lam=lam))


def tanh(scale: ArrayLike, rate: ArrayLike) -> ResponseCurve:
    """Return ``scale · tanh(rate·x)``; ``rate`` is per currency unit."""
    return ResponseCurve("tanh", *_checked(scale=scale, rate=rate))


def michaelis_menten(scale: ArrayLike, half_spend: ArrayLike) -> ResponseCurve:
    """Return ``scale · x / (half_spend + x)``.

    Examples
    --------
    >>> michaelis_menten([100.0], [50.0]).at([50]).tolist()
    [[50.0]]
    """
    size, half = _checked(scale=scale, half_spend=half_spend)
    return ResponseCurve("michaelis_menten", size, 1 / half)


def hill(scale: ArrayLike, half_spend: ArrayLike, slope: ArrayLike) -> ResponseCurve:
    """Return ``scale · x^slope / (half_spend^slope + x^slope)``; S-shaped where ``slope > 1``."""
    size, half, power = _checked(scale=scale, half_spend=half_spend, slope=slope)
    return ResponseCurve("hill", size, 1 / half, power)


def _checked(**fields: ArrayLike) -> list[Floats]:
    """Return the parameters as equally long arrays, refusing what would not be a response curve."""
    out: list[Floats] = []
    for name, given in fields.items():
        values = np.atleast_1d(np.asarray(given, dtype=np.float64))
        least = 0.0 if name == "scale" else np.nextafter(0, 1)
        if values.ndim != 1 or not np.isfinite(values).all() or (values < least).any():
            raise DataError(
                f"{name}: a response curve takes one finite number "
                f"{'of at least' if name == 'scale' else 'above'} zero for each draw.",
                next_step="A response that falls with spend is no saturation curve: look at the fit.",
                field=name,
            )
        out.append(values)
    sizes = {values.size for values in out} - {1}
    if len(sizes) > 1:
        raise DataError(
            "The parameters of a curve do not have the same number of draws.",
            next_step="Give the same draws of every parameter.",
            field=next(iter(fields)),
        )
    n_draws = max(sizes, default=1)
    return [np.ascontiguousarray(np.broadcast_to(values, n_draws)) for values in out]


def kernel(family: str, z: Floats, slope: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Return a family's plain function, its first and its second derivative at ``z ≥ 0``."""
    if family == "michaelis_menten":
        u = 1 / (1 + z)
        return z * u, u * u, -2 * u * u * u
    if family == "hill":
        z = np.maximum(z, _SMALLEST_ARGUMENT)
        s = np.asarray(slope)
        w = np.exp(np.clip(s * np.log(z), -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
        u = 1 / (1 + w)
        first = s * w * u * u / z
        return w * u, first, first * ((s - 1) - (s + 1) * w) * u / z
    half = 0.5 if family == "logistic" else 1.0
    e = np.exp(z * (-2 * half))
    u = 1 / (1 + e)
    value = (1 - e) * u
    first = (4 * half) * e
    first *= u
    first *= u
    return value, first, value * first * (-2 * half)


@dataclass(frozen=True)
class _Block:
    """Items of one family, stacked."""

    family: str
    index: np.ndarray
    scale: Floats  # (n_items, n_draws)
    rate: Floats
    slope: Floats | None

    def at(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        return kernel(self.family, self.rate * x[self.index, None], self.slope)

    @cached_property
    def factors(self) -> tuple[Floats, Floats, Floats]:
        first = self.scale * self.rate
        return self.scale, first, first * self.rate


@dataclass(frozen=True)
class CurveSet:
    """The curves of all items over the same draws, evaluated together.

    Attributes
    ----------
    curves : tuple of ResponseCurve
    """

    curves: tuple[ResponseCurve, ...]
    _blocks: list[_Block] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len({curve.n_draws for curve in self.curves}) != 1:
            raise DataError(
                "The items' curves do not have the same number of draws.",
                next_step="Take the curves of all items from one fit.",
                field="curve",
            )
        object.__setattr__(self, "_blocks", _blocks(self.curves))

    @property
    def n_draws(self) -> int:
        """Number of posterior draws."""
        return self.curves[0].n_draws

    @property
    def is_concave(self) -> bool:
        """Whether every curve of every draw is concave."""
        return all(curve.is_concave for curve in self.curves)

    @cached_property
    def is_power(self) -> np.ndarray:
        """Which items' slope may be infinite at no spend (Hill's), shape (n_items,)."""
        return np.array([curve.family == "hill" for curve in self.curves])

    @cached_property
    def highest_rate(self) -> Floats:
        """Each item's highest rate of all draws, shape (n_items,)."""
        return np.array([curve.rate.max() for curve in self.curves])

    def of_draws(self, chosen: ArrayLike | slice) -> CurveSet:
        """Return the set with some of its draws."""
        return CurveSet(tuple(curve.of_draws(chosen) for curve in self.curves))

    def moments(self, spend: Floats, weights: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Return each item's outcome, slope and bend, averaged over the draws.

        Parameters
        ----------
        spend : ndarray, shape (n_items,)
            Currency units.
        weights : ndarray, shape (n_draws,), optional
            Of the draws, summing to one; equal where left out.

        Returns
        -------
        tuple of ndarray
            Value, first and second derivative, each of shape (n_items,).
        """
        out = np.empty((3, len(self.curves)))
        for block in self._blocks:
            for order, (g, factor) in enumerate(zip(block.at(spend), block.factors, strict=True)):
                if weights is None:
                    out[order, block.index] = np.einsum("ij,ij->i", g, factor) / self.n_draws
                else:
                    out[order, block.index] = np.einsum("ij,ij,j->i", g, factor, weights)
        return out[0], out[1], out[2]

    def by_draw(self, spend: Floats) -> tuple[Floats, Floats, Floats]:
        """Return each item's outcome, slope and bend under each draw, each of shape (n_items, n_draws)."""
        out = np.empty((3, len(self.curves), self.n_draws))
        for block in self._blocks:
            for order, (g, factor) in enumerate(zip(block.at(spend), block.factors, strict=True)):
                out[order, block.index] = g * factor
        return out[0], out[1], out[2]


def _blocks(curves: tuple[ResponseCurve, ...]) -> list[_Block]:
    families = dict.fromkeys(curve.family for curve in curves)
    at_once = max(1, _BLOCK_SIZE // curves[0].n_draws)
    out = []
    for family in families:
        members = [k for k, curve in enumerate(curves) if curve.family == family]
        for first in range(0, len(members), at_once):
            index = np.array(members[first : first + at_once])
            chosen = [curves[k] for k in index]
            slope = np.stack([np.asarray(c.slope) for c in chosen]) if family == "hill" else None
            scale, rate = np.stack([c.scale for c in chosen]), np.stack([c.rate for c in chosen])
            out.append(_Block(family, index, scale, rate, slope))
    return out
