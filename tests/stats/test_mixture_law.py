"""Mixtures against the weighted sums that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.best_of import best_of
from workbench.stats.laws import BetaLaw, GammaLaw
from workbench.stats.mixture_law import MixtureLaw

shape = st.floats(0.5, 1e6)
parts = st.lists(st.tuples(shape, shape, st.floats(0.01, 1)), min_size=1, max_size=6)


@settings(max_examples=60)
@given(parts, st.sampled_from(["beta", "gamma"]))
def test_it_is_the_weighted_sum(some, kind):
    first, second, weight = np.array(some).T
    law = MixtureLaw(kind, first, second, weight / weight.sum())
    one = BetaLaw if kind == "beta" else GammaLaw
    laws = [one(a, b) for a, b in zip(first, second, strict=True)]
    x = np.unique([part.quantile(p) for part in laws for p in (0.001, 0.1, 0.5, 0.9, 0.999)])
    exact = sum(w * part.below(x) for w, part in zip(law.weight, laws, strict=True))
    # A cubic spline with 10 knots a deviation errs by 1e-6 of the peak; the integral by less.
    assert law.below(x) == pytest.approx(exact, abs=1e-6)
    assert law.above(x) == pytest.approx(1 - exact, abs=1e-6)
    assert law.mean == pytest.approx(sum(w * part.mean for w, part in zip(law.weight, laws, strict=True)))
    for p in (0.025, 0.5, 0.975):
        assert law.below(np.array([law.quantile(p)]))[0] == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("higher", [True, False])
def test_one_part_races_as_its_law(higher):
    pairs = [(50.5, 1_000.0), (60.5, 1_000.0), (2.5, 40.0)]
    mixed = [MixtureLaw("gamma", np.array([a]), np.array([b]), np.ones(1)) for a, b in pairs]
    race = best_of(mixed, higher_is_better=higher)
    exact = best_of([GammaLaw(a, b) for a, b in pairs], higher_is_better=higher)
    assert race.prob_best == pytest.approx(exact.prob_best, abs=1e-6)
    assert race.expected_loss == pytest.approx(exact.expected_loss, abs=1e-7)


def test_ends_of_the_support():
    law = MixtureLaw("beta", np.array([0.5, 8.0]), np.array([90.0, 1.0]), np.array([0.5, 0.5]))
    assert law.below(np.array([-1.0, 0.0, 1.0, 2.0])).tolist() == pytest.approx([0, 0, 1, 1], abs=1e-9)
    assert law.mean_inverse == np.inf
    assert law.density(np.array([-900.0, 900.0])).tolist() == [0, 0]


@pytest.mark.parametrize("weight", [[0.5, 0.4], [1.5, -0.5], [1.0]])
def test_weights_make_one(weight):
    with pytest.raises(DataError, match="make no mixture"):
        MixtureLaw("beta", np.ones(2), np.ones(2), np.array(weight))


@pytest.mark.parametrize("kind", ["beta", "gamma"])
def test_many_narrow_parts_are_summed_where_they_are(kind):
    """Parts narrower and wider than their distance, each read only nearby, beside sums over all of them."""
    a = np.concatenate([np.full(40, 4_000.0), np.full(5, 30.0), [150.0]])
    b = a * np.exp(np.linspace(1, 4, len(a)))
    law = MixtureLaw(kind, a, b, np.full(len(a), 1 / len(a)))
    one = BetaLaw if kind == "beta" else GammaLaw
    asked = np.array([1e-5, 0.01, 0.3, 0.5, 0.9, 1 - 1e-5])
    x = law.quantiles(asked)
    exact = np.mean([one(*pair).below(x) for pair in zip(a, b, strict=True)], axis=0)
    assert exact == pytest.approx(asked, abs=1e-6)
    assert x.tolist() == [law.quantile(p) for p in asked]
