"""Curves of delays: truncation, variance, comparison."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.delay_curve import reverse_log_rank, reverse_risk

DELAY = np.array([0.4, 0.25, 0.15, 0.12, 0.08])


def drawn(rng, *, n_days=12, per_day=40.0, delay=DELAY):
    """Rows of delay, age and count, of which only what is seen by now."""
    table = np.array([rng.multinomial(rng.poisson(per_day), delay) for _ in range(n_days)])
    age, k = np.nonzero(table)
    seen = k <= age
    return k[seen], age[seen], table[age, k][seen]


def test_the_counts_are_those_of_the_definition():
    k, age, n = drawn(np.random.default_rng(1))
    risk = reverse_risk(k, age, n, horizon=4)
    for d in range(5):
        old = age >= d
        assert risk.events[d] == n[old & (k == d)].sum()
        assert risk.at_risk[d] == n[old & (k <= d)].sum()
    curve = risk.curve()
    assert curve[-1] == 1
    assert (np.diff(curve) >= 0).all()


def test_the_curve_and_its_variance():
    rng = np.random.default_rng(2)
    risks = [reverse_risk(*drawn(rng), horizon=4) for _ in range(1_500)]
    logs = np.log([risk.curve() for risk in risks])
    assert np.exp(logs).mean(axis=0) == pytest.approx(np.cumsum(DELAY), abs=0.005)
    stated = np.mean([risk.log_curve_variance() for risk in risks], axis=0)
    assert stated == pytest.approx(logs.var(axis=0), rel=0.12, abs=1e-6)
    assert np.cov(logs.T)[0, 2] == pytest.approx(stated[2], rel=0.2)


def test_nothing_seen_is_no_evidence():
    none = reverse_risk([], [], [], horizon=3)
    assert none.curve().tolist() == [1, 1, 1, 1]
    assert none.log_curve_variance().tolist() == [0, 0, 0, 0]
    assert reverse_log_rank(none, none) == 0


def test_the_comparison_of_two_curves():
    rng = np.random.default_rng(3)
    z = np.array(
        [
            reverse_log_rank(*(reverse_risk(*drawn(rng, per_day=m), horizon=4) for m in (40, 25)))
            for _ in range(1_000)
        ]
    )
    assert abs(z.mean()) < 3.5 / np.sqrt(1_000)
    assert z.std() == pytest.approx(1, abs=0.08)
    late = reverse_risk(*drawn(rng, delay=DELAY[::-1]), horizon=4)
    assert reverse_log_rank(reverse_risk(*drawn(rng), horizon=4), late) > 5
