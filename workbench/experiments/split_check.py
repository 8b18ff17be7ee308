"""Did the split work? A test of the arms' sizes against the planned shares, before anything else is read."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from workbench.stats.counts import Floats

#: Below this the split is called broken. So small a p-value is rare by chance (one test in a hundred) and
#: usual with lost or doubled units, whose effect on the result nobody knows.
BROKEN_BELOW = 0.01
_MOST_OUTCOMES = 200_000
_TIE = 1e-7


def split_p(counts: ArrayLike, shares: ArrayLike) -> float:
    """Return how probable a split at least as unlikely as the seen one is, if the shares were as planned.

    Two arms: the exact binomial test, two-sided by doubling the smaller tail. More arms: the exact
    multinomial test, adding up the less probable outcomes, while they can be counted (about 600 units in
    three arms); else Pearson's, whose error is then far below the threshold's. What is exactly as probable
    as the seen split counts half (mid-p; Lancaster 1961, doi:10.1080/01621459.1961.10482105): whole numbers
    would make the test timid otherwise.

    Parameters
    ----------
    counts : array_like, shape (n_arms,)
        Whole numbers of units.
    shares : array_like, shape (n_arms,)
        Planned shares, summing to one.

    Examples
    --------
    >>> round(split_p([44700, 45489], [0.5, 0.5]), 6)
    0.008608
    >>> split_p([5300, 4700], [0.5, 0.5]) < 1e-8, split_p([0, 0], [0.5, 0.5])
    (True, 1.0)
    """
    seen, planned = np.asarray(counts, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    total = seen.sum()
    if total == 0:
        return 1.0
    if seen.size == 2:
        return _binomial_p(float(seen[0]), float(total), float(planned[0]))
    if math.comb(int(total) + seen.size - 1, seen.size - 1) <= _MOST_OUTCOMES:
        return _multinomial_p(seen, planned)
    from scipy.special import chdtrc

    expected = total * planned
    return float(chdtrc(seen.size - 1, ((seen - expected) ** 2 / expected).sum()))


def _binomial_p(successes: float, trials: float, share: float) -> float:
    from scipy.special import betainc, betaincc

    # P(X < k) and P(X > k) from the beta law of the share; half of P(X = k) belongs to either side.
    less = float(betaincc(successes, trials - successes + 1, share)) if successes > 0 else 0.0
    more = float(betainc(successes + 1, trials - successes, share)) if successes < trials else 0.0
    return min(1.0, 1 + less - more, 1 + more - less)


def _multinomial_p(seen: Floats, planned: Floats) -> float:
    from scipy.special import gammaln

    total, n_arms = int(seen.sum()), seen.size
    bars = np.array(list(combinations(range(total + n_arms - 1), n_arms - 1)))
    ends = np.full((len(bars), 1), total + n_arms - 1)
    outcomes = np.diff(np.concatenate([-np.ones_like(ends), bars, ends], axis=1), axis=1) - 1
    log_mass = gammaln(total + 1) + (outcomes * np.log(planned) - gammaln(outcomes + 1)).sum(axis=1)
    own = gammaln(total + 1) + (seen * np.log(planned) - gammaln(seen + 1)).sum()
    mass = np.exp(log_mass)
    as_probable = np.abs(log_mass - own) <= _TIE
    return float(min(1.0, mass[log_mass < own - _TIE].sum() + mass[as_probable].sum() / 2))
