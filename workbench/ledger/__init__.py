"""What we decide and whom we know: SQLAlchemy models, migrations, and the functions that write them.

>>> from workbench.ledger import open_ledger
"""

from workbench.ledger.actions import Drafted, draft_action, drafted_actions, find_action, find_actions
from workbench.ledger.audit import AuditCheck, append_audit, verify_audit
from workbench.ledger.connections import connections, record_connected, record_connection_state
from workbench.ledger.engine import Patience
from workbench.ledger.experiments import (
    decisions_of,
    find_experiment,
    looks_of,
    n_looks,
    record_decision,
    record_look,
    register_experiment,
    registered_experiments,
)
from workbench.ledger.leads import (
    LeadsRecorded,
    ReceivedLead,
    find_leads,
    lead_fields,
    lead_span,
    leads_by_day,
    record_leads,
    reencrypt_leads,
)
from workbench.ledger.loads import (
    QuarantinedCell,
    find_loads,
    last_loads,
    quarantined,
    record_load_finished,
    record_load_started,
    record_quarantined,
)
from workbench.ledger.messages import (
    CommunityDay,
    MessagesRecorded,
    ReceivedMessage,
    message_author,
    messages_by_day,
    messages_of,
    record_messages,
    reencrypt_messages,
)
from workbench.ledger.notices import close_notices, open_notice, open_notices
from workbench.ledger.people import (
    add_person,
    erase_person,
    find_person,
    grant_role,
    reencrypt_people,
    role_of,
)
from workbench.ledger.refreshes import (
    begin_refresh,
    last_refreshes,
    record_refresh_finished,
    record_reports,
    record_window_done,
    reports_asked,
    windows_done,
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
    "CommunityDay",
    "Drafted",
    "LeadsRecorded",
    "Ledger",
    "MessagesRecorded",
    "Patience",
    "QuarantinedCell",
    "ReceivedLead",
    "ReceivedMessage",
    "add_person",
    "append_audit",
    "begin_refresh",
    "close_notices",
    "connections",
    "decisions_of",
    "draft_action",
    "drafted_actions",
    "erase_person",
    "find_action",
    "find_actions",
    "find_experiment",
    "find_leads",
    "find_loads",
    "find_person",
    "grant_role",
    "last_good_report",
    "last_loads",
    "last_refreshes",
    "last_reports",
    "lead_fields",
    "lead_span",
    "leads_by_day",
    "looks_of",
    "message_author",
    "messages_by_day",
    "messages_of",
    "n_looks",
    "open_ledger",
    "open_notice",
    "open_notices",
    "quarantined",
    "record_connected",
    "record_connection_state",
    "record_decision",
    "record_leads",
    "record_load_finished",
    "record_load_started",
    "record_look",
    "record_messages",
    "record_quarantined",
    "record_refresh_finished",
    "record_report_done",
    "record_report_failed",
    "record_report_started",
    "record_reports",
    "record_window_done",
    "reencrypt_leads",
    "reencrypt_messages",
    "reencrypt_people",
    "register_experiment",
    "registered_experiments",
    "reports_asked",
    "role_of",
    "verify_audit",
    "windows_done",
]
