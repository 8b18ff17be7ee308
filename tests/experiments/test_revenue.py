"""Revenue per unit: the hurdle, its pooled prior, what depends on the model, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.options import Options
from workbench.experiments.revenue import analyse_revenue, pooled_prior
from workbench.experiments.revenue_sums import MODELS, RevenueSums
from workbench.stats.value_laws import GammaPrior, LognormalPrior, NormalPrior

BASE = {"n": [400, 400], "n_paying": [40, 52], "total": [900, 1250], "total_squares": [3e4, 4e4]}
BASE |= {"log_total": [110, 150], "log_total_squares": [340, 470]}


def arms_of(seed, *, n=(300, 320), rate=(0.2, 0.25), sigma=1.0):
    rng = np.random.default_rng(seed)
    return [(rng.random(k) < p) * np.exp(rng.normal(3, sigma, k)) for k, p in zip(n, rate, strict=True)]


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_near_the_plain_figure_of_many_units(model):
    arms = arms_of(1, n=(60_000, 60_000), sigma=0.5)
    got = analyse_revenue(RevenueSums.of(arms), model=model)
    for one, values in zip(got.arms, arms, strict=True):
        assert one.observed == pytest.approx(values.mean())
        assert one.estimate == pytest.approx(values.mean(), rel=0.02)
        width = one.interval[1] - one.interval[0]
        assert width == pytest.approx(2 * 1.96 * values.std() / np.sqrt(60_000), rel=0.06)
    assert got.kind == "revenue"
    assert got.decision.headline == "Ship B"


some_arms = st.tuples(
    st.integers(0, 12), st.integers(0, 12), st.integers(0, 10**6), st.sampled_from(MODELS)
).filter(lambda x: x[0] + x[1] >= 2)


@settings(max_examples=8)
@given(some_arms, st.sampled_from([0.5, 0.8, 0.95]), st.booleans())
def test_everything_agrees(counts, level, higher):
    first, second, seed, model = counts
    rng = np.random.default_rng(seed)
    arms = [np.concatenate([np.zeros(30), np.exp(rng.normal(2, 1, k))]) for k in (first, second)]
    options = Options(level=level, higher_is_better=higher)
    got = analyse_revenue(RevenueSums.of(arms), model=model, options=options)
    back = analyse_revenue(RevenueSums.of(arms[::-1]), model=model, options=options)
    assert sum(got.prob_best) == pytest.approx(1)
    assert got.prob_best == pytest.approx(back.prob_best[::-1], abs=1e-7)
    assert min(got.expected_loss) >= 0
    assert np.isfinite(got.expected_loss).all()
    one = got.uplift[0]
    assert one.is_better == ((one.absolute.low > 0) if higher else (one.absolute.high < 0))
    if one.relative:
        assert one.is_better == ((one.relative.low > 0) if higher else (one.relative.high < 0))
    json.dumps(got.to_dict(), allow_nan=False)


@pytest.mark.parametrize("model", MODELS)
def test_an_arm_without_payers_has_a_wide_law_of_its_own(model):
    arms = [np.zeros(100), np.concatenate([np.zeros(90), [5, 6, 7, 8, 3, 2, 1, 30, 9, 5.5]])]
    got = analyse_revenue(RevenueSums.of(arms), model=model)
    assert got.arms[0].observed == 0
    assert 0 < got.arms[0].estimate < got.arms[1].estimate
    assert got.prob_best[1] > 0.95
    assert any("no payer" in said for said in got.notes)
    assert any("pooled from all arms" in said for said in got.notes)
    assert "pooled from all arms" in got.summary()


def test_options_reach_the_figures():
    options = Options(value=2.0, per_day=50.0, rope=0.1, names=("old", "new"), higher_is_better=False)
    got = analyse_revenue(RevenueSums(**BASE), options=options)
    assert got.expected_loss_per_day == pytest.approx([100 * x for x in got.expected_loss])
    assert 0 < got.uplift[0].prob_negligible < 1
    assert got.uplift[0].prob_better < 0.5
    broken = analyse_revenue(RevenueSums(**{**BASE, "n": [4_000, 4_400]}))
    assert broken.decision.verdict == "do not read"


def test_a_verdict_that_depends_on_the_model_is_said():
    rng = np.random.default_rng(8)
    base = np.concatenate([np.zeros(500), np.exp(rng.normal(3, 0.3, 100))])
    much = np.concatenate([np.zeros(500), np.exp(rng.normal(3.15, 0.3, 98)), [900.0, 2_000.0]])
    got = analyse_revenue(RevenueSums.of([base, much]), model="lognormal")
    said = [note for note in got.notes if "depends on the law" in note]
    assert said


def test_a_cap_cuts_all_arms_alike():
    sums = RevenueSums.of([[0, 1.0, 50.0], [0, 40.0, 2.0]], cap=30.0)
    assert np.asarray(sums.total).tolist() == [31, 32]
    assert np.asarray(sums.n_paying).tolist() == [2, 2]


def test_the_pooled_prior_lies_where_the_values_lie():
    arms = arms_of(4, n=(4_000, 4_000))
    sums = RevenueSums.of(arms)
    paid = np.concatenate([x[x > 0] for x in arms])
    prior = pooled_prior(sums, "lognormal")
    assert prior.log_mean == pytest.approx(np.log(paid).mean())
    v = np.linspace(0.05, 6, 4_000)  # its most probable log-variance is the pooled one
    log = -prior.shape * np.log(v) - prior.scale / v - prior.decay * v
    assert v[np.argmax(log)] == pytest.approx(np.log(paid).var(), abs=0.01)
    gamma = pooled_prior(sums, "gamma")
    assert gamma.scale / (gamma.shape - 1) == pytest.approx(paid.mean())


@pytest.mark.parametrize(
    ("changed", "model", "said"),
    [
        ({"n_paying": [401, 52]}, "lognormal", "n_paying: 401 is more than its 400 units"),
        ({"n_paying": [0, 52]}, "lognormal", "log_total: 110 comes from an arm without a payer"),
        ({"n": [0, 400]}, "lognormal", "n: 0 is below 1"),
        ({"log_total": None}, "gamma", "log_total: nothing is given"),
        ({"log_total": [200, 150]}, "gamma", "log_total: 200 is more than n log"),
        ({"log_total_squares": [10, 470]}, "lognormal", "log_total_squares: 10 is less than"),
        ({"total_squares": [1, 4e4]}, "moments", "total_squares: 1 is less than"),
        ({"total": [-900, 1250]}, "moments", "total: -900 is not above zero"),
        ({"total": [np.nan, 1250]}, "moments", "total: .* no finite number"),
        ({}, "pareto", "model: 'pareto' is no law"),
    ],
)
def test_bad_sums_are_refused(changed, model, said):
    with pytest.raises(DataError, match=said) as refused:
        analyse_revenue(RevenueSums(**{**BASE, **changed}), model=model)
    assert refused.value.next_step


def test_bad_values_and_priors_are_refused():
    with pytest.raises(DataError, match="values: -3 is negative"):
        RevenueSums.of([[0, -3.0], [1.0, 2.0]])
    with pytest.raises(DataError, match="no finite number"):
        RevenueSums.of([[0, np.nan], [1.0, 2.0]])
    with pytest.raises(DataError, match=r"value_prior: .* is not a prior of the model gamma"):
        analyse_revenue(RevenueSums(**BASE), model="gamma", value_prior=NormalPrior(1, 1, 1, 1))
    with pytest.raises(DataError, match="without an expectation"):
        analyse_revenue(RevenueSums(**BASE), value_prior=LognormalPrior(1, 1, 1, 1, decay=0.5))
    with pytest.raises(NotEnoughData, match="1 units paid in all"):
        analyse_revenue(RevenueSums.of([[0, 0], [0, 3.0]]))
    with pytest.raises(NotEnoughData, match="paid the same"):
        analyse_revenue(RevenueSums.of([[0, 3.0], [0, 3.0]]))
    same = RevenueSums.of([[0, 3.0], [0, 3.0]])
    assert analyse_revenue(same, model="gamma", value_prior=GammaPrior(3, 9)).prob_best[0] == pytest.approx(
        0.5
    )
