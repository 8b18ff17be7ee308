"""What we decide and whom we know: SQLAlchemy models, migrations, and the functions that write them.

>>> from workbench.ledger import open_ledger
"""

from workbench.ledger.audit import AuditCheck, append_audit, verify_audit
from workbench.ledger.engine import Patience
from workbench.ledger.loads import (
    QuarantinedCell,
    find_loads,
    last_loads,
    quarantined,
    record_load_finished,
    record_load_started,
    record_quarantined,
)
from workbench.ledger.people import (
    add_person,
    erase_person,
    find_person,
    grant_role,
    reencrypt_people,
    role_of,
)
from workbench.ledger.report_runs import (
    last_good_report,
    last_reports,
    record_report_done,
    record_report_failed,
    record_report_started,
)
from workbench.ledger.store import Ledger, open_ledger

__all__ = [
    "AuditCheck",
    "Ledger",
    "Patience",
    "QuarantinedCell",
    "add_person",
    "append_audit",
    "erase_person",
    "find_loads",
    "find_person",
    "grant_role",
    "last_good_report",
    "last_loads",
    "last_reports",
    "open_ledger",
    "quarantined",
    "record_load_finished",
    "record_load_started",
    "record_quarantined",
    "record_report_done",
    "record_report_failed",
    "record_report_started",
    "reencrypt_people",
    "role_of",
    "verify_audit",
]
