"""How often intervals hold the truth, and stated chances come true, with truths drawn from the prior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from workbench.experiments.counts import analyse_counts
from workbench.experiments.means import analyse_means
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates, order_rates
from workbench.experiments.result import ExperimentResult

LEVELS = (0.5, 0.8, 0.95)
Run = Callable[[np.random.Generator, float], tuple[np.ndarray, ExperimentResult]]


def rates(rng: np.random.Generator, level: float) -> tuple[np.ndarray, ExperimentResult]:
    prior = (2.0, 30.0)
    truth, trials = rng.beta(*prior, 2), np.floor(10 ** rng.uniform(0, 4.5, 2))
    return truth, analyse_rates(
        rng.binomial(trials.astype(int), truth), trials, prior=prior, options=Options(level=level)
    )


def counts(rng: np.random.Generator, level: float) -> tuple[np.ndarray, ExperimentResult]:
    prior = (1.5, 40.0)
    truth, exposure = rng.gamma(prior[0], 1 / prior[1], 2), 10 ** rng.uniform(0, 4, 2)
    return truth, analyse_counts(
        rng.poisson(truth * exposure), exposure, prior=prior, options=Options(level=level)
    )


def means(rng: np.random.Generator, level: float) -> tuple[np.ndarray, ExperimentResult]:
    mean, strength, shape, scale = prior = (10.0, 3.0, 4.0, 6.0)
    variance = scale / rng.gamma(shape, 1, 2)
    truth = rng.normal(mean, np.sqrt(variance / strength))
    n = rng.integers(2, 60, 2)
    arms = [rng.normal(m, np.sqrt(v), k) for m, v, k in zip(truth, variance, n, strict=True)]
    sums = [float(x.sum()) for x in arms], [float((x**2).sum()) for x in arms]
    return truth, analyse_means(n, *sums, prior=prior, options=Options(level=level))


def hits(run: Run, level: float, n_runs: int) -> np.ndarray:
    """Share of truths inside: of the second arm, of the absolute and of the relative change."""
    rng = np.random.default_rng(int(level * 100))
    inside = np.empty((n_runs, 3), dtype=bool)
    for k in range(n_runs):
        truth, got = run(rng, level)
        one = got.uplift[0]
        low, high = got.arms[1].interval
        inside[k, 0] = low <= truth[1] <= high
        inside[k, 1] = one.absolute.low <= truth[1] - truth[0] <= one.absolute.high
        relative = (truth[1] - truth[0]) / abs(truth[0])
        inside[k, 2] = one.relative is not None and one.relative.low <= relative <= one.relative.high
    return inside.mean(axis=0)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("run", [rates, counts, means])
def test_coverage_is_the_level(run, level):
    n_runs = 100
    error = np.sqrt(level * (1 - level) / n_runs)
    assert (np.abs(hits(run, level, n_runs) - level) < 3.5 * error).all()


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("run", [rates, counts, means])
def test_coverage_in_full(run, level, record_property):
    n_runs = 4_000
    found = hits(run, level, n_runs)
    record_property("coverage", found.round(4).tolist())
    assert (np.abs(found - level) < 3.5 * np.sqrt(level * (1 - level) / n_runs)).all()


def test_stated_chances_come_true_and_losses_are_the_mean_regret():
    rng = np.random.default_rng(17)
    n = 200_000
    prior = (1.0, 20.0)
    truth, trials = rng.beta(*prior, (n, 2)), np.floor(10 ** rng.uniform(0, 4, (n, 2)))
    got = order_rates(rng.binomial(trials.astype(int), truth), trials, prior=prior)
    second_is_better = truth[:, 1] > truth[:, 0]
    for low in np.arange(0, 1, 0.1):
        said = (got.prob_above >= low) & (got.prob_above < low + 0.1)
        error = 0.5 / np.sqrt(said.sum())
        assert abs(second_is_better[said].mean() - got.prob_above[said].mean()) < 4 * error
    for losses, regret in (
        (got.mean_above, truth[:, 1] - truth[:, 0]),
        (got.mean_below, truth[:, 0] - truth[:, 1]),
    ):
        lost = np.maximum(regret, 0)
        assert abs(losses.mean() - lost.mean()) < 4 * np.std(lost - losses) / np.sqrt(n)
