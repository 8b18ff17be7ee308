"""The user's own schedule of looks, simulated."""

from __future__ import annotations

import json

import pytest

from workbench.core.errors import DataError
from workbench.experiments.null_simulation import simulate_null


def test_a_schedule_by_new_units_and_the_same_seed():
    got = simulate_null([1, 1, 8], n_per_look=500, baseline=0.1, n_runs=400, seed=3)
    assert (got.n_looks, got.n_per_arm) == (3, 5_000)
    assert got == simulate_null([1, 1, 8], n_per_look=500, baseline=0.1, n_runs=400, seed=3)
    assert got != simulate_null([1, 1, 8], n_per_look=500, baseline=0.1, n_runs=400, seed=4)
    document = json.loads(json.dumps(got.to_dict()))
    assert document["simulated"] is True
    assert "read 3 times" in got.summary()
    assert len(got.table()) == 6


@pytest.mark.parametrize(("kind", "baseline", "deviation"), [("counts", 0.02, None), ("means", 20.0, 30.0)])
def test_other_kinds_and_the_price_of_a_lift(kind, baseline, deviation):
    got = simulate_null(
        10, n_per_look=2_000, baseline=baseline, kind=kind, deviation=deviation, lift=0.3, n_runs=1_000
    )
    by = {one.rule: one for one in got.rules}
    once, always = by["fixed horizon, read once"], by["fixed horizon, read at every look"]
    assert once.false_positive_rate < 0.08 < always.false_positive_rate
    assert once.looks_to_find == 10
    assert always.looks_to_find < by["asymptotic sequence"].looks_to_find < 10
    assert by["asymptotic sequence"].false_positive_rate < 0.03
    assert ("multinomial e-process" in by) == (kind == "counts")


def test_no_conversions_at_all():
    got = simulate_null(3, n_per_look=1, baseline=1e-6, n_runs=50)
    assert all(one.false_positive_rate == 0 for one in got.rules)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"looks": 0}, "looks"),
        ({"looks": [1, -1]}, "looks"),
        ({"looks": 2.5}, "looks"),
        ({"baseline": 0}, "baseline"),
        ({"baseline": 1.2}, "baseline"),
        ({"kind": "means"}, "deviation"),
        ({"kind": "clicks"}, "kind"),
        ({"n_per_look": 0.2}, "n_per_look"),
        ({"rules": ["p < 0.05"]}, "rules"),
        ({"lift": 30}, "lift"),
        ({"n_runs": 0}, "n_runs"),
        ({"prior_deviation": 0}, "prior_deviation"),
    ],
)
def test_bad_schedules_are_refused(change, field):
    given = {"looks": 5, "n_per_look": 100, "baseline": 0.1, "n_runs": 20, **change}
    with pytest.raises(DataError, match=field):
        simulate_null(given.pop("looks"), **given)
