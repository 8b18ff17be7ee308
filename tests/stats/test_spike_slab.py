"""Learning how far effects spread: the top of the likelihood, recovery, coverage, and short histories."""

from __future__ import annotations

import os

import numpy as np
import pytest

from workbench.core.errors import DataError, NotEnoughData
from workbench.stats.effect_mixture import normal_prior, spike_and_slab
from workbench.stats.spike_slab import fit_normal, fit_spike_slab

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "60"))


def history(rng: np.random.Generator, n: int, spike: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
    errors = rng.uniform(0.001, 0.004, n)
    true = np.where(rng.random(n) < spike, 0.0, rng.normal(0, tau, n))
    return true + rng.normal(0, errors), errors


def test_the_fit_is_at_the_top_of_the_closed_likelihood() -> None:
    effects, errors = history(np.random.default_rng(3), 150, 0.6, 0.012)
    fit = fit_spike_slab(effects, errors)

    def height(spike: float, tau: float) -> float:
        return float(spike_and_slab(spike, tau).log_marginal(effects, errors).sum())

    top = height(fit.spike, fit.tau)
    assert top == pytest.approx(fit.log_likelihood, abs=1e-8)
    for spike, tau in [(0.001, 1.0), (-0.001, 1.0), (0.0, 1.002), (0.0, 0.998)]:
        assert height(fit.spike + spike, fit.tau * tau) < top
    normal = fit_normal(effects, errors)
    around = [normal_prior(normal.tau * k).log_marginal(effects, errors).sum() for k in (0.998, 1, 1.002)]
    assert around[1] == max(around)
    assert around[1] == pytest.approx(normal.log_likelihood, abs=1e-8)


def test_the_interval_of_the_spread_is_what_quadrature_says() -> None:
    from scipy.integrate import quad

    effects, errors = history(np.random.default_rng(4), 12, 0.0, 0.01)
    fit = fit_normal(effects, errors, level=0.8, scale=0.05)

    def density(tau: float) -> float:
        log = float(normal_prior(tau).log_marginal(effects, errors).sum())
        return float(np.exp(log - fit.log_likelihood)) / (1 + (tau / 0.05) ** 2)

    total = quad(density, 1e-9, 0.5, points=[fit.tau], limit=200)[0]
    for end, p in zip(fit.tau_interval, (0.1, 0.9), strict=True):
        assert quad(density, 1e-9, end, limit=200)[0] / total == pytest.approx(p, abs=2e-3)


def test_the_share_without_effect_is_what_quadrature_says() -> None:
    from scipy.integrate import dblquad

    effects, errors = history(np.random.default_rng(6), 15, 0.5, 0.02)
    fit = fit_spike_slab(effects, errors)

    def density(log_tau: float, spike: float) -> float:
        tau = float(np.exp(log_tau))
        log = float(spike_and_slab(spike, tau).log_marginal(effects, errors).sum())
        return float(np.exp(log - fit.log_likelihood)) * tau / (1 + (tau / 0.1) ** 2)

    ends = (1e-9, 1 - 1e-9, np.log(1e-4), np.log(2.0))
    mass, moment = (
        dblquad(f, *ends, epsabs=1e-6, epsrel=1e-4)[0] for f in (density, lambda t, w: w * density(t, w))
    )
    assert fit.predictive.spike == pytest.approx(moment / mass, abs=2e-3)


def test_a_normal_law_is_a_spike_and_slab_without_a_spike() -> None:
    effects, errors = history(np.random.default_rng(5), 200, 0.0, 0.02)
    assert fit_spike_slab(effects, errors).log_likelihood >= fit_normal(effects, errors).log_likelihood - 1e-9


def test_nothing_but_noise_is_learned_as_nothing() -> None:
    errors = np.full(40, 0.01)
    effects = np.tile([0.003, -0.003], 20)
    assert fit_normal(effects, errors).tau == 0
    fit = fit_spike_slab(effects, errors)
    assert (fit.spike, fit.tau) == (1.0, 0.0)
    assert fit.predictive.spike > 0.7
    assert fit.predictive.prob_within(0.01) > 0.8


def test_the_sign_of_the_effects_plays_no_part() -> None:
    effects, errors = history(np.random.default_rng(8), 60, 0.5, 0.02)
    one, other = fit_spike_slab(effects, errors), fit_spike_slab(-effects, errors)
    assert (one.spike, one.tau) == pytest.approx((other.spike, other.tau))


def test_a_short_history_gives_a_wider_prior() -> None:
    rng = np.random.default_rng(11)
    effects, errors = history(rng, 400, 0.0, 0.01)
    short, long = fit_normal(effects[:8], errors[:8]), fit_normal(effects, errors)
    assert short.tau_interval[1] / short.tau_interval[0] > 2 * long.tau_interval[1] / long.tau_interval[0]
    assert short.predictive.deviation > short.tau
    assert long.predictive.deviation == pytest.approx(long.tau, rel=0.02)


@pytest.mark.slow
def test_intervals_cover_the_truth() -> None:
    """Coverage of the 90 % intervals; for the reduced run within four standard errors."""
    rng = np.random.default_rng(13)
    inside = np.zeros(3)
    for _ in range(N_SIMULATIONS):
        spike, tau = rng.uniform(0.2, 0.8), np.exp(rng.uniform(np.log(0.006), np.log(0.03)))
        fit = fit_spike_slab(*history(rng, 80, spike, tau))
        normal = fit_normal(*history(rng, 80, 0.0, tau))
        inside += [
            fit.spike_interval[0] <= spike <= fit.spike_interval[1],
            fit.tau_interval[0] <= tau <= fit.tau_interval[1],
            normal.tau_interval[0] <= tau <= normal.tau_interval[1],
        ]
    assert np.all(np.abs(inside / N_SIMULATIONS - 0.9) < 4 * np.sqrt(0.09 / N_SIMULATIONS)), inside


def test_predictive_intervals_cover_the_next_effect() -> None:
    rng = np.random.default_rng(17)
    inside = []
    for _ in range(N_SIMULATIONS):
        effects, errors = history(rng, 12, 0.0, 0.02)
        prior = fit_normal(effects, errors).predictive
        true = rng.normal(0, 0.02, 20)
        for t, y in zip(true, true + rng.normal(0, 0.01, 20), strict=True):
            low, high = prior.seen(float(y), 0.01).interval(0.9)
            inside.append(low <= t <= high)
    assert np.mean(inside) == pytest.approx(0.9, abs=4 * np.sqrt(0.09 * 4 / len(inside)))


@pytest.mark.parametrize(
    ("effects", "errors", "error"),
    [
        ([0.1] * 4, [0.1] * 4, NotEnoughData),
        ([0.1] * 6, [0.1] * 5 + [0.0], DataError),
        ([0.1] * 5 + [np.nan], [0.1] * 6, DataError),
        ([0.1] * 6, [0.1] * 5, DataError),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    effects: list[float], errors: list[float], error: type[Exception]
) -> None:
    with pytest.raises(error):
        fit_normal(effects, errors)
