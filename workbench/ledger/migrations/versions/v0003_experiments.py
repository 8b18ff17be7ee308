"""The registry of experiments: registrations, looks and decisions, none of which is ever changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("experiments", "experiment_looks", "experiment_decisions")
_KEY = ["environment", "experiment_id", "version"]


def upgrade() -> None:
    """Create the tables, and the triggers that keep them append-only."""
    _create_experiments()
    _create_looks()
    _create_decisions()
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    if not on_sqlite:
        op.execute(
            """CREATE FUNCTION experiments_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
              USING ERRCODE = 'integrity_constraint_violation'; END $$"""
        )
    for table in _TABLES:
        for statement in _sqlite_triggers(table) if on_sqlite else _postgresql_triggers(table):
            op.execute(statement)


def downgrade() -> None:
    """Drop the tables; their triggers go with them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION experiments_refuse()")


def _text(name: str, *, required: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=not required)


def _create_experiments() -> None:
    op.create_table(
        "experiments",
        _text("environment"),
        _text("experiment_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("content_id"),
        _text("hypothesis"),
        _text("unit"),
        _text("evidence"),
        _text("kind_of_test"),
        _text("metric_name"),
        _text("metric_kind"),
        _text("metric"),
        _text("design"),
        _text("planned_looks"),
        sa.Column("minimum_days", sa.Integer(), nullable=False),
        sa.Column("minimum_units", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("stops_on", sa.Date()),
        sa.Column("n_looks_before", sa.Integer(), nullable=False),
        _text("registered_by"),
        sa.Column("registered_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_experiments"),
        sa.CheckConstraint(
            "evidence IN ('observational', 'split_test', 'lift', 'randomised')",
            name="ck_experiments_evidence",
        ),
    )


def _create_looks() -> None:
    op.create_table(
        "experiment_looks",
        _text("look_id"),
        _text("environment"),
        _text("experiment_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("company"),
        sa.Column("data_from", sa.Date(), nullable=False),
        sa.Column("data_to", sa.Date(), nullable=False),
        sa.Column("as_of", _MOMENT, nullable=False),
        _text("figures"),
        _text("result"),
        _text("actor"),
        sa.Column("looked_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("look_id", name="pk_experiment_looks"),
        sa.ForeignKeyConstraint(
            _KEY, [f"experiments.{name}" for name in _KEY], name="fk_experiment_looks_environment"
        ),
    )
    op.create_index(
        "ix_experiment_looks_environment_experiment_id_looked_at",
        "experiment_looks",
        ["environment", "experiment_id", "looked_at"],
    )


def _create_decisions() -> None:
    op.create_table(
        "experiment_decisions",
        _text("decision_id"),
        _text("environment"),
        _text("experiment_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("verdict"),
        _text("arm", required=False),
        _text("why"),
        sa.Column("stopped_on", sa.Date()),
        sa.Column("n_looks", sa.Integer(), nullable=False),
        _text("decided_by"),
        sa.Column("decided_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name="pk_experiment_decisions"),
        sa.ForeignKeyConstraint(
            _KEY, [f"experiments.{name}" for name in _KEY], name="fk_experiment_decisions_environment"
        ),
        sa.CheckConstraint(
            "verdict IN ('ship', 'stop', 'continue', 'void')", name="ck_experiment_decisions_verdict"
        ),
    )
    op.create_index(
        "ix_experiment_decisions_environment_experiment_id_decided_at",
        "experiment_decisions",
        ["environment", "experiment_id", "decided_at"],
    )


def _sqlite_triggers(table: str) -> tuple[str, ...]:
    return tuple(
        f"""CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for act in ("UPDATE", "DELETE")
    )


def _postgresql_triggers(table: str) -> tuple[str, ...]:
    return (
        f"""CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION experiments_refuse()""",
        f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION experiments_refuse()""",
    )
