"""The tree of rates: beside the same model sampled by PyMC, and how often its intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.stats.nested_rates import nested_rates
from workbench.stats.tree_race import race_in_tree
from workbench.stats.tree_remaining import remaining_in_tree

SETS = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 5, 5])
CAMPAIGNS = np.array([0, 0, 1, 1, 2, 2])


def drawn(kind: str, rng: np.random.Generator, spreads=(0.3, 0.25, 0.4)) -> tuple[np.ndarray, ...]:
    """Draw a tree's true rates, counts and sizes as the model assumes."""
    campaign = -3 + spreads[2] * rng.normal(size=3)
    adset = campaign[CAMPAIGNS] + spreads[1] * rng.normal(size=6)
    mean, weight = adset[SETS], spreads[0] ** -2
    size = np.floor(10 ** rng.uniform(1.5, 3.5, len(SETS)))
    if kind == "counts":
        truth = np.exp(mean) * rng.gamma(weight, 1 / weight, len(SETS))
        return truth, rng.poisson(truth * size).astype(float), size
    odds = np.exp(mean)
    truth = rng.beta(weight * (1 + odds), weight * (1 + 1 / odds))
    return truth, rng.binomial(size.astype(int), truth).astype(float), size


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["counts", "rates"])
def test_beside_the_same_model_sampled(kind, record_property):
    import pymc as pm
    import pytensor.tensor as pt

    rng = np.random.default_rng(8)
    _, counts, size = drawn(kind, rng)
    tree = nested_rates(kind, counts, size, parents=[SETS, CAMPAIGNS])
    laws = [tree.law(k) for k in range(len(SETS))]
    with pm.Model():
        spread = pm.HalfCauchy("spread", 0.5, shape=3)
        root = pm.Normal("root", -3, 20)
        campaign = root + spread[2] * pm.Normal("campaign", shape=3)
        adset = campaign[CAMPAIGNS] + spread[1] * pm.Normal("adset", shape=6)
        mean, weight = adset[SETS], spread[0] ** -2
        if kind == "counts":
            alpha, beta = weight * pt.ones(len(SETS)), weight * pt.exp(-mean)
            pm.NegativeBinomial("seen", alpha=alpha, mu=pt.exp(mean) * size, observed=counts)
        else:
            alpha, beta = weight * (1 + pt.exp(mean)), weight * (1 + pt.exp(-mean))
            pm.BetaBinomial("seen", alpha=alpha, beta=beta, n=size, observed=counts)
        pm.Deterministic("alpha", alpha)
        pm.Deterministic("beta", beta)
        trace = pm.sample(
            draws=8_000,
            tune=2_000,
            chains=4,
            cores=1,
            nuts_sampler="nutpie",
            random_seed=1,
            target_accept=0.98,
            progressbar=False,
        )
    alpha, beta, draws_spread = (
        np.asarray(trace.posterior[name]).reshape(32_000, -1) for name in ("alpha", "beta", "spread")
    )
    if kind == "counts":
        draws = rng.gamma(alpha + counts, 1 / (beta + size))
    else:
        draws = rng.beta(alpha + counts, beta + size - counts)
    quantiles = (0.025, 0.25, 0.5, 0.75, 0.975)
    ours = np.array([[law.quantile(p) for p in quantiles] for law in laws])
    inside = np.array([[(draws[:, k] < x).mean() for x in ours[k]] for k in range(len(laws))])
    won = np.bincount(draws.argmax(axis=1), minlength=len(laws)) / len(draws)
    quick = tree.quick()
    race = race_in_tree(quick, laws)
    left = remaining_in_tree(quick, laws, race)
    gain = draws.max(axis=1) - draws[:, left.chosen]
    share = gain / draws.max(axis=1)
    figures = {
        "probability at a quantile": np.abs(inside - quantiles).max(),
        "P(best)": np.abs(race.prob_best - won).max(),
        "value remaining": left.expected / gain.mean() - 1,
        "as a share": left.relative_expected / share.mean() - 1,
        "probability at its quantile": abs((share <= left.relative_quantile).mean() - 0.95),
        "median spreads": np.abs(np.array(tree.spread_medians) / np.median(draws_spread, axis=0) - 1).max(),
    }
    for name, value in figures.items():
        record_property(name, round(float(value), 4))
    # The sampler's own error: of 32,000 draws at least 12,000 are worth an independent one for the units
    # (4,000 for the spread of campaigns). Three standard errors, and what the grids err by: .0007 the laws,
    # .004 a probability and 2 % a gain of the race (its quick grid beside the fine one: 1.6 %).
    error = 1 / np.sqrt(12_000)
    assert figures["probability at a quantile"] < 3 * 0.5 * error + 0.0007
    assert figures["P(best)"] < 3 * 0.5 * error + 0.004
    assert abs(figures["value remaining"]) < 3 * error * gain.std() / gain.mean() + 0.02
    assert abs(figures["as a share"]) < 3 * error * share.std() / share.mean() + 0.02
    assert figures["probability at its quantile"] < 3 * np.sqrt(0.95 * 0.05) * error + 0.004
    # A density of about .4 at the median of a spread's log, whose deviation is about .7; and half the way
    # between two nodes' readings.
    assert figures["median spreads"] < 3 * 1.25 * 0.7 / np.sqrt(4_000) + 0.03
