"""The law of a ratio of means, against Fieller's interval, draws, and the delta method of many units."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_t, t

from workbench.core.errors import NotEnoughData
from workbench.stats.ratio_law import LEAST_SHARE, MeanPair, ratio_law

PAIRS = [
    MeanPair(4.0, 6.0, 2.0, 0.9, 0.02, 0.05),
    MeanPair(9.0, -1.0, 2.0, 0.5, 0.3, -0.2),
    MeanPair(12.0, 3.0, 1.0, 0.05, 0.12, 0.06),
    MeanPair(1e6, 0.3, 7.0, 1e-6, 2e-5, 1e-6),
]


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_draws_have_the_law(pair):
    law = ratio_law(pair)
    shape = [[pair.s_yy, pair.s_xy], [pair.s_xy, pair.s_xx]]
    n = 400_000
    y, x = multivariate_t.rvs([pair.y, pair.x], shape, df=pair.freedom, size=n, random_state=3).T
    ratio = (y / x)[x > LEAST_SHARE * pair.x]
    for p in (0.005, 0.2, 0.5, 0.8, 0.995):
        error = np.sqrt(p * (1 - p) / n)
        assert (ratio <= law.quantile(p)).mean() == pytest.approx(p, abs=4.5 * error)
    assert float(np.clip(ratio, -60, 60).mean()) == pytest.approx(law.mean, abs=0.01 * max(1, abs(law.mean)))


@pytest.mark.parametrize("pair", [PAIRS[3], MeanPair(60.0, 3.0, 1.0, 0.05, 0.004, 0.01)], ids=str)
def test_a_known_denominator_gives_fiellers_interval(pair):
    law = ratio_law(pair)
    for p in (0.01, 0.025, 0.5, 0.9):
        r = law.quantile(p)
        assert t.cdf((r * pair.x - pair.y) / np.sqrt(pair.spread(r)), pair.freedom) == pytest.approx(
            p, abs=1e-9
        )


def test_many_units_are_the_delta_method():
    law, delta = ratio_law(PAIRS[3]), PAIRS[3].delta()
    assert law.mean == pytest.approx(delta.mean, rel=1e-5)
    assert (law.quantile(0.025), law.quantile(0.975)) == pytest.approx(delta.interval(0.95), rel=1e-4)


def test_a_ratio_that_does_not_vary_is_no_law():
    with pytest.raises(NotEnoughData, match="for every unit"):
        ratio_law(MeanPair(9.0, 6.0, 2.0, 0.09, 0.01, 0.03))
