"""The audit: who did what to what, in an order that cannot be changed without being noticed.

Triggers refuse updates and deletes. Each row carries a hash over itself and the hash of the row before, so
that a change made past the triggers (in the file itself) shows. A chain cannot show that its end was cut off:
keep ``AuditCheck.head_hash`` somewhere else and give it back as ``expected_head``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from workbench.core.dates import now_utc
from workbench.core.redact import SECRET, is_credential_name, redact
from workbench.ledger.models import AuditEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FIRST = "0" * 64
_BATCH = 1000


@dataclass(frozen=True)
class AuditCheck:
    """What a walk along the chain found.

    Attributes
    ----------
    n_rows : int
        Rows that were looked at, the broken one included.
    head_hash : str
        Hash of the last row, or 64 zeros.
    broken_seq : int or None
        Number of the first row that does not fit.
    reason : str or None
        What does not fit.
    """

    n_rows: int
    head_hash: str
    broken_seq: int | None = None
    reason: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed."""
        return self.reason is None

    def summary(self) -> str:
        """Say it in a sentence."""
        if self.reason is None:
            return f"The audit is whole: {self.n_rows} rows, ending in {self.head_hash[:12]}."
        where = "" if self.broken_seq is None else f" at row {self.broken_seq}"
        return f"The audit is broken{where}: {self.reason}."


def append_audit(
    session: Session,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Add an entry, in the same transaction as what it tells about.

    Parameters
    ----------
    session : Session
        From ``ledger.write()``.
    actor : str
        Who did it.
    action : str
        What was done, as ``noun.verb``: ``"load.done"``, ``"role.granted"``.
    subject : str
        Id of what it was done to.
    detail : mapping, optional
        Facts that JSON can hold; what it cannot is written as text. Redacted before it is kept.
    at : datetime, optional
        When; default now.
    """
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).first()
    entry = AuditEntry(
        seq=1 if last is None else last.seq + 1,
        at=at or now_utc(),
        actor=actor,
        action=action,
        subject=redact(subject),
        detail=json.dumps(_clean(detail or {}), ensure_ascii=False, sort_keys=True),
        prev_hash=_FIRST if last is None else last.hash,
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def _clean(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            str(key): SECRET if is_credential_name(str(key)) else _clean(one) for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    return redact(str(value))  # floats too: a fact of record is written, not rounded by whoever reads it


def verify_audit(session: Session, *, expected_head: str | None = None) -> AuditCheck:
    """Walk along the chain and name the first row that does not fit.

    Parameters
    ----------
    session : Session
        From ``ledger.read()``.
    expected_head : str, optional
        A ``head_hash`` noted earlier, which must still be in the chain.
    """
    previous, n_rows, seen = _FIRST, 0, expected_head in (None, _FIRST)
    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.seq).execution_options(yield_per=_BATCH))
    for n_rows, entry in enumerate(rows, start=1):
        reason = _misfit(entry, seq=n_rows, previous=previous)
        if reason is not None:
            return AuditCheck(n_rows, previous, entry.seq, reason)
        previous = entry.hash
        seen = seen or entry.hash == expected_head
    if not seen:
        return AuditCheck(n_rows, previous, None, "its end was cut off, for the noted hash is not in it")
    return AuditCheck(n_rows, previous)


def _misfit(entry: AuditEntry, *, seq: int, previous: str) -> str | None:
    if entry.seq != seq:
        return f"row {seq} is missing"
    if entry.prev_hash != previous:
        return "it does not follow the row before it"
    if entry.hash != _hash(entry):
        return "its content was changed"
    return None


def _hash(entry: AuditEntry) -> str:
    fields = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
        entry.prev_hash,
    ]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=True).encode()).hexdigest()
