"""Rates: successes out of trials, with a beta prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import Options, count_field, listed, positive_prior, refuse, same_arms
from workbench.experiments.result import ExperimentResult
from workbench.stats.beta_pair import PairOrder, order_betas
from workbench.stats.counts import Floats
from workbench.stats.laws import BetaLaw

#: Every rate as probable as any other.
FLAT = (1.0, 1.0)


def analyse_rates(
    successes: ArrayLike, trials: ArrayLike, *, prior: Sequence[float] = FLAT, options: Options | None = None
) -> ExperimentResult:
    """Compare the rates of two or more arms, such as conversions of visitors.

    ``rate | data ~ Beta(a + successes, b + trials − successes)``, independently by arm. Nothing is sampled
    and nothing is taken to be normal: zero and all conversions are cases like any other.

    Parameters
    ----------
    successes, trials : array_like, shape (n_arms,)
        Whole numbers, the control first; at least one trial an arm.
    prior : (a, b)
        Shapes of the beta prior, above 0: as if ``a`` successes and ``b`` failures had been seen.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> result = analyse_rates([49, 51], [100, 100])
    >>> round(result.prob_best[1], 5), result.decision.verdict
    (0.61077, 'wait')
    """
    x, n = _checked(successes, trials, prior)
    a, b = prior[0] + x, prior[1] + n - x
    order = order_betas(a[:, None], b[:, None], a, b)
    posterior = Posterior(
        kind="rates",
        laws=[BetaLaw(float(s), float(t)) for s, t in zip(a, b, strict=True)],
        observed=x / n,
        prob_above=lambda i, j: float(order.prob_above[i, j]),
        units=n,
        n_results=float(x.sum()),
        prior=(float(prior[0]), float(prior[1])),
        prior_conflict_p=prior_conflict_p(x, n, prior),
    )
    return compare(posterior, options or Options())


def order_rates(successes: ArrayLike, trials: ArrayLike, *, prior: Sequence[float] = FLAT) -> PairOrder:
    """Compare very many two-arm tests at once: about five seconds of processor time for a million.

    Parameters
    ----------
    successes, trials : array_like, shape (n_tests, 2)
        Whole numbers, the control first.
    prior : (a, b)
        Shapes of the beta prior.

    Returns
    -------
    PairOrder
        ``prob_above`` is the probability that the second rate is higher, ``mean_above`` the expected loss of
        keeping the first and ``mean_below`` that of taking the second, each of shape (n_tests,).

    Raises
    ------
    DataError
        If a count is refused.

    Examples
    --------
    >>> order_rates([[49, 51], [0, 0]], [[100, 100], [100, 100]]).prob_above.round(5)
    array([0.61077, 0.5    ])
    """
    x, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    positive_prior("prior", prior, 2)
    if x.ndim != 2 or x.shape != n.shape or x.shape[1] != 2:
        refuse(
            "successes",
            x.shape,
            "is not the shape of two-arm tests",
            "Give two arrays of shape (n_tests, 2).",
        )
    whole = np.isfinite(x) & np.isfinite(n) & (x >= 0) & (x <= n) & (n >= 1)
    whole &= (np.floor(x) == x) & (np.floor(n) == n)
    if not whole.all():
        row = int(np.flatnonzero(~whole.all(axis=1))[0])
        said = f"{listed(x[row])} of {listed(n[row])}, in row {row},"
        refuse(
            "successes", said, "are not counts", "Give whole numbers with 0 ≤ successes ≤ trials, trials ≥ 1."
        )
    a, b = prior[0] + x, prior[1] + n - x
    return order_betas(a[:, 0], b[:, 0], a[:, 1], b[:, 1])


def prior_conflict_p(successes: Floats, trials: Floats, prior: Sequence[float]) -> Floats:
    """Return how probable, before seeing it, so extreme a number of successes is under the prior.

    Twice the smaller tail of the beta-binomial law. The chance of at most x successes is that of the rate
    being below the (x + 1)-th of n uniform numbers, which is Beta(x + 1, n − x): so it needs no sum.

    Parameters
    ----------
    successes, trials : ndarray
        Of each arm.
    prior : (a, b)
        Shapes of the beta prior.

    Examples
    --------
    >>> prior_conflict_p(np.array([3.0]), np.array([9.0]), (1.0, 1.0)).round(12)
    array([0.8])
    """
    a, b = prior
    at_most, at_least = np.ones_like(successes), np.ones_like(successes)
    some = successes < trials
    at_most[some] = order_betas(a, b, successes[some] + 1, (trials - successes)[some]).prob_above
    some = successes > 0
    at_least[some] = order_betas(successes[some], (trials - successes)[some] + 1, a, b).prob_above
    out: Floats = np.minimum(1.0, 2 * np.minimum(at_most, at_least))
    return out


def _checked(successes: ArrayLike, trials: ArrayLike, prior: Sequence[float]) -> tuple[Floats, Floats]:
    x, n = count_field("successes", successes), count_field("trials", trials, least=1)
    same_arms({"successes": x, "trials": n})
    positive_prior("prior", prior, 2)
    for some, all_ in zip(x, n, strict=True):
        if some > all_:
            refuse(
                "successes",
                f"{some:g}",
                f"is more than its {all_:g} trials",
                "Each trial succeeds once at most.",
            )
    return x, n
