"""The law of a wandering rate: its integral, mean and spread against grids, and its limit without drift."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.budget.reported_path import PathPrior, path_law
from workbench.budget.reported_rates import CountTotals, rate_law


def grid_law(counts, exposure, *, size, mean, spread, deviation, correlation):
    """Integrate three periods' log rates over a grid; their level is integrated out in closed form."""
    lags = np.abs(np.subtract.outer(range(3), range(3)))
    cov = spread**2 + deviation**2 * correlation**lags
    axis = mean + np.linspace(-2.5, 2.5, 61)
    x = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    off = x - mean
    logs = -0.5 * np.einsum("ni,ij,nj->n", off, np.linalg.inv(cov), off)
    logs -= 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
    logs += (counts * x - (counts + size) * np.log1p(exposure * np.exp(x) / size)).sum(axis=1)
    top = logs.max()
    p = np.exp(logs - top)
    integral = top + np.log(p.sum() * (axis[1] - axis[0]) ** 3)
    p /= p.sum()
    centre = p @ x
    return integral, centre, (x - centre).T @ ((x - centre) * p[:, None])


@pytest.mark.parametrize("counts", [[2.0, 0.0, 3.0], [25.0, 60.0, 33.0], [300.0, 450.0, 380.0]])
def test_integral_mean_and_covariance_are_those_of_a_grid(counts):
    seen, exposure = np.array(counts), np.array([10.0, 14.0, 9.0])
    mean = float(np.log((seen.sum() + 1) / exposure.sum()))
    want, centre, cov = grid_law(
        seen, exposure, size=20.0, mean=mean, spread=0.4, deviation=0.3, correlation=0.7
    )
    prior = PathPrior(np.full((4_000, 1), mean), *(np.full(4_000, x) for x in (0.4, 0.3, 0.7)))
    law = path_law(seen[None], np.tile(exposure, (4_000, 1, 1)), size=np.full(4_000, 20.0), prior=prior)
    assert law.log_integral[0, 0] == pytest.approx(want, abs=0.02)
    _, path = law.draw(np.random.default_rng(1))
    drawn = path[:, :, 0].T
    sd = np.sqrt(np.diag(cov))
    assert (
        np.abs((drawn.mean(axis=0) - centre) / sd).max() < 0.2
    )  # a mode for a mean: least where counts are few
    np.testing.assert_allclose(np.cov(drawn.T), cov, rtol=0.15)


def test_a_path_that_hardly_moves_is_a_rate():
    rng = np.random.default_rng(4)
    exposure = rng.uniform(5, 15, (6, 2, 40))
    exposure[:, 0, 7] = 0.0  # a pause tells nothing
    counts = rng.poisson(exposure[0] * 0.5).astype(float)
    means, spread, size = rng.normal(-0.7, 0.2, (6, 2)), np.full(6, 0.5), rng.uniform(5, 50, 6)
    still = rate_law(CountTotals.of(counts), exposure, size=size, means=means, spread=spread)
    prior = PathPrior(means, spread, np.full(6, 1e-3), np.full(6, 0.6))
    law = path_law(counts, exposure, size=size, prior=prior)
    np.testing.assert_allclose(law.log_integral, still.log_integral, atol=0.01)
    np.testing.assert_allclose(law.level, still.centre, atol=0.01)
    np.testing.assert_allclose(law.level_sd, still.spread, rtol=0.02)


def test_what_comes_after_the_data_is_the_level_again_and_as_wide_as_the_prior():
    exposure = np.concatenate([np.full(10, 10.0), np.zeros(60)])
    counts = np.where(exposure > 0, 50.0, 0.0)
    n = 4_000
    prior = PathPrior(np.zeros((n, 1)), *(np.full(n, x) for x in (2.0, 0.4, 0.8)))
    law = path_law(counts[None], np.tile(exposure, (n, 1, 1)), size=np.full(n, 1e6), prior=prior)
    levels, path = law.draw(np.random.default_rng(2))
    off = (path - levels)[:, :, 0]
    assert off[-1].std() == pytest.approx(0.4, rel=0.05)
    assert path[9, :, 0].std() < 0.2
    assert path[-1, :, 0].std() > 0.4
    assert np.corrcoef(off[-2], off[-1])[0, 1] == pytest.approx(0.8, abs=0.03)
