"""Reading networks: connections, refreshes and their windows, leads, messages, notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    _create_connections()
    _create_refreshes()
    _create_leads()
    _create_messages()
    _create_notices()


def _text(name: str, *, required: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=not required)


def _create_connections() -> None:
    op.create_table(
        "connections",
        _text("environment"),
        _text("network"),
        _text("account_id"),
        _text("account_name", required=False),
        _text("time_zone"),
        _text("currency"),
        _text("api_version", required=False),
        sa.Column("api_version_ends", sa.Date()),
        sa.Column("token_expires_at", _MOMENT),
        _text("quota", required=False),
        _text("state"),
        sa.Column("last_good_day", sa.Date()),
        sa.Column("last_good_at", _MOMENT),
        _text("error", required=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "network", "account_id", name="pk_connections"),
        sa.CheckConstraint("state IN ('ok', 'refused', 'unreachable', 'new')", name="ck_connections_state"),
    )


def _create_refreshes() -> None:
    op.create_table(
        "refreshes",
        _text("refresh_id"),
        _text("environment"),
        _text("network"),
        _text("account_id"),
        _text("grain"),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_stop", sa.Date(), nullable=False),
        _text("state"),
        sa.Column("n_rows", sa.BigInteger(), nullable=False),
        sa.Column("restated_micros", sa.BigInteger(), nullable=False),
        sa.Column("restated_results", sa.Float(), nullable=False),
        _text("error", required=False),
        _text("actor"),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("refresh_id", name="pk_refreshes"),
        sa.CheckConstraint("state IN ('started', 'done', 'failed')", name="ck_refreshes_state"),
    )
    op.create_index(
        "ix_refreshes_environment_network_account_id_started_at",
        "refreshes",
        ["environment", "network", "account_id", "started_at"],
    )
    op.create_table(
        "fetches",
        _text("refresh_id"),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_stop", sa.Date(), nullable=False),
        _text("state"),
        _text("reports"),
        _text("load_id", required=False),
        sa.Column("n_rows", sa.BigInteger()),
        sa.Column("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("refresh_id", "period_start", name="pk_fetches"),
        sa.ForeignKeyConstraint(
            ["refresh_id"], ["refreshes.refresh_id"], name="fk_fetches_refresh_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint("state IN ('asked', 'done')", name="ck_fetches_state"),
    )


def _create_leads() -> None:
    op.create_table(
        "leads",
        _text("environment"),
        _text("network"),
        _text("lead_id"),
        _text("account_id"),
        _text("form_id"),
        _text("campaign_id", required=False),
        _text("adset_id", required=False),
        _text("ad_id", required=False),
        sa.Column("is_organic", sa.Boolean()),
        _text("fields_enc"),
        _text("email_hash", required=False),
        _text("phone_hash", required=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("loaded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "network", "lead_id", name="pk_leads"),
    )
    op.create_index("ix_leads_account_id_created_at", "leads", ["account_id", "created_at"])
    op.create_index("ix_leads_email_hash", "leads", ["email_hash"])
    op.create_index("ix_leads_phone_hash", "leads", ["phone_hash"])


def _create_messages() -> None:
    op.create_table(
        "messages",
        _text("environment"),
        _text("network"),
        _text("message_id"),
        _text("account_id"),
        _text("kind"),
        _text("post_id", required=False),
        _text("parent_id", required=False),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        _text("text_enc", required=False),
        _text("author_enc", required=False),
        _text("author_hash", required=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("loaded_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("environment", "network", "message_id", name="pk_messages"),
        sa.CheckConstraint(
            "kind IN ('comment', 'ad_comment', 'message', 'mention')", name="ck_messages_kind"
        ),
    )
    op.create_index("ix_messages_account_id_written_at", "messages", ["account_id", "written_at"])
    op.create_index("ix_messages_author_hash", "messages", ["author_hash"])


def _create_notices() -> None:
    op.create_table(
        "notices",
        _text("notice_id"),
        _text("environment"),
        _text("kind"),
        _text("subject"),
        _text("text"),
        _text("command", required=False),
        _text("state"),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("closed_at", _MOMENT),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.CheckConstraint("state IN ('open', 'closed')", name="ck_notices_state"),
    )
    op.create_index("ix_notices_state_opened_at", "notices", ["state", "opened_at"])
