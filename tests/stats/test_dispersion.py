"""Overdispersion: one for chance, more for counts that move together, never less than one."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core.errors import DataError
from workbench.stats.dispersion import dispersion


def test_pearson_estimate_drawn_towards_one():
    chi_square = (3.0**2 + 3.0**2 + 1 + 1) / 4
    assert dispersion([1, 7, 5, 3], [4, 4, 4, 4]) == pytest.approx((chi_square + 3) / (3 + 3))
    assert dispersion([1, 7, 5, 3], [4, 4, 4, 4], prior_df=0) == pytest.approx(chi_square / 3)


def test_never_below_one():
    assert dispersion([5, 5, 5], [5, 5, 5]) == 1.0


def test_nothing_to_estimate_from_is_one():
    assert dispersion([4], [4.2]) == 1.0
    assert dispersion([0, 0], [0, 0]) == 1.0


def test_finds_the_dispersion_of_many_days():
    rng = np.random.default_rng(5)
    mean, phi = 20.0, 2.5
    events = rng.negative_binomial(mean / (phi - 1), 1 / phi, (400, 3))
    assert dispersion(events, np.full(events.shape, mean)) == pytest.approx(phi, rel=0.12)
    assert dispersion(rng.poisson(mean, 400), np.full(400, mean)) == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("events", "expected", "words"),
    [
        ([1, 2], [1.0], "do not fit"),
        ([1, -2], [1.0, 1.0], "finite and at least 0"),
        ([1, 2], [1.0, float("nan")], "finite and at least 0"),
        ([1, 2], [1.0, 0.0], "expected none"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(events, expected, words):
    with pytest.raises(DataError, match=words):
        dispersion(events, expected)
