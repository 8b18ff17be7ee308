r"""How many of the results that will come within a horizon have come after so many days.

Delays are right-truncated: of a contact :math:`a` days ago only delays up to :math:`a` can have been seen, so
counting them as they are makes the lag look short. The reverse hazards :math:`q_k = n_k / N_k` (results with
delay :math:`k`, over those with delay at most :math:`k`, both among contacts old enough to show delay
:math:`k`) are free of that, and give the maximum-likelihood curve :math:`F(a) = \prod_{k>a} (1 - q_k)`.

References
----------
Lagakos, Barraj & De Gruttola (1988), Biometrika 75, doi:10.1093/biomet/75.3.515.
Kalbfleisch & Lawless (1989), JASA 84, doi:10.1080/01621459.1989.10478780.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.counts import Floats


@dataclass(frozen=True)
class ReverseRisk:
    """Results by delay, and those they are compared with.

    Attributes
    ----------
    events : ndarray, shape (horizon + 1,)
        Results with delay k, of contacts at least k days old.
    at_risk : ndarray, shape (horizon + 1,)
        Results with delay at most k, of contacts at least k days old.
    """

    events: Floats
    at_risk: Floats

    @property
    def hazard(self) -> Floats:
        """Reverse hazard of each delay; 0 where nothing is known."""
        out: Floats = np.divide(
            self.events, self.at_risk, out=np.zeros_like(self.events), where=self.at_risk > 0
        )
        return out

    def curve(self) -> Floats:
        """Return the share of the final results that has come by each delay; 1 at the horizon."""
        later = np.append(1 - self.hazard[1:], 1.0)
        out: Floats = np.cumprod(later[::-1])[::-1]
        return out

    def log_curve_variance(self) -> Floats:
        """Return the variance of the curve's logarithm at each delay.

        The logarithms at two delays have the variance at the later one as their covariance, as sums of the
        same independent terms.
        """
        q = self.hazard[1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            term = np.where(q < 1, q / ((1 - q) * self.at_risk[1:]), 0.0)
        term = np.append(np.nan_to_num(term), 0.0)
        out: Floats = np.cumsum(term[::-1])[::-1]
        return out


def reverse_risk(delay: ArrayLike, age: ArrayLike, count: ArrayLike, *, horizon: int) -> ReverseRisk:
    """Count results by delay as the reverse hazards need them.

    Parameters
    ----------
    delay, age : array_like of int, shape (n,)
        Days from the contact to the result, and from the contact to the last whole day of the data. Delays
        beyond the age or the horizon are left out.
    count : array_like, shape (n,)
        Results each row stands for.
    horizon : int
        Longest delay, in days.

    Examples
    --------
    >>> risk = reverse_risk([0, 0, 1, 0, 2], [0, 1, 1, 2, 2], [5, 4, 2, 6, 3], horizon=2)
    >>> risk.events.tolist(), risk.at_risk.tolist(), risk.curve().round(3).tolist()
    ([15.0, 2.0, 3.0], [15.0, 12.0, 9.0], [0.556, 0.667, 1.0])
    """
    k, a = np.asarray(delay, dtype=np.int64), np.asarray(age, dtype=np.int64)
    n = np.broadcast_to(np.asarray(count, dtype=np.float64), k.shape)
    usable = (k >= 0) & (k <= horizon) & (a >= k)
    size = horizon + 1
    rows = k[usable] * size + np.minimum(a[usable], horizon)
    table = np.bincount(rows, n[usable], size * size).reshape(size, size)  # by delay, by age
    table = table.astype(np.float64)  # of no rows, bincount makes whole numbers
    by_age = np.cumsum(table[:, ::-1], axis=1)[:, ::-1]  # with at least this age
    at_risk = np.cumsum(by_age, axis=0)
    return ReverseRisk(np.diagonal(by_age).copy(), np.diagonal(at_risk).copy())


def reverse_log_rank(first: ReverseRisk, second: ReverseRisk) -> float:
    """Return a standard normal figure of whether two curves differ: positive if the second is later.

    Given that a result of either has delay k among those of at most k, it is the second's with its share of
    them, if the curves are the same.

    Examples
    --------
    >>> early = reverse_risk([0, 0, 1], [5, 5, 5], [60, 10, 30], horizon=2)
    >>> late = reverse_risk([0, 0, 1], [5, 5, 5], [20, 10, 70], horizon=2)
    >>> reverse_log_rank(early, late) > 3
    True
    """
    events = (first.events + second.events)[1:]
    n1, n2 = first.at_risk[1:], second.at_risk[1:]
    total = n1 + n2
    some = total > 1
    events, n1, n2, total = events[some], n1[some], n2[some], total[some]
    expected = events * n2 / total
    variance = events * (n1 / total) * (n2 / total) * (total - events) / (total - 1)
    if variance.sum() <= 0:
        return 0.0
    return float((second.events[1:][some] - expected).sum() / np.sqrt(variance.sum()))
