"""Which spend experiments are worth thinking about, what they read, and what they cost while they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.budget.curves import ResponseCurve, kernel
from workbench.budget.problem import Item, Problem, refused
from workbench.stats.counts import Floats

DesignName = Literal["pause", "half", "double", "raise", "start"]
#: Periods that are read, by the length of a period in days.
USUAL_LENGTHS: Mapping[int, tuple[int, ...]] = {7: (2, 4, 8), 1: (14, 28, 56)}
_SETTLED = 0.9  # of the effect, before a period is read
_LEAST_RAISE = 1.2  # a smaller step up would only be read in the noise


@dataclass(frozen=True)
class Design:
    """One item's spend changed, held, and read once its effect has settled.

    Attributes
    ----------
    item : int
        Its place among the problem's items.
    name : {"pause", "half", "double", "raise", "start"}
        ``raise`` goes up to the highest spend observed, where doubling would go beyond; ``start`` spends on
        an item that the plan leaves out.
    before_minor, during_minor : int
        A period, in minor units.
    n_warm_up, n_read : int
        Periods until nine tenths of the effect have come, and periods that are read after them.
    """

    item: int
    name: DesignName
    before_minor: int
    during_minor: int
    n_warm_up: int
    n_read: int

    @property
    def n_periods(self) -> int:
        """How long the spend is changed."""
        return self.n_warm_up + self.n_read

    def standard_error(self, noise_sd: float) -> float:
        """Return that of the effect a period, read against as many periods before the change."""
        return noise_sd * float(np.sqrt(2 / self.n_read))


def designs_of(
    problem: Problem, plan_minor: Sequence[float], warm_ups: Sequence[int], *, lengths: Sequence[int]
) -> tuple[Design, ...]:
    """Return every pause, half and double that the limits of the items allow, for each length.

    Fixed items are not tested; bounds of an item and the highest spend observed are kept. Groups and the step
    limit speak of plans and do not bind a test.

    Parameters
    ----------
    problem : Problem
    plan_minor : sequence of float, length n_items
        What today's best plan spends a period.
    warm_ups : sequence of int, length n_items
        See `warm_up_of`.
    lengths : sequence of int
        Periods that are read, each 1 or more.

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> item = Item("search", michaelis_menten([400.0], [100.0]), 5_000, observed_max_minor=8_000)
    >>> made = designs_of(Problem((item,), total_minor=5_000), [5_000.0], [1], lengths=[2])
    >>> [(one.name, one.during_minor, one.n_periods) for one in made]
    [('pause', 0, 3), ('half', 2500, 3), ('raise', 8000, 3)]
    """
    for n in lengths:
        if n < 1:
            raise refused("lengths", n, "is no number of periods", "Give 1 or more.")
    out = []
    for k, item in enumerate(problem.items):
        if item.is_fixed:
            continue
        before = round(plan_minor[k])
        least = item.min_minor
        most = most_of(problem, item, before)
        for name, during in _spends(item, before, most):
            if least <= during <= most and during != before:
                out += [Design(k, name, before, during, warm_ups[k], n) for n in lengths]
    return tuple(out)


def most_of(problem: Problem, item: Item, before: int) -> float:
    """Return the most that an item may spend by its own limit and the highest spend observed."""
    most = float("inf") if item.max_minor is None else float(item.max_minor)
    if item.observed_max_minor is None or problem.allow_extrapolation:
        return most
    return min(most, float(max(item.observed_max_minor, item.current_minor, before)))


def _spends(item: Item, before: int, most: float) -> list[tuple[DesignName, int]]:
    if before == 0:
        usual = item.current_minor or (item.observed_max_minor or 0) // 2
        return [("start", int(min(usual, most)))]
    spends: list[tuple[DesignName, int]] = [("pause", 0), ("half", before // 2)]
    if 2 * before <= most:
        return [*spends, ("double", 2 * before)]
    return [*spends, ("raise", int(most))] if most >= _LEAST_RAISE * before else spends


def warm_up_of(adstock: Floats) -> int:
    """Return after how many periods nine tenths of a change's effect come in the same period.

    Parameters
    ----------
    adstock : ndarray, shape (n_draws, n_lags) or (1, n_lags)
        Weights of this and earlier periods; each row sums to one.

    Examples
    --------
    >>> warm_up_of(np.array([[0.7, 0.21, 0.09]])), warm_up_of(np.array([[1.0, 0.0, 0.0]]))
    (1, 0)
    """
    come = np.cumsum(adstock.mean(axis=0))
    return int(np.argmax(come >= _SETTLED - 1e-12))


def settled_shares(adstock: Floats, n_periods: int) -> Floats:
    """Return which share of a change has come in each period, from the first to the last with any effect.

    Parameters
    ----------
    adstock : ndarray, shape (n_draws, n_lags)
    n_periods : int
        How long the spend is changed.

    Returns
    -------
    ndarray, shape (n_draws, n_periods + n_lags - 1)

    Examples
    --------
    >>> settled_shares(np.array([[0.75, 0.25]]), 2)
    array([[0.75, 1.  , 0.25]])
    """
    n_lags = adstock.shape[1]
    come = np.ones((len(adstock), n_periods + n_lags))
    come[:, 0] = 0.0
    come[:, 1 : n_lags + 1] = np.cumsum(adstock, axis=1)[:, : n_periods + n_lags - 1]
    gone = np.zeros_like(come)
    gone[:, n_periods:] = come[:, :n_lags]
    out: Floats = (come - gone)[:, 1:]
    return out


def lost_by(design: Design, curve: ResponseCurve, adstock: Floats) -> Floats:
    """Return the outcome that a change loses, under each draw, until its effect has died out.

    Parameters
    ----------
    design : Design
    curve : ResponseCurve
        Of the item, in minor units.
    adstock : ndarray, shape (n_draws, n_lags) or (1, n_lags)

    Returns
    -------
    ndarray, shape (n_draws,)
        Below zero where the change wins outcome.

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> pause = Design(0, "pause", 100, 0, n_warm_up=0, n_read=2)
    >>> lost_by(pause, michaelis_menten([400.0], [100.0]), np.ones((1, 1)))
    array([400.])
    """
    change = design.during_minor - design.before_minor
    lost = np.zeros(curve.n_draws)
    usual = curve.at([float(design.before_minor)])[0]
    for share in settled_shares(adstock, design.n_periods).T:
        lost += usual - _response(curve, design.before_minor + change * share)
    return lost


def read_by(design: Design, curve: ResponseCurve, adstock: Floats) -> Floats:
    """Return the effect a period that is read under each draw, without its error.

    A period is read once nine tenths of the effect have come: what is read falls short of the settled effect
    by what has not come yet.

    Parameters
    ----------
    design : Design
    curve : ResponseCurve
        Of the item, in minor units.
    adstock : ndarray, shape (n_draws, n_lags) or (1, n_lags)

    Returns
    -------
    ndarray, shape (n_draws,)

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> pause = Design(0, "pause", 100, 0, n_warm_up=0, n_read=2)
    >>> read_by(pause, michaelis_menten([400.0], [100.0]), np.array([[0.5, 0.5]])).round(1)
    array([-133.3])
    """
    change = design.during_minor - design.before_minor
    come = settled_shares(adstock, design.n_periods)[:, design.n_warm_up : design.n_periods].T
    usual = curve.at([float(design.before_minor)])[0]
    out = np.zeros(curve.n_draws)
    for share in come:
        out += _response(curve, design.before_minor + change * share) - usual
    return out / design.n_read


def _response(curve: ResponseCurve, spend: Floats) -> Floats:
    """Return each draw's outcome at its own spend, shape (n_draws,)."""
    out: Floats = curve.scale * kernel(curve.family, curve.rate * spend, curve.slope)[0]
    return out
