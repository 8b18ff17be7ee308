"""Sums of revenue: from units, by model, and the plain figure behind them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.experiments.revenue_sums import (
    MODELS,
    RevenueSums,
    checked_sums,
    model_named,
    observed_revenue,
    unit_values,
)

spends = st.lists(st.one_of(st.just(0.0), st.floats(0.01, 1e6)), min_size=1, max_size=40)


@given(spends, spends, st.floats(0.5, 1e6))
def test_sums_of_units_are_never_refused(first, second, cap):
    sums = RevenueSums.of([first, second], cap=cap)
    for model in MODELS:
        n, paying, _, _ = checked_sums(sums, model)
        assert n.tolist() == [len(first), len(second)]
        assert paying.tolist() == [sum(x > 0 for x in arm) for arm in (first, second)]
    expected = [np.minimum(arm, cap).mean() for arm in (first, second)]
    assert observed_revenue(sums, n, paying) == pytest.approx(expected)


def test_without_totals_the_plain_figure_is_the_lognormal_one():
    paid = np.exp(np.random.default_rng(2).normal(2, 0.7, 50_000))
    full = RevenueSums.of([np.append(paid, np.zeros(50_000)), [0.0, 0.0]])
    logs = RevenueSums(
        full.n, full.n_paying, log_total=full.log_total, log_total_squares=full.log_total_squares
    )
    assert logs.allows("lognormal")
    assert not logs.allows("gamma")
    n, paying, _, _ = checked_sums(logs, "lognormal")
    seen = observed_revenue(logs, n, paying)
    assert seen[0] == pytest.approx(paid.mean() / 2, rel=0.02)
    assert seen[1] == 0


def test_names_and_values_are_checked():
    assert [model_named(name) for name in MODELS] == list(MODELS)
    with pytest.raises(DataError, match="Weibull") as refused:
        model_named("Weibull")
    assert "lognormal, gamma, moments" in refused.value.next_step
    with pytest.raises(DataError, match="values: -2 is negative"):
        unit_values([1.0, -2.0])
