"""What was changed in an account: kept once, never lost, and nobody's name with it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from workbench.core.dates import Period
from workbench.core.errors import SchemaError
from workbench.ledger import last_loads
from workbench.loaders.meta.changes import change_row, entity_type, load_changes

PERIOD = Period(date(2026, 11, 14), date(2026, 11, 20))
PATH = "act_123/activities"


def activity(at="2026-11-18T12:00:00+0000", kind="update_ad_set_budget", **more):
    found = {
        "event_type": kind,
        "event_time": at,
        "object_id": "77",
        "object_name": "Ad set A",
        "object_type": "CAMPAIGN",
        "extra_data": json.dumps({"old_value": 5000, "new_value": 7500, "type": "budget"}),
        "translated_event_type": "Ad set budget updated",
    }
    return {**found, **more}


def test_a_change_goes_to_the_accounts_own_day_with_both_values(desk):
    desk.answers[PATH] = [activity("2026-11-19T03:30:00+0000")]
    part = desk.load(load_changes, PERIOD)
    [row] = desk.rows("account_changes")
    assert (part.kind, part.n_rows, part.changed, part.warnings) == ("changes", 1, True, ())
    assert row["date_start"] == date(2026, 11, 18)  # still the evening before in New York
    assert row["changed_at"] == datetime(2026, 11, 19, 3, 30, tzinfo=UTC)
    assert (row["old_value"], row["new_value"]) == ("5000", "7500")
    assert (row["entity_type"], row["entity_id"], row["entity_name"]) == ("adset", "77", "Ad set A")
    assert (row["source"], row["network"], row["month"]) == ("sandbox", "meta", "2026-11")


def test_it_asks_for_the_whole_period_and_for_no_actor(desk):
    desk.answers[PATH] = []
    desk.load(load_changes, PERIOD)
    params = desk.network.params(PATH)
    assert "actor" not in params["fields"]
    assert datetime.fromtimestamp(int(params["since"]), UTC) == datetime(2026, 11, 14, 5, tzinfo=UTC)
    assert datetime.fromtimestamp(int(params["until"]), UTC) == datetime(2026, 11, 21, 5, tzinfo=UTC)


def test_reading_twice_or_in_other_periods_changes_nothing(desk):
    desk.answers[PATH] = [activity(), activity(kind="create_ad"), activity("2026-11-20T12:00:00+0000")]
    assert desk.load(load_changes, PERIOD).changed
    before, version = desk.rows("account_changes"), desk.source.lake.version()
    again = desk.load(load_changes, PERIOD)
    other = desk.load(load_changes, Period(date(2026, 11, 17), date(2026, 11, 19)))
    assert (again.changed, other.changed, again.n_rows, other.n_rows) == (False, False, 3, 2)
    assert (desk.rows("account_changes"), desk.source.lake.version()) == (before, version)


def test_a_change_that_the_history_forgets_stays_and_is_told(desk):
    desk.answers[PATH] = [activity(), activity(kind="update_ad_run_status", object_id="9")]
    desk.load(load_changes, PERIOD)
    before = desk.rows("account_changes")
    desk.answers[PATH] = [activity()]
    part = desk.load(load_changes, PERIOD)
    assert (desk.rows("account_changes"), part.changed, part.n_rows) == (before, False, 2)
    assert "1 of the changes read before; they stay" in part.warnings[0]


def test_a_later_rename_makes_no_second_change(desk):
    desk.answers[PATH] = [activity()]
    desk.load(load_changes, PERIOD)
    desk.answers[PATH] = [activity(object_name="Renamed", translated_event_type="Budget geändert")]
    assert not desk.load(load_changes, PERIOD).changed
    assert [row["entity_name"] for row in desk.rows("account_changes")] == ["Ad set A"]


def test_of_people_who_may_use_the_account_only_that_it_happened_is_kept(desk):
    extra = json.dumps({"new_value": "Person One", "email": "person.one@example.org"})
    desk.answers[PATH] = [
        activity(kind="ad_account_add_user_to_role", object_name="Person One", extra_data=extra),
        activity(kind="update_campaign_name", extra_data=json.dumps({"new_value": "ask two@example.org"})),
    ]
    desk.load(load_changes, PERIOD)
    rows = {row["change_type"]: row for row in desk.rows("account_changes")}
    person = rows["ad_account_add_user_to_role"]
    assert [person[name] for name in ("entity_id", "entity_name", "old_value", "new_value")] == [None] * 4
    assert person["entity_type"] == "account"
    assert rows["update_campaign_name"]["new_value"] == "ask [email]"
    desk.no_plain_bytes("Person One", "person.one@example.org", "two@example.org")


def test_a_load_that_was_killed_before_its_note_is_noted_by_the_next(desk, monkeypatch):
    desk.answers[PATH] = [activity()]

    def die(*_args: object, **_kwargs: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr("workbench.loaders.meta.days._note", die)
        with pytest.raises(KeyboardInterrupt):
            desk.load(load_changes, PERIOD)
    part = desk.load(load_changes, PERIOD)
    with desk.source.ledger.read() as session:
        [load] = last_loads(session)
    assert not part.changed
    assert (load.state, load.grain, load.n_rows) == ("done", "account_changes", 1)
    assert load.period_start == load.period_stop == date(2026, 11, 18)


def test_a_day_of_an_answer_that_was_not_asked_for_is_left_out(desk):
    desk.answers[PATH] = [activity("2026-11-01T12:00:00+0000"), activity()]
    assert desk.load(load_changes, PERIOD).n_rows == 1
    assert [row["date_start"] for row in desk.rows("account_changes")] == [date(2026, 11, 18)]


@pytest.mark.parametrize("missing", ["event_type", "event_time"])
def test_a_change_without_type_or_moment_stops_the_load(desk, missing):
    desk.answers[PATH] = [activity(), activity(object_id="8", **{missing: None})]
    with pytest.raises(SchemaError, match=missing):
        desk.load(load_changes, PERIOD)
    assert desk.rows("account_changes") == []


@pytest.mark.parametrize(
    ("extra", "values"),
    [
        ('{"old_value":"Active","new_value":"Inactive"}', ("Active", "Inactive")),
        ('{"new_value":{"b":1,"a":2}}', (None, '{"a": 2, "b": 1}')),
        ("words", (None, "words")),
        ('{"campaign_id": 5}', (None, None)),
        (None, (None, None)),
    ],
)
def test_values_are_taken_from_what_the_network_gives(extra, values):
    row = change_row(activity(extra_data=extra), "UTC")
    assert (row["old_value"], row["new_value"]) == values


@pytest.mark.parametrize(
    ("event", "thing", "found"),
    [
        ("update_campaign_run_status", "CAMPAIGN_GROUP", "campaign"),
        ("update_ad_set_budget", "CAMPAIGN", "adset"),
        ("update_ad_run_status", "ADGROUP", "ad"),
        ("edit_and_update_ad_creative", "ADGROUP", "creative"),
        ("create_adaccount_agency_fee", "", "account"),
        ("funding_event_successful", "", "account"),
        ("something_new", "AD_SET", "adset"),
    ],
)
def test_what_was_changed_is_told_by_the_event_first(event, thing, found):
    assert entity_type(event, thing) == found
