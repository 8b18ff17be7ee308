"""A network's own names of changes in a person's words."""

from __future__ import annotations

import pytest

from workbench.flows.change_words import change_kind, change_words, plain_value


@pytest.mark.parametrize(
    ("change_type", "old", "new", "words"),
    [
        ("update_campaign_budget", "5000", "6050", "daily budget €50 → €60.50"),
        ("update_ad_set_budget", '{"old_value": 5000}', '{"new_value": 6000}', "daily budget €50 → €60"),
        ("update_ad_set_budget", None, None, "daily budget changed"),
        ("update_ad_set_budget", "no limit", "6000", "daily budget changed"),
        ("update_campaign_run_status", "Active", "Inactive", "paused"),
        ("update_ad_run_status", "PAUSED", "ACTIVE", "switched on"),
        ("update_ad_set_run_status", "ACTIVE", "ARCHIVED", "archived"),
        ("update_ad_set_run_status", "ACTIVE", "IN_PROCESS", "status changed"),
        (
            "update_ad_set_bid_strategy",
            "LOWEST_COST_WITHOUT_CAP",
            "COST_CAP",
            "bid strategy changed: lowest cost without cap → cost cap",
        ),
        ("update_ad_set_bidding", None, None, "bid strategy changed"),
        ("update_ad_set_bidding", "120", "150", "bid €1.20 → €1.50"),
        ("update_ad_bid_info", "120", "150", "bid €1.20 → €1.50"),
        ("update_campaign_group_spend_cap", "100000", "200000", "spending limit €1,000 → €2,000"),
        ("create_ad", None, None, "new ad"),
        ("create_ad_set", None, None, "new ad set"),
        ("create_campaign_group", None, None, "new campaign"),
        ("update_ad_set_target_spec", "{}", "{}", "audience changed"),
        ("update_ad_creative", None, None, "creative changed"),
    ],
)
def test_an_edit_is_said_in_a_few_words(change_type, old, new, words):
    assert change_words(change_type, old, new, currency="EUR", budget="daily budget") == words


@pytest.mark.parametrize(
    "change_type",
    [
        "ad_account_billing_charge",
        "funding_event_successful",
        "ad_review_approved",
        "update_campaign_name",
        "update_ad_labels",
        "add_images",
        "first_delivery_event",
        "update_campaign_group_agency_fee",
        "di_ad_set_learning_stage_exit",
        "unknown",
    ],
)
def test_what_is_no_edit_of_delivery_has_no_words(change_type):
    assert change_kind(change_type) is None
    assert change_words(change_type, "1", "2", currency="EUR") is None


def test_budgets_are_in_the_currencys_own_minor_units():
    assert (
        change_words("update_campaign_budget", "5000", "6000", currency="JPY") == "budget JP¥5,000 → JP¥6,000"
    )
    assert change_words("update_campaign_budget", "5000", "6000", currency="") == "budget changed"


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("{broken", "{broken"),
        ("[1, 2]", ""),
        ('"Active"', "Active"),
        ('{"value": {"amount": 7}}', "7"),
        (" ", ""),
    ],
)
def test_values_come_out_of_whatever_is_around_them(given, plain):
    assert plain_value(given) == plain
