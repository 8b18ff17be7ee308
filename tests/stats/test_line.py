"""A line through points with errors: against least squares, and its interval's coverage."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError, NotEnoughData
from workbench.stats.line import fit_line


def test_it_is_weighted_least_squares():
    rng = np.random.default_rng(1)
    x, errors = np.arange(9.0), rng.uniform(0.1, 2, 9)
    y = 3 - 0.4 * x + errors * rng.normal(size=9)
    got = fit_line(x, y, errors)
    slope, intercept = np.polyfit(x, y, 1, w=1 / errors)
    assert got.slope == pytest.approx(slope)
    assert got.mean == pytest.approx(np.average(intercept + slope * x, weights=errors**-2))


@pytest.mark.parametrize("excess", [1.0, 3.0])
def test_the_interval_covers_whether_or_not_days_scatter_more(excess):
    rng = np.random.default_rng(2)
    x, inside = np.arange(14.0), 0
    for _ in range(500):
        y = 0.1 * x + excess * rng.normal(size=14)
        line = fit_line(x, y, np.ones(14), level=0.8)
        inside += line.low <= 0.1 <= line.high
    assert inside / 500 > 0.8 - 3.5 * np.sqrt(0.16 / 500)
    assert inside / 500 < 0.9


@pytest.mark.parametrize(
    ("x", "y", "errors", "kind"),
    [
        ([0, 1], [1, 2], [1, 1], NotEnoughData),
        ([2, 2, 2], [1, 2, 3], [1, 1, 1], NotEnoughData),
        ([0, 1, 2], [1, 2], [1, 1], DataError),
        ([0, 1, 2], [1, np.nan, 2], [1, 1, 1], DataError),
        ([0, 1, 2], [1, 2, 3], [1, 0, 1], DataError),
    ],
)
def test_bad_points(x, y, errors, kind):
    with pytest.raises(kind):
        fit_line(x, y, errors)
