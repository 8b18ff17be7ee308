"""E-processes of counts: against sums, expectations and each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, binom

from workbench.stats.multinomial_process import (
    log_e_spend,
    log_e_split,
    ratio_interval_by_spend,
    ratio_interval_by_split,
)

counts = st.tuples(st.integers(0, 3_000), st.integers(0, 3_000))
shares = st.floats(0.05, 0.95).map(lambda p: (1 - p, p))


def test_two_arms_are_a_beta_average():
    n0, n1, rho, strength = 30, 55, 0.4, 20.0
    average, _ = quad(
        lambda q: q**n1 * (1 - q) ** n0 * beta.pdf(q, strength * rho, strength * (1 - rho)), 0, 1, epsabs=0
    )
    null = rho**n1 * (1 - rho) ** n0
    got = float(log_e_split([n0, n1], [1 - rho, rho], strength=strength))
    assert got == pytest.approx(np.log(average / null), abs=1e-6)


@pytest.mark.parametrize("rho", [0.5, 0.1])
@pytest.mark.parametrize("n", [1, 7, 200])
def test_its_mean_is_one_under_no_effect(n, rho):
    second = np.arange(n + 1)
    e = np.exp(log_e_split(np.stack([n - second, second], axis=-1), [1 - rho, rho]))
    assert e @ binom.pmf(second, n, rho) == pytest.approx(1)
    other = np.exp(log_e_spend(np.stack([n - second, second], axis=-1)[:, None], [[[1 - rho, rho]]])[:, 0])
    assert other @ binom.pmf(second, n, rho) == pytest.approx(1)


@settings(max_examples=60)
@given(counts, shares)
def test_the_interval_and_the_evidence_are_one_statement(n, rho):
    low, high = ratio_interval_by_split(n, rho, alpha=0.05)
    assert low <= high
    rejected = float(log_e_split(n, rho)) > np.log(20)
    assert rejected == (low > 1 or high < 1)


@settings(max_examples=40)
@given(st.lists(counts, min_size=1, max_size=5), st.floats(0.1, 10), st.floats(0.1, 10))
def test_so_it_is_with_spend(n, e0, e1):
    exposure = [[e0 * (1 + t), e1 / (1 + t)] for t in range(len(n))]
    low, high = ratio_interval_by_spend(n, exposure, alpha=0.05)
    rejected = float(log_e_spend(n, exposure)[-1]) > np.log(20)
    assert rejected == (low > 1 or high < 1)
    back = ratio_interval_by_spend(np.flip(n, 1), np.flip(exposure, 1), alpha=0.05)
    with np.errstate(divide="ignore"):
        assert np.array(back[::-1]) == pytest.approx(1 / np.array([low, high]), rel=1e-6)


def test_the_unit_of_the_spend_plays_no_part():
    n, e = [[30, 70], [25, 60]], np.array([[100.0, 120.0], [90.0, 80.0]])
    assert log_e_spend(n, e) == pytest.approx(log_e_spend(n, 1_000 * e))


def test_many_runs_at_once():
    n = np.array([[[3, 9], [4, 8]], [[30, 9], [40, 8]]])
    e = np.array([[1.0, 2.0], [2.0, 2.0]])
    assert log_e_spend(n, e) == pytest.approx(np.stack([log_e_spend(one, e) for one in n]))
    ends = ratio_interval_by_split(n[:, 0], [0.5, 0.5], alpha=0.1)
    single = [ratio_interval_by_split(one, [0.5, 0.5], alpha=0.1) for one in n[:, 0]]
    assert np.transpose(ends) == pytest.approx(np.array(single, dtype=float))


def test_without_results_nothing_is_bounded():
    assert ratio_interval_by_spend([[0, 0]], [[1.0, 2.0]], alpha=0.05) == (0.0, np.inf)
    low, high = ratio_interval_by_split([0, 40], [0.5, 0.5], alpha=0.05)
    assert low > 1
    assert high == np.inf
