"""What the four checks rest on, gathered from lake and ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from lakes import days, insight, morning, write

from workbench.flows.available import available
from workbench.flows.company import sandbox_lake
from workbench.flows.filters import FilterState
from workbench.flows.overview import overview_of
from workbench.flows.why_changed import Evidence, why_changed
from workbench.ledger import ReceivedLead, open_ledger, record_leads

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=83)
TURN = date(2026, 11, 9)


@pytest.fixture
def lake(settings):
    """Give a rehearsal whose cost doubles on a day, with its clicks going on."""
    lake = sandbox_lake(settings)
    rows = [insight(day, results=12.0 if day < TURN else 5.0) for day in days(FIRST, 84)]
    write(lake, "ad_insights", rows, load_id="l", believed_at=morning(LAST))
    return lake


def why_of(lake, settings, **filters):
    known = available(lake)
    view = overview_of(lake, FilterState.from_fragment(filters, known), known=known)
    return why_changed(view, Evidence(lake, settings))


def pixel(lake, counts, *, source="all", event="Lead"):
    rows = [
        {"date_start": day, "pixel_id": "9", "event_name": event, "event_source": source, "events": n}
        for day, n in counts.items()
    ]
    write(lake, "pixel_events", rows, load_id=f"{event}-{source}", believed_at=morning(LAST))


def receive(settings, per_day):
    leads = [
        ReceivedLead(f"{day}-{i}", "70", "1", datetime(day.year, day.month, day.day, 12, tzinfo=UTC), {})
        for day, n in per_day.items()
        for i in range(n)
    ]
    with open_ledger(settings) as ledger, ledger.write() as session:
        record_leads(session, leads, environment="sandbox", network="meta")


def test_with_insights_alone_noise_can_be_checked_and_the_rest_is_said_to_be_open(lake, settings):
    why = why_of(lake, settings)
    assert why.verdicts == {
        "noise": "passes",
        "immature": "unknown",
        "tracking": "unknown",
        "edits": "unknown",
    }
    assert why.tracking.series is None


def test_leads_received_tell_that_the_networks_count_broke(lake, settings):
    receive(settings, dict.fromkeys(days(FIRST, 84), 12))
    found = why_of(lake, settings).tracking
    assert found.series.reference_words == "leads received"
    assert (found.verdict, found.found.day) == ("coincides", TURN)
    assert found.found.change == pytest.approx(5 / 12 - 1)


def test_leads_received_that_fell_as_well_tell_that_counting_goes_on(lake, settings):
    receive(settings, {day: 12 if day < TURN else 5 for day in days(FIRST, 84)})
    assert why_of(lake, settings).tracking.verdict == "passes"


def test_days_before_the_first_received_lead_are_no_break(lake, settings):
    receive(settings, {day: 12 if day < TURN else 5 for day in days(LAST - timedelta(days=30), 29)})
    found = why_of(lake, settings).tracking
    assert found.verdict == "passes"
    assert found.series.days[0] == LAST - timedelta(days=30)


def test_own_figures_never_meet_a_rehearsals_leads(lake, settings):
    receive(settings, dict.fromkeys(days(FIRST, 84), 12))
    from workbench.flows.company import own_lake

    own = own_lake(settings)
    rows = [insight(day, results=12.0 if day < TURN else 5.0) for day in days(FIRST, 84)]
    write(own, "ad_insights", rows, load_id="own", believed_at=morning(LAST))
    assert why_of(own, settings).tracking.series is None


def test_a_pixel_that_falls_silent_while_clicks_go_on_is_a_break(lake, settings):
    silent = {day: 30 for day in days(FIRST, 84) if day < LAST - timedelta(days=5)}
    pixel(lake, silent)
    found = why_of(lake, settings).tracking
    assert found.series.counted_words == "Lead events of the pixel"
    assert (found.found.day, found.found.after) == (LAST - timedelta(days=5), 0.0)


def test_a_pixel_that_was_not_read_for_longer_or_knows_other_events_only_tells_nothing(lake, settings):
    pixel(lake, dict.fromkeys(days(FIRST, 60), 30))
    assert why_of(lake, settings).tracking.verdict == "unknown"


def test_days_on_which_a_pixel_was_not_read_are_no_silence(lake, settings):
    gap = set(days(date(2026, 11, 1), 6))
    pixel(lake, {day: 30 for day in days(FIRST, 84) if day not in gap})
    found = why_of(lake, settings).tracking
    assert found.verdict == "passes"
    assert not gap & set(found.series.days)


def test_the_sum_of_a_pixels_sources_is_not_counted_twice(lake, settings):
    both = [
        {"date_start": day, "pixel_id": "9", "event_name": "Lead", "event_source": source, "events": n}
        for day in days(FIRST, 84)
        for source, n in (("browser", 10), ("server", 5), ("all", 15))
    ]
    write(lake, "pixel_events", both, load_id="p", believed_at=morning(LAST))
    assert set(why_of(lake, settings).tracking.series.counted) == {15.0}


def test_edits_shortly_before_the_period_are_read_too(lake, settings):
    start = LAST - timedelta(days=27)
    changes = [
        {
            "date_start": day,
            "change_id": f"x{i}",
            "changed_at": morning(day),
            "entity_type": "campaign",
            "entity_id": "c1",
            "entity_name": "Spring",
            "change_type": "update_campaign_run_status",
            "new_value": "Inactive",
        }
        for i, day in enumerate((start - timedelta(days=20), start - timedelta(days=3), TURN))
    ]
    write(lake, "account_changes", changes, load_id="c", believed_at=morning(LAST))
    found = why_of(lake, settings).edits
    assert found.edits == ((start - timedelta(days=3), "paused (Spring)"), (TURN, "paused (Spring)"))


def test_nothing_is_read_twice_while_the_lake_stays_the_same(lake, settings, monkeypatch):
    known = available(lake)
    evidence = Evidence(lake, settings)
    view = overview_of(lake, FilterState.default(known), known=known)
    first = why_changed(view, evidence)
    asked = []
    sql = type(lake).sql
    monkeypatch.setattr(type(lake), "sql", lambda self, q, **kw: asked.append(q) or sql(self, q, **kw))
    evidence.maturity(view), evidence.series(view), evidence.knows_edits(view)
    assert asked == []
    assert why_changed(view, evidence).verdicts == first.verdicts


def test_without_a_comparison_there_is_nothing_to_explain(lake, settings):
    assert why_of(lake, settings, compare="none") is None
