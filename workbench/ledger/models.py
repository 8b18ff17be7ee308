"""The ledger's tables.

Personal data stands in ``*_enc`` columns (encrypted) and is found by ``*_hash`` columns (keyed hashes). A
change here needs a migration; a test compares the two.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from workbench.ledger.columns import Encrypted, UtcDateTime


class Base(DeclarativeBase):
    """What every table shares: names of constraints that migrations can rely on."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), str: Text()}


class Load(Base):
    """One file or answer on its way into the lake, and whether it reconciled."""

    __tablename__ = "loads"
    __table_args__ = (
        CheckConstraint("state IN ('started', 'done', 'quarantined', 'failed')", name="state"),
        Index(None, "started_at"),
        Index(None, "sha256"),
    )

    load_id: Mapped[str] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    sha256: Mapped[str]
    source: Mapped[str]
    network: Mapped[str]
    account_id: Mapped[str]
    grain: Mapped[str | None]
    period_start: Mapped[date | None]
    period_stop: Mapped[date | None]
    n_rows: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    spend_micros: Mapped[int | None] = mapped_column(BigInteger)
    file_total_micros: Mapped[int | None] = mapped_column(BigInteger)
    reconciled: Mapped[str | None]
    state: Mapped[str]
    n_tries: Mapped[int] = mapped_column(Integer)
    error: Mapped[str | None]
    actor: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    believed_at: Mapped[datetime | None]


class Quarantined(Base):
    """One cell or file that was not loaded, with the reason."""

    __tablename__ = "quarantine"
    __table_args__ = (Index(None, "load_id"),)

    quarantine_id: Mapped[int] = mapped_column(primary_key=True)
    load_id: Mapped[str] = mapped_column(ForeignKey("loads.load_id", ondelete="CASCADE"))
    file_name: Mapped[str]
    row_number: Mapped[int | None] = mapped_column(Integer)
    column_name: Mapped[str | None]
    value_redacted: Mapped[str | None]
    reason: Mapped[str]
    at: Mapped[datetime]


class ReportRun(Base):
    """One attempt to make a report."""

    __tablename__ = "report_runs"
    __table_args__ = (
        CheckConstraint("state IN ('started', 'done', 'failed')", name="state"),
        Index(None, "name", "started_at"),
    )

    run_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    asof: Mapped[date]
    state: Mapped[str]
    html_path: Mapped[str | None]
    pdf_path: Mapped[str | None]
    sha256: Mapped[str | None]
    error: Mapped[str | None]
    actor: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RoleGrant(Base):
    """The role a name has in one environment now; how it came about stands in the audit."""

    __tablename__ = "role_grants"

    name: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    granted_by: Mapped[str]
    granted_at: Mapped[datetime]


class Person(Base):
    """Somebody outside or inside the house whom we may write to or hear from."""

    __tablename__ = "people"

    person_id: Mapped[str] = mapped_column(primary_key=True)
    email_enc: Mapped[str] = mapped_column(Encrypted("people.email"))
    email_hash: Mapped[str] = mapped_column(unique=True)
    name_enc: Mapped[str | None] = mapped_column(Encrypted("people.name"))
    phone_enc: Mapped[str | None] = mapped_column(Encrypted("people.phone"))
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what to what; each row carries the hash of the one before it, and no row ever changes."""

    __tablename__ = "audit"

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    prev_hash: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)


class Connection(Base):
    """One ad account that is read through its network's API, and how it stands."""

    __tablename__ = "connections"
    __table_args__ = (CheckConstraint("state IN ('ok', 'refused', 'unreachable', 'new')", name="state"),)

    environment: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(primary_key=True)
    account_name: Mapped[str | None]
    time_zone: Mapped[str]
    currency: Mapped[str]
    api_version: Mapped[str | None]
    api_version_ends: Mapped[date | None]
    token_expires_at: Mapped[datetime | None]
    quota: Mapped[str | None]
    state: Mapped[str]
    last_good_day: Mapped[date | None]
    last_good_at: Mapped[datetime | None]
    error: Mapped[str | None]
    updated_at: Mapped[datetime]


class Refresh(Base):
    """One run over an account and a grain: from which day to which, and whether it came to its end."""

    __tablename__ = "refreshes"
    __table_args__ = (
        CheckConstraint("state IN ('started', 'done', 'failed')", name="state"),
        Index(None, "environment", "network", "account_id", "started_at"),
    )

    refresh_id: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str]
    network: Mapped[str]
    account_id: Mapped[str]
    grain: Mapped[str]
    period_start: Mapped[date]
    period_stop: Mapped[date]
    state: Mapped[str]
    n_rows: Mapped[int] = mapped_column(BigInteger)
    restated_micros: Mapped[int] = mapped_column(BigInteger)
    restated_results: Mapped[float] = mapped_column(Float)
    error: Mapped[str | None]
    actor: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Fetch(Base):
    """One window of a refresh: the report that was asked for, and the load it became."""

    __tablename__ = "fetches"
    __table_args__ = (CheckConstraint("state IN ('asked', 'done')", name="state"),)

    refresh_id: Mapped[str] = mapped_column(
        ForeignKey("refreshes.refresh_id", ondelete="CASCADE"), primary_key=True
    )
    period_start: Mapped[date] = mapped_column(primary_key=True)
    period_stop: Mapped[date]
    state: Mapped[str]
    reports: Mapped[str]
    load_id: Mapped[str | None]
    n_rows: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]


class Lead(Base):
    """One lead of a form; what the person wrote is encrypted."""

    __tablename__ = "leads"
    __table_args__ = (
        Index(None, "account_id", "created_at"),
        Index(None, "email_hash"),
        Index(None, "phone_hash"),
    )

    environment: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    lead_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    form_id: Mapped[str]
    campaign_id: Mapped[str | None]
    adset_id: Mapped[str | None]
    ad_id: Mapped[str | None]
    is_organic: Mapped[bool | None]
    fields_enc: Mapped[str] = mapped_column(Encrypted("leads.fields"))
    email_hash: Mapped[str | None]
    phone_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    loaded_at: Mapped[datetime]


class Message(Base):
    """Something that somebody wrote to us: a comment, a message, a mention."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'ad_comment', 'message', 'mention')", name="kind"),
        Index(None, "account_id", "written_at"),
        Index(None, "author_hash"),
    )

    environment: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    kind: Mapped[str]
    post_id: Mapped[str | None]
    parent_id: Mapped[str | None]
    is_ours: Mapped[bool]
    text_enc: Mapped[str | None] = mapped_column(Encrypted("messages.text"))
    author_enc: Mapped[str | None] = mapped_column(Encrypted("messages.author"))
    author_hash: Mapped[str | None]
    written_at: Mapped[datetime]
    loaded_at: Mapped[datetime]


class Notice(Base):
    """Something that somebody has to know once: a token that runs out, an account that refuses."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        Index(None, "state", "opened_at"),
    )

    notice_id: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    command: Mapped[str | None]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Experiment(Base):
    """One version of a registered experiment; a change is a new version, and no row ever changes."""

    __tablename__ = "experiments"
    __table_args__ = (
        CheckConstraint("evidence IN ('observational', 'split_test', 'lift', 'randomised')", name="evidence"),
    )

    environment: Mapped[str] = mapped_column(primary_key=True)
    experiment_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content_id: Mapped[str]
    hypothesis: Mapped[str]
    unit: Mapped[str]
    evidence: Mapped[str]
    kind_of_test: Mapped[str]
    metric_name: Mapped[str]
    metric_kind: Mapped[str]
    metric: Mapped[str]
    design: Mapped[str]
    planned_looks: Mapped[str]
    minimum_days: Mapped[int] = mapped_column(Integer)
    minimum_units: Mapped[int] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    stops_on: Mapped[date | None]
    n_looks_before: Mapped[int] = mapped_column(Integer)
    registered_by: Mapped[str]
    registered_at: Mapped[datetime]


class ExperimentLook(Base):
    """One look at a running experiment, with the figures that were seen; no row ever changes."""

    __tablename__ = "experiment_looks"
    __table_args__ = (
        ForeignKeyConstraint(
            ["environment", "experiment_id", "version"],
            ["experiments.environment", "experiments.experiment_id", "experiments.version"],
        ),
        Index(None, "environment", "experiment_id", "looked_at"),
    )

    look_id: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str]
    experiment_id: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    company: Mapped[str]
    data_from: Mapped[date]
    data_to: Mapped[date]
    as_of: Mapped[datetime]
    figures: Mapped[str]
    result: Mapped[str]
    actor: Mapped[str]
    looked_at: Mapped[datetime]


class ExperimentDecision(Base):
    """What somebody decided about an experiment, and why; no row ever changes."""

    __tablename__ = "experiment_decisions"
    __table_args__ = (
        CheckConstraint("verdict IN ('ship', 'stop', 'continue', 'void')", name="verdict"),
        ForeignKeyConstraint(
            ["environment", "experiment_id", "version"],
            ["experiments.environment", "experiments.experiment_id", "experiments.version"],
        ),
        Index(None, "environment", "experiment_id", "decided_at"),
    )

    decision_id: Mapped[str] = mapped_column(primary_key=True)
    environment: Mapped[str]
    experiment_id: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str]
    arm: Mapped[str | None]
    why: Mapped[str]
    stopped_on: Mapped[date | None]
    n_looks: Mapped[int] = mapped_column(Integer)
    decided_by: Mapped[str]
    decided_at: Mapped[datetime]


class Action(Base):
    """Something that is to be done outside: what, where, how much money it moves, and how far it has come."""

    __tablename__ = "actions"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'checked', 'approved', 'applying', 'applied', 'verified', "
            "'refused', 'failed', 'expired', 'undone')",
            name="state",
        ),
        CheckConstraint("environment IN ('sandbox', 'staging', 'live')", name="environment"),
        Index(None, "environment", "state", "created_at"),
    )

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    environment: Mapped[str]
    kind: Mapped[str]
    payload: Mapped[str]
    diff: Mapped[str]
    money_at_risk_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
