"""Runs the migrations on the connection that :func:`workbench.ledger.store.open_ledger` hands over.

The connection already holds the write lock and an open transaction, so that two processes that open a fresh
ledger at once migrate it once, and a process that is killed half-way leaves nothing behind.
"""

from __future__ import annotations

from alembic import context

from workbench.ledger.models import Base


def migrate() -> None:
    """Run the pending revisions inside the transaction of the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name Alembic runs this file under; any other import only looks at it
    migrate()
