"""Quotas are read from all four headers, whatever stands in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.channels.meta_usage import Quota, Usage, quotas_in, retry_after_s

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
KINDS = ("x-business-use-case-usage", "x-app-usage", "x-ad-account-usage", "x-fb-ads-insights-throttle")


def business(
    *, share: float = 10, minutes: float = 0, kind: str = "ads_insights", of: str = "123"
) -> dict[str, str]:
    use = {
        "type": kind,
        "call_count": 1,
        "total_cputime": share,
        "total_time": 2,
        "estimated_time_to_regain_access": minutes,
    }
    return {"x-business-use-case-usage": json.dumps({of: [use]})}


def test_all_four_headers_are_read_with_the_worst_of_their_shares():
    headers = {
        **business(share=71, minutes=3),
        "X-App-Usage": '{"call_count":28,"total_time":25,"total_cputime":30}',
        "X-Ad-Account-Usage": '{"acc_id_util_pct":9.67,"reset_time_duration":100,"ads_api_access_tier":"x"}',
        "X-FB-Ads-Insights-Throttle": '{"app_id_util_pct":100,"acc_id_util_pct":"12"}',
    }
    assert list(quotas_in(headers)) == [
        Quota("ads_insights of 123", 0.71, regain_s=180),
        Quota("app", 0.3),
        Quota("account", pytest.approx(0.0967), reset_s=100),
        Quota("insights of the app", 1.0),
        Quota("insights of the account", 0.12),
    ]


@given(st.dictionaries(st.sampled_from(KINDS), st.text(max_size=60)))
def test_a_malformed_header_says_nothing_and_stops_nothing(headers):
    usage = Usage()
    usage.read(headers, NOW)
    assert usage.wait_s(NOW)[0] >= 0


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
fields = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("type", "call_count", "total_time", "estimated_time_to_regain_access"), anything)
    | dict.fromkeys(("acc_id_util_pct", "app_id_util_pct", "reset_time_duration"), anything),
)


@given(body=fields | st.dictionaries(st.text(max_size=5), st.lists(fields, max_size=2), max_size=2))
def test_any_json_at_all_is_survived(body):
    usage = Usage()
    usage.read(dict.fromkeys(KINDS, json.dumps(body)), NOW)
    assert 0 <= usage.wait_s(NOW)[0] <= 1e9
    json.dumps(usage.to_dict(), allow_nan=False)


def test_the_pause_grows_with_the_share_and_a_block_is_kept_whatever_the_share():
    pauses = [Quota("app", share).pause_s for share in (0.5, 0.75, 0.8, 0.9, 0.95, 1.0)]
    assert pauses == sorted(pauses)
    assert pauses[0] == pauses[1] == 0 < pauses[2]
    assert Quota("app", 0.97, reset_s=120).pause_s == 120
    assert Quota("app", 0.01, regain_s=600).pause_s == 600


def test_a_reading_grows_old():
    usage = Usage()
    usage.read(business(share=90), NOW)
    wait, quota = usage.wait_s(NOW)
    assert wait > 0
    assert quota == "ads_insights of 123"
    assert usage.wait_s(NOW + timedelta(minutes=5)) == (0.0, "")


def test_a_promised_wait_is_not_shortened_by_a_later_answer():
    usage = Usage()
    usage.read(business(minutes=30), NOW)
    usage.read(business(minutes=0), NOW + timedelta(minutes=1))
    assert usage.wait_s(NOW + timedelta(minutes=1))[0] == 29 * 60


def test_the_readings_can_be_kept():
    usage = Usage()
    usage.read(business(share=62.5, minutes=1), NOW)
    assert usage.worst_share == 0.625
    assert usage.to_dict() == {
        "worst_share": 0.625,
        "quotas": {"ads_insights of 123": {"share": 0.625, "regain_s": 60.0, "reset_s": 0.0}},
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Fri, 20 Nov 2026 08:01:00 GMT", 60.0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_read_in_both_forms(text, seconds):
    assert retry_after_s({"RETRY-AFTER": text}, NOW) == seconds
