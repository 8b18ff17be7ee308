"""Items' rates, integrated out and drawn: against brute force, and against the exact law on a grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, nbinom, norm

from workbench.budget.reported_rates import CountTotals, rate_law

# What a search may come by: Poisson and not, tight pools and loose ones.
SIZES = np.array([1e6, 30.0, 2.0, 0.5])
MEANS = np.array([-3.0, -2.0, -4.5, -1.0])
WIDE = np.linspace(-12, 12, 3_001)
SPREADS = np.array([0.4, 0.1, 1.0, 2.0])


def case(level: float, seed: int = 1):
    """Two items, one of them without any result, whose exposure differs from draw to draw."""
    rng = np.random.default_rng(seed)
    exposure = rng.gamma(2.0, 40.0, (4, 2, 30))
    exposure[:, :, :4] = 0.0
    counts = rng.negative_binomial(3, 3 / (3 + level), (2, 30)).astype(float)
    counts[:, :4] = 0.0
    counts[1] = 0.0
    return counts, exposure


def law_of(counts, exposure):
    totals = CountTotals.of(counts)
    means = np.repeat(MEANS[:, None], 2, axis=1)
    return totals, rate_law(totals, exposure, size=SIZES, means=means, spread=SPREADS)


def written_out(counts, exposure, k, at):
    """Return the joint log density of one item's counts and log rates ``at``, from SciPy's laws."""
    mean = np.exp(at)[:, None] * exposure
    size = SIZES[k]
    logs = nbinom.logpmf(counts, size, size / (size + mean)).sum(axis=1)
    return logs + norm.logpdf(at, MEANS[k], SPREADS[k])


@pytest.mark.parametrize("level", [0.3, 5.0, 400.0])
def test_the_integral_is_that_of_brute_force(level):
    counts, exposure = case(level)
    totals, law = law_of(counts, exposure)
    logs = np.log(exposure[:, counts > 0]) @ counts[counts > 0]
    for k in range(4):
        want = 0.0
        for i in range(2):
            at = law.centre[k, i] + law.spread[k, i] * WIDE
            density = written_out(counts[i], exposure[k, i], k, at)
            top = density.max()
            want += top + np.log(np.exp(density - top).sum() * (at[1] - at[0]))
        got = law.log_integral[k].sum() + totals.log_scale(SIZES)[k] + logs[k]
        assert got == pytest.approx(want, abs=5e-4)


@pytest.mark.parametrize("level", [0.3, 400.0])
def test_draws_follow_the_exact_law(level):
    counts, exposure = case(level)
    _, law = law_of(counts, exposure)
    uniforms = (np.arange(2_000) + 0.5) / 2_000
    for k in range(4):
        for i in range(2):
            at = law.centre[k, i] + law.spread[k, i] * WIDE
            logs = written_out(counts[i], exposure[k, i], k, at)
            density = np.exp(logs - logs.max())
            below = (np.cumsum(density) - density / 2) / density.sum()
            one = type(law)(*(np.repeat(part[k : k + 1, i : i + 1], 2_000, 0) for part in vars(law).values()))
            drawn = one.draw(uniforms[:, None])[:, 0]
            assert np.all(np.diff(drawn) > 0)
            gaps = np.interp(drawn, at, below) - uniforms
            assert np.abs(gaps).max() < 2e-3


def test_pieces_are_put_together_in_order():
    counts, exposure = case(5.0)
    many = np.repeat(exposure, 400, axis=0)
    totals = CountTotals.of(counts)
    given = {
        "size": np.repeat(SIZES, 400),
        "means": np.repeat(np.repeat(MEANS[:, None], 2, axis=1), 400, axis=0),
        "spread": np.repeat(SPREADS, 400),
    }
    found = rate_law(totals, many, **given).log_integral
    np.testing.assert_allclose(found[::400], law_of(counts, exposure)[1].log_integral, atol=1e-4)


def test_counts_that_are_not_whole_and_none_at_all_are_taken():
    exposure = np.ones((1, 1, 3))
    pool = {"size": np.array([10.0]), "means": np.zeros((1, 1)), "spread": np.array([0.5])}
    for counts in ([[0.5, 1.25, 0.0]], [[0.0, 0.0, 0.0]]):
        law = rate_law(CountTotals.of(np.array(counts)), exposure, **pool)
        assert np.isfinite(law.log_integral).all()


def test_uniform_numbers_give_the_pools_law_where_nothing_was_spent():
    pool = {"size": np.full(500, 5.0), "means": np.full((500, 1), -2.0), "spread": np.full(500, 0.7)}
    law = rate_law(CountTotals.of(np.zeros((1, 3))), np.full((500, 1, 3), 1e-12), **pool)
    np.testing.assert_allclose(law.log_integral, 0.0, atol=1e-5)
    drawn = law.draw(np.random.default_rng(1).random((500, 1)))[:, 0]
    assert kstest(drawn, norm(-2.0, 0.7).cdf).pvalue > 0.01
