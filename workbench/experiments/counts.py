"""Counts per exposure: conversions per euro, clicks per thousand impressions, tickets per day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import (
    Options,
    count_field,
    finite_field,
    positive_prior,
    refuse,
    same_arms,
)
from workbench.experiments.result import ExperimentResult
from workbench.stats.counts import Floats
from workbench.stats.laws import GammaLaw

#: Jeffreys' prior: half an event in no exposure, so that the unit of the exposure plays no part.
JEFFREYS = (0.5, 0.0)


def analyse_counts(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    prior: Sequence[float] = JEFFREYS,
    units: ArrayLike | None = None,
    options: Options | None = None,
) -> ExperimentResult:
    """Compare events per unit of exposure of two or more arms; the exposure may be money.

    ``rate | data ~ Gamma(a + events, b + exposure)``, independently by arm, for counts of a Poisson law. Cost
    per event is the reciprocal: fewer events per euro is a higher cost.

    Parameters
    ----------
    events : array_like, shape (n_arms,)
        Whole numbers, the control first.
    exposure : array_like, shape (n_arms,)
        Spend in currency units, impressions, days; above 0.
    prior : (a, b)
        Shape above 0 and rate of at least 0: as if ``a`` events had been seen in an exposure of ``b``.
    units : array_like, shape (n_arms,), optional
        Units that were assigned to each arm, whole numbers, for the split check. Without them the exposure is
        checked where ``options.shares`` says what was planned and it is whole numbers, and nothing otherwise:
        spend and impressions come out unequal in a split that works.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> result = analyse_counts([120, 165], [4_000.0, 4_050.0])
    >>> round(result.prob_best[1], 4), result.decision.headline
    (0.9949, 'Ship B')
    """
    options = options or Options()
    k, e = count_field("events", events), finite_field("exposure", exposure)
    same_arms({"events": k, "exposure": e})
    for value in e:
        if value <= 0:
            refuse("exposure", f"{value:g}", "is not above zero", "Leave out an arm that had no exposure.")
    positive_prior("prior", prior, 2, may_be_zero=(1,))
    shape, rate = prior[0] + k, prior[1] + e
    posterior = Posterior(
        kind="counts",
        laws=[GammaLaw(float(s), float(r)) for s, r in zip(shape, rate, strict=True)],
        observed=k / e,
        prob_above=lambda i, j: prob_above(shape[i], rate[i], shape[j], rate[j]),
        units=_units(units, e, options),
        n_results=float(k.sum()),
        prior=(float(prior[0]), float(prior[1])),
        prior_conflict_p=prior_conflict_p(k, e, prior) if prior[1] > 0 else None,
    )
    return compare(posterior, options)


def prob_above(shape0: float, rate0: float, shape1: float, rate1: float) -> float:
    """Return the probability that the second of two gamma variables is larger, in closed form.

    ``G1 / (G0 + G1) ~ Beta(s1, s0)`` for equal rates, so ``P(λ1 > λ0) = I(r0 / (r0 + r1); s0, s1)``.

    Parameters
    ----------
    shape0, rate0, shape1, rate1 : float
        Of the first and the second, above 0.

    Examples
    --------
    >>> prob_above(3.0, 10.0, 3.0, 10.0)
    0.5
    """
    from scipy.special import betainc

    return float(betainc(shape0, shape1, rate0 / (rate0 + rate1)))


def prior_conflict_p(events: Floats, exposure: Floats, prior: Sequence[float]) -> Floats:
    """Return how probable, before seeing it, so extreme a number of events is under the prior.

    Twice the smaller tail of the negative binomial law that a gamma prior expects.

    Parameters
    ----------
    events, exposure : ndarray
        Of each arm.
    prior : (a, b)
        Shape and rate, both above 0.

    Examples
    --------
    >>> prior_conflict_p(np.array([0.0]), np.array([1.0]), (1.0, 1.0))
    array([1.])
    """
    from scipy.special import betainc, betaincc

    a, b = prior
    share = b / (b + exposure)
    at_most = betainc(a, events + 1, share)
    at_least = np.where(events > 0, betaincc(a, np.maximum(events, 1), share), 1.0)
    out: Floats = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    return out


def _units(units: ArrayLike | None, exposure: Floats, options: Options) -> Floats | None:
    if units is None:
        return exposure if options.shares and (exposure == np.floor(exposure)).all() else None
    assigned = count_field("units", units, least=1)
    same_arms({"units": assigned, "exposure": exposure})
    return assigned
