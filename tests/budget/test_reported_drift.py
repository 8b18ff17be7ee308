"""Periods that are alike tell less: the weight is that of the drift, one without, and widens intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from workbench.budget.fit import fit_reported, refit
from workbench.budget.reported_drift import _autocorrelations, may_drift, period_weight
from workbench.budget.reported_simulate import simulate_reported

MADE = simulate_reported(
    ("a",) * 4, n_periods=96, rng=np.random.default_rng(2), n_fourier=0, curve_pooling=1.0
)


def fitted(rho: float, *, deviation: float = 0.35, weight: float | None = None):
    """Fit counts whose rates wander, each item's by itself, with so much correlation of neighbours."""
    rng = np.random.default_rng(8)
    model = MADE.model
    steps = rng.standard_normal((4, 146))
    wander = np.zeros_like(steps)
    for k in range(1, 146):
        wander[:, k] = rho * wander[:, k - 1] + np.sqrt(1 - rho**2) * steps[:, k]
    expected = model.exposure(MADE.scores[None])[0] * MADE.rates[:, None]
    counts = rng.poisson(expected * np.exp(deviation * wander[:, 50:])).T.astype(float)
    data = replace(model.data, outcome=counts.sum(axis=1))
    return fit_reported(data, counts, model.spec, method="fast", n_draws=800, weight=weight)


def test_without_drift_a_period_is_a_period():
    found = fitted(0.0)
    assert found.model.weight == 1.0
    assert found.to_dict()["period_weight"] == 1.0
    assert "drift" not in found.summary()


def test_drift_is_found_said_and_widens_intervals_by_its_root():
    narrow = fitted(0.8, weight=1.0)
    weight = period_weight(narrow.model, narrow.draws)
    assert 0.1 < weight < 0.6
    assert may_drift(narrow.model, narrow.draws)
    wide = fitted(0.8, weight=weight)
    spread = np.log(wide.draws.worths).std(axis=0) / np.log(narrow.draws.worths).std(axis=0)
    assert np.median(spread) == pytest.approx(weight**-0.5, rel=0.25)
    assert "Results drift: a week tells" in wide.summary()
    assert refit(wide, n_used=80, method="fast", n_draws=200).model.weight == weight


def test_autocorrelations_are_those_of_a_known_series():
    rng = np.random.default_rng(3)
    steps = rng.standard_normal((40, 900))
    series = np.zeros_like(steps)
    for k in range(1, 900):
        series[:, k] = 0.6 * series[:, k - 1] + 0.8 * steps[:, k]
    found, n_pairs = _autocorrelations([one[100:] - one[100:].mean() for one in series])
    assert n_pairs == 40 * 799
    np.testing.assert_allclose(found[:4], 0.6 ** np.arange(1, 5), atol=0.03)
