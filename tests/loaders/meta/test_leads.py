"""Leads from forms to the ledger: each once, whatever is killed, and nowhere readable."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from graph_script import failure
from sqlalchemy import select

from workbench.core.dates import Period
from workbench.core.errors import AuthError, RemoteUnavailable, SchemaError
from workbench.ledger import find_leads, leads_by_day
from workbench.ledger.models import Lead
from workbench.loaders.meta.entities import load_entities
from workbench.loaders.meta.leads import load_leads

PERIOD = Period(date(2026, 10, 24), date(2026, 11, 20))
PAGE_TOKEN = "EAApageNotARealToken0123456789"  # noqa: S105 (it opens nothing)
PERSONAL = ("Person One", "person.one@example.org", "+16505550101", "6505550101", PAGE_TOKEN)


def lead(lead_id="900", at="2026-11-18T12:00:00+0000", **more):
    fields = {"full_name": "Person One", "email": "person.one@example.org", "phone_number": "+16505550101"}
    found = {
        "id": lead_id,
        "created_time": at,
        "form_id": "70",
        "ad_id": "111",
        "adset_id": "11",
        "campaign_id": "1",
        "is_organic": False,
        "field_data": [{"name": name, "values": [value]} for name, value in fields.items()],
    }
    return {**found, **more}


def by_time(*rows: dict):
    """Answer as the network does: what was asked for, the newest first."""

    def answer(asked):
        [after, before] = json.loads(asked.params["filtering"])
        assert (after["operator"], before["operator"]) == ("GREATER_THAN", "LESS_THAN")
        moments = {row["id"]: datetime.fromisoformat(row["created_time"]).timestamp() for row in rows}
        found = [row for row in rows if after["value"] < moments[row["id"]] < before["value"]]
        return sorted(found, key=lambda row: -moments[row["id"]])

    return answer


@pytest.fixture
def desk(desk):
    desk.answers.update(
        {
            "me/accounts": [{"id": "500", "name": "Our page", "access_token": PAGE_TOKEN}],
            "500/leadgen_forms": [{"id": "70", "status": "ACTIVE"}],
            "111": {"id": "111", "account_id": "123"},
        }
    )
    desk.answers["70/leads"] = by_time(lead())
    return desk


def recorded(desk):
    with desk.source.ledger.read() as session:
        return list(session.scalars(select(Lead).order_by(Lead.created_at, Lead.lead_id)))


def test_a_lead_goes_to_the_account_of_its_ad_and_an_organic_one_to_its_page(desk):
    organic = lead("901", ad_id=None, adset_id=None, campaign_id=None, is_organic=True)
    desk.answers["70/leads"] = by_time(lead(), organic)
    part = desk.load(load_leads, PERIOD)
    assert (part.kind, part.n_rows, part.changed, part.warnings) == ("leads", 2, True, ())
    assert {row.lead_id: row.account_id for row in recorded(desk)} == {"900": "123", "901": "500"}
    with desk.source.ledger.read() as session:
        counted = leads_by_day(session, "123", PERIOD, environment="sandbox")
        assert sum(counted.values()) == counted[date(2026, 11, 18)] == 1
        found = find_leads(session, environment="sandbox", phone="001 650 555 0101")
    assert [row.lead_id for row in found] == ["900", "901"]


def test_an_ad_that_the_lake_knows_is_not_asked_for(desk):
    desk.answers.update({f"act_123/{edge}": [] for edge in ("campaigns", "adsets", "adcreatives")})
    desk.answers["act_123/ads"] = [{"id": "111", "adset_id": "11"}]
    desk.load(load_entities, PERIOD)
    desk.load(load_leads, PERIOD)
    assert "111" not in desk.network.paths()
    assert recorded(desk)[0].account_id == "123"


@pytest.mark.parametrize("answer", [failure(100, subcode=33), failure(200), {"id": "111"}])
def test_an_ad_that_nobody_may_see_leaves_the_lead_with_its_page(desk, answer):
    desk.answers["111"] = answer
    desk.answers["70/leads"] = by_time(lead(), lead("901"))
    desk.load(load_leads, PERIOD)
    assert [row.account_id for row in recorded(desk)] == ["500", "500"]
    assert desk.network.paths().count("111") == 1


def test_the_form_is_read_with_the_pages_own_token(desk):
    desk.load(load_leads, PERIOD)
    tokens = {asked.path: asked.params.get("access_token") for asked in desk.network.asked}
    assert tokens["70/leads"] == tokens["500/leadgen_forms"] == PAGE_TOKEN
    assert tokens["111"] == tokens["me/accounts"] != PAGE_TOKEN


def test_reading_twice_changes_nothing_and_goes_on_at_the_last_lead(desk):
    old = lead("890", "2026-10-25T12:00:00+0000")
    desk.answers["70/leads"] = by_time(old, lead())
    desk.load(load_leads, PERIOD)
    before = [(row.lead_id, row.loaded_at, row.fields_enc) for row in recorded(desk)]
    desk.network.asked.clear()
    part = desk.load(load_leads, Period(date(2026, 10, 26), date(2026, 11, 20)))
    assert not part.changed
    assert [(row.lead_id, row.loaded_at, row.fields_enc) for row in recorded(desk)] == before
    [asked] = [asked for asked in desk.network.asked if asked.path == "70/leads"]
    last = datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert json.loads(asked.params["filtering"])[0]["value"] == (last - timedelta(days=2)).timestamp() - 1


def test_a_gap_of_months_is_filled_however_short_the_period(desk):
    missed = lead("895", "2026-08-01T12:00:00+0000")
    desk.answers["70/leads"] = by_time(lead("890", "2026-06-01T12:00:00+0000"))
    desk.load(load_leads, Period(date(2026, 5, 1), date(2026, 6, 2)))
    desk.answers["70/leads"] = by_time(missed, lead())
    desk.load(load_leads, PERIOD)
    assert [row.lead_id for row in recorded(desk)] == ["890", "895", "900"]


def test_days_before_the_first_known_lead_are_read_when_asked_for(desk):
    desk.load(load_leads, PERIOD)
    desk.answers["70/leads"] = by_time(lead("800", "2026-02-03T12:00:00+0000"), lead())
    desk.load(load_leads, Period(date(2026, 2, 1), date(2026, 2, 28)))
    assert [row.lead_id for row in recorded(desk)] == ["800", "900"]


def test_killed_after_any_window_the_next_run_has_them_all(desk, monkeypatch):
    rows = [lead(str(n), f"2026-{n:02d}-15T12:00:00+0000") for n in range(1, 12)]
    desk.answers["70/leads"] = by_time(*rows)
    period = Period(date(2026, 1, 1), date(2026, 11, 20))
    for n_windows in range(8):
        with monkeypatch.context() as killed:
            _die_after(killed, n_windows)
            with pytest.raises(KeyboardInterrupt):
                desk.load(load_leads, period)
    desk.load(load_leads, period)
    assert [row.lead_id for row in recorded(desk)] == [str(n) for n in range(1, 12)]


def _die_after(monkeypatch, n_windows):
    from workbench.ledger import record_leads

    left = [n_windows]

    def record(session, leads, **more: str):
        done = record_leads(session, leads, **more)
        if not left[0]:
            raise KeyboardInterrupt  # inside the transaction: nothing of this window is kept
        left[0] -= 1
        return done

    monkeypatch.setattr("workbench.ledger.record_leads", record)


def test_a_form_that_breaks_off_keeps_what_came_before_and_loses_nothing(desk):
    desk.answers["500/leadgen_forms"] = [{"id": "70"}, {"id": "71"}]
    desk.answers["71/leads"] = failure(2, status=500)
    with pytest.raises(RemoteUnavailable):
        desk.load(load_leads, PERIOD)
    desk.answers["71/leads"] = by_time(lead("950", form_id="71"))
    desk.load(load_leads, PERIOD)
    assert [row.lead_id for row in recorded(desk)] == ["900", "950"]


def test_a_page_that_is_refused_does_not_stop_the_others(desk):
    desk.answers["me/accounts"] += [{"id": "600", "access_token": PAGE_TOKEN}, {"id": "700"}]
    desk.answers["600/leadgen_forms"] = [{"id": "80"}]
    desk.answers["80/leads"] = by_time(lead("960", form_id="80"))
    desk.answers["70/leads"] = failure(200, message="(#200) Requires leads_retrieval permission")
    part = desk.load(load_leads, PERIOD)
    assert [row.lead_id for row in recorded(desk)] == ["960"]
    assert part.warnings[0].startswith("Could not read leads of page 500:")
    assert "leads_retrieval" in part.warnings[0]


def test_a_token_that_may_list_no_pages_is_a_warning_and_a_dead_one_an_error(desk):
    desk.answers["me/accounts"] = failure(200, message="(#200) Requires pages_show_list permission")
    part = desk.load(load_leads, PERIOD)
    assert (part.n_rows, part.changed) == (0, False)
    assert "pages_show_list" in part.warnings[0]
    desk.answers["me/accounts"] = failure(190, status=401)
    with pytest.raises(AuthError):
        desk.load(load_leads, PERIOD)


def test_a_lead_that_comes_back_with_another_content_is_told_and_changes_nothing(desk):
    desk.load(load_leads, PERIOD)
    changed = lead(field_data=[{"name": "email", "values": ["else@example.org"]}])
    desk.answers["70/leads"] = by_time(changed)
    part = desk.load(load_leads, PERIOD)
    assert "900" in part.warnings[0]
    assert "else" not in part.warnings[0]
    with desk.source.ledger.read() as session:
        assert find_leads(session, environment="sandbox", email="person.one@example.org")


@pytest.mark.parametrize("missing", ["id", "created_time"])
def test_a_lead_without_id_or_moment_stops_its_window_without_a_word_of_it(desk, missing):
    desk.answers["70/leads"] = [lead("901"), lead() | {missing: None}]
    with pytest.raises(SchemaError) as caught:
        desk.load(load_leads, PERIOD)
    assert not recorded(desk)
    assert not [text for text in PERSONAL if text in str(caught.value)]


def test_nothing_personal_stands_in_any_file_or_line(desk, caplog, monkeypatch):
    monkeypatch.setattr(logging.getLogger("workbench"), "propagate", True)
    caplog.set_level(logging.DEBUG, logger="workbench")
    told = []
    object.__setattr__(desk.source, "progress", told.append)
    desk.answers["600/leadgen_forms"] = failure(100, message="person.one@example.org and +16505550101")
    desk.answers["me/accounts"] += [{"id": "600", "access_token": PAGE_TOKEN}]
    part = desk.load(load_leads, PERIOD)
    assert desk.source.lake.is_empty("ad_insights")
    desk.no_plain_bytes(*PERSONAL)
    for text in PERSONAL:
        assert text not in caplog.text + " ".join(told) + str(part)
