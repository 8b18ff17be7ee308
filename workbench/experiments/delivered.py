"""Arms as a network delivered them: sums of results over clicks, impressions or money.

What was delivered is no assignment. Clicks and impressions come out unequal in a split that works, so the
split is checked on the units that were assigned, where they are known, and on nothing else. Results move
together within a day, and some are modelled parts of one: both are allowed for by the dispersion, which
divides the numerator and the denominator alike (McCullagh & Nelder 1989, §6.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from workbench.experiments import counts, rates
from workbench.experiments.compare import Posterior, compare
from workbench.experiments.options import Options, count_field, finite_field, refuse, same_arms
from workbench.experiments.result import ExperimentResult
from workbench.stats.beta_pair import order_betas
from workbench.stats.counts import Floats, require_dispersion
from workbench.stats.laws import BetaLaw, GammaLaw


def analyse_delivered(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    kind: str,
    dispersion: float = 1.0,
    units: ArrayLike | None = None,
    options: Options | None = None,
) -> ExperimentResult:
    """Compare arms by what was delivered.

    Parameters
    ----------
    numerator : array_like, shape (n_arms,)
        Of at least 0, the control first; networks give parts of results where they model them.
    denominator : array_like, shape (n_arms,)
        Above 0: trials for rates, exposure such as spend for counts.
    kind : {"rates", "counts"}
        Beta or gamma law, as :func:`~workbench.experiments.rates.analyse_rates` and
        :func:`~workbench.experiments.counts.analyse_counts` have it.
    dispersion : float
        Variance over mean of a day's numerator, at least 1; :mod:`workbench.stats.dispersion` estimates it.
    units : array_like, shape (n_arms,), optional
        Units that were assigned to each arm, whole numbers, for the split check.
    options : Options, optional
        Level, direction, names, shares, equivalence, value.

    Raises
    ------
    DataError
        If a field is refused; ``field`` names it.

    Examples
    --------
    >>> result = analyse_delivered([40, 60], [1000, 2000], kind="rates")
    >>> result.split_p is None, result.decision.verdict
    (True, 'wait')
    """
    x, n = _checked(numerator, denominator, kind, dispersion)
    assigned = None if units is None else count_field("units", units, least=1)
    if assigned is not None:
        same_arms({"units": assigned, "numerator": x})
    make = _rates if kind == "rates" else _counts
    laws, above, prior = make(x / dispersion, n / dispersion)
    posterior = Posterior(
        kind=kind,
        laws=laws,
        observed=x / n,
        prob_above=lambda i, j: float(above[i, j]),
        units=assigned,
        n_results=float(x.sum()),
        prior=prior,
        prior_conflict_p=None,
    )
    return compare(posterior, options or Options())


def cost_interval(interval: tuple[float, float]) -> tuple[float, float]:
    """Turn an interval of results per currency unit into one of the cost of a result.

    Examples
    --------
    >>> cost_interval((0.02, 0.05))
    (20.0, 50.0)
    """
    low, high = interval
    return (1 / high, 1 / low) if low > 0 else (1 / high, np.inf)


def _checked(
    numerator: ArrayLike, denominator: ArrayLike, kind: str, dispersion: float
) -> tuple[Floats, Floats]:
    require_dispersion(dispersion)
    if kind not in ("rates", "counts"):
        refuse("kind", kind, "is no kind of delivered metric", "Use rates or counts.")
    x, n = finite_field("numerator", numerator), finite_field("denominator", denominator)
    same_arms({"numerator": x, "denominator": n})
    for value in x[x < 0]:
        refuse("numerator", f"{value:g}", "is below 0", "Counts are at least 0.")
    for value in n[n <= 0]:
        refuse("denominator", f"{value:g}", "is not above zero", "Leave out an arm that had no delivery.")
    if kind == "rates" and (x > n).any():
        refuse(
            "numerator",
            f"{x[x > n][0]:g}",
            f"is more than its {n[x > n][0]:g} trials",
            "Read the metric as counts: one click may be followed by several results.",
        )
    return x, n


def _rates(x: Floats, n: Floats) -> tuple[list[BetaLaw], Floats, tuple[float, ...]]:
    a, b = rates.FLAT[0] + x, rates.FLAT[1] + n - x
    above = order_betas(a[:, None], b[:, None], a, b).prob_above
    return [BetaLaw(float(s), float(t)) for s, t in zip(a, b, strict=True)], above, rates.FLAT


def _counts(x: Floats, n: Floats) -> tuple[list[GammaLaw], Floats, tuple[float, ...]]:
    shape, rate = counts.JEFFREYS[0] + x, counts.JEFFREYS[1] + n
    arms = range(len(x))
    above = np.array([[counts.prob_above(shape[i], rate[i], shape[j], rate[j]) for j in arms] for i in arms])
    return [GammaLaw(float(s), float(r)) for s, r in zip(shape, rate, strict=True)], above, counts.JEFFREYS
