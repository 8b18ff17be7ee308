"""Two beta variables compared: exact sums, symmetries, extremes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.beta_difference import BetaDifference
from workbench.stats.beta_exact_sum import exact_order
from workbench.stats.beta_pair import order_betas

shapes = st.floats(0.5, 1e7)


def stratified(n: int, seed: int) -> np.ndarray:
    """Shapes of tests of 1 to 10⁶ trials: none, all, few, most or any of them convert."""
    rng = np.random.default_rng(seed)
    trials = np.floor(10 ** rng.uniform(0, 6, (2, n)))
    kind = np.arange(n) % 5
    base = np.select([kind == 0, kind == 1, kind == 2], [0, 1, rng.random(n)], 10 ** -rng.uniform(0, 5, n))
    rate = np.clip(base * np.where(kind > 2, np.exp(rng.normal(0, 0.2, (2, n))), 1), 0, 1)
    rate = np.where(kind == 4, 1 - rate, rate)
    successes = np.clip(np.floor(rate * trials + rng.random((2, n))), 0, trials)
    return np.stack(
        [1 + successes[0], 1 + (trials - successes)[0], 1 + successes[1], 1 + (trials - successes)[1]]
    )


def test_five_hundred_stratified_cases_against_exact_sums():
    cases = stratified(500, seed=11)
    exact = np.array([exact_order(*(int(x) for x in case)) for case in cases.T]).T
    got = order_betas(*cases)
    assert np.abs(got.prob_above - exact[0]).max() < 1e-9
    scale = np.maximum(cases[0] / (cases[0] + cases[1]), cases[2] / (cases[2] + cases[3]))
    assert (np.abs(got.mean_above - exact[1]) / scale).max() < 1e-9
    assert (np.abs(got.mean_below - exact[2]) / scale).max() < 1e-9


def test_halves_against_the_double_exponential_rule():
    rng = np.random.default_rng(12)
    cases = np.floor(10 ** rng.uniform(-1, 5, (4, 300))) + 0.5
    other = 1 - BetaDifference.of(cases).below(np.zeros(300))
    got = order_betas(cases[2], cases[3], cases[0], cases[1])
    assert got.prob_above == pytest.approx(1 - (1 - other), abs=2e-8)


def test_the_exact_sum_against_fractions():
    assert exact_order(1, 1, 1, 1) == (0.5, 1 / 6, 1 / 6)
    assert exact_order(3, 1, 2, 2)[0] == pytest.approx(0.2, rel=1e-15)


@settings(deadline=None)
@given(shapes, shapes, shapes, shapes)
def test_swapping_and_mirroring(a0, b0, a1, b1):
    forth, back, mirrored = (
        order_betas(a0, b0, a1, b1),
        order_betas(a1, b1, a0, b0),
        order_betas(b1, a1, b0, a0),
    )
    assert forth.prob_above + back.prob_above == pytest.approx(1, abs=1e-9)
    assert forth.mean_above == pytest.approx(back.mean_below, abs=1e-10)
    assert forth.prob_above == pytest.approx(mirrored.prob_above, abs=1e-9)
    gain = a1 / (a1 + b1) - a0 / (a0 + b0)
    assert forth.mean_above - forth.mean_below == pytest.approx(gain, abs=1e-10)
    assert min(forth.mean_above, forth.mean_below) >= 0


def test_far_apart_and_alike():
    got = order_betas([1, 1e6, 5e8, 1], [1e6, 1, 5e8, 1e9], [1e6, 1, 5e8, 1], [1, 1e6, 5e8, 1e9])
    assert got.prob_above == pytest.approx([1, 0, 0.5, 0.5], abs=1e-9)
    assert got.mean_above[0] == pytest.approx(1, abs=1e-5)
    assert got.mean_below[0] == 0


def test_shape_is_kept_and_nonsense_refused():
    assert order_betas(np.ones((2, 3)), 1, 2, 1).prob_above.shape == (2, 3)
    assert order_betas([], 1, 2, 1).prob_above.shape == (0,)
    with pytest.raises(DataError, match="not a positive number"):
        order_betas([1, 0], 1, 1, 1)
    with pytest.raises(DataError, match="not a positive number"):
        order_betas(np.nan, 1, 1, 1)
