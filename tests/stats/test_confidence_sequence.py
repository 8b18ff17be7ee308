"""The asymptotic confidence sequence: its published form, its unit, its plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.confidence_sequence import sequence_radius, tuning


@given(st.floats(1e-4, 1e3), st.floats(10, 1e7), st.floats(100, 1e6), st.floats(0.01, 0.5))
def test_the_published_form(s, n, planned, alpha):
    rho2 = tuning(planned, alpha)
    published = (
        s * np.sqrt(n) * np.sqrt(2 * (n * rho2 + 1) / (n**2 * rho2) * np.log(np.sqrt(n * rho2 + 1) / alpha))
    )
    assert float(sequence_radius(s, n, alpha=alpha, planned_n=planned)) == pytest.approx(published, rel=1e-12)


def test_it_is_narrowest_near_the_planned_size():
    at = [float(sequence_radius(1.0, 10_000, alpha=0.05, planned_n=n)) for n in (1_000, 10_000, 100_000)]
    assert at[1] < at[0]
    assert at[1] < at[2]
    assert at[1] > 1.96


@pytest.mark.parametrize("planned", [0, -5, float("nan"), float("inf")])
def test_a_plan_without_units(planned):
    with pytest.raises(DataError, match="planned_n"):
        tuning(planned, 0.05)
