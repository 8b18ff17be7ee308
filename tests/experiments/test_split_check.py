"""The split check: exact, symmetric, and at its nominal rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from workbench.experiments.split_check import BROKEN_BELOW, split_p


def test_known_splits():
    assert split_p([44_700, 45_489], [0.5, 0.5]) == pytest.approx(0.008608, abs=5e-7)
    assert split_p([5_300, 4_700], [0.5, 0.5]) == pytest.approx(2e-9, rel=0.05)
    assert split_p([5_300, 4_700], [0.53, 0.47]) > 0.99
    assert split_p([0, 40], [0.5, 0.5]) == pytest.approx(0.5**40)


@pytest.mark.parametrize("share", [0.5, 0.2, 0.03])
def test_the_binomial_tails(share):
    n = 60
    for k in range(n + 1):
        middle = binom.pmf(k, n, share) / 2
        tail = min(binom.cdf(k - 1, n, share), binom.sf(k, n, share)) + middle
        assert split_p([k, n - k], [share, 1 - share]) == pytest.approx(2 * tail, abs=1e-12)


def test_more_arms_change_their_method_without_a_jump():
    near = [split_p([size + 30, size, size - 30], [1 / 3] * 3) for size in (205, 225)]
    assert near[0] == pytest.approx(near[1], rel=0.35)
    assert split_p([10, 10, 10], [1 / 3] * 3) > 0.9
    assert split_p([40, 10, 10], [1 / 3] * 3) < 1e-4


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.2, 0.8), (0.2, 0.3, 0.5)])
@pytest.mark.parametrize("n", [45, 5_000])
def test_a_working_split_is_seldom_called_broken(shares, n):
    rng = np.random.default_rng(8)
    found = np.array([split_p(rng.multinomial(n, shares), shares) for _ in range(400 if n < 50 else 3_000)])
    assert (found < BROKEN_BELOW).mean() < 0.016
    assert abs((found < 0.5).mean() - 0.5) < 0.08
