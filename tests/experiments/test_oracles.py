"""Numeric cases of public test suites and exact computations, read where they lie."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench.experiments.counts import analyse_counts
from workbench.experiments.options import Options
from workbench.experiments.quantiles import QuantileSummary, quantile_effect
from workbench.experiments.rates import analyse_rates, order_rates
from workbench.experiments.revenue import analyse_revenue
from workbench.experiments.revenue_sums import RevenueSums
from workbench.experiments.stopping import badges
from workbench.stats.beta_pair import order_betas
from workbench.stats.normal_effect import NormalEffect, ratio_effect
from workbench.stats.value_laws import LognormalPrior, NormalPrior

N_DRAWS = 20_000


@pytest.fixture
def case(shared_data, request):
    file = Path(shared_data).parent / "oracles" / "experiments.json"
    if not file.is_file():
        pytest.skip("the numeric cases are not here")
    found = {one["id"]: one for one in json.loads(file.read_text())["cases"]}[request.param]
    assert found["role"] == "match"
    return found.get("input"), found["expected"]


def of(name):
    return pytest.mark.parametrize("case", [name], indirect=True)


def three_errors(p):
    """Three Monte Carlo errors of a probability that others estimated from 20,000 draws."""
    return 3 * np.sqrt(np.maximum(np.multiply(p, 1 - np.asarray(p)), 1e-4) / N_DRAWS)


@of("gb-02")
def test_relative_effect_of_means(case):
    given, expected = case
    means, variances = [], []
    for arm in ("a", "b"):
        n, total, squares = given[f"n_{arm}"], given[f"sum_{arm}"], given[f"ss_{arm}"]
        means.append(total / n)
        variances.append((squares - total**2 / n) / (n - 1) / n)
    effect = ratio_effect(*means, *variances)
    assert effect.mean == pytest.approx(expected["relative_uplift"], abs=1e-5)
    assert effect.deviation == pytest.approx(expected["sd"], abs=1e-5)
    assert effect.interval(0.95) == pytest.approx(expected["ci95"], abs=1e-4)  # printed with two digits
    assert effect.prob_above == pytest.approx(expected["chance_to_win"], abs=1e-5)
    assert effect.mean_above == pytest.approx(expected["risk_control"], abs=1e-5)
    assert effect.mean_below == pytest.approx(expected["risk_treatment"], abs=1e-5)


@of("gb-04")
def test_expected_loss_of_a_normal_effect(case):
    given, expected = case
    effect = NormalEffect(given["mu"], given["sd"])
    assert effect.mean_above == pytest.approx(expected["risk_control"], abs=1e-10)
    assert effect.mean_below == pytest.approx(expected["risk_treatment"], abs=1e-10)


@of("bt-01")
def test_three_arms_of_rates(case):
    given, expected = case
    got = analyse_rates(given["successes"], given["totals"], prior=(0.5, 0.5))
    assert got.prob_best == pytest.approx([0.04119754, 0.92543424, 0.03336822], abs=1e-8)
    assert (np.abs(np.subtract(got.prob_best, expected["p_best"])) < three_errors(got.prob_best)).all()
    assert got.expected_loss == pytest.approx(expected["loss"], abs=5e-5)
    assert [list(arm.interval) for arm in got.arms] == [
        pytest.approx(ci, abs=1e-4) for ci in expected["ci95"]
    ]


@of("bt-03")
def test_zero_conversions(case):
    given, expected = case
    got = analyse_rates(given["successes"], given["totals"], prior=(0.5, 0.5))
    assert got.prob_best == pytest.approx([0.5, 0.5])
    assert (np.abs(np.subtract(got.prob_best, expected["p_best"])) < three_errors(got.prob_best)).all()
    assert [list(arm.interval) for arm in got.arms] == [
        pytest.approx(ci, abs=1e-3) for ci in expected["ci95"]
    ]


@of("bt-06")
def test_three_arms_of_counts(case):
    given, expected = case
    got = analyse_counts(given["sums"], given["totals"], prior=(0.1, 0.1))
    assert (np.abs(np.subtract(got.prob_best, expected["p_best"])) < three_errors(got.prob_best)).all()
    assert got.expected_loss == pytest.approx(expected["loss"], rel=0.05)


@of("bt-04")
def test_three_arms_of_revenue_with_lognormal_values(case):
    given, expected = case
    sums = RevenueSums(
        given["totals"],
        given["successes"],
        log_total=given["sum_logs"],
        log_total_squares=given["sum_logs_2"],
    )
    # The source's variance has a prior that leaves the mean infinite; a decay of one changes no digit here.
    prior = LognormalPrior(1.0, 0.01, 0.0, 0.0, decay=1.0)
    got = analyse_revenue(sums, rate_prior=(0.5, 0.5), value_prior=prior)
    assert (np.abs(np.subtract(got.prob_best, expected["p_best"])) < three_errors(got.prob_best)).all()
    assert got.expected_loss == pytest.approx(expected["loss"], rel=0.005, abs=5e-5)
    assert [list(arm.interval) for arm in got.arms] == [
        pytest.approx(ci, abs=0.003) for ci in expected["ci95"]
    ]


@of("bt-08")
def test_two_arms_of_revenue_with_normal_values(case):
    given, expected = case
    sums = RevenueSums(given["totals"], given["non_zeros"], given["sums"], given["sums_2"])
    prior = NormalPrior(1.0, 0.01, 0.0, 0.0)
    got = analyse_revenue(sums, model="moments", rate_prior=(0.5, 0.5), value_prior=prior)
    assert (np.abs(np.subtract(got.prob_best, expected["p_best"])) < three_errors(got.prob_best)).all()
    assert got.expected_loss == pytest.approx(expected["loss"], rel=0.02, abs=3e-4)


@of("sc-02")
def test_relative_difference_of_rates(case):
    given, expected = case
    (x0, n0), (x1, n1) = given["a"], given["b"]
    one = analyse_rates([x0, x1], [n0, n1], prior=(0.5, 0.5)).uplift[0]
    assert one.relative.estimate == pytest.approx(expected["rel_diff"], abs=1e-3)
    assert one.prob_better == pytest.approx(expected["p_b_gt_a"], abs=3 * np.sqrt(0.04 / 500_000))
    # E (Y/X − 1)⁺ by the same comparison, of laws with one success more and one fewer.
    a0, b0, a1, b1 = x0 + 0.5, n0 - x0 + 0.5, x1 + 0.5, n1 - x1 + 0.5
    ratio = a1 / (a1 + b1) * (a0 + b0 - 1) / (a0 - 1)
    loss = ratio * order_betas(a0 - 1, b0, a1 + 1, b1).prob_above - one.prob_better
    assert loss == pytest.approx(expected["loss_a"], abs=1e-3)


@of("sc-04")
def test_intervals_of_single_arms(case):
    given, expected = case
    got = analyse_rates(given["s"], given["n"], prior=(0.5, 0.5), options=Options())
    assert [arm.interval[0] for arm in got.arms] == pytest.approx(expected["lo"], abs=1e-8)
    assert [arm.interval[1] for arm in got.arms] == pytest.approx(expected["hi"], abs=1e-8)


@of("ex-01")
def test_a_pair_of_small_counts(case):
    given, expected = case
    shapes = (given[name] for name in ("alpha_a", "beta_a", "alpha_b", "beta_b"))
    assert order_betas(*shapes).prob_above == pytest.approx(expected, abs=1e-12)


@of("ex-03")
def test_a_pair_of_large_counts(case):
    given, expected = case
    assert order_rates([given["s"]], [given["n"]]).prob_above[0] == pytest.approx(expected, abs=1e-9)


@of("ex-05")
def test_cookie_cats(case):
    _, expected = case
    got = order_rates([[8502, 8279], [20034, 20119]], [[44700, 45489]] * 2).prob_above
    assert got == pytest.approx([expected["r7"], expected["r1"]], abs=1e-9)


@of("gb-05")
def test_absolute_difference_of_quantiles(case):
    given, expected = case
    effect = quantile_effect(*summaries(given))
    assert effect.mean == pytest.approx(expected["diff"], abs=1e-12)
    assert effect.interval(0.95) == pytest.approx(expected["ci95"], abs=1e-12)


@of("gb-07")
def test_relative_difference_of_quantiles(case):
    given, expected = case
    effect = quantile_effect(*summaries(given), relative=True).shrunk(0.0, 1e6)
    assert effect.mean == pytest.approx(expected["uplift"], abs=1e-12)
    assert effect.interval(0.95) == pytest.approx(expected["ci95"], abs=1e-12)


@of("gb-11")
def test_an_asymptotic_confidence_sequence(case):
    given, expected = case
    means, variances = [], []
    for arm in ("a", "b"):
        n, total, squares = given[f"n_{arm}"], given[f"sum_{arm}"], given[f"ss_{arm}"]
        means.append(total / n)
        variances.append((squares - total**2 / n) / (n - 1) / n)
    effect = ratio_effect(*means, *variances)
    units = [given["n_a"], given["n_b"]]
    got = badges(effect.mean, effect.deviation, units, planned_n=given["tuning"]).anytime_valid
    assert effect.deviation == pytest.approx(expected["sd"], abs=1e-5)
    assert (got.low, got.high) == pytest.approx(expected["ci"], abs=1e-5)
    assert not got.says_better


def summaries(given):
    names = ("n", "q", "lo", "hi")
    return [QuantileSummary(*(given[f"{name}_{arm}"] for name in names)) for arm in ("c", "t")]
