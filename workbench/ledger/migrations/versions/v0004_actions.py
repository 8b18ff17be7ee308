"""Actions: what is to be done outside, from a draft on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "actions",
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("environment", "kind", "payload", "diff")),
        sa.Column("money_at_risk_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("idempotency_key", "state", "created_by")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_actions"),
        sa.UniqueConstraint("idempotency_key", name="uq_actions_idempotency_key"),
        sa.CheckConstraint(
            "state IN ('draft', 'checked', 'approved', 'applying', 'applied', 'verified', "
            "'refused', 'failed', 'expired', 'undone')",
            name="ck_actions_state",
        ),
        sa.CheckConstraint("environment IN ('sandbox', 'staging', 'live')", name="ck_actions_environment"),
    )
    op.create_index(
        "ix_actions_environment_state_created_at", "actions", ["environment", "state", "created_at"]
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("actions")
