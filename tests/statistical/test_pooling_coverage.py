"""How often pooled 90 % intervals hold the true rates: as assumed, and moderately otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.stats.pooling import pooled_rates

LEVEL = 0.9
Draw = Callable[[np.random.Generator, int], np.ndarray]


def spread_from_prior(rng: np.random.Generator) -> float:
    """Draw a coefficient of variation as the model's own prior would, which ends at 5."""
    while True:
        spread = abs(0.5 * np.tan(np.pi * (rng.random() - 0.5)))
        if 0 < spread < 5:
            return float(spread)


def as_assumed(rng: np.random.Generator, n: int) -> np.ndarray:
    shape = spread_from_prior(rng) ** -2
    return rng.gamma(shape, 1 / shape, n)


def gamma_with(spread: float) -> Draw:
    return lambda rng, n: rng.gamma(spread**-2, spread**2, n) if spread else np.ones(n)


def lognormal(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.exp(rng.normal(-0.125, 0.5, n))


def two_kinds(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.choice([0.6, 1.4], n)


def coverage(draw: Draw, n_units: int, *, n_runs: int, phi: float = 1.0) -> tuple[float, float]:
    """Return the share of true rates inside their intervals, and its Monte Carlo error (by run)."""
    rng = np.random.default_rng(31)
    shares = np.empty(n_runs)
    for i in range(n_runs):
        rate = 0.04 * draw(rng, n_units)
        exposure = np.exp(rng.uniform(np.log(40), np.log(6_000), n_units))
        mean = np.maximum(rate * exposure, 1e-12)
        events = rng.poisson(mean) if phi == 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi)
        got = pooled_rates(events, exposure, level=LEVEL, dispersion=phi)
        shares[i] = ((got.low <= rate) & (rate <= got.high)).mean()
    return float(shares.mean()), float(shares.std() / np.sqrt(n_runs))


@pytest.mark.parametrize("n_units", [3, 8])
def test_as_assumed(n_units):
    share, error = coverage(as_assumed, n_units, n_runs=160)
    assert abs(share - LEVEL) < 3.5 * error


@pytest.mark.parametrize("draw", [gamma_with(0.0), gamma_with(0.8), lognormal, two_kinds])
def test_otherwise(draw):
    share, error = coverage(draw, 5, n_runs=80)
    assert share + 2.5 * error > 0.86


def test_overdispersed_days():
    share, error = coverage(gamma_with(0.3), 5, n_runs=80, phi=1.8)
    assert share + 2.5 * error > 0.86


@pytest.mark.slow
@pytest.mark.parametrize("n_units", [2, 3, 5, 8, 25])
@pytest.mark.parametrize(
    "draw",
    [as_assumed, gamma_with(0.0), gamma_with(0.3), gamma_with(0.8), lognormal, two_kinds],
    ids=["assumed", "equal", "gamma .3", "gamma .8", "lognormal .5", "two kinds"],
)
def test_in_full(draw, n_units, record_property):
    share, error = coverage(draw, n_units, n_runs=1_200)
    record_property("coverage", round(share, 4))
    if draw is as_assumed:
        assert abs(share - LEVEL) < 3.5 * error
    assert share > 0.855
