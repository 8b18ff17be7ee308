"""What a result may cost: beside closed forms, average below next below worth, and nothing where unknown."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.budget.bids import BidItem, advise_bids
from workbench.budget.curves import hill, michaelis_menten
from workbench.core.errors import DataError, NotIdentified


def item(name="a", *, top=10.0, half=100.0, spend=10_000, **more):
    return BidItem(name, michaelis_menten(top, half), spend, **more)


def advised(*items: BidItem, **asked):
    return advise_bids(items, **{"multiplier": 0.025, **asked})


def test_without_a_value_the_caps_are_the_costs_at_the_plan():
    """Of 10 x / (100 + x) at 100: five results of 20 each, the next one costs 40."""
    row = advised(item()).rows[0]
    assert (row.cost_cap.minor, row.bid_cap.minor, row.spend_minor) == (2_000, 4_000, 10_000)
    assert row.cost_cap.interval == (2_000, 2_000)
    assert row.reason == ""


def test_with_a_value_no_result_is_bought_above_it():
    """1 / f' = (100 + x)² / 1000 is 22.5 at x = 50, where 10/3 results cost 15 each."""
    row = advised(item(), value_per_outcome=22.5).rows[0]
    assert row.spend_minor == pytest.approx(5_000, abs=1)
    assert row.bid_cap.minor == pytest.approx(2_250, abs=1)
    assert row.cost_cap.minor == pytest.approx(1_500, abs=1)
    assert "spends more than that" in row.reason


def test_a_value_above_the_costs_leaves_the_plan_and_says_that_the_cap_only_guards():
    row = advised(item(), value_per_outcome=90.0).rows[0]
    assert (row.spend_minor, row.bid_cap.minor) == (10_000, 4_000)
    assert "would only guard" in row.reason


def test_what_is_worth_nothing_there_gets_no_bid():
    found = advised(item("dear", top=1.0), item("none", spend=0), item(), value_per_outcome=50.0)
    assert [row.has_advice for row in found.rows] == [False, False, True]
    assert "No result is worth its cost" in found.item_sentences()[0]
    assert "Nothing is planned" in found.item_sentences()[1]


@given(
    st.floats(0.5, 50),
    st.floats(10, 1_000),
    st.integers(100, 1_000_000),
    st.one_of(st.none(), st.floats(0.1, 500)),
)
def test_the_average_never_costs_more_than_the_next_nor_the_next_more_than_its_worth(top, half, spend, value):
    rng = np.random.default_rng(1)
    curve = michaelis_menten(top * rng.lognormal(0, 0.3, 50), half * rng.lognormal(0, 0.3, 50))
    found = advise_bids([BidItem("a", curve, spend)], multiplier=0.1, value_per_outcome=value)
    for row in found.rows:
        if row.has_advice:
            assert row.cost_cap.minor <= row.bid_cap.minor
            assert 0 < row.spend_minor <= spend
            for each in (row.cost_cap, row.bid_cap):
                assert each.interval[0] <= each.minor <= each.interval[1]
            if value is not None:
                assert row.bid_cap.minor <= 100 * value * 1.01 + 1


def test_an_s_shaped_curve_is_bought_to_its_far_side_or_not_at_all():
    """Its first results cost more than its later ones: dear at first is no reason to stop."""
    curve = hill([100.0], [100.0], [2.0])
    row = advise_bids([BidItem("s", curve, 40_000)], multiplier=1.0, value_per_outcome=4.0).rows[0]
    slope = (curve.at([row.spend_minor / 100 + 0.01]) - curve.at([row.spend_minor / 100])).item() / 0.01
    assert row.spend_minor > 10_000
    assert slope == pytest.approx(1 / 4.0, rel=1e-2)
    assert (
        not advise_bids([BidItem("s", curve, 40_000)], multiplier=1.0, value_per_outcome=1.5)
        .rows[0]
        .has_advice
    )


def test_the_foot_of_an_s_shaped_curve_is_not_bought_though_its_next_result_is_cheap():
    """At the planned spend the next result costs less than it is worth, but all of them cost more."""
    curve = hill([71.4], [932.0], [3.07])
    asked = {"multiplier": 1.0, "value_per_outcome": 145.8}
    row = advise_bids([BidItem("s", curve, 22_987)], **asked).rows[0]
    assert not row.has_advice
    assert advise_bids([BidItem("s", curve, 400_000)], **asked).rows[0].has_advice


def test_limits_of_the_plan_are_named():
    above, below = advised(item(), multiplier=0.05).rows[0], advised(item(), multiplier=0.01).rows[0]
    assert "keeps it above" in above.reason
    assert "keeps it below" in below.reason


def test_money_gets_a_floor_of_the_roas():
    """Revenue of 5 x / (100 + x) hundreds at 100: 2.5 for each unit on average."""
    found = advised(item(top=500.0), multiplier=1.25, outcome_is_money=True)
    row = found.rows[0]
    assert row.min_roas == pytest.approx((2.5, 2.5, 2.5))
    assert row.cost_cap is None
    assert "LOWEST_COST_WITH_MIN_ROAS" in found.summary()
    assert "floor 2.5" in found.item_sentences()[0]


def test_curves_that_the_data_do_not_tell_get_no_advice():
    unknown = item("b", not_identified=("half_saturation",))
    found = advised(item(), unknown)
    assert not found.rows[1].has_advice
    assert "do not identify its half_saturation" in found.item_sentences()[1]
    with pytest.raises(NotIdentified, match="no item"):
        advised(unknown)


def test_intervals_hold_the_draws_and_an_end_without_results_has_no_limit():
    rng = np.random.default_rng(2)
    curve = michaelis_menten(np.where(rng.random(4_000) < 0.2, 0.0, rng.gamma(5, 2, 4_000)), 100.0)
    found = advise_bids([BidItem("a", curve, 10_000)], multiplier=0.02)
    assert found.rows[0].cost_cap.interval[1] is None
    assert "no limit" in found.item_sentences()[0]
    json.dumps(found.to_dict(), allow_nan=False)
    assert found.table()["cost_cap"].notna().all()


def test_yen_have_no_cents():
    row = advise_bids(
        [BidItem("a", michaelis_menten(10.0, 10_000.0), 10_000)], multiplier=0.00025, currency="JPY"
    ).rows[0]
    assert (row.cost_cap.minor, row.bid_cap.minor) == (2_000, 4_000)


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"value_per_outcome": 0.0}, "value_per_result"), ({"multiplier": 0.0}, "total")],
)
def test_nothing_to_derive_a_worth_from_is_refused(asked, field):
    with pytest.raises(DataError) as caught:
        advised(item(), **asked)
    assert caught.value.field == field
