"""A tabulated law is the law it was made from, in both tails."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import NotConverged
from workbench.stats.laws import GammaLaw, StudentLaw
from workbench.stats.tabulated_law import mass_window, tabulate

LAWS = [
    GammaLaw(1.0, 3.0),
    GammaLaw(40.0, 0.1),
    GammaLaw(3e6, 5.0),
    StudentLaw(2.5, 4.0, 0.3),
    StudentLaw(300.0, -9.0, 2.0),
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_table_is_the_law(law):
    in_logs = law.support[0] >= 0
    ends = law.breakpoints()
    got = tabulate(law.density, ends[[0, len(ends) // 2, -1]], in_logs=in_logs)
    assert got.mean == pytest.approx(law.mean, rel=1e-8)
    x = np.array([law.quantile(p) for p in (1e-9, 1e-4, 0.3, 0.5, 0.9999, 1 - 1e-9)])
    assert got.below(x) == pytest.approx(law.below(x), rel=1e-6, abs=1e-11)
    assert got.above(x) == pytest.approx(law.above(x), rel=1e-6, abs=1e-11)
    z = got.coordinate(x)
    assert got.density(z) == pytest.approx(law.density(z), rel=1e-6, abs=1e-9)
    for p in (0.005, 0.5, 0.975):
        assert got.quantile(p) == pytest.approx(law.quantile(p), rel=1e-8)


def test_beyond_the_ends_there_is_nothing():
    law = tabulate(lambda z: np.exp(-z * z / 2), np.array([-9.0, 9.0]), in_logs=True)
    x = np.array([0.0, 1e-30, 1e30])
    assert law.below(x).tolist() == [0, 0, 1]
    assert law.above(x).tolist() == [1, 1, 0]
    assert law.density(np.array([-20.0, 20.0])).tolist() == [0, 0]
    assert law.support == (0.0, np.inf)


def test_quantiles_at_the_ends_of_panels_are_found():
    law = tabulate(lambda z: np.exp(-z * z / 2), np.array([-9.0, 0.0, 9.0]), in_logs=False)
    assert law.quantile(0.5) == pytest.approx(0, abs=1e-12)
    for panel in range(1, len(law.before)):
        assert law.quantile(float(law.before[panel])) == pytest.approx(law.ends[panel], abs=1e-6)


def test_what_is_not_smooth_is_not_tabulated():
    with pytest.raises(NotConverged):
        tabulate(np.zeros_like, np.array([0.0, 1.0]), in_logs=False)


def test_a_window_finds_a_narrow_law():
    ends = mass_window(lambda z: -((z - 0.1234567) ** 2) * 5e11, -20.0, 20.0)
    assert ends[2] == pytest.approx(0.1234567, abs=1e-7)
    assert ends[-1] - ends[0] == pytest.approx(2 * np.sqrt(40 / 5e11), rel=0.1)
