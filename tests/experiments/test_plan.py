"""Size by assurance, power, precision and expected loss: against closed forms and simulated tests."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.core.errors import DataError
from workbench.experiments.plan import Goals, plan
from workbench.experiments.plan_design import Design
from workbench.experiments.rates import order_rates
from workbench.experiments.traffic import Traffic
from workbench.experiments.unit_noise import UnitNoise


def test_power_is_the_textbook_size():
    got = plan(0.04, 0.1, goals=Goals(power=0.8))
    p, q = 0.04, 0.044
    textbook = (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * (p * (1 - p) + q * (1 - q)) / (q - p) ** 2
    assert got.chosen.n_per_arm == np.ceil(textbook)
    assert got.goal == "power"


@pytest.mark.parametrize("n", [200.0, 20_000.0, 2e6])
def test_assurance_of_means_is_closed(n):
    design = Design(UnitNoise("means", 10.0, 15.0), 0.05, 0.03, level=0.9, anytime=False)
    se = 1.5 * np.sqrt(2 / n)
    spread = np.hypot(0.03, se)
    edge = norm.ppf(0.95) * se
    closed = norm.sf(edge, 0.05, spread) + norm.cdf(-edge, 0.05, spread)
    assert design.assurance(n) == pytest.approx(closed, abs=1e-9)


def test_everything_about_rates_meets_simulated_tests():
    """True rates from the prior, exact posteriors of the data, decisions by them."""
    rng = np.random.default_rng(3)
    base, lift, sd, n, n_runs = 0.05, 0.08, 0.06, 20_000, 40_000
    design = Design(UnitNoise("rates", base), lift, sd, level=0.95, anytime=False)
    change = rng.normal(lift, sd, n_runs)
    seen = rng.binomial(n, base * np.stack([np.ones(n_runs), 1 + change], axis=1))
    above = order_rates(seen, np.full_like(seen, n)).prob_above
    decided = np.abs(above - 0.5) > 0.475
    assert decided.mean() == pytest.approx(design.assurance(n), abs=0.01)
    fixed = rng.binomial(n, [base, base * (1 + lift)], (n_runs, 2))
    found = order_rates(fixed, np.full_like(fixed, n)).prob_above > 0.975
    assert found.mean() == pytest.approx(design.power(n), abs=0.01)
    # The better posterior mean under the prior of the change is chosen.
    rates = seen / n
    estimate = (rates[:, 1] - rates[:, 0]) / base
    variance = float(design.deviation(n, np.array([lift]))[0]) ** 2
    posterior = (estimate / variance + lift / sd**2) / (1 / variance + 1 / sd**2)
    regret = np.where(posterior > 0, np.maximum(-change, 0), np.maximum(change, 0)) * base
    assert regret.mean() == pytest.approx(design.expected_loss(n), abs=4 * regret.std() / np.sqrt(n_runs))


@settings(max_examples=25)
@given(
    st.sampled_from(["rates", "counts", "means", "ratios", "revenue"]),
    st.floats(0.01, 0.6),
    st.floats(-0.5, 0.5).filter(lambda x: abs(x) > 0.02),
)
def test_every_goal_is_reached_and_only_just(kind, baseline, lift):
    deviation = 1.0 if kind in ("means", "ratios", "revenue") else None
    width, loss = 0.2, 0.002 * baseline
    for goals in (
        Goals(assurance=0.7),
        Goals(power=0.9),
        Goals(interval_width=width),
        Goals(expected_loss=loss),
    ):
        got = plan(baseline, lift, kind=kind, deviation=deviation, goals=goals)
        design = Design(UnitNoise(kind, baseline, deviation), lift, None, level=0.95, anytime=False)
        n = got.chosen.n_per_arm
        reached = [
            (0.7, got.chosen.assurance, design.assurance),
            (0.9, got.chosen.power, design.power),
            (-width, -got.chosen.interval_width, lambda n, d=design: -d.interval_width(n)),
            (-loss, -got.chosen.expected_loss_stopped, lambda n, d=design: -d.expected_loss(n)),
        ][["assurance", "power", "interval_width", "expected_loss"].index(got.goal)]
        assert reached[1] >= reached[0]
        assert n == 1 or reached[2](n - 1) < reached[0]


def test_all_goals_are_reached_together():
    goals = Goals(assurance=0.5, power=0.8, interval_width=0.5)
    got = plan(0.04, 0.1, goals=goals)
    assert got.chosen.assurance >= 0.5
    assert got.chosen.power >= 0.8
    assert got.chosen.interval_width <= 0.5


def test_days_cost_and_the_price_of_reading_at_any_time():
    traffic = Traffic(5_000.0)
    got = plan(0.04, 0.1, traffic=traffic, cost_per_unit=0.2, currency="EUR", n_arms=3)
    n = got.chosen.n_per_arm
    assert got.chosen.days == np.ceil(3 * n / 5_000)
    assert got.chosen.cost == pytest.approx(0.6 * n)
    assert "EUR" in got.summary()
    assert 2 < plan(0.04, 0.1, anytime=True).chosen.n_per_arm / n < 5
    document = json.loads(json.dumps(got.to_dict(), allow_nan=False))
    assert {"n_per_arm", "days", "assurance", "expected_loss_stopped", "cost"} <= set(document)
    assert got.chosen.expected_loss_stopped < got.expected_loss_now
    assert got.table()["assurance"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lift": -1.0}, "lift"),
        ({"lift": 30.0}, "lift"),
        ({"lift": 0.0}, "prior_sd"),
        ({"prior_sd": -0.1}, "prior_sd"),
        ({"n_arms": 1}, "n_arms"),
        ({"cost_per_unit": -1.0}, "cost_per_unit"),
        ({"goals": Goals(assurance=0.9999999)}, "assurance"),
    ],
)
def test_bad_plans_are_refused(change, field):
    given = {"lift": 0.1, **change}
    with pytest.raises(DataError, match=field):
        plan(0.04, given.pop("lift"), **given)


def test_bad_goals_are_refused():
    for field, value in (("assurance", 1.0), ("power", 0), ("interval_width", -1), ("expected_loss", 0)):
        with pytest.raises(DataError, match=field):
            Goals(**{field: value})
