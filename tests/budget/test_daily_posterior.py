"""What daily budgets bring: the grid's posterior beside closed forms, sampling and the truth."""

import numpy as np
import pytest
from scipy.special import gammaln

from workbench.budget.daily_posterior import _ELASTICITIES, DailyHistory, learn_daily
from workbench.core.errors import DataError


def history(n_days=40, *, seed=1, rate=(0.1, 0.03), known=1.0, spend=100.0):
    rng = np.random.default_rng(seed)
    spent = spend * rng.gamma(30, 1 / 30, (n_days, len(rate)))
    share = np.broadcast_to(np.asarray(known, dtype=float), n_days)
    results = rng.poisson(spent * np.array(rate) * share[:, None])
    return DailyHistory.of([f"item {i}" for i in range(len(rate))], spent, results, share)


def drawn(found, spend=100.0, n=4_000):
    return [curve.at(spend)[0] for curve in found.curves(np.random.default_rng(0), n)]


def test_given_what_is_shared_the_posterior_is_the_gamma_law_of_the_textbook():
    """At one elasticity and shape: prior and likelihood multiplied and integrated on a fine grid."""
    got = learn_daily(given := history(12), half_life_days=1e9)
    i, r, a, e = 1, 3, 2, 6
    theta = np.linspace(1e-4, 30, 200_001)
    half = got.usual_spend[i] * _ELASTICITIES[e] / (1 - _ELASTICITIES[e])
    g = given.spend[:, i] / (half + given.spend[:, i]) * (half + got.usual_spend[i]) / got.usual_spend[i]
    shape = got.shape[i, a] - given.results[:, i].sum() / got.dispersion
    rate = got.rate[i, r, a, e] - g.sum() / got.dispersion
    log = (shape - 1) * np.log(theta) - rate * theta
    log += (given.results[:, i].sum() * np.log(theta) - g.sum() * theta) / got.dispersion
    weight = np.exp(log - log.max())
    mean = (weight * theta).sum() / weight.sum()
    assert got.shape[i, a] / got.rate[i, r, a, e] == pytest.approx(mean, rel=1e-6)


def test_the_evidence_is_that_of_the_integral():
    """What is shared is weighed by integrals over theta and elasticity, here by brute force."""
    got = learn_daily(given := history(6, rate=(0.1, 0.05)), half_life_days=1e9)
    assert got.dispersion == pytest.approx(max(got.dispersion, 1.0))
    theta = np.exp(np.linspace(-6, 5, 4_001))[:, None]
    step = np.gradient(theta[:, 0])[:, None]
    log = np.zeros((2, 2))  # of two settings, both items together
    for i in range(2):
        half = got.usual_spend[i] * _ELASTICITIES / (1 - _ELASTICITIES)
        x = given.spend[:, i, None]
        g = x / (half + x) * (half + got.usual_spend[i]) / got.usual_spend[i]
        fit = given.results[:, i].sum() * np.log(theta) + given.results[:, i] @ np.log(g) - theta * g.sum(0)
        for k, (r, a, m) in enumerate([(2, 1, 1), (5, 4, 2)]):
            shape = np.array([0.5, 1, 2, 4, 8, 16, 32])[a]
            rate = got.rate[i, r, a, 0] - g.sum(axis=0)[0] / got.dispersion
            prior = shape * np.log(rate) - gammaln(shape) + (shape - 1) * np.log(theta) - rate * theta
            mean = np.array([0.4, 0.55, 0.7, 0.85])[m]
            p = _ELASTICITIES ** (8 * mean - 1) * (1 - _ELASTICITIES) ** (8 * (1 - mean) - 1)
            log[i, k] = np.log((np.exp(prior + fit / got.dispersion) * step * p / p.sum()).sum())
    shared = np.log(got.of_shared)
    assert shared[5, 4, 2] - shared[2, 1, 1] == pytest.approx(np.diff(log.sum(axis=0))[0], abs=1e-4)


def test_elasticities_are_probabilities():
    got = learn_daily(history())
    assert got.of_elasticity.sum(axis=-1) == pytest.approx(np.ones(got.of_elasticity.shape[:-1]))
    assert got.of_shared.sum() == pytest.approx(1)


def test_results_that_are_yet_to_come_are_made_up_for():
    known = np.r_[np.ones(30), np.linspace(1, 0.1, 10)]
    naive = history(known=known, rate=(1.0, 0.3))
    late = learn_daily(naive)
    naive = learn_daily(DailyHistory.of(naive.items, naive.spend, naive.results))
    assert drawn(late)[0].mean() == pytest.approx(100, rel=0.05)
    assert drawn(naive)[0].mean() < drawn(late)[0].mean() * 0.95


def test_a_day_whose_results_have_not_begun_to_come_changes_nothing():
    base = history()
    more = DailyHistory.of(
        base.items,
        np.vstack([base.spend, [5e4, 1.0]]),
        np.vstack([base.results, [0, 0]]),
        np.r_[np.ones(40), 0.0],
    )
    one, two = learn_daily(base, half_life_days=1e9), learn_daily(more, half_life_days=1e9)
    assert np.allclose(one.of_shared, two.of_shared)
    assert one.usual_spend == pytest.approx(two.usual_spend)


def test_items_without_results_borrow_from_the_others_and_stay_uncertain():
    rng = np.random.default_rng(0)
    spend = np.full((20, 3), 100.0)
    spend[:-1, 2] = 0.0  # one day only
    results = np.column_stack([rng.poisson(10, 20), rng.poisson(9, 20), np.zeros(20)])
    a, _, c = drawn(learn_daily(DailyHistory.of("abc", spend, results)))
    assert c.mean() < a.mean()
    assert c.std() / c.mean() > 2 * a.std() / a.mean()


def test_no_results_at_all_are_few_results():
    got = learn_daily(DailyHistory.of("ab", np.full((20, 2), 100.0), np.zeros((20, 2))))
    assert all(0 < each.mean() < 0.1 for each in drawn(got))


def test_older_days_count_less():
    spend = np.full((60, 1), 100.0)
    results = np.r_[np.full(40, 20.0), np.full(20, 5.0)][:, None]
    long, short = (
        drawn(learn_daily(DailyHistory.of("a", spend, results), half_life_days=days))[0].mean()
        for days in (1e9, 7)
    )
    assert short < 8
    assert long > 13


def test_wide_scatter_makes_wide_intervals():
    rng = np.random.default_rng(3)
    spend = np.full((60, 2), 100.0)
    even, wide = rng.poisson(10, (60, 2)), rng.poisson(rng.gamma(2, 5, (60, 2)))
    first, second = (learn_daily(DailyHistory.of("ab", spend, each)) for each in (even, wide))
    assert first.dispersion < 1.3
    assert second.dispersion > 3
    assert drawn(second)[0].std() > 1.5 * drawn(first)[0].std()


def test_what_days_have_in_common_scatters_their_sum_more_than_single_items():
    rng = np.random.default_rng(4)
    spend, days = np.full((80, 6), 100.0), rng.lognormal(0, 0.3, (80, 1))
    common, own = rng.poisson(5 * days, (80, 6)), rng.poisson(5 * rng.lognormal(0, 0.3, (80, 6)))
    first, second = (learn_daily(DailyHistory.of("abcdef", spend, each)) for each in (common, own))
    assert first.day_dispersion > 2 > 1.5 * second.day_dispersion
    assert first.day_dispersion > 1.5 * first.dispersion


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Ninety per cent, over worlds drawn from what the model assumes."""
    rng = np.random.default_rng(5)
    inside = []
    for _ in range(60):
        theta, e = rng.gamma(2, 4, 4), rng.choice(_ELASTICITIES[2:8], 4)
        spend = 100 * rng.gamma(20, 1 / 20, (30, 4))
        half = 100 * e / (1 - e)
        mean = theta * spend / (half + spend) * (half + 100) / 100
        found = learn_daily(DailyHistory.of("abcd", spend, rng.poisson(mean)), half_life_days=1e9)
        for i, curve in enumerate(found.curves(rng, 500)):
            low, high = np.quantile(curve.at(100.0)[0], [0.05, 0.95])
            inside.append(low < theta[i] < high)
    assert 0.85 < np.mean(inside) < 0.95


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("results", {"results": np.zeros((39, 2))}),
        ("spend", {"spend": np.full((40, 2), -1.0)}),
        ("known", {"known": np.full((40, 2), 1.5)}),
        ("spend", {"items": ("one",)}),
    ],
)
def test_days_that_cannot_be_used_are_refused_at_their_field(field, change):
    base = history()
    given = {"items": base.items, "spend": base.spend, "results": base.results, "known": base.known} | change
    with pytest.raises(DataError) as caught:
        DailyHistory(**given)
    assert caught.value.field == field


def test_nothing_usable_is_refused():
    with pytest.raises(DataError, match="no day"):
        learn_daily(DailyHistory.of("a", np.zeros((5, 1)), np.zeros((5, 1))))
