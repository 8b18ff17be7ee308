"""Rates: known answers, invariants, verdicts, refusals."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from workbench.core.errors import DataError
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates, order_rates, prior_conflict_p

arm = st.tuples(st.integers(0, 300), st.integers(0, 3_000)).map(lambda x: (x[0], x[0] + x[1] + 1))
arms = st.lists(arm, min_size=2, max_size=4)


def analyse(given_arms, **options):
    return analyse_rates(*zip(*given_arms, strict=True), options=Options(**options))


def test_arms_are_beta_posteriors():
    got = analyse_rates(
        [42, 500, 4], [104, 1009, 10], prior=(0.5, 0.5), options=Options(names=("a", "b", "c"))
    )
    assert [one.name for one in got.arms] == ["a", "b", "c"]
    assert got.arms[0].interval == pytest.approx(beta.ppf([0.025, 0.975], 42.5, 62.5))
    assert got.arms[2].estimate == pytest.approx(4.5 / 11)
    assert got.uplift[0].relative.estimate == pytest.approx((500.5 / 1010) * (104 / 41.5) - 1)


@settings(deadline=None, max_examples=30)
@given(arms, st.sampled_from([0.5, 0.8, 0.95]), st.booleans())
def test_everything_that_is_said_agrees(some, level, higher):
    got = analyse(some, level=level, higher_is_better=higher)
    assert sum(got.prob_best) == pytest.approx(1)
    assert min(got.expected_loss) >= 0
    for one in got.uplift:
        better_side = one.absolute.low > 0 if higher else one.absolute.high < 0
        assert one.is_better == better_side
        assert one.is_better == (one.relative.low > 0 if higher else one.relative.high < 0)
        assert not (one.is_better and one.is_worse)
    if got.decision.verdict == "ship":
        assert next(one for one in got.uplift if one.arm == got.decision.arm).is_better
    if len(some) == 2:
        assert got.prob_best[1] == got.uplift[0].prob_better
    json.dumps(got.to_dict(), allow_nan=False)
    assert len(got.table()) == len(some)


@settings(deadline=None, max_examples=25)
@given(arm, arm)
def test_swapping_arms_and_turning_the_metric_round(first, second):
    forth, back = analyse([first, second]), analyse([second, first])
    assert forth.prob_best == pytest.approx(back.prob_best[::-1], abs=1e-9)
    assert forth.uplift[0].absolute.mean == -back.uplift[0].absolute.mean
    failures = [(n - x, n) for x, n in (first, second)]
    turned = analyse(failures, higher_is_better=False)
    assert forth.prob_best == pytest.approx(turned.prob_best, abs=1e-9)
    assert forth.expected_loss == pytest.approx(turned.expected_loss, abs=1e-9)


@pytest.mark.parametrize("k", [0, 100])
def test_none_and_all_converting_are_cases_like_any_other(k):
    got = analyse_rates([k, k, k], [100, 100, 200])
    assert got.prob_best[0] == pytest.approx(got.prob_best[1])
    assert all(math.isfinite(end) for one in got.uplift for end in (one.relative.low, one.relative.high))
    assert analyse_rates([0, 100], [100, 100]).decision.verdict == "ship"


def test_a_broken_split_withholds_the_winner():
    got = analyse_rates([400, 500], [5_300, 4_700])
    assert got.decision.verdict == "do not read"
    assert got.decision.arm is None
    assert "5,300 to 4,700" in got.summary()
    assert analyse_rates([400, 500], [5_300, 4_700], options=Options(shares=(0.53, 0.47))).decision.arm == "B"


def test_cookie_cats(shared_data):
    import pandas as pd

    rows = pd.read_csv(shared_data / "experiments/cookie_cats.csv")
    seen = rows.groupby("test_version")["retention_7"].agg(["sum", "count"])
    got = analyse_rates(seen["sum"], seen["count"], options=Options(names=tuple(seen.index)))
    assert got.split_p == pytest.approx(0.008608, abs=1e-6)
    assert got.decision.verdict == "do not read"
    assert got.uplift[0].prob_better == pytest.approx(0.0007773386644863937, abs=1e-9)


def test_verdicts():
    assert analyse_rates([100, 150], [1_000, 1_000]).decision.verdict == "ship"
    worse = analyse_rates([150, 100], [1_000, 1_000])
    assert (worse.decision.verdict, worse.decision.arm) == ("stop", "A")
    assert analyse_rates([100, 104], [1_000, 1_000]).decision.verdict == "wait"
    assert analyse_rates([1, 8], [100, 100]).decision.reason.startswith("there are only 9 results")
    alike = analyse_rates([100_000, 100_010], [1_000_000, 1_000_000], options=Options(rope=0.02))
    assert alike.uplift[0].prob_negligible > 0.99
    assert (alike.decision.verdict, alike.decision.headline) == ("stop", "Stop, keep A")
    lower = analyse_rates([150, 100], [1_000, 1_000], options=Options(higher_is_better=False))
    assert lower.decision.headline == "Ship B"


def test_loss_in_currency():
    got = analyse_rates([100, 104], [1_000, 1_000], options=Options(value=40, per_day=500, currency="EUR"))
    assert got.expected_loss_per_day == pytest.approx([loss * 40 * 500 for loss in got.expected_loss])
    assert "EUR a day" in got.summary()


def test_what_the_prior_expects():
    x = np.arange(11.0)
    law = betabinom(10, 2, 5)
    expected = np.minimum(1, 2 * np.minimum(law.cdf(x), law.sf(x - 1)))
    assert prior_conflict_p(x, np.full(11, 10.0), (2, 5)) == pytest.approx(expected, abs=1e-9)
    assert analyse_rates([300, 310], [1_000, 1_000], prior=(2, 2_000)).arms[0].prior_conflict_p < 1e-6


def test_very_many_tests_at_once_are_the_same_tests():
    rng = np.random.default_rng(3)
    trials = rng.integers(1, 5_000, (40, 2))
    successes = rng.binomial(trials, rng.random((40, 2)))
    many = order_rates(successes, trials)
    for k in range(0, 40, 8):
        one = analyse_rates(successes[k], trials[k])
        assert one.uplift[0].prob_better == pytest.approx(many.prob_above[k], abs=1e-12)
        assert one.expected_loss == pytest.approx([many.mean_above[k], many.mean_below[k]], abs=1e-10)


@pytest.mark.parametrize(
    ("successes", "trials", "field", "said"),
    [
        ([-1, 2], [10, 10], "successes", "-1 is below 0"),
        ([1.5, 2], [10, 10], "successes", "1.5 is not a whole number"),
        ([11, 2], [10, 10], "successes", "11 is more than its 10 trials"),
        ([1, 2], [0, 10], "trials", "0 is below 1"),
        ([1], [10], "successes", "is one arm"),
        ([], [], "successes", "is one arm or none"),
        ([1, np.nan], [10, 10], "successes", "no finite number"),
        ([1, 2], [10, np.inf], "trials", "no finite number"),
        ([1, 2, 3], [10, 10], "successes", "same number of arms"),
        ([1, "x"], [10, 10], "successes", "no finite number"),
        ([1, 2e16], [10, 1e17], "successes", "not a whole number"),
    ],
)
def test_bad_counts_are_refused_at_their_field(successes, trials, field, said):
    with pytest.raises(DataError, match=said) as refused:
        analyse_rates(successes, trials)
    assert refused.value.field == field
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"shares": (0.5, 0.4)}, "shares"),
        ({"shares": (1.5, -0.5)}, "shares"),
        ({"shares": (0.3, 0.3, 0.4)}, "shares"),
        ({"names": ("A",)}, "names"),
        ({"names": ("A", "A")}, "names"),
        ({"rope": 0.0}, "rope"),
        ({"rope": math.nan}, "rope"),
        ({"value": -3.0, "per_day": 1.0}, "value"),
        ({"value": 3.0}, "value"),
        ({"level": 1.0}, "level"),
    ],
)
def test_bad_options_are_refused_at_their_field(options, field):
    with pytest.raises(DataError) as refused:
        analyse_rates([1, 2], [10, 10], options=Options(**options))
    assert field in refused.value.facts or refused.value.field == field


@pytest.mark.parametrize("prior", [(0, 1), (1,), (1, math.nan), (-1, 2)])
def test_bad_priors_are_refused(prior):
    with pytest.raises(DataError, match="prior"):
        analyse_rates([1, 2], [10, 10], prior=prior)


def test_bad_batches_are_refused_with_their_row():
    with pytest.raises(DataError, match="row 1"):
        order_rates([[1, 2], [3, 11]], [[10, 10], [10, 10]])
    with pytest.raises(DataError, match="shape"):
        order_rates([1, 2], [10, 10])


def test_a_loss_too_small_to_write_is_no_zero():
    said = analyse_rates([10_000, 20_000], [100_000, 100_000]).summary()
    assert "costs next to nothing on average" in said
    assert "0 pt" not in said


def test_a_tiny_p_is_written_once():
    said = analyse_rates([10_000, 20_000], [100_000, 120_000]).summary()
    assert "has p < 0.000001 under the planned shares" in said
