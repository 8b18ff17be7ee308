"""Simulated experiments of every metric kind, with parameters drawn from the prior, or at fixed ones.

A kind is a function of a random generator that returns the arms' true figures, and a call that analyses the
drawn data under given options. Add one to :data:`KINDS` and it is in the calibration table and its test.
Ratios have a flat prior and quantiles none: their parameters are drawn from wide laws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import gammaincinv

from workbench.experiments.counts import analyse_counts
from workbench.experiments.means import analyse_means
from workbench.experiments.options import Options
from workbench.experiments.quantiles import analyse_quantiles
from workbench.experiments.rates import analyse_rates
from workbench.experiments.ratios import RatioSums, analyse_ratios
from workbench.experiments.revenue import analyse_revenue
from workbench.experiments.revenue_sums import RevenueSums
from workbench.stats.counts import Floats
from workbench.stats.value_laws import GammaPrior

Analysis = Callable[[Options], Any]
Kind = Callable[[np.random.Generator], tuple[Floats, Analysis]]


def rates(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    prior = (2.0, 30.0)
    truth, trials = rng.beta(*prior, 2), np.floor(10 ** rng.uniform(0, 4.5, 2))
    seen = rng.binomial(trials.astype(int), truth)
    return truth, lambda options: analyse_rates(seen, trials, prior=prior, options=options)


def counts(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    prior = (1.5, 40.0)
    truth, exposure = rng.gamma(prior[0], 1 / prior[1], 2), 10 ** rng.uniform(0, 4, 2)
    seen = rng.poisson(truth * exposure)
    return truth, lambda options: analyse_counts(seen, exposure, prior=prior, options=options)


def means(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    mean, strength, shape, scale = prior = (10.0, 3.0, 4.0, 6.0)
    variance = scale / rng.gamma(shape, 1, 2)
    truth = rng.normal(mean, np.sqrt(variance / strength))
    n = rng.integers(2, 60, 2)
    arms = [rng.normal(m, np.sqrt(v), k) for m, v, k in zip(truth, variance, n, strict=True)]
    return truth, _means(arms, prior=prior)


def revenue(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    rate_prior, prior = (2.0, 12.0), GammaPrior(4.0, 90.0, 1.2, 0.6)
    rate, n = rng.beta(*rate_prior, 2), (10 ** rng.uniform(1, 3, 2)).astype(int)
    form = prior.form_median * np.exp(prior.form_spread * rng.normal(size=2))
    value = prior.scale / rng.gamma(prior.shape, 1.0, 2)
    paid = [rng.gamma(f, v / f, rng.binomial(k, p)) for f, v, k, p in zip(form, value, n, rate, strict=True)]
    sums = RevenueSums(
        n=n.tolist(),
        n_paying=[len(x) for x in paid],
        total=[x.sum() for x in paid],
        total_squares=[(x**2).sum() for x in paid],
        log_total=[np.log(x).sum() for x in paid],
        log_total_squares=[(np.log(x) ** 2).sum() for x in paid],
    )
    return rate * value, lambda options: analyse_revenue(
        sums, model="gamma", rate_prior=rate_prior, value_prior=prior, other_models=False, options=options
    )


def ratios(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    x = rng.uniform(6, 20, 2)
    y = x * rng.uniform(0.5, 3, 2)
    arms = []
    for mean_y, mean_x in zip(y, x, strict=True):
        spread = rng.uniform(0.5, 3, 2)
        both = rng.uniform(-0.9, 0.9) * spread.prod()
        law = [[spread[0] ** 2, both], [both, spread[1] ** 2]]
        arms.append(rng.multivariate_normal([mean_y, mean_x], law, int(rng.integers(12, 60))))
    sums = RatioSums.of([one[:, 0] for one in arms], [one[:, 1] for one in arms])
    return y / x, lambda options: analyse_ratios(sums, options=options)


def quantiles(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    q, n = float(rng.choice([0.25, 0.5, 0.75, 0.9])), rng.integers(80, 600, 2)
    form, scale = rng.uniform(0.7, 6, 2), rng.uniform(1, 4, 2)
    arms = [rng.gamma(f, s, k) for f, s, k in zip(form, scale, n, strict=True)]
    return scale * gammaincinv(form, q), lambda options: analyse_quantiles(arms, q, options=options)


def fixed_rates(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    """Rates of 3 and 3.6 % of 1,000 trials, under a flat prior."""
    truth = np.array([0.03, 0.036])
    seen = rng.binomial(1_000, truth)
    return truth, lambda options: analyse_rates(seen, [1_000, 1_000], options=options)


def fixed_counts(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    """20 and 26 events expected, under Jeffreys' prior."""
    truth = np.array([0.02, 0.026])
    seen = rng.poisson(1_000 * truth)
    return truth, lambda options: analyse_counts(seen, [1_000.0, 1_000.0], options=options)


def fixed_means(rng: np.random.Generator) -> tuple[Floats, Analysis]:
    """Means of 10 and 11 of 15 and 25 values with deviations of 3 and 5, under the reference prior."""
    truth = np.array([10.0, 11.0])
    return truth, _means([rng.normal(10, 3, 15), rng.normal(11, 5, 25)])


def _means(arms: list[Floats], **prior: Any) -> Analysis:
    n = [len(x) for x in arms]
    sums = [float(x.sum()) for x in arms], [float((x**2).sum()) for x in arms]
    return lambda options: analyse_means(n, *sums, options=options, **prior)


#: Parameters drawn anew for every experiment.
KINDS: dict[str, Kind] = {
    "rates": rates,
    "counts": counts,
    "means": means,
    "revenue": revenue,
    "ratios": ratios,
    "quantiles": quantiles,
}
#: At fixed parameters coverage is not promised, only reported.
FIXED: dict[str, Kind] = {
    "rates, fixed": fixed_rates,
    "counts, fixed": fixed_counts,
    "means, fixed": fixed_means,
}
