"""What a spend experiment is worth: the better plan that its reading allows, less what the test costs.

A test of one item reads ``f(during) − f(before) + error``: one curve at two spends, with the fit's own
noise. Every posterior draw says what would be read if it were true, and a reading reweighs the draws. The
allocator is run again for readings that span what may come. What the new plan brings more than today's, under
the draw that made the reading, is the gain (preposterior analysis: Raiffa & Schlaifer 1961; sample
information: Ades et al. 2004, doi:10.1177/0272989X04263162). Plans are found on one half of the draws and
judged on the other, today's as well as those after a reading, so that the noise of the draws earns nothing.
What is judged is divided again: experiments are put in order by some draws and priced by the others, so that
the price of the first is not the highest error of many (cross-fitting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.budget.curves import CurveSet
from workbench.budget.estimate import Estimate
from workbench.budget.experiment_designs import Design, designs_of, lost_by, read_by, warm_up_of
from workbench.budget.experiment_replan import Path, Readings, Replanner, effects_of
from workbench.budget.problem import Problem, refused
from workbench.stats.counts import Floats

_N_READINGS = 8  # of each judged draw
_N_BOOTSTRAP = 400
_NOTABLE_MOVE = 0.05


@dataclass(frozen=True)
class ExperimentValue:
    """One experiment, in units of the outcome (times the items' values).

    Attributes
    ----------
    design : Design
    standard_error : float
        Of the effect a period that will be read.
    gain : Estimate
        What better plans bring until the horizon. The mean is the expected value of the reading; the interval
        holds what it may turn out to be, whatever is true and whatever is read.
    cost : Estimate
        What the test loses against the plan; below zero where it pays by itself.
    net : Estimate
        Gain less cost, likewise.
    gain_mean_interval, net_mean_interval : tuple of float
        How well the means of ``gain`` and ``net`` are known, by a bootstrap of the draws.
    prob_plan_changes : float
        Probability of a reading after which a twentieth of the total or more is moved.
    is_coarse : bool
        Whether the reading was taken for less exact than it is, so that enough draws are left to plan on.
    rank : float
        What experiments are ordered by: the gain, less a cost above zero, on draws that do not price.
    """

    design: Design
    standard_error: float
    gain: Estimate
    cost: Estimate
    net: Estimate
    gain_mean_interval: tuple[float, float]
    net_mean_interval: tuple[float, float]
    prob_plan_changes: float
    is_coarse: bool
    rank: float

    @property
    def pays(self) -> bool:
        """Whether gain and net value are expected above zero, beyond the error of their computation.

        Both: a test that only wins by breaking a limit of the plan teaches nothing.
        """
        return self.gain_mean_interval[0] > 0 and self.net_mean_interval[0] > 0


@dataclass(frozen=True)
class _Asked:
    """What all experiments of one question share."""

    bench: Replanner
    adstock: tuple[Floats, ...]
    noise_sds: tuple[float, ...]
    horizon_periods: int
    choosing: np.ndarray  # which of the judged draws put experiments in order
    pricing: np.ndarray  # the rest of them
    bootstrap: Floats  # (n_bootstrap, n_pricing): weights of the draws that price, rows sum to one
    normals: Floats  # (n_judged, n_readings)
    fitted_normals: Floats  # (n_replanned,)
    usual: Floats  # (n_judged, 1): what today's plan brings


def price_experiments(
    problem: Problem,
    *,
    adstock: Sequence[Floats],
    noise_sd: float | Sequence[float],
    horizon_periods: int,
    lengths: Sequence[int],
    n_effective: float | None = None,
    seed: int = 0,
) -> tuple[ExperimentValue, ...]:
    """Price every experiment that the limits allow, the best first.

    Parameters
    ----------
    problem : Problem
        One period, the mean, concave curves (steady state, spends in currency units), disjoint groups.
        Least changes are left out: a plan of many periods may take them.
    adstock : sequence of ndarray, shape (n_draws, n_lags) or (1, n_lags) each
        Each item's weights of this and earlier periods, of the same draws as its curve.
    noise_sd : float or sequence of float
        Of the outcome of one period, about what the model says; one for each item where its own is read.
    horizon_periods : int
        Periods from now over which better plans count; those of the test are among them.
    lengths : sequence of int
        Periods that are read.
    n_effective : float, optional
        Independent draws that the draws are worth; all where left out.
    seed : int

    Returns
    -------
    tuple of ExperimentValue
        By gain less cost on draws of their own, so that the first one's price is honest after the choice;
        empty if nothing may be tested.

    Raises
    ------
    DataError
        If a field is unusable or the constraints conflict.
    NotEnoughData
        If there are too few draws.

    Examples
    --------
    >>> from workbench.budget.curves import michaelis_menten
    >>> from workbench.budget.problem import Item
    >>> rng = np.random.default_rng(1)
    >>> sure = Item("search", michaelis_menten(np.full(1000, 400.0), 100.0), 5_000)
    >>> unsure = Item("social", michaelis_menten(rng.gamma(2.0, 200.0, 1000), 100.0), 5_000)
    >>> priced = price_experiments(
    ...     Problem((sure, unsure), total_minor=10_000, allow_extrapolation=True),
    ...     adstock=[np.ones((1, 1))] * 2, noise_sd=20.0, horizon_periods=52, lengths=[4],
    ... )
    >>> priced[0].design.item, priced[0].pays
    (1, True)
    """
    noise_sds = tuple(float(x) for x in np.broadcast_to(noise_sd, len(problem.items)))
    if not all(np.isfinite(x) and x > 0 for x in noise_sds):
        raise refused("noise_sd", noise_sd, "is not above zero", "Give the fit's own noise a period.")
    if horizon_periods < 2:
        raise refused("horizon_periods", horizon_periods, "leaves no time", "Give 2 periods or more.")
    asked = _asked(
        problem, adstock, noise_sds, horizon_periods=horizon_periods, n_effective=n_effective, seed=seed
    )
    designs = designs_of(
        problem, asked.bench.today.spend.tolist(), [warm_up_of(one) for one in adstock], lengths=lengths
    )
    alike: dict[tuple[int, int], list[Design]] = {}
    for one in designs:
        if one.n_periods < horizon_periods:
            alike.setdefault((one.item, one.during_minor), []).append(one)
    priced = [value for group in alike.values() for value in _priced(asked, group)]
    return tuple(sorted(priced, key=lambda one: -one.rank))


def _asked(
    problem: Problem,
    adstock: Sequence[Floats],
    noise_sds: tuple[float, ...],
    *,
    horizon_periods: int,
    n_effective: float | None,
    seed: int,
) -> _Asked:
    bench = Replanner.of(problem)
    rng, of_bootstrap, of_halves = np.random.default_rng(seed).spawn(3)
    choosing, pricing = _apart(bench.judged, of_halves)
    n = pricing.size
    share = 1.0 if n_effective is None else min(n_effective / problem.items[0].curve.n_draws, 1.0)
    picked = max(int(n * share), 2)
    bootstrap = of_bootstrap.multinomial(picked, np.full(n, 1 / n), size=_N_BOOTSTRAP) / picked
    return _Asked(
        bench,
        tuple(adstock),
        noise_sds,
        horizon_periods,
        choosing,
        pricing,
        bootstrap,
        _stratified(bench.judged_draws.size, _N_READINGS, rng),
        _stratified(bench.replanned.n_draws, 1, rng)[:, 0],
        bench.outcomes(bench.today.spend[:, None, None]),
    )


def _apart(curves: CurveSet, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Divide draws into random halves; copies of one draw, as importance leaves them, stay together."""
    same = np.concatenate([np.stack([one.scale, one.rate]) for one in curves.curves])
    group = np.unique(same, axis=1, return_inverse=True)[1].ravel()
    order = np.argsort(rng.permutation(group.max() + 1)[group], kind="stable")
    half = group.size // 2
    return np.sort(order[:half]), np.sort(order[half:])


def _stratified(n_draws: int, n_readings: int, rng: np.random.Generator) -> Floats:
    """Return standard normal errors, (n_draws, n_readings), that fill their law for each draw and in all."""
    from scipy.special import ndtri

    ranks = np.tile((np.arange(n_draws) + 0.5) / n_draws, (n_readings, 1))
    out: Floats = ndtri((np.arange(n_readings)[:, None] + rng.permuted(ranks, axis=1)) / n_readings).T
    return out


def _priced(asked: _Asked, designs: Sequence[Design]) -> list[ExperimentValue]:
    """Price the lengths of one change; plans are found once, for the longest, whose readings tell most."""
    effects = effects_of(designs[0], asked.bench.replanned)
    of_length = {}
    for one in designs:
        plain = Readings(effects, one.standard_error(asked.noise_sds[one.item]), asked.fitted_normals)
        of_length[one.n_read] = plain.with_enough_draws()
    path = asked.bench.path(of_length[max(of_length)])
    return [_value(asked, one, of_length[one.n_read], path) for one in designs]


def _value(asked: _Asked, design: Design, readings: Readings, path: Path) -> ExperimentValue:
    """Judge the plans after the readings that each held-out draw would give."""
    bench, level = asked.bench, asked.bench.problem.level
    true = read_by(design, bench.judged.curves[design.item], _own_adstock(asked, design))
    read = true[:, None] + readings.standard_error * asked.normals
    plans = path.plans_at(readings.expected(read))
    left = asked.horizon_periods - design.n_periods
    gain = left * (bench.outcomes(plans) - asked.usual)
    cost = _cost(asked, design)
    net = gain - cost[:, None]
    moved = np.abs(plans - bench.today.spend[:, None, None]).sum(axis=0) / 2
    rank = gain[asked.choosing].mean() - max(cost[asked.choosing].mean(), 0.0)
    gain, cost, net, moved = (each[asked.pricing] for each in (gain, cost, net, moved))
    return ExperimentValue(
        design,
        design.standard_error(asked.noise_sds[design.item]),
        _estimate(gain, level),
        _estimate(cost, level),
        _estimate(net, level),
        _ends(asked.bootstrap @ gain.mean(axis=1), level),
        _ends(asked.bootstrap @ net.mean(axis=1), level),
        float((moved >= _NOTABLE_MOVE * bench.today.spend.sum()).mean()),
        readings.standard_error > design.standard_error(asked.noise_sds[design.item]) * (1 + 1e-9),
        float(rank),
    )


def _cost(asked: _Asked, design: Design) -> Floats:
    """Return what the test loses, and what the money that it takes would bring elsewhere: the total stays."""
    bench = asked.bench
    lost = lost_by(design, bench.judged.curves[design.item], _own_adstock(asked, design))
    taken = design.n_periods * (design.during_minor - design.before_minor)
    freed_price, taken_price = bench.prices
    out: Floats = bench.values[design.item] * lost + (taken_price if taken > 0 else freed_price) * taken
    return out


def _own_adstock(asked: _Asked, design: Design) -> Floats:
    """Return the item's adstock under each judged draw, or the one of all."""
    weights = asked.adstock[design.item]
    return weights if len(weights) == 1 else weights[asked.bench.judged_draws]


def _estimate(draws: Floats, level: float) -> Estimate:
    return Estimate(float(draws.mean()), _ends(draws, level))


def _ends(draws: Floats, level: float) -> tuple[float, float]:
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
