"""Means: of revenue, of minutes, of anything measured, from n, sum and sum of squares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from workbench.core.errors import NotEnoughData
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import Options, count_field, finite_field, refuse, same_arms
from workbench.experiments.result import ExperimentResult
from workbench.stats.best_of import best_of
from workbench.stats.counts import Floats
from workbench.stats.laws import StudentLaw

#: The reference prior 1/σ²: the posterior of a mean is Student's law with n − 1 degrees of freedom.
FLAT = (0.0, 0.0, -0.5, 0.0)
#: A double holds a sum of squares to so many digits: a smaller rest after centring is rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class MeanPrior:
    """A normal–inverse-gamma prior: ``μ | σ² ~ N(mean, σ² / strength)``, ``σ² ~ InverseGamma(shape, scale)``.

    Attributes
    ----------
    mean : float
        Of the metric, in its unit.
    strength : float
        As if so many units had been seen, at least 0.
    shape, scale : float
        Of the variance; half as many degrees of freedom, and half their sum of squares.
    """

    mean: float
    strength: float
    shape: float
    scale: float

    @property
    def is_proper(self) -> bool:
        """Whether the prior expects anything."""
        return self.strength > 0 and self.shape > 0 and self.scale > 0


def analyse_means(
    n: ArrayLike,
    total: ArrayLike,
    total_squares: ArrayLike,
    *,
    prior: Sequence[float] = FLAT,
    options: Options | None = None,
) -> ExperimentResult:
    """Compare the means of two or more arms from their sufficient statistics.

    Normal–inverse-gamma, each arm with a variance of its own: the posterior of a mean is Student's law, and
    for two arms their difference is the Behrens–Fisher law, here without approximation. The squares are
    centred exactly before anything is rounded.

    Parameters
    ----------
    n : array_like, shape (n_arms,)
        Units of each arm, whole numbers, the control first.
    total, total_squares : array_like, shape (n_arms,)
        Sum of the values, and sum of their squares. :func:`centred` gives both of values far from zero.
    prior : (mean, strength, shape, scale)
        As in :class:`MeanPrior`; default flat.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    NotEnoughData
        If the values of an arm do not vary, or are too few for the mean's law to have a mean.
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> result = analyse_means([10, 10], [100, 105], [1002.25, 1111.5])
    >>> round(result.arms[1].estimate, 3), result.prob_best[1] > 0.9
    (10.5, True)
    """
    units = count_field("n", n, least=1)
    sums, squares = finite_field("sum", total), finite_field("sumsq", total_squares)
    same_arms({"n": units, "sum": sums, "sumsq": squares})
    believed = _checked_prior(prior)
    laws = [_law(*one, believed) for one in zip(units, sums, squares, strict=True)]

    @cache
    def prob_above(i: int, j: int) -> float:
        return float(best_of([laws[i], laws[j]]).prob_best[1])

    posterior = Posterior(
        kind="means",
        laws=laws,
        observed=sums / units,
        prob_above=prob_above,
        units=units,
        n_results=None,
        prior=tuple(float(x) for x in prior),
        prior_conflict_p=prior_conflict_p(units, sums, believed) if believed.is_proper else None,
    )
    return compare(posterior, options or Options())


def centred(values: ArrayLike) -> tuple[int, float, float]:
    """Return n, the mean, and the sum of squares about the mean, of the values of one arm.

    Examples
    --------
    >>> centred([1e9 + 1, 1e9 + 2, 1e9 + 3])
    (3, 1000000002.0, 2.0)
    """
    x = finite_field("values", values)
    first = x - x[0]
    about = first.mean()
    return len(x), float(x[0] + about), float(((first - about) ** 2).sum())


def prior_conflict_p(units: Floats, sums: Floats, prior: MeanPrior) -> Floats:
    """Return how probable, before seeing it, so extreme a sample mean is under the prior, two-sided.

    Parameters
    ----------
    units, sums : ndarray
        Of each arm.
    prior : MeanPrior
        A proper one.

    Examples
    --------
    >>> prior_conflict_p(np.array([10.0]), np.array([50.0]), MeanPrior(5.0, 1.0, 2.0, 3.0))
    array([1.])
    """
    from scipy.special import stdtr

    variance = prior.scale / prior.shape * (1 / units + 1 / prior.strength)
    out: Floats = 2 * stdtr(2 * prior.shape, -np.abs(sums / units - prior.mean) / np.sqrt(variance))
    return out


def _law(n: float, total: float, squares: float, prior: MeanPrior) -> StudentLaw:
    about_mean = Fraction(squares) - Fraction(total) ** 2 / Fraction(n)
    if about_mean < -Fraction(squares) * Fraction(_ROUNDING):
        refuse(
            "sumsq",
            f"{squares:g}",
            f"is less than sum² / n = {total * total / n:g}",
            "Check n, sum and sumsq.",
        )
    if about_mean <= Fraction(squares) * Fraction(_ROUNDING) and not prior.is_proper:
        raise NotEnoughData(
            f"sumsq: the {n:g} values with the sum {total:g} do not vary beyond rounding.",
            next_step="Give the sums of the values less a constant near their mean, or more values.",
            field="sumsq",
        )
    strength = prior.strength + n
    shape = prior.shape + n / 2
    away = total / n - prior.mean if prior.strength else 0.0
    scale = (
        prior.scale + float(max(about_mean, Fraction(0))) / 2 + prior.strength * n * away**2 / (2 * strength)
    )
    if shape <= 0.5:  # one degree of freedom gives the mean's law no mean, so a loss would be infinite
        raise NotEnoughData(
            f"n: {n:g} values are too few to know a mean and a variance.",
            next_step="Give three values or more in each arm, or a prior.",
            field="n",
        )
    mean = (prior.strength * prior.mean + total) / strength
    return StudentLaw(2 * shape, mean, math.sqrt(scale / (shape * strength)))


def _checked_prior(prior: Sequence[float]) -> MeanPrior:
    if tuple(prior) == FLAT:
        return MeanPrior(*FLAT)
    fine = len(prior) == 4 and all(math.isfinite(x) for x in prior) and all(x > 0 for x in prior[1:])
    if not fine:
        refuse(
            "prior",
            ",".join(f"{x:g}" for x in prior),
            "is not a mean with a strength, a shape and a scale above zero",
            "Give mean,strength,shape,scale, or leave it out for a flat one.",
        )
    return MeanPrior(*prior)
