"""Leads in the ledger: once each, encrypted, found by address and phone however they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from workbench.core.dates import Period
from workbench.core.encryption import FieldCipher
from workbench.ledger import (
    ReceivedLead,
    find_leads,
    lead_fields,
    lead_span,
    leads_by_day,
    open_ledger,
    record_connected,
    record_leads,
    reencrypt_leads,
)
from workbench.ledger.leads import normal_email, normal_phone
from workbench.ledger.models import Lead

EMAIL, PHONE, NAME = "Person.One@Example.org", "+1 (650) 555-0101", "Person One"
AT = datetime(2026, 11, 18, 4, 30, tzinfo=UTC)  # the evening before in New York
FIELDS = {"email": [EMAIL], "phone_number": [PHONE], "full_name": [NAME]}
LEAD = ReceivedLead("900", "70", "123", AT, FIELDS, "1", "11", "111", is_organic=False)


def record(ledger, *leads: ReceivedLead, environment="sandbox"):
    with ledger.write() as session:
        return record_leads(session, leads, environment=environment, network="meta")


def test_a_lead_is_recorded_once_and_reads_back(ledger):
    assert record(ledger, LEAD, LEAD).n_new == 1
    again = record(ledger, LEAD)
    assert (again.n_new, again.n_known, again.changed, again.conflicts) == (0, 1, False, ())
    with ledger.read() as session:
        lead = session.get(Lead, ("sandbox", "meta", "900"))
    assert lead_fields(lead) == FIELDS
    assert (lead.account_id, lead.campaign_id, lead.adset_id, lead.ad_id) == ("123", "1", "11", "111")
    assert (lead.form_id, lead.created_at, lead.is_organic) == ("70", AT, False)


def test_environments_are_kept_apart(ledger):
    record(ledger, LEAD)
    assert record(ledger, LEAD, environment="live").n_new == 1
    with ledger.read() as session:
        assert len(find_leads(session, environment="live", email=EMAIL)) == 1


def test_the_database_sees_nothing_personal_and_nor_does_a_repr(ledger):
    record(ledger, LEAD)
    with ledger.read() as session:
        row = " ".join(map(str, session.execute(text("SELECT * FROM leads")).one())).casefold()
    for part in ("person", "example", "6505550101", "555-0101"):  # shorter ones stand in a token by chance
        assert part not in row
        assert part not in repr(LEAD).casefold()


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "  PERSON.one@example.ORG"},
        {"phone": "0016505550101"},
        {"phone": "1 650 555 0101", "email": "x@example.org"},
    ],
)
def test_a_lead_is_found_however_it_is_written(ledger, asked):
    record(ledger, LEAD)
    with ledger.read() as session:
        assert [lead.lead_id for lead in find_leads(session, environment="sandbox", **asked)] == ["900"]


@pytest.mark.parametrize("asked", [{}, {"email": ""}, {"phone": "none"}, {"email": "other@example.org"}])
def test_nothing_is_found_by_nothing(ledger, asked):
    record(ledger, LEAD, replace(LEAD, lead_id="901", fields={"email": [""], "phone_number": ["-"]}))
    with ledger.read() as session:
        assert list(find_leads(session, environment="sandbox", **asked)) == []


@pytest.mark.parametrize(
    "change",
    [{"fields": {"email": ["else@example.org"]}}, {"created_at": AT + timedelta(hours=1)}, {"ad_id": "112"}],
)
def test_another_content_is_reported_and_the_first_stays(ledger, change):
    record(ledger, LEAD)
    done = record(ledger, replace(LEAD, **change))
    assert (done.conflicts, done.changed) == (("900",), False)
    with ledger.read() as session:
        lead = session.get(Lead, ("sandbox", "meta", "900"))
    assert (lead_fields(lead), lead.created_at, lead.ad_id) == (FIELDS, AT, "111")


def test_what_brought_a_lead_may_be_told_later_and_is_not_forgotten(ledger):
    record(ledger, replace(LEAD, account_id="500", ad_id=None, adset_id=None, campaign_id=None))
    done = record(ledger, LEAD)
    assert (done.n_completed, done.changed, done.conflicts) == (1, True, ())
    assert not record(ledger, replace(LEAD, ad_id=None)).changed
    with ledger.read() as session:
        lead = session.get(Lead, ("sandbox", "meta", "900"))
    assert (lead.account_id, lead.ad_id) == ("123", "111")


def test_leads_are_counted_by_the_accounts_own_days(ledger):
    with ledger.write() as session:
        record_connected(
            session,
            environment="sandbox",
            network="meta",
            account_id="123",
            account_name="Shop",
            time_zone="America/New_York",
            currency="USD",
        )
    others = [replace(LEAD, lead_id=str(n), created_at=AT + timedelta(hours=n)) for n in range(3)]
    record(ledger, *others, replace(LEAD, lead_id="x", account_id="999"))
    period = Period(date(2026, 11, 17), date(2026, 11, 19))
    with ledger.read() as session:
        own = leads_by_day(session, "123", period, environment="sandbox")
        utc = leads_by_day(session, "123", period, environment="sandbox", time_zone="UTC")
        live = leads_by_day(session, "123", period, environment="live")
    assert list(own.values()) == [1, 2, 0]
    assert list(utc.values()) == [0, 3, 0]
    assert list(live.values()) == [0, 0, 0]


def test_the_span_of_a_form(ledger):
    with ledger.read() as session:
        assert lead_span(session, environment="sandbox", network="meta", form_id="70") is None
    record(ledger, LEAD, replace(LEAD, lead_id="2", created_at=AT - timedelta(days=3)))
    with ledger.read() as session:
        span = lead_span(session, environment="sandbox", network="meta", form_id="70")
    assert span == (AT - timedelta(days=3), AT)


def test_changing_the_key(ledger_url):
    old, new = b"o" * 32, b"n" * 32
    with open_ledger(ledger_url, cipher=FieldCipher([old])) as ledger:
        record(ledger, LEAD)
    with open_ledger(ledger_url, cipher=FieldCipher([new, old])) as ledger:
        assert not record(ledger, LEAD).changed
        with ledger.write() as session:
            assert find_leads(session, environment="sandbox", phone=PHONE)  # found under the old hash
            assert reencrypt_leads(session) == 1
    with open_ledger(ledger_url, cipher=FieldCipher([new])) as ledger, ledger.read() as session:
        [lead] = find_leads(session, environment="sandbox", email=EMAIL)
        assert lead_fields(lead) == FIELDS


# documented examples of the network's own rules
@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1(650)555-1212", "16505551212"),
        ("+44 844 412 4653", "448444124653"),
        ("٠٤٤", "44"),
        ("", None),
        ("0", None),
    ],
)
def test_phones_become_digits_without_leading_zeros(written, normal):
    assert normal_phone(written) == normal


@pytest.mark.parametrize("nothing", ["", "  ", "nobody", "@example.org", "a@"])
def test_what_is_no_address_has_no_hash(nothing):
    assert normal_email(nothing) is None


@given(st.text())
def test_normal_forms_are_normal(written):
    for normal in (normal_email, normal_phone):
        once = normal(written)
        assert once is None or (once != "" and normal(once) == once)
