r"""How many results some days are to bring, once they have come: the posterior's doubt and the days' scatter.

With :math:`m` results a day expected, :math:`s` the standard deviation of that mean, weeks that lie about
:math:`c` of it from those before, and days that scatter :math:`\varphi` times as much as Poisson's, :math:`n`
days bring

.. math:: n m \quad\text{with variance}\quad n^2 (s^2 + c^2 m^2) + \varphi\, n\, m,

whose quantiles are those of the negative binomial law with these two moments.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.budget.estimate import Estimate
from workbench.budget.problem import refused


@dataclass(frozen=True)
class ExpectedDays:
    """What was expected of some days in a row.

    Attributes
    ----------
    a_day : Estimate
        Results of a day on average, with the interval of that mean.
    day_dispersion : float
        Variance of a day's results over Poisson's, at least one.
    drift : float
        Standard deviation of what days differ from those before, relative to their mean.
    n_days : int
    """

    a_day: Estimate
    day_dispersion: float
    drift: float
    n_days: int

    def __post_init__(self) -> None:
        if self.n_days < 1:
            raise refused("n_days", self.n_days, "is no number of days", "Give 1 or more.")
        if self.day_dispersion < 1:
            raise refused("day_dispersion", self.day_dispersion, "is less than chance", "Give 1 or more.")


def results_of_days(days: list[ExpectedDays], level: float = 0.9) -> Estimate:
    """Return how many results some stretches of days bring in all, with the interval of what may come.

    What is not known of the means is taken to err in the same direction for all of them.

    Parameters
    ----------
    days : list of ExpectedDays
    level : float
        Of the intervals, of the means' and of the one returned.

    Examples
    --------
    >>> one = ExpectedDays(Estimate(20.0, (18.0, 22.0)), 1.5, 0.05, 7)
    >>> found = results_of_days([one])
    >>> round(found.mean), [round(x) for x in found.interval]
    (140, [111, 171])
    """
    from scipy.stats import nbinom, norm

    mean = sum(one.n_days * one.a_day.mean for one in days)
    if mean <= 0:
        return Estimate(0.0, (0.0, 0.0))
    wide = 2 * float(norm.ppf((1 + level) / 2))
    doubt = sum(one.n_days * (one.a_day.interval[1] - one.a_day.interval[0]) / wide for one in days)
    scatter = sum(one.day_dispersion * one.n_days * one.a_day.mean for one in days)
    drift = sum(one.drift * one.n_days * one.a_day.mean for one in days)
    variance = max(doubt**2 + drift**2 + scatter, mean * (1 + 1e-9))
    law = nbinom(mean**2 / (variance - mean), mean / variance)
    low, high = (float(law.ppf(q)) for q in ((1 - level) / 2, (1 + level) / 2))
    return Estimate(mean, (low, high))
