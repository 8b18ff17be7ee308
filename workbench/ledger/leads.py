"""Leads: what people wrote into a form, encrypted, and found again by keyed hashes of address and phone."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select
from sqlalchemy.orm.attributes import flag_modified

from workbench.core.dates import account_today, now_utc
from workbench.ledger.columns import cipher_of
from workbench.ledger.models import Connection, Lead

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workbench.core.dates import Period
    from workbench.core.encryption import FieldCipher
    from workbench.core.settings import Environment

_EMAIL, _PHONE = "leads.email", "leads.phone"
#: Names of the fields that forms have for an address and a phone number, in the order they are preferred.
EMAIL_FIELDS = ("email", "work_email", "email_address")
PHONE_FIELDS = ("phone_number", "work_phone_number", "phone")
_PER_QUERY = 500


@dataclass(frozen=True)
class ReceivedLead:
    """One lead on its way into the ledger.

    Attributes
    ----------
    lead_id, form_id : str
        The network's ids.
    account_id : str
        The ad account whose ad brought it, else the page that it was left with.
    created_at : datetime.datetime
        When it was left.
    fields : mapping of str to sequence of str
        What the person wrote, by the names of the form's fields; in no text that this object gives.
    campaign_id, adset_id, ad_id : str, optional
        What brought it; none for an organic lead.
    is_organic : bool, optional
        Whether no ad brought it.
    """

    lead_id: str
    form_id: str
    account_id: str
    created_at: datetime
    fields: Mapping[str, Sequence[str]] = field(repr=False)
    campaign_id: str | None = None
    adset_id: str | None = None
    ad_id: str | None = None
    is_organic: bool | None = None


@dataclass(frozen=True)
class LeadsRecorded:
    """What recording leads did.

    Attributes
    ----------
    n_new, n_known : int
        Leads that were added, and those that were there already.
    n_completed : int
        Known leads of which it was not known before which ad brought them.
    conflicts : tuple of str
        Ids of leads that were there with another content; what was there first stays.
    """

    n_new: int = 0
    n_known: int = 0
    n_completed: int = 0
    conflicts: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the ledger changed."""
        return bool(self.n_new or self.n_completed)


def record_leads(
    session: Session,
    leads: Iterable[ReceivedLead],
    *,
    environment: Environment,
    network: str,
    at: datetime | None = None,
) -> LeadsRecorded:
    """Add leads; one that is there already changes nothing.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    leads : iterable of ReceivedLead
        In any order; the same lead may come twice.
    environment, network : str
        Where they come from.
    at : datetime, optional
        When they were loaded, default now.

    Raises
    ------
    ConfigError
        If the ledger was opened without a key.
    """
    cipher = cipher_of(session.get_bind().dialect)
    given = list(leads)
    known = _known(session, [lead.lead_id for lead in given], environment=environment, network=network)
    n_new = n_completed = 0
    conflicts: dict[str, None] = {}
    for lead in given:
        found = known.get(lead.lead_id)
        if found is None:
            found = Lead(environment=environment, network=network, loaded_at=at or now_utc())
            known[lead.lead_id] = _fill(found, lead, cipher)
            session.add(found)
            n_new += 1
        elif not _is_same(found, lead):
            conflicts[lead.lead_id] = None
        elif found.ad_id is None and lead.ad_id is not None:
            _fill_origin(found, lead)
            n_completed += 1
    session.flush()
    return LeadsRecorded(n_new, len(given) - n_new, n_completed, tuple(conflicts))


def lead_span(
    session: Session, *, environment: Environment, network: str, form_id: str
) -> tuple[datetime, datetime] | None:
    """Return when the first and the last known lead of a form were left, or None if there are none."""
    query = select(func.min(Lead.created_at), func.max(Lead.created_at)).where(
        Lead.environment == environment, Lead.network == network, Lead.form_id == form_id
    )
    first, last = session.execute(query).one()
    return None if first is None else (first, last)


def leads_by_day(
    session: Session,
    account_id: str,
    period: Period,
    *,
    environment: Environment,
    network: str = "meta",
    time_zone: str | None = None,
) -> dict[date, int]:
    """Count an account's leads by the day they were left, days without any included.

    Parameters
    ----------
    session : Session
        From ``ledger.read()``.
    account_id : str
        Ad account, or a page for its organic leads.
    period : Period
        Days in the account's own time zone.
    environment, network : str
        Where the leads come from.
    time_zone : str, optional
        Of the days; default what the connection to the account says, else UTC.
    """
    zone = time_zone or _time_zone(session, environment, network, account_id)
    # a day anywhere lies within a day of the same one in UTC
    since = datetime.combine(period.start, time.min, UTC) - timedelta(days=1)
    until = datetime.combine(period.stop, time.min, UTC) + timedelta(days=2)
    query = select(Lead.created_at).where(
        Lead.environment == environment,
        Lead.network == network,
        Lead.account_id == account_id,
        Lead.created_at >= since,
        Lead.created_at < until,
    )
    counts = Counter(account_today(zone, moment) for moment in session.scalars(query))
    return {day: counts[day] for day in period.days()}


def find_leads(
    session: Session, *, environment: Environment, email: str | None = None, phone: str | None = None
) -> Sequence[Lead]:
    """Return the leads with this address or phone number, however either is written, the oldest first."""
    cipher = cipher_of(session.get_bind().dialect)
    address, number = normal_email(email or ""), normal_phone(phone or "")
    wanted = []
    if address is not None:
        wanted.append(Lead.email_hash.in_(cipher.blind_hashes(address, _EMAIL)))
    if number is not None:
        wanted.append(Lead.phone_hash.in_(cipher.blind_hashes(number, _PHONE)))
    if not wanted:
        return []
    query = select(Lead).where(Lead.environment == environment, or_(*wanted))
    return session.scalars(query.order_by(Lead.created_at, Lead.lead_id)).all()


def lead_fields(lead: Lead) -> dict[str, list[str]]:
    """Return what the person wrote, by the names of the form's fields; it is personal."""
    found: dict[str, list[str]] = json.loads(lead.fields_enc)
    return found


def reencrypt_leads(session: Session) -> int:
    """Bring every lead under the newest key and return how many there are."""
    cipher = cipher_of(session.get_bind().dialect)
    leads = session.scalars(select(Lead)).all()
    for lead in leads:
        lead.email_hash, lead.phone_hash = _hashes(lead_fields(lead), cipher)
        flag_modified(lead, "fields_enc")  # the text is the same, so nothing would be written otherwise
    session.flush()
    return len(leads)


def normal_email(text: str) -> str | None:
    """Bring an e-mail address into the form that is hashed, or return None if it is none.

    Examples
    --------
    >>> normal_email("  Somebody@Example.ORG ")
    'somebody@example.org'
    """
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    return address if local and at and domain else None


def normal_phone(text: str) -> str | None:
    """Bring a phone number into the form that is hashed: digits, no zeros in front; None if it has none.

    A number that was written without its country's code stays without one: nobody can say which it is.

    Examples
    --------
    >>> normal_phone("+1 (650) 555-1212"), normal_phone("001 650 555 1212")
    ('16505551212', '16505551212')
    """
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal())
    return digits.lstrip("0") or None


def _known(session: Session, lead_ids: Sequence[str], *, environment: str, network: str) -> dict[str, Lead]:
    found: dict[str, Lead] = {}
    for start in range(0, len(lead_ids), _PER_QUERY):
        query = select(Lead).where(
            Lead.environment == environment,
            Lead.network == network,
            Lead.lead_id.in_(lead_ids[start : start + _PER_QUERY]),
        )
        found |= {lead.lead_id: lead for lead in session.scalars(query)}
    return found


def _fill(found: Lead, lead: ReceivedLead, cipher: FieldCipher) -> Lead:
    found.lead_id, found.form_id, found.created_at = lead.lead_id, lead.form_id, lead.created_at
    found.fields_enc = _text(lead.fields)
    found.email_hash, found.phone_hash = _hashes(lead.fields, cipher)
    _fill_origin(found, lead)
    return found


def _fill_origin(found: Lead, lead: ReceivedLead) -> None:
    found.account_id, found.is_organic = lead.account_id, lead.is_organic
    found.campaign_id, found.adset_id, found.ad_id = lead.campaign_id, lead.adset_id, lead.ad_id


def _is_same(found: Lead, lead: ReceivedLead) -> bool:
    """Say whether a lead is what is known of it; what brought it may be told later, but not differently."""
    same_ad = found.ad_id is None or lead.ad_id is None or found.ad_id == lead.ad_id
    same_form = (found.form_id, found.created_at) == (lead.form_id, lead.created_at)
    return same_ad and same_form and json.loads(found.fields_enc) == json.loads(_text(lead.fields))


def _text(fields: Mapping[str, Sequence[str]]) -> str:
    return json.dumps({name: list(values) for name, values in fields.items()}, sort_keys=True)


def _hashes(fields: Mapping[str, Sequence[str]], cipher: FieldCipher) -> tuple[str | None, str | None]:
    email = _first(normal_email(v) for name in EMAIL_FIELDS for v in fields.get(name, ()))
    phone = _first(normal_phone(v) for name in PHONE_FIELDS for v in fields.get(name, ()))
    return (
        None if email is None else cipher.blind_hash(email, _EMAIL),
        None if phone is None else cipher.blind_hash(phone, _PHONE),
    )


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _time_zone(session: Session, environment: str, network: str, account_id: str) -> str:
    found = session.get(Connection, (environment, network, account_id))
    return found.time_zone if found is not None else "UTC"
