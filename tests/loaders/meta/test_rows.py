"""Answers of Meta as rows of the lake."""

from __future__ import annotations

import json

import pytest

from workbench.core.errors import DataError, SchemaError
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain
from workbench.loaders.meta.rows import Asked, digest_of, fields_of, meta_breakdowns, to_batch, with_load_id

CAMPAIGN = Grain("campaign", attribution="7d_click,1d_view")
ASKED = Asked("123", "EUR", CAMPAIGN)


def row(**changes):
    return {
        "account_id": "123",
        "account_currency": "EUR",
        "campaign_id": "9",
        "campaign_name": "Spring",
        "objective": "OUTCOME_LEADS",
        "date_start": "2026-11-01",
        "date_stop": "2026-11-01",
        "impressions": "1000",
        "reach": "800",
        "clicks": "40",
        "inline_link_clicks": "30",
        "unique_inline_link_clicks": "28",
        "spend": "12.34",
        "actions": [
            {"action_type": "lead", "value": "3", "1d_click": "2", "7d_click": "3"},
            {"action_type": "link_click", "value": "30"},
        ],
        **changes,
    }


def one(asked=ASKED, **changes):
    return to_batch([row(**changes)], asked, load_id="L").to_pylist()[0]


def test_a_row_has_the_lakes_columns_and_exact_money():
    batch = to_batch([row()], ASKED, load_id="L")
    assert batch.schema == arrow_schema("ad_insights")
    got = batch.to_pylist()[0]
    assert got["spend_micros"] == 12_340_000
    assert (got["impressions"], got["reach"], got["clicks"], got["link_clicks"]) == (1000, 800, 40, 30)
    assert (got["result_type"], got["results"], got["conversions"]) == ("lead", 3.0, 3.0)
    assert (got["month"], got["grain"], got["source"]) == ("2026-11", str(CAMPAIGN), "meta_api")
    assert got["adset_id"] is None


def test_every_window_of_every_action_is_kept():
    kept = json.loads(one()["actions"])
    assert kept == {"lead": {"value": "3", "1d_click": "2", "7d_click": "3"}, "link_click": {"value": "30"}}


def test_metrics_that_are_zero_do_not_arrive():
    bare = {k: v for k, v in row().items() if k not in ("clicks", "inline_link_clicks", "actions", "reach")}
    got = to_batch([bare], ASKED).to_pylist()[0]
    assert (got["clicks"], got["link_clicks"], got["results"], got["conversions"]) == (0, 0, 0.0, 0.0)
    assert got["reach"] is None  # people are never assumed
    assert got["actions"] is None


def test_a_campaign_for_reach_has_no_results_rather_than_none_of_them():
    got = one(objective="OUTCOME_AWARENESS", actions=[])
    assert got["result_type"] is None
    assert got["results"] is None
    assert got["conversions"] is None


def test_value_is_taken_from_the_conversion():
    values = [{"action_type": "omni_purchase", "value": "99.90"}, {"action_type": "purchase", "value": "50"}]
    actions = [{"action_type": "omni_purchase", "value": "2"}]
    got = one(objective="OUTCOME_SALES", actions=actions, action_values=values)
    assert (got["conversions"], got["value_micros"]) == (2.0, 99_900_000)


def test_breakdowns_are_part_of_the_key_and_never_merged():
    grain = Grain("campaign", ("age", "gender"))
    ages = [row(age=a, gender=g) for a in ("18-24", "25-34", "35-44") for g in ("female", "male")]
    batch = to_batch(ages, Asked("123", "EUR", grain))
    assert len({(r["age"], r["gender"]) for r in batch.to_pylist()}) == batch.num_rows == 6


@pytest.mark.parametrize("field", ["age", "campaign_id", "date_start"])
def test_a_row_that_cannot_be_told_from_others_is_refused(field):
    asked = Asked("123", "EUR", Grain("campaign", ("age",)))
    with pytest.raises(SchemaError, match=field):
        to_batch([{k: v for k, v in row(age="18-24").items() if k != field}], asked)


def test_hourly_rows_ask_for_no_people():
    hourly = Grain("ad", ("hour",))
    assert "reach" not in fields_of(hourly)
    assert "reach" in fields_of(Grain("ad"))
    assert meta_breakdowns(hourly) == ("hourly_stats_aggregated_by_advertiser_time_zone",)
    name = meta_breakdowns(hourly)[0]
    entity = {"adset_id": "2", "ad_id": "3", name: "09:00:00 - 09:59:59"}
    got = to_batch([row(**entity)], Asked("123", "EUR", hourly)).to_pylist()[0]
    assert got["hour"] == "09:00:00 - 09:59:59"


@pytest.mark.parametrize(("field", "value"), [("account_id", "124"), ("account_currency", "USD")])
def test_rows_of_another_account_or_currency_are_refused(field, value):
    with pytest.raises(SchemaError, match=value):
        one(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [("impressions", "12.5"), ("clicks", "many"), ("date_start", "yesterday"), ("spend", "a lot")],
)
def test_a_value_that_is_none_is_named(field, value):
    with pytest.raises(DataError, match=value):
        one(**{field: value})


def test_an_empty_answer_has_the_columns_all_the_same():
    assert to_batch([], ASKED).schema == arrow_schema("ad_insights")


def test_the_digest_depends_on_content_and_not_on_the_order_of_fields():
    assert digest_of(row()) == digest_of(dict(reversed(row().items())))
    assert digest_of(row()) != digest_of(row(spend="12.35"))


def test_the_load_is_put_in_later():
    batch = with_load_id(to_batch([row(), row(campaign_id="10")], ASKED), "load_7")
    assert batch["load_id"].to_pylist() == ["load_7", "load_7"]
