"""Priced experiments are worth what they are priced at: against closed forms, and in simulated worlds.

``WORKBENCH_SIMULATIONS`` raises the number of worlds; the full run is
`python -m benchmarks.experiment_value`.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
from scipy.stats import norm

from workbench.budget import experiment_value
from workbench.budget.curves import michaelis_menten
from workbench.budget.experiment_check import Worlds, check_prices, error_of
from workbench.budget.experiment_replan import Replanner
from workbench.budget.experiment_value import price_experiments
from workbench.budget.problem import Item, Problem

N_DRAWS = 4_000
N_SETS = 10  # of draws: single prices of small gains scatter by tens of per cent
N_WORLDS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))
HORIZON = 101
TOTAL = 100.0  # currency units a period
NOW = [np.ones((1, 1))] * 2


def prices(mean: float, sd: float, other: float, *, half: float, noise_sd: float, least: float, seed: int):
    """Price tests of one item whose height is normal, beside another that is known."""
    heights = mean + sd * norm.ppf((np.arange(N_DRAWS) + 0.5) / N_DRAWS)
    heights = np.random.default_rng(seed).permutation(heights)
    unsure = Item("unsure", michaelis_menten(heights, half), 5_000, min_minor=round(100 * least))
    known = Item(
        "known", michaelis_menten(np.full(N_DRAWS, other), half), 5_000, min_minor=round(100 * least)
    )
    problem = Problem((unsure, known), total_minor=round(100 * TOTAL))
    priced = price_experiments(
        problem, adstock=NOW, noise_sd=noise_sd, horizon_periods=HORIZON, lengths=(1, 4), seed=seed
    )
    return [one for one in priced if one.design.item == 0]


def share(spend, half: float):
    return spend / (half + spend)


def spread_after(one, sd: float, half: float) -> float:
    """Return the deviation of the expected height after a reading: normal height, normal error."""
    during, before = one.design.during_minor / 100, one.design.before_minor / 100
    error = one.standard_error / abs(share(during, half) - share(before, half))
    return sd**2 / np.sqrt(sd**2 + error**2)


@pytest.mark.parametrize(("mean", "noise_sd"), [(400.0, 40.0), (300.0, 40.0), (520.0, 120.0)])
def test_the_value_of_a_reading_is_the_exact_one(mean, noise_sd):
    """Given the expected height, the best split is known: the value is one integral."""
    sd, other, half, least = 80.0, 400.0, 50.0, 1.0
    splits = np.linspace(least, TOTAL - least, 3_000)
    own, rest = share(splits, half), share(TOTAL - splits, half)

    def best(height):
        return (np.asarray(height)[:, None] * own + other * rest).max(axis=1)

    at = norm.ppf((np.arange(2_000) + 0.5) / 2_000)

    def exact(one):
        after = mean + spread_after(one, sd, half) * at
        return (HORIZON - one.design.n_periods) * (best(after).mean() - best([mean])[0])

    sets = [prices(mean, sd, other, half=half, noise_sd=noise_sd, least=least, seed=k) for k in range(N_SETS)]
    shares_lie_within(0.9, 1.03, sets, exact)
    assert not any(one.is_coarse for priced in sets for one in priced)


def shares_lie_within(least, most, sets, exact):
    """Check that a price is on average such a share of the exact gain, and is known well enough to tell."""
    shares = np.array([[one.gain.mean / exact(one) for one in priced] for priced in sets])
    mean, error = shares.mean(axis=0), shares.std(axis=0, ddof=1) / np.sqrt(len(shares))
    assert (mean > least - 3 * error).all(), mean
    assert (mean < most + 3 * error).all(), mean
    assert (error < 0.2).all()


@pytest.mark.parametrize("other", [1.0, 0.9])
def test_between_two_straight_lines_it_is_the_unit_normal_loss(other):
    """The plan leaps from one end to the other: the hardest case for plans between readings."""
    mean, sd, half, least = 1.0, 0.2, 1e4, 1.0

    def exact(one):
        s = spread_after(one, sd * half, half) / half
        u = abs(mean - other) / s
        return (HORIZON - one.design.n_periods) * (TOTAL - 2 * least) * s * (norm.pdf(u) - u * norm.sf(u))

    heights = (mean * half, sd * half, other * half)
    sets = [prices(*heights, half=half, noise_sd=10.0, least=least, seed=k) for k in range(N_SETS)]
    shares_lie_within(0.75, 1.02, sets, exact)


def luck_of_the_first(seed: int, *, n_items: int = 8, n_draws: int = 240) -> float:
    """Return by how much the first of many worthless tests seems to cost more than it does.

    The readings tell nothing, so that no test gains; what each costs is known in closed form.
    """
    rng = np.random.default_rng([7, seed])
    items = tuple(
        Item(f"item {k}", michaelis_menten(rng.gamma(25.0, 16.0, n_draws), 50.0), 2_000, min_minor=500)
        for k in range(n_items)
    )
    problem = Problem(items, total_minor=2_000 * n_items, seed=seed)
    first = price_experiments(
        problem, adstock=NOW[:1] * n_items, noise_sd=1e6, horizon_periods=52, lengths=(4,), seed=seed
    )[0]
    assert abs(first.gain.mean) < 1e-3
    before, during = first.design.before_minor, first.design.during_minor
    lost = 400 * (share(before / 100, 50.0) - share(during / 100, 50.0))
    price = Replanner.of(problem).prices[int(during > before)]
    return first.cost.mean - 4 * (lost + price * (during - before))


@pytest.mark.slow
def test_the_first_of_many_worthless_tests_is_priced_without_its_luck(monkeypatch):
    luck = np.array([luck_of_the_first(seed) for seed in range(40)])
    assert abs(luck.mean()) < 2 * error_of(luck)
    monkeypatch.setattr(experiment_value, "_apart", lambda curves, _: (np.arange(curves.n_draws),) * 2)
    luck = np.array([luck_of_the_first(seed) for seed in range(40)])
    assert luck.mean() < -2 * error_of(luck)


def test_worlds_are_read_without_a_fault():
    found = check_prices(3, seed=3, worlds=Worlds(n_channels=2, n_draws=400))
    assert found.priced.size + found.n_left_out == 3
    assert "worlds: gain priced at" in found.summary()
    assert list(found.table()["worlds"])[:1] == ["all"]


@pytest.mark.slow
@pytest.mark.parametrize("at_random", [False, True])
def test_prices_are_what_is_realised(at_random):
    found = check_prices(N_WORLDS, seed=18, worlds=Worlds(at_random=at_random))
    for came in (found.expected, found.realised):
        assert abs((came - found.priced).mean()) < 2 * error_of(came - found.priced)
    assert found.covered.mean() > 0.75
