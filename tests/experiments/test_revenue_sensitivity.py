"""Readings of the same values: alike where nothing hangs on it, told apart where something does."""

from __future__ import annotations

import json

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.experiments.options import Options
from workbench.experiments.revenue_sensitivity import sensitivity


def arms(much=()):
    rng = np.random.default_rng(8)
    base = np.concatenate([np.zeros(500), np.exp(rng.normal(3, 0.3, 100))])
    return [
        base,
        np.concatenate([np.zeros(500), np.exp(rng.normal(3.15, 0.3, 98)), much, [20.0] * (2 - len(much))]),
    ]


def test_a_verdict_that_hangs_on_two_payers_is_said():
    found = sensitivity(arms([900.0, 2_000.0]))
    assert found.depends
    assert found.summary().startswith("The verdict depends on how the values are read.")
    table = found.table()
    assert list(table["cap"]) == sorted(table["cap"], reverse=True)
    assert table["verdict"].nunique() > 1
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_verdict_that_hangs_on_nothing_is_one():
    found = sensitivity(arms(), quantiles=(1, 0.9), models=("gamma", "moments"), options=Options(level=0.5))
    assert not found.depends
    assert len(found.readings) == 4
    assert "in all 4 readings" in found.summary()


def test_a_cut_that_leaves_one_price_is_named():
    found = sensitivity([[0, 5, 5, 5, 9] * 8, [0, 5, 5, 5, 5] * 8], quantiles=(1, 0.5))
    assert [one.quantile for one in found.readings] == [1, 1, 1]
    assert found.unread == (0.5,)
    assert found.to_dict()["unread"] == [0.5]


def test_bad_quantiles_are_refused():
    with pytest.raises(DataError, match="quantiles: 0"):
        sensitivity(arms(), quantiles=(0,))
