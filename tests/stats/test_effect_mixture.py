"""A spike with normal laws: closed posteriors against quadrature, and one statement about zero."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError
from workbench.stats.effect_mixture import EffectMixture, flat_posterior, normal_prior, spike_and_slab
from workbench.stats.normal_effect import NormalEffect

effects = st.floats(-0.5, 0.5)
errors = st.floats(1e-4, 0.2)
shares = st.floats(0.0, 0.99)
spreads = st.floats(1e-3, 0.3)


def _posterior(spike: float, spread: float, estimate: float, error: float) -> EffectMixture:
    return spike_and_slab(spike, spread).seen(estimate, error)


posteriors = st.builds(_posterior, shares, spreads, effects, errors)


def by_quadrature(spike: float, spread: float, estimate: float, error: float) -> dict[str, float]:
    """Integrate prior times likelihood on a fine grid, the spike by hand."""
    reach = 12 * max(spread, error)
    grid = np.linspace(-reach, reach, 400_001)
    step = grid[1] - grid[0]

    def normal(x: np.ndarray, sd: float) -> np.ndarray:
        return np.exp(-0.5 * (x / sd) ** 2) / (sd * math.sqrt(2 * math.pi))

    joint = (1 - spike) * normal(grid, spread) * normal(estimate - grid, error)
    at_zero = spike * float(normal(np.array([estimate]), error)[0])
    total = joint.sum() * step + at_zero
    return {
        "spike": at_zero / total,
        "above": joint[grid > 0].sum() * step / total,
        "mean": (joint * grid).sum() * step / total,
        "mean_above": (joint * np.maximum(grid, 0)).sum() * step / total,
    }


@pytest.mark.parametrize(
    ("spike", "spread", "estimate", "error"),
    [(0.7, 0.011, 0.012, 0.004), (0.0, 0.02, -0.01, 0.03), (0.5, 0.1, 0.0, 0.01), (0.9, 0.01, 0.05, 0.01)],
)
def test_the_posterior_is_what_quadrature_says(
    spike: float, spread: float, estimate: float, error: float
) -> None:
    after, exact = (f(spike, spread, estimate, error) for f in (_posterior, by_quadrature))
    assert after.spike == pytest.approx(exact["spike"], abs=1e-8)
    assert after.prob_above == pytest.approx(exact["above"], abs=2e-4)  # the grid's own step at zero
    assert after.mean == pytest.approx(exact["mean"], abs=1e-9)
    assert after.mean_above == pytest.approx(exact["mean_above"], abs=1e-8)


@given(posteriors, st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_better_is_that_the_interval_excludes_zero(after: EffectMixture, level: float) -> None:
    low, high = after.interval(level)
    tail = (1 - level) / 2
    assert low <= high
    assert (low > 0) == (1 - after.prob_above < tail)
    assert (high < 0) == (1 - tail < after.prob_below)
    assert after.excludes_zero(level) == (low > 0 or high < 0)
    assert after.spike + after.prob_above + after.prob_below == pytest.approx(1, abs=1e-9)


@given(shares, spreads, effects, errors)
def test_swapping_the_arms_negates_the_effect(
    spike: float, spread: float, estimate: float, error: float
) -> None:
    after, swapped = (_posterior(spike, spread, side * estimate, error) for side in (1, -1))
    assert after.mean == pytest.approx(-swapped.mean, abs=1e-12)
    assert after.prob_above == pytest.approx(swapped.prob_below, abs=1e-12)
    assert after.mean_above == pytest.approx(swapped.mean_below, abs=1e-12)
    assert after.interval(0.9)[0] == pytest.approx(-swapped.interval(0.9)[1], abs=1e-9)


@given(posteriors, st.floats(0.001, 0.999))
def test_a_quantile_has_its_probability_below_it(after: EffectMixture, p: float) -> None:
    from scipy.special import ndtr

    at = after.quantile(p)
    w, m, s = (np.asarray(x) for x in (after.weights, after.means, after.deviations))
    below = float(w @ ndtr((at - m) / s))
    if at == 0:
        assert below - 1e-9 <= p <= below + after.spike + 1e-9
    else:
        assert below + (after.spike if at > 0 else 0) == pytest.approx(p, abs=1e-7)


def test_one_normal_law_is_the_plain_conjugate_answer() -> None:
    plain = NormalEffect(0.02, 0.01).shrunk(0.0, 0.015**2)
    after = normal_prior(0.015).seen(0.02, 0.01)
    assert (after.mean, after.deviation) == pytest.approx((plain.mean, plain.deviation))
    assert after.interval(0.9) == pytest.approx(plain.interval(0.9))
    assert after.mean_below == pytest.approx(plain.mean_below)
    flat = flat_posterior(0.02, 0.01)
    assert flat.interval(0.9) == pytest.approx(NormalEffect(0.02, 0.01).interval(0.9))


def test_many_estimates_at_once_are_the_single_ones() -> None:
    prior = EffectMixture(0.5, (0.3, 0.2), (0.0, 0.0), (0.01, 0.05))
    seen, error = np.array([-0.03, 0.0, 0.004, 0.2]), np.array([0.01, 0.002, 0.01, 0.05])
    above, below = prior.signs(seen, error)
    single = [prior.seen(*one) for one in zip(seen.tolist(), error.tolist(), strict=True)]
    assert above == pytest.approx([one.prob_above for one in single])
    assert below == pytest.approx([one.prob_below for one in single])
    assert prior.local_fdr(seen, error) == pytest.approx([one.spike for one in single])


def test_a_spike_alone_believes_nothing() -> None:
    after = spike_and_slab(1.0, 0.1).seen(0.5, 0.01)
    assert (after.spike, after.mean, after.interval(0.95)) == (1.0, 0.0, (0.0, 0.0))
    assert not after.excludes_zero(0.95)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_intervals_cover_effects_drawn_from_the_prior(seed: int) -> None:
    """The interval of a law with a point mass covers at least its level."""
    rng = np.random.default_rng(seed)
    prior = spike_and_slab(0.6, 0.02)
    true = np.where(rng.random(200) < 0.6, 0.0, rng.normal(0, 0.02, 200))
    seen = true + rng.normal(0, 0.01, 200)
    ends = [prior.seen(float(one), 0.01).interval(0.8) for one in seen]
    inside = np.mean([low <= t <= high for t, (low, high) in zip(true, ends, strict=True)])
    assert inside > 0.8 - 4 * math.sqrt(0.16 / 200)


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: spike_and_slab(0.5, 0.0), "deviations"),
        (lambda: spike_and_slab(-0.1, 0.1), "spike"),
        (lambda: EffectMixture(0.5, (0.6,), (0.0,), (1.0,)), "spike"),
        (lambda: normal_prior(1.0).seen(math.nan, 1.0), "effects"),
        (lambda: normal_prior(1.0).seen(0.0, 0.0), "deviations"),
        (lambda: normal_prior(1.0).local_fdr([0.0, 1.0], [1.0]), "deviations"),
    ],
)
def test_what_is_no_mixture_is_refused_at_the_field(make: object, field: str) -> None:
    with pytest.raises(DataError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.field == field
