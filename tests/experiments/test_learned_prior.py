"""Priors from history: which law is used, how it shrinks, the strip of three, many comparisons at once."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core.errors import DataError, NotEnoughData
from workbench.experiments.learned_prior import LearnedPrior, learn_prior
from workbench.experiments.many_tests import screen
from workbench.experiments.options import Options
from workbench.experiments.rates import analyse_rates
from workbench.experiments.sensitivity import effect_of, sensitivity

N_SIMULATIONS = int(os.environ.get("WORKBENCH_SIMULATIONS", "200"))


def history(spike: float, tau: float, n: int = 150) -> LearnedPrior:
    rng = np.random.default_rng(7)
    true = np.where(rng.random(n) < spike, 0.0, rng.normal(0, tau, n))
    return learn_prior(
        true + rng.normal(0, 0.003, n), np.full(n, 0.003), metric="orders", kind_of_test="page"
    )


NARROW = history(0.7, 0.012)


def test_the_spike_is_used_where_the_history_has_one() -> None:
    assert NARROW.shape == "spike and slab"
    assert history(0.0, 0.02).shape == "normal"
    assert NARROW.table()["shape"].tolist() == ["normal", "spike and slab"]
    assert json.loads(json.dumps(NARROW.to_dict()))["n_effects"] == 150
    assert NARROW.summary().startswith("Relative effects of page tests on orders are nothing in")
    assert history(0.0, 0.02).summary().startswith("Relative effects of page tests on orders spread by")


def test_a_new_test_is_drawn_towards_nothing() -> None:
    after = NARROW.seen(0.02, 0.01)
    assert 0 < after.mean < 0.02 * 0.5
    assert after.prob_above < 0.9


def test_too_short_a_history_is_said() -> None:
    with pytest.raises(NotEnoughData, match="9 past effects are too few") as caught:
        learn_prior([0.1] * 9, [0.1] * 9)
    assert "spike weight" in str(caught.value.next_step)


def test_a_verdict_that_hangs_on_the_prior() -> None:
    strip = sensitivity(0.02, 0.009, NARROW)
    assert [one.prior for one in strip.under] == ["flat", "learned", "twice as wide"]
    assert [one.verdict for one in strip.under][:2] == ["ship", "wait"]
    assert not strip.agrees
    assert "hangs on the prior" in strip.summary()
    assert strip.table()["verdict"].tolist() == [one.verdict for one in strip.under]
    strong = sensitivity(0.05, 0.004, NARROW)
    assert strong.agrees
    assert strong.summary().startswith("The verdict is the same under all three priors: ship.")
    assert json.loads(json.dumps(strong.to_dict()))["agrees"] is True


@given(st.floats(-0.1, 0.1), st.floats(0.001, 0.05), st.sampled_from([0.8, 0.9, 0.95]), st.booleans())
def test_a_verdict_is_that_the_interval_excludes_zero(
    estimate: float, deviation: float, level: float, higher: bool
) -> None:
    strip = sensitivity(estimate, deviation, NARROW, level=level, higher_is_better=higher)
    for one in strip.under:
        low, high = one.interval
        better, worse = (low > 0, high < 0) if higher else (high < 0, low > 0)
        assert one.verdict == ("ship" if better else "stop" if worse else "wait")
        assert one.prob_better + one.prob_worse + one.prob_nothing == pytest.approx(1, abs=1e-9)
        assert one.loss_of_shipping >= 0 <= one.loss_of_keeping


def test_lower_is_better_turns_the_strip_round() -> None:
    up, down = (sensitivity(s * 0.03, 0.008, NARROW, higher_is_better=s > 0) for s in (1, -1))
    assert [one.verdict for one in up.under] == [one.verdict for one in down.under]
    assert [o.loss_of_shipping for o in up.under] == pytest.approx([o.loss_of_shipping for o in down.under])


@pytest.mark.parametrize(
    ("events", "n", "tolerance"), [((4000, 4220), 100_000, 3e-3), ((130, 170), 3_000, 1.5e-2)]
)
def test_an_analysis_shrunk_is_near_the_exact_posterior(
    events: tuple[int, int], n: int, tolerance: float
) -> None:
    """The normal law that stands for an analysis, against its exact posterior weighted by the prior."""
    result = analyse_rates(events, [n, n], options=Options(level=0.9))
    estimate, deviation, is_rough = effect_of(result.uplift[0])
    assert not is_rough
    prior = history(0.0, 0.02)
    rng = np.random.default_rng(2)
    a, b = (rng.beta(1 + x, 1 + n - x, 2_000_000) for x in events)
    draws = b / a - 1
    density = np.exp(prior.prior.log_marginal(np.linspace(-0.2, 0.3, 2001), np.full(2001, 1e-6)))
    weights = np.interp(draws, np.linspace(-0.2, 0.3, 2001), density)
    after = prior.seen(estimate, deviation)
    assert after.mean == pytest.approx(np.average(draws, weights=weights), abs=tolerance / 10)
    assert after.prob_above == pytest.approx(np.average(draws > 0, weights=weights), abs=tolerance)


def test_a_lopsided_analysis_is_called_rough() -> None:
    result = analyse_rates([0, 30], [1000, 1000])
    estimate, deviation, is_rough = effect_of(result.uplift[0])
    assert is_rough
    assert "Roughly" in sensitivity(estimate, deviation, NARROW, is_rough=is_rough).summary()


def test_swapping_the_arms_negates_the_log_ratio() -> None:
    one, other = (effect_of(analyse_rates(x, [1000, 1000]).uplift[0]) for x in ((20, 35), (35, 20)))
    assert one[:2] == pytest.approx((-other[0], other[1]), rel=1e-6)


@pytest.mark.parametrize("events", [(0, 0), (0, 20), (20, 0), (3, 0)])
def test_no_conversions_at_all_can_be_shrunk(events: tuple[int, int]) -> None:
    uplift = analyse_rates(events, [1000, 1000]).uplift[0]
    strip = sensitivity(*effect_of(uplift)[:2], NARROW, is_log=True)
    flat = strip.under[0]
    assert (flat.verdict == "ship", flat.verdict == "stop") == (uplift.is_better, uplift.is_worse)
    assert all(math.isfinite(one.estimate) for one in strip.under)


def test_the_largest_set_within_the_share_is_named() -> None:
    effects, deviations = [0.03, 0.025, 0.0, -0.03, 0.008], [0.003] * 5
    found = screen(effects, deviations, prior=NARROW, names=tuple("abcde"), false_share=0.05)
    assert [one.name for one in found.named] == ["a", "b", "d"]
    assert found.expected_false <= 0.05 * len(found.named)
    assert found.is_learned
    assert "150 past effects" in found.summary()
    assert found.table()["is_named"].tolist() == [True, True, False, True, False]
    json.dumps(found.to_dict())
    rates = sorted(one.local_fdr for one in found.comparisons)
    assert np.mean(rates[: len(found.named) + 1]) > 0.05
    assert "None of 1" in screen([0.0], [0.01], prior=NARROW).summary()


def test_a_doubtful_one_is_named_where_the_others_are_sure() -> None:
    """It is the share among the named that is kept, not the doubt of each."""
    sure = [0.04, -0.05, 0.045, 0.05]
    found = screen([*sure, 0.0095], [0.003] * 5, spike_weight=0.7, slab_deviation=0.02)
    doubt = found.comparisons[-1].local_fdr
    assert 0.05 < doubt < 0.25
    assert found.comparisons[-1].is_named
    assert found.expected_false / 5 <= 0.05


def test_without_history_the_stated_prior_is_said() -> None:
    found = screen([0.2, 0.01], [0.02, 0.02], spike_weight=0.9, slab_deviation=0.1)
    assert not found.is_learned
    assert "not enough history" in found.basis
    assert [one.name for one in found.named] == ["1"]


def test_a_prior_for_each_comparison() -> None:
    found = screen([0.01, 0.01], [0.003, 0.003], prior=[NARROW, history(0.0, 0.02)])
    assert found.comparisons[0].local_fdr > found.comparisons[1].local_fdr


@pytest.mark.parametrize(
    ("given_", "field"),
    [
        ({}, "spike_weight"),
        ({"spike_weight": 1.0}, "spike_weight"),
        ({"spike_weight": 0.5, "slab_deviation": 0.0}, "slab_deviation"),
        ({"spike_weight": 0.5, "false_share": 0.0}, "false_share"),
        ({"spike_weight": 0.5, "names": ("a",)}, "names"),
        ({"prior": [NARROW]}, "prior"),
    ],
)
def test_a_screen_refuses_at_the_field(given_: dict[str, object], field: str) -> None:
    with pytest.raises(DataError) as caught:
        screen([0.1, 0.2], [0.1, 0.1], **given_)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_share_of_false_discoveries_is_kept() -> None:
    """Over many screens with effects from the prior, as many of the named are nothing as was promised."""
    rng = np.random.default_rng(23)
    n_false, promised, n_named = 0, 0.0, 0
    for _ in range(N_SIMULATIONS):
        is_nothing = rng.random(40) < 0.8
        true = np.where(is_nothing, 0.0, rng.normal(0, 0.05, 40))
        found = screen(true + rng.normal(0, 0.015, 40), np.full(40, 0.015), spike_weight=0.8, false_share=0.1)
        named = np.array([one.is_named for one in found.comparisons])
        n_named += int(named.sum())
        n_false += int((named & is_nothing).sum())
        promised += found.expected_false
    assert n_named > 2 * N_SIMULATIONS
    assert abs(n_false - promised) < 4 * math.sqrt(promised)
    assert n_false / n_named < 0.1 + 4 * math.sqrt(0.09 / n_named)
