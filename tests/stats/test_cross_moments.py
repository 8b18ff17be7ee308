"""Cross-moments: those of numpy, however the rows are divided."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.cross_moments import from_sums, merged


def test_parts_merge_to_the_whole():
    x = np.random.default_rng(1).normal([0, 5, -3], [1, 2, 3], (300, 3))
    parts = [from_sums(len(one), one.sum(axis=0), one.T @ one) for one in np.split(x, [10, 11, 150])]
    whole = merged(parts)
    assert whole.n == 300
    assert whole.covariance == pytest.approx(np.cov(x.T))
    assert whole.total == pytest.approx(x.sum(axis=0))
    assert np.isnan(parts[1].covariance).all()
