"""Items' counts against their prediction: right models raise no concern, drifting or shocked ones do."""

from __future__ import annotations

import json

import numpy as np
import pytest
from mixes import mix_frame

from workbench.budget.fit import fit_reported
from workbench.budget.reported_checks import check_reported
from workbench.budget.reported_simulate import simulate_reported
from workbench.core.errors import DataError


def checked(change=None, weight=1.0):
    """Fit counts drawn from the model, changed if asked, and check them."""
    made = simulate_reported(("a", "a"), n_periods=80, rng=np.random.default_rng(5), curve_pooling=1.0)
    reported = made.model.reported if change is None else change(made.model.reported)
    fit = fit_reported(made.model.data, reported, made.model.spec, method="fast", n_draws=800, weight=weight)
    return check_reported(fit)


def test_a_right_model_raises_no_concern():
    found = checked()
    assert found.concerns == ()
    assert 0.8 < found.coverage.mean() < 0.98
    assert (found.uniform_p > 0.01).all()
    assert json.loads(json.dumps(found.to_dict()))["items"][1]["item"] == "item_2"


def test_results_that_drift_are_named_with_how_much_too_narrow_intervals_are():
    def drifting(reported):
        waves = np.exp(1.2 * np.sin(np.arange(80) / 6))
        return np.stack([np.floor(reported[:, 0] * waves), reported[:, 1]], axis=1)

    found = checked(drifting)
    assert found.correlation[0] > 0.4
    assert any("drift" in said and "item_1" in said and "item_2" not in said for said in found.concerns)
    assert "too narrow" in found.summary()
    assert "times as wide for it" in checked(drifting, weight=0.4).summary()


def test_counts_that_come_in_lumps_are_named():
    def lumps(reported):
        out = reported.copy()
        out[:, 1] = np.where(np.arange(80) % 8 == 0, 8 * out[:, 1], 0.0)
        return out

    assert any("spread otherwise" in said for said in checked(lumps).concerns)


def test_a_fit_of_the_total_is_refused():
    from workbench.budget.data import mix_data
    from workbench.budget.fit import fit_mix

    data = mix_data(mix_frame(80), date_column="day", spend=["social", "search"], outcome="sales")
    with pytest.raises(DataError, match="not of items' own results"):
        check_reported(fit_mix(data, n_draws=400))
