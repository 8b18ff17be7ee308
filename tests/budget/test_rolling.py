"""Rolling refits see only the past, and say how good their forecasts were."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mixes import made_mix

from workbench.budget.fit import fit_mix
from workbench.budget.rolling import check_rolling
from workbench.core.errors import DataError, NotEnoughData


@pytest.fixture(scope="module")
def right():
    made = made_mix()
    return fit_mix(made.model.data, made.model.spec)


def test_rolling_refits_see_only_the_past(right):
    found = check_rolling(right, n_cuts=2)
    assert found.cut_dates == (right.model.data.dates[88], right.model.data.dates[96])
    assert (found.coverage >= 0.5).all()
    assert found.mape.mean() < found.naive_mape.mean()
    assert "2 refits" in found.summary()
    assert "roas of channel_1" in found.table().columns
    data = right.model.data
    future = replace(data, outcome=np.where(np.arange(104) < 96, data.outcome, 9e9))
    before = [fit_mix(x, right.model.spec, n_used=96).draws.contribution for x in (data, future)]
    np.testing.assert_array_equal(*before)


def test_one_refit_moves_nothing(right):
    said = check_rolling(right, n_cuts=1).summary()
    assert said.startswith("1 refit: 90% intervals held")
    assert "moved" not in said


def test_a_rolling_check_that_cannot_be_is_refused(right):
    with pytest.raises(NotEnoughData, match="n_cuts: 10 cuts of 8 weeks leave 24 of 104"):
        check_rolling(right, n_cuts=10)
    with pytest.raises(DataError, match="no rolling check"):
        check_rolling(right, n_cuts=0)
