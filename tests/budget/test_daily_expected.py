"""How many results some days are to bring: moments, edges, and coverage where the model holds."""

from __future__ import annotations

import os

import numpy as np
import pytest

from workbench.budget.daily_expected import ExpectedDays, results_of_days
from workbench.budget.daily_posterior import DailyHistory, learn_daily
from workbench.budget.estimate import Estimate
from workbench.core.errors import DataError

N = int(os.environ.get("WORKBENCH_SIMULATIONS", "40"))


def days(mean=20.0, *, half=0.0, dispersion=1.0, drift=0.0, n_days=1):
    return ExpectedDays(Estimate(mean, (mean - half, mean + half)), dispersion, drift, n_days)


def test_without_doubt_or_drift_results_scatter_as_poisson_s_do():
    from scipy.stats import poisson

    found = results_of_days([days(n_days=7)])
    assert found.mean == 140
    assert found.interval == pytest.approx([float(poisson.ppf(q, 140)) for q in (0.05, 0.95)])


def test_doubt_drift_and_scatter_each_widen_and_stretches_add_up():
    def width(*given: ExpectedDays) -> float:
        low, high = results_of_days(list(given)).interval
        return high - low

    plain = width(days(n_days=7))
    for more in ({"half": 4.0}, {"dispersion": 3.0}, {"drift": 0.2}):
        assert width(days(n_days=7, **more)) > 1.5 * plain
    both = results_of_days([days(n_days=3), days(10.0, n_days=4)])
    assert both.mean == 100
    scatter = width(days(dispersion=4.0, n_days=20)) / width(days(dispersion=4.0, n_days=5))
    assert scatter == pytest.approx(2, rel=0.05)  # scatter grows with the root of the days, doubt with them
    doubt = width(days(half=4.0, drift=0.2, n_days=200)) / width(days(half=4.0, drift=0.2, n_days=50))
    assert doubt == pytest.approx(4, rel=0.05)


def test_nothing_expected_is_nothing_and_nonsense_is_refused():
    assert results_of_days([days(0.0)]).interval == (0.0, 0.0)
    assert results_of_days([]).mean == 0
    for field, value in (("n_days", 0), ("day_dispersion", 0.5)):
        given = {"n_days": 1, "day_dispersion": 1.0, field: value}
        with pytest.raises(DataError) as caught:
            ExpectedDays(Estimate(1.0, (1.0, 1.0)), drift=0.0, **given)
        assert caught.value.field == field


def test_the_next_days_lie_inside_as_often_as_said():
    """Ninety per cent, where days and weeks have something in common that no item's own days tell."""
    rng = np.random.default_rng(11)
    inside = {1: [], 7: []}
    for _ in range(N):
        level = np.exp(np.cumsum(rng.normal(0, 0.015, 77)) + rng.normal(0, 0.1, 77))
        results = rng.poisson(np.outer(level, rng.uniform(2, 8, 5)))
        history = DailyHistory.of("abcde", np.full((70, 5), 100.0), results[:70])
        found = learn_daily(history)
        drawn = found.curves(np.random.default_rng(1), 300)
        a_day = np.concatenate([curve.at(100.0) for curve in drawn]).sum(axis=0)
        mean = Estimate(float(a_day.mean()), tuple(np.quantile(a_day, [0.05, 0.95])))
        for n, held in inside.items():
            low, high = results_of_days([ExpectedDays(mean, found.day_dispersion, found.drift, n)]).interval
            held.append(low <= results[70 : 70 + n].sum() <= high)
    margin = 3 * np.sqrt(0.9 * 0.1 / N)
    assert np.mean(inside[1]) > 0.9 - margin
    assert np.mean(inside[7]) > 0.88 - margin
    assert min(np.mean(held) for held in inside.values()) < 1.0
