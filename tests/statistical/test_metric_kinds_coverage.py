"""How often intervals of revenue, ratios and quantiles hold the truth, and revenue against sampling.

With parameters drawn from the prior where there is one. Ratios have a flat prior and quantiles none, so that
theirs are drawn from wide laws: what is found is then the coverage at fixed parameters, averaged.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest

from workbench.experiments.options import Options
from workbench.experiments.quantiles import analyse_quantiles
from workbench.experiments.ratios import RatioSums, analyse_ratios
from workbench.experiments.result import ExperimentResult
from workbench.experiments.revenue import analyse_revenue, pooled_prior
from workbench.experiments.revenue_sums import Model, RevenueSums
from workbench.stats.value_laws import GammaPrior, LognormalPrior, NormalPrior

LEVELS = (0.5, 0.8, 0.95)
RATE = (2.0, 12.0)
N_IN_CI = int(os.environ.get("WORKBENCH_SIMULATIONS", "16"))
N_IN_FULL = 600
Run = Callable[[np.random.Generator], tuple[np.ndarray, Callable[[Options], ExperimentResult]]]


def _revenue(
    rng: np.random.Generator, model: Model, mean: Callable[[], float], values: Callable[[int], np.ndarray]
) -> tuple[float, np.ndarray]:
    rate, n = rng.beta(*RATE), int(10 ** rng.uniform(1, 3))
    paying = rng.binomial(n, rate)
    return rate * mean(), np.concatenate([np.zeros(n - paying), values(paying)])


def lognormal(rng: np.random.Generator):
    prior = LognormalPrior(3.0, 2.0, 2.0, 1.5, decay=1.5)
    variance = np.exp(np.linspace(-6, 4, 4_001))
    density = variance ** (-prior.shape) * np.exp(-prior.scale / variance - prior.decay * variance)
    drawn = rng.choice(variance, 2, p=density / density.sum())
    centre = rng.normal(prior.log_mean, np.sqrt(drawn / prior.strength))
    arms = [
        _revenue(
            rng,
            "lognormal",
            lambda m=m, v=v: np.exp(m + v / 2),
            lambda k, m=m, v=v: rng.lognormal(m, np.sqrt(v), k),
        )
        for m, v in zip(centre, drawn, strict=True)
    ]
    return _asked(arms, "lognormal", prior)


def gamma(rng: np.random.Generator):
    prior = GammaPrior(4.0, 90.0, 1.2, 0.6)
    form = prior.form_median * np.exp(prior.form_spread * rng.normal(size=2))
    mean = prior.scale / rng.gamma(prior.shape, 1.0, 2)
    arms = [
        _revenue(rng, "gamma", lambda m=m: m, lambda k, f=f, m=m: rng.gamma(f, m / f, k))
        for f, m in zip(form, mean, strict=True)
    ]
    return _asked(arms, "gamma", prior)


def moments(rng: np.random.Generator):
    prior = NormalPrior(100.0, 4.0, 3.0, 300.0)
    variance = prior.scale / rng.gamma(prior.shape, 1.0, 2)
    mean = rng.normal(prior.mean, np.sqrt(variance / prior.strength))
    arms = [
        _revenue(rng, "moments", lambda m=m: m, lambda k, m=m, v=v: rng.normal(m, np.sqrt(v), k))
        for m, v in zip(mean, variance, strict=True)
    ]
    return _asked(arms, "moments", prior)


def ratios(rng: np.random.Generator):
    n, x = rng.integers(12, 60, 2), rng.uniform(6, 20, 2)
    y = x * rng.uniform(0.5, 3, 2)
    arms = []
    for k, mean_y, mean_x in zip(n, y, x, strict=True):
        spread = rng.uniform(0.5, 3, 2)
        both = rng.uniform(-0.9, 0.9) * spread[0] * spread[1]
        arms.append(
            rng.multivariate_normal([mean_y, mean_x], [[spread[0] ** 2, both], [both, spread[1] ** 2]], k)
        )
    sums = RatioSums.of([one[:, 0] for one in arms], [one[:, 1] for one in arms])
    return y / x, lambda options: analyse_ratios(sums, options=options)


def quantiles(rng: np.random.Generator):
    from scipy.special import gammaincinv

    q, n = rng.choice([0.25, 0.5, 0.75, 0.9]), rng.integers(80, 600, 2)
    form, scale = rng.uniform(0.7, 6, 2), rng.uniform(1, 4, 2)
    arms = [rng.gamma(f, s, k) for f, s, k in zip(form, scale, n, strict=True)]
    return scale * gammaincinv(form, q), lambda options: analyse_quantiles(arms, q, options=options)


def _asked(arms, model: Model, prior):
    truth = np.array([one for one, _ in arms])
    values = [x for _, x in arms]
    logs = [np.log(x[x > 0]) for x in values]
    sums = RevenueSums(
        n=[len(x) for x in values],
        n_paying=[int((x != 0).sum()) for x in values],
        total=[x.sum() for x in values],
        total_squares=[(x**2).sum() for x in values],
        log_total=[x.sum() for x in logs],
        log_total_squares=[(x**2).sum() for x in logs],
    )
    return truth, lambda options: analyse_revenue(
        sums, model=model, rate_prior=RATE, value_prior=prior, options=options
    )


KINDS = [lognormal, gamma, moments, ratios, quantiles]


def hits(run: Run, level: float, n_runs: int) -> np.ndarray:
    """Share of truths inside: of the second arm, of the absolute and of the relative change."""
    rng = np.random.default_rng(int(level * 100))
    inside = np.empty((n_runs, 3), dtype=bool)
    for k in range(n_runs):
        truth, asked = run(rng)
        got = asked(Options(level=level))
        one = got.uplift[0]
        low, high = got.arms[1].interval
        inside[k, 0] = low <= truth[1] <= high
        inside[k, 1] = one.absolute.low <= truth[1] - truth[0] <= one.absolute.high
        relative = (truth[1] - truth[0]) / abs(truth[0])
        inside[k, 2] = one.relative is not None and one.relative.low <= relative <= one.relative.high
    return inside.mean(axis=0)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("run", KINDS)
def test_coverage_is_the_level(run, level):
    error = np.sqrt(level * (1 - level) / N_IN_CI)
    assert (np.abs(hits(run, level, N_IN_CI) - level) < 3.5 * error).all()


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("run", KINDS)
def test_coverage_in_full(run, level, record_property):
    found = hits(run, level, N_IN_FULL)
    record_property("coverage", found.round(4).tolist())
    # Whole order statistics and flat priors are right but for terms that vanish with more units.
    slack = 0.02 if run in (ratios, quantiles) else 0.0
    assert (np.abs(found - level) < 3.5 * np.sqrt(level * (1 - level) / N_IN_FULL) + slack).all()


def fixed(model: Model) -> Run:
    """Spend of 1,500 units an arm of which one in twenty pays, lognormally, read with the pooled prior."""

    def run(rng: np.random.Generator):
        centres = np.array([3.0, 3.1])
        arms = [(rng.random(1_500) < 0.05) * rng.lognormal(centre, 1.2, 1_500) for centre in centres]
        sums = RevenueSums.of(arms)
        return 0.05 * np.exp(centres + 0.72), lambda options: analyse_revenue(
            sums, model=model, other_models=False, options=options
        )

    return run


@pytest.mark.slow
@pytest.mark.parametrize("model", ["lognormal", "moments"])
def test_coverage_at_fixed_parameters_is_reported(model, record_property):
    found = hits(fixed(model), 0.95, N_IN_FULL)
    record_property("coverage", found.round(4).tolist())
    # Two moments are too few for values with so long a tail: their intervals are known to be short.
    assert (found > (0.915 if model == "lognormal" else 0.85)).all()


@pytest.mark.slow
def test_revenue_of_three_mailings_is_what_sampling_finds(shared_data):
    """The same model of the Hillstrom test's spend in PyMC, arm by arm within Monte Carlo error."""
    import arviz as az
    import pandas as pd
    import pymc as pm

    frame = pd.read_csv(shared_data / "experiments" / "hillstrom.csv")
    arms = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
    values = [frame.loc[frame["segment"] == arm, "spend"].to_numpy(float) for arm in arms]
    sums = RevenueSums.of(values)
    prior, got = pooled_prior(sums, "lognormal"), analyse_revenue(sums)
    logs = [np.log(x[x > 0]) for x in values]
    which = np.repeat(range(3), [len(x) for x in logs])
    with pm.Model():
        rate = pm.Beta("rate", 1, 1, shape=3)
        pm.Binomial("paying", n=np.asarray(sums.n), p=rate, observed=np.asarray(sums.n_paying))
        variance = pm.InverseGamma("variance", prior.shape, prior.scale, shape=3)
        pm.Potential("decay", -prior.decay * variance.sum())
        centre = pm.Normal("centre", prior.log_mean, (variance / prior.strength) ** 0.5, shape=3)
        pm.Normal("logs", centre[which], (variance**0.5)[which], observed=np.concatenate(logs))
        pm.Deterministic("revenue", rate * pm.math.exp(centre + variance / 2))
        drawn = pm.sample(
            3_000, tune=1_000, chains=2, cores=2, nuts_sampler="nutpie", random_seed=1, progressbar=False
        )
    revenue = drawn.posterior["revenue"].to_numpy().reshape(-1, 3)
    size = az.ess(drawn, var_names=["revenue"])["revenue"].to_numpy()
    for k, one in enumerate(got.arms):
        error = revenue[:, k].std() / np.sqrt(size[k])
        assert revenue[:, k].mean() == pytest.approx(one.estimate, abs=4 * error)
        for p, end in zip((0.025, 0.975), one.interval, strict=True):
            assert (revenue[:, k] <= end).mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / size[k]))
    best = np.bincount(revenue.argmax(axis=1), minlength=3) / len(revenue)
    assert best == pytest.approx(got.prob_best, abs=4 * np.sqrt(0.03 * 0.97 / size.min()))
