r"""What each item's daily budget brings, learned from its days: an exact posterior on a small grid.

Results of item :math:`i` on day :math:`d` are counts of mean

.. math:: F_{id}\, \theta_i\, g(s_{id}) / g(x_i), \qquad g(s) = s / (h_i + s),

with :math:`F` the share of the day's results that has arrived, :math:`\theta_i` the results of a day at the
item's usual spend :math:`x_i`, and :math:`h_i = x_i e_i / (1 - e_i)`, so that :math:`e_i` is the elasticity
there. Given the elasticity, :math:`\theta_i` has a gamma law; elasticities and what the items share (results
per currency unit, how far items differ, the mean elasticity) stand on grids. Older days count less, each by
:math:`2^{-age / half\ life}`, and scatter beyond Poisson's makes every day count less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.budget.curves import ResponseCurve, michaelis_menten
from workbench.budget.problem import refused
from workbench.stats.counts import Floats

_ELASTICITIES = np.array([0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95])
_MEAN_ELASTICITIES = np.array([0.4, 0.55, 0.7, 0.85])
_SAMENESS = 8.0  # of the items' elasticities: a beta law's two parameters add up to it
_SHAPES = np.array(
    [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
)  # of the gamma law that items' results are drawn from
_RATES = np.exp(np.linspace(-1.5, 1.5, 9))  # times the results per currency unit of all items together
_WEEK = 7
_PRIOR_DRIFT, _PRIOR_WEEKS = 0.1, 3.0  # how far a week lies from those before, and for how many that counts
_PRIOR_DAYS = 10.0  # without any scatter beyond Poisson's, against which the scatter is weighed


@dataclass(frozen=True)
class DailyHistory:
    """Days of some items.

    Attributes
    ----------
    items : tuple of str
    spend : ndarray, shape (n_days, n_items)
        Currency units; the latest day last, one row a calendar day.
    results : ndarray, shape (n_days, n_items)
        Results counted so far.
    known : ndarray, shape (n_days, n_items)
        Share of each day's results that has arrived, in [0, 1]; a day at 0 is not used.
    """

    items: tuple[str, ...]
    spend: Floats
    results: Floats
    known: Floats

    def __post_init__(self) -> None:
        shape = self.spend.shape
        if len(shape) != 2 or shape[1] != len(self.items) or not self.items:
            raise refused("spend", shape, "is not days × items", "Give one row a day and one column an item.")
        for field in ("spend", "results", "known"):
            values = getattr(self, field)
            if values.shape != shape:
                raise refused(
                    field, values.shape, f"is not of shape {shape}", "Give every day of every item."
                )
            if not np.isfinite(values).all() or (values < 0).any():
                raise refused(field, "a value", "is below zero or none", "Give amounts and counts.")
        if (self.known > 1).any():
            raise refused("known", float(self.known.max()), "is no share", "Give shares from 0 to 1.")

    @classmethod
    def of(
        cls, items: Sequence[str], spend: ArrayLike, results: ArrayLike, known: ArrayLike = 1.0
    ) -> DailyHistory:
        """Make one of anything like arrays; ``known`` may be one share for each day.

        Parameters
        ----------
        items : sequence of str
        spend, results : array_like, shape (n_days, n_items)
        known : array_like, scalar, shape (n_days,) or (n_days, n_items)
        """
        spent, got = np.asarray(spend, dtype=np.float64), np.asarray(results, dtype=np.float64)
        share = np.asarray(known, dtype=np.float64)
        full = np.broadcast_to(share[:, None] if share.ndim == 1 else share, spent.shape)
        return cls(tuple(items), spent, got, full)

    @property
    def is_usable(self) -> np.ndarray:
        """Which days of which items tell something: there was spend, and results of it have arrived."""
        usable: np.ndarray = (self.spend > 0) & (self.known > 0)
        return usable


@dataclass(frozen=True)
class DailyResponse:
    """Posterior of the items' responses.

    Attributes
    ----------
    items : tuple of str
    usual_spend : ndarray, shape (n_items,)
        At which elasticity and ``theta`` are meant, currency units a day.
    shape : ndarray, shape (n_items, n_shapes)
        Of the gamma law of ``theta`` given the items' shape parameter.
    rate : ndarray, shape (n_items, n_rates, n_shapes, n_elasticities)
        Of the same law.
    of_elasticity : ndarray, shape (n_items, n_rates, n_shapes, n_means, n_elasticities)
        Probability of each elasticity given what the items share.
    of_shared : ndarray, shape (n_rates, n_shapes, n_means)
        Probability of what the items share.
    dispersion : float
        Variance of a day's results over Poisson's, at least one.
    day_dispersion : float
        The same of all items' results together: what days have in common adds up in it.
    drift : float
        Standard deviation, relative to its mean, of what a week of all items' results differs from what was
        learned before it, beyond that scatter.
    n_days, n_results : float
        Days and results that the posterior rests on, as they count.
    """

    items: tuple[str, ...]
    usual_spend: Floats
    shape: Floats
    rate: Floats
    of_elasticity: Floats
    of_shared: Floats
    dispersion: float
    day_dispersion: float
    drift: float
    n_days: float
    n_results: float

    def curves(self, rng: np.random.Generator, n_draws: int) -> tuple[ResponseCurve, ...]:
        """Draw response curves: results a day of spend in currency units, once all have arrived.

        Parameters
        ----------
        rng : numpy.random.Generator
        n_draws : int
        """
        shared = rng.choice(self.of_shared.size, size=n_draws, p=self.of_shared.ravel())
        r, a, m = np.unravel_index(shared, self.of_shared.shape)
        out = []
        for i, usual in enumerate(self.usual_spend):
            levels = self.of_elasticity[i, r, a, m].cumsum(axis=1)
            place = (rng.random(n_draws)[:, None] * levels[:, -1:] > levels).sum(axis=1)
            e = _ELASTICITIES[place]
            theta = rng.gamma(self.shape[i, a]) / self.rate[i, r, a, place]
            out.append(michaelis_menten(theta / (1 - e), usual * e / (1 - e)))
        return tuple(out)


def learn_daily(
    history: DailyHistory, *, half_life_days: float = 28.0, usual_spend: ArrayLike | None = None
) -> DailyResponse:
    """Learn what each item's daily spend brings.

    Parameters
    ----------
    history : DailyHistory
        With at least one usable day.
    half_life_days : float
        After which a day counts half.
    usual_spend : array_like, shape (n_items,), optional
        For items that never spent: what they are to spend, currency units a day.

    Returns
    -------
    DailyResponse

    Examples
    --------
    >>> history = DailyHistory.of(["a", "b"], [[100.0, 100.0]] * 20, [[10, 5]] * 20)
    >>> found = learn_daily(history)
    >>> a, b = found.curves(np.random.default_rng(1), 4000)
    >>> [round(float(curve.at(100.0).mean())) for curve in (a, b)]
    [10, 5]
    """
    if not (np.isfinite(half_life_days) and half_life_days > 0):
        raise refused("half_life_days", half_life_days, "is no number of days", "Give one above zero.")
    if not history.is_usable.any():
        raise refused("spend", "no day", "has spend and results that have arrived", "Wait for some days.")
    ages = np.arange(len(history.spend))[::-1]
    weight = np.where(history.is_usable, 2.0 ** (-ages / half_life_days)[:, None], 0.0)
    usual = _usual_spend(history, weight, usual_spend)
    exposure = _exposure(history, usual)
    mean = _level_means(history, weight, exposure)
    got, meant = (np.where(weight > 0, x, 0.0).sum(axis=1) for x in (history.results, mean))
    dispersion = _pearson(history.results, mean, weight)
    of_days = _pearson(got[:, None], meant[:, None], weight.max(axis=1, keepdims=True))
    drift = _drift(got, meant, of_days, half_life_days)
    return _posterior(history, weight / dispersion, usual, exposure, scatter=(dispersion, of_days, drift))


def _usual_spend(history: DailyHistory, weight: Floats, given: ArrayLike | None) -> Floats:
    """Return each item's mean spend of the days that count; for items without any, what is given."""
    total = weight.sum(axis=0)
    mean = (weight * history.spend).sum(axis=0) / np.maximum(total, 1e-300)
    rest = np.asarray(mean[total > 0].mean() if given is None else given, dtype=np.float64)
    return np.maximum(np.where(total > 0, mean, np.broadcast_to(rest, mean.shape)), 1e-6)


def _exposure(history: DailyHistory, usual: Floats) -> Floats:
    """Return each day's expected results per ``theta``, shape (n_days, n_items, n_elasticities)."""
    spend = history.spend[:, :, None]
    half = (usual[:, None] * _ELASTICITIES) / (1 - _ELASTICITIES)
    ratio = spend * (half + usual[:, None]) / (usual[:, None] * (half + spend))
    out: Floats = history.known[:, :, None] * ratio
    return out


def _level_means(history: DailyHistory, weight: Floats, exposure: Floats) -> Floats:
    """Return each day's results at the items' mean strength and a middle elasticity, days × items."""
    middle = exposure[:, :, _ELASTICITIES.size // 2]
    brought = (weight * history.results).sum(axis=0)
    out: Floats = middle * (brought + 0.5) / ((weight * middle).sum(axis=0) + 1e-300)
    return out


def _pearson(results: Floats, mean: Floats, weight: Floats) -> float:
    """Return Pearson's ratio of the scatter to Poisson's, at least one."""
    square = np.where(weight > 0, (results - mean) ** 2 / np.maximum(mean, 1e-300), 0.0)
    enough = mean >= 0.2  # rarer results scatter too little to be told from Poisson's
    lost = np.sum(np.any(weight * enough > 0, axis=0))
    days = float((weight * enough).sum())
    ratio = (float((weight * enough * square).sum()) + _PRIOR_DAYS) / max(days + _PRIOR_DAYS - lost, 1.0)
    return max(ratio, 1.0)


def _drift(got: Floats, meant: Floats, dispersion: float, half_life_days: float) -> float:
    """Return how far weeks lie from what the days before them tell, relative and beyond the days' scatter."""
    excess = [_PRIOR_WEEKS * _PRIOR_DRIFT**2]
    for first in range(2 * _WEEK, got.size - _WEEK + 1):
        older = 2.0 ** (-np.arange(first)[::-1] / half_life_days)
        week = slice(first, first + _WEEK)
        ratio = float((older @ got[:first] + 0.5) / (older @ meant[:first] + 0.5))
        expected = ratio * float(meant[week].sum())
        if expected > 1:
            lost = (float(got[week].sum()) - expected) ** 2 - dispersion * expected
            excess.append(lost / expected**2 / _WEEK)  # weeks overlap: each day begins one
    n_weeks = _PRIOR_WEEKS + (len(excess) - 1) / _WEEK
    return float(np.sqrt(max(sum(excess) / n_weeks, 0.0)))


def _posterior(
    history: DailyHistory,
    weight: Floats,
    usual: Floats,
    exposure: Floats,
    *,
    scatter: tuple[float, float, float],
) -> DailyResponse:
    from scipy.special import gammaln, logsumexp

    counted = weight * history.results  # (days, items)
    brought = counted.sum(axis=0)
    exposed = np.einsum("di,die->ie", weight, exposure)
    fit = np.einsum("di,die->ie", counted, np.log(np.where(exposure > 0, exposure, 1.0)))
    overall = (brought.sum() + 0.5) / max(float((weight * history.known * history.spend).sum()), 1e-300)
    prior_rate = _SHAPES / (overall * _RATES[:, None] * usual[:, None, None])  # (items, rates, shapes)
    shape = _SHAPES + brought[:, None]
    rate = prior_rate[..., None] + exposed[:, None, None, :]
    gain = _SHAPES * np.log(prior_rate) - gammaln(_SHAPES) + gammaln(shape)[:, None, :]
    evidence = gain[..., None] - shape[:, None, :, None] * np.log(rate) + fit[:, None, None, :]
    joint = evidence[:, :, :, None, :] + _log_prior_of_elasticity()
    of_item = logsumexp(joint, axis=-1)
    together = of_item.sum(axis=0)
    return DailyResponse(
        history.items,
        usual,
        shape,
        rate,
        np.exp(joint - of_item[..., None]),
        np.exp(together - logsumexp(together)),
        *scatter,
        float((weight * scatter[0]).sum(axis=0).max()),
        float(brought.sum() * scatter[0]),
    )


def _log_prior_of_elasticity() -> Floats:
    """Return the logarithm of the law of an item's elasticity given their mean, shape (n_means, n_grid)."""
    a, b = _SAMENESS * _MEAN_ELASTICITIES[:, None], _SAMENESS * (1 - _MEAN_ELASTICITIES[:, None])
    log = (a - 1) * np.log(_ELASTICITIES) + (b - 1) * np.log1p(-_ELASTICITIES)
    out: Floats = log - np.log(np.exp(log).sum(axis=1, keepdims=True))
    return out
