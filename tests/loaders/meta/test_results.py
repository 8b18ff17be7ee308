"""One conversion under several names is counted once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workbench.core.errors import SchemaError
from workbench.loaders.meta.results import ACTION_TYPES, conversion_type_of, count_of, result_type_of


def actions(**counts):
    return [{"action_type": name.replace("__", "."), "value": str(n)} for name, n in counts.items()]


def test_names_of_one_purchase_are_never_added():
    listed = actions(purchase=3, omni_purchase=3, offsite_conversion__fb_pixel_purchase=3)
    assert count_of(listed, "purchase") == 3


def test_airbyte_68689_purchases_do_not_vanish_when_only_the_pixels_name_is_listed():
    assert count_of(actions(offsite_conversion__fb_pixel_purchase=7, link_click=90), "purchase") == 7


def test_an_action_that_is_not_listed_is_unknown_and_one_that_is_zero_is_zero():
    assert count_of(actions(link_click=4), "lead") is None
    assert count_of(actions(lead=0), "lead") == 0
    assert count_of(None, "lead") is None


def test_values_stay_decimal():
    assert count_of([{"action_type": "purchase", "value": "0.1"}], "purchase") == Decimal("0.1")


@pytest.mark.parametrize("value", ["many", "NaN", "Infinity", ""])
def test_a_value_that_is_no_number_is_refused(value):
    with pytest.raises(SchemaError, match="no number"):
        count_of([{"action_type": "lead", "value": value}], "lead")


def test_the_goal_of_the_ad_set_wins_over_the_objective():
    assert result_type_of("OUTCOME_TRAFFIC", "LANDING_PAGE_VIEWS") == "landing_page_view"
    assert result_type_of("OUTCOME_TRAFFIC", None) == "link_click"
    assert result_type_of("OUTCOME_TRAFFIC", "A_GOAL_OF_TOMORROW") == "link_click"
    assert result_type_of(None, None) is None


def test_every_result_type_can_be_counted():
    from workbench.loaders.meta import results

    kinds = {*results._BY_GOAL.values(), *results._BY_OBJECTIVE.values(), *results.CONVERSIONS}
    assert kinds <= ACTION_TYPES.keys()


def test_a_campaign_for_clicks_counts_the_conversions_that_occurred():
    assert conversion_type_of("link_click", actions(link_click=9, lead=2)) == "lead"
    assert conversion_type_of("link_click", actions(link_click=9)) is None
    assert conversion_type_of("lead", actions(omni_purchase=2)) == "lead"


def test_airbyte_31860_the_windows_count_and_not_what_value_happens_to_mean():
    listed = [
        {
            "action_type": "lead",
            "value": "9",
            "1d_click": "2",
            "7d_click": "3",
            "28d_click": "9",
            "1d_view": "1",
        }
    ]
    assert count_of(listed, "lead") == 4
    late = [{"action_type": "lead", "value": "1", "28d_click": "1"}]
    assert count_of(late, "lead") == 0


def test_the_rows_attribution_is_made_of_the_counted_windows():
    from workbench.flows.refresh import DEFAULT_GRAINS
    from workbench.loaders.meta.rows import ATTRIBUTION

    assert {grain.attribution for grain in DEFAULT_GRAINS} == {ATTRIBUTION}
