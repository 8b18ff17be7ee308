"""The parts of a change add up to it, and mean what their names say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.performance.decomposition import Slice, decompose_cost, decompose_results, spread_rounding


@st.composite
def campaign(draw):
    """Draw one campaign's sums as a funnel: no more clicks than impressions, no more results than clicks."""
    spend = draw(st.integers(0, 10**7)) / 100
    impressions = draw(st.integers(0, 10**7))
    clicks = draw(st.integers(0, min(impressions, 10**5)))
    return spend, impressions, clicks, draw(st.integers(0, clicks))


def period(rows: list[tuple[float, float, float, float]]) -> Slice:
    columns = np.asarray(rows, dtype=float).reshape(-1, 4).T
    return Slice(*columns)


pairs = st.integers(1, 6).flatmap(
    lambda n: st.tuples(
        st.lists(campaign(), min_size=n, max_size=n), st.lists(campaign(), min_size=n, max_size=n)
    )
)


@given(pairs)
def test_the_parts_add_up_to_the_change_of_results_and_cost(pair):
    before, after = period(pair[0]), period(pair[1])
    results = decompose_results(before, after)
    assert results.before == pytest.approx(before.results.sum(), rel=1e-9, abs=1e-9)
    assert results.after == pytest.approx(after.results.sum(), rel=1e-9, abs=1e-9)
    # Halfway between two absurd funnels stand huge numbers that cancel: the error is measured against them.
    size = sum(map(abs, results.parts.values()))
    assert sum(results.parts.values()) == pytest.approx(results.change, abs=1e-11 * size + 1e-9)
    cost = decompose_cost(before, after)
    if cost is not None:
        assert cost.after == pytest.approx(after.spend.sum() / after.results.sum(), rel=1e-9)
        size = sum(map(abs, cost.parts.values())) + cost.before + cost.after
        assert sum(cost.parts.values()) == pytest.approx(cost.change, abs=1e-9 * size)


@given(pairs)
def test_looking_back_negates_every_part(pair):
    there, back = decompose_results(*map(period, pair)), decompose_results(*map(period, pair[::-1]))
    size = sum(map(abs, there.parts.values()))
    for name, part in there.parts.items():
        assert back.parts[name] == pytest.approx(-part, abs=1e-9 * size + 1e-9)


ONE = [(1000.0, 100_000, 2_000, 100)]


@pytest.mark.parametrize(
    ("after", "mover"),
    [
        ([(2000.0, 200_000, 4_000, 200)], "volume"),
        ([(1000.0, 50_000, 1_000, 50)], "price"),
        ([(1000.0, 100_000, 1_000, 50)], "click_rate"),
        ([(1000.0, 100_000, 2_000, 50)], "conversion_rate"),
    ],
)
def test_a_change_of_one_factor_is_that_factors_part(after, mover):
    parts = decompose_results(period(ONE), period(after)).parts
    change = after[0][3] - 100
    for name, part in parts.items():
        assert part == pytest.approx(change if name == mover else 0.0, abs=1e-9)


def test_a_shift_of_spend_between_unchanged_campaigns_is_mix_and_names_the_campaign():
    before = period([(500.0, 50_000, 1_000, 100), (500.0, 50_000, 1_000, 10)])
    after = period([(100.0, 10_000, 200, 20), (900.0, 90_000, 1_800, 18)])
    cost = decompose_cost(before, after)
    assert cost is not None
    assert cost.parts["mix"] == pytest.approx(cost.change)
    assert cost.parts["price"] == pytest.approx(0.0, abs=1e-9)
    assert cost.mix_by_campaign.sum() == pytest.approx(cost.parts["mix"])


def test_a_new_campaign_moves_the_mix_only():
    before = period([(1000.0, 100_000, 2_000, 100), (0.0, 0, 0, 0)])
    after = period([(1000.0, 100_000, 2_000, 100), (1000.0, 50_000, 500, 10)])
    parts = decompose_cost(before, after).parts
    assert parts["mix"] == pytest.approx(sum(parts.values()))


def test_results_without_clicks_and_without_spend_are_still_accounted_for():
    before = period([(1000.0, 100_000, 0, 50), (0.0, 0, 0, 7)])
    after = period([(1000.0, 80_000, 900, 60), (0.0, 0, 0, 3)])
    parts = decompose_results(before, after).parts
    assert sum(parts.values()) == pytest.approx(6.0)


def test_without_a_clicks_column_the_price_of_impressions_is_still_told_apart():
    before, after = period([(1000.0, 100_000, 0, 50)]), period([(1000.0, 50_000, 0, 25)])
    parts = decompose_results(before, after).parts
    assert parts["price"] == pytest.approx(-25.0)
    assert parts["conversion_rate"] == pytest.approx(0.0, abs=1e-9)


def test_without_results_there_is_no_cost_to_decompose():
    nothing = period([(1000.0, 100_000, 2_000, 0)])
    assert decompose_cost(nothing, period(ONE)) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.floats(-1e6, 1e6), min_size=1))
def test_rounded_parts_still_add_up_and_stay_within_one_step(parts):
    total = round(sum(parts.values()))
    rounded = spread_rounding(parts, total)
    assert sum(rounded.values()) == total
    for name, part in parts.items():
        assert abs(rounded[name] - part) <= 1 + 1e-9
