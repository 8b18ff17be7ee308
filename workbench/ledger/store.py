"""Open the ledger: made if it is not there, migrated if it is old, and safe for many processes at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.orm import Session

from workbench.core.encryption import FieldCipher, load_cipher
from workbench.core.errors import StoreError
from workbench.ledger.columns import attach_cipher
from workbench.ledger.engine import Patience, errors_as_ours, make_engine, parse_location, reading, writing

if TYPE_CHECKING:
    from alembic.config import Config

    from workbench.core.settings import Settings

#: The newest revision; a test compares it with the migrations, so that opening need not import Alembic.
HEAD = "0004"
MIGRATIONS = Path(__file__).parent / "migrations"


class Ledger:
    """An open ledger. Get one from :func:`open_ledger`.

    Sessions come from :meth:`read` and :meth:`write`; rows stay readable after their session has ended.
    """

    def __init__(self, engine: Engine, patience: Patience) -> None:
        self.engine = engine
        self._patience = patience
        self._reading = reading(engine)
        self._writing = writing(engine)
        self._finalizer = weakref.finalize(self, engine.dispose)

    def __repr__(self) -> str:
        return f"Ledger({self.engine.url.render_as_string(hide_password=True)!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back. A closed ledger opens new ones if it is used again."""
        self.engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one state of the ledger and cannot write.

        Raises
        ------
        StoreError
            If something is written, or the database fails.
        """
        with (
            errors_as_ours(self._patience),
            Session(self._reading, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that holds the write lock from its beginning: what it reads stays true.

        It commits when the block ends and rolls back when the block raises. Keep the block short, since
        other writers wait for it, and put nothing into it that waits for the outside world.

        Raises
        ------
        Conflict
            If the lock was not to be had in time, or a row breaks a key.
        PolicyViolation
            If a row of the audit was to be changed.
        StoreError
            If the database fails.
        """
        with (
            errors_as_ours(self._patience),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection()  # takes the lock now, not at the first statement
            yield session


def open_ledger(
    where: str | Settings,
    *,
    cipher: FieldCipher | None = None,
    patience: Patience | None = None,
) -> Ledger:
    """Open a ledger, after making and migrating it as needed.

    Parameters
    ----------
    where : str or Settings
        SQLAlchemy URL of a SQLite file or a PostgreSQL database; or the settings of the installation, which
        also say where the key of the personal columns is (it is loaded when one is first touched).
    cipher : FieldCipher, optional
        Key of the personal columns, if not the installation's.
    patience : Patience, optional
        How long writers wait for their turn. Default 3 tries of 30 s.

    Returns
    -------
    Ledger
        Use it in a ``with`` block, or call ``close``.

    Raises
    ------
    ConfigError
        If the address is no ledger's, its folder cannot be made, or the driver is missing.
    StoreError
        If the database cannot be reached, or a newer version of the package has migrated it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, open_ledger(f"sqlite:///{folder}/ledger.db") as ledger:
    ...     with ledger.read() as session:
    ...         session.execute(text("SELECT count(*) FROM loads")).scalar_one()
    0
    """
    patience = patience or Patience()
    location = where if isinstance(where, str) else where.ledger_location
    engine = make_engine(parse_location(location), patience)
    load: Callable[[], FieldCipher] | None = None
    if cipher is not None:
        load = partial(_same, cipher)
    elif not isinstance(where, str):
        load = partial(load_cipher, where)
    if load is not None:
        attach_cipher(engine.dialect, load)
    try:
        with errors_as_ours(patience):
            _migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Ledger(engine, patience)


def _same(cipher: FieldCipher) -> FieldCipher:
    return cipher


def _migrate(engine: Engine) -> None:
    with reading(engine).connect() as connection:
        if _revision(connection) == HEAD:
            return
    # looked at again under the lock: another process may have migrated in the meantime
    with writing(engine).connect() as connection, connection.begin():
        found = _revision(connection)
        if found == HEAD:
            return
        from alembic import command

        config = migration_config(connection)
        if found is not None and found not in _revisions(config):
            raise StoreError(
                f"The ledger has revision {found}, which this version of the workbench does not know"
                f" (its newest is {HEAD}).",
                next_step="Update the workbench to the version that wrote the ledger, or a later one.",
                found=found,
                head=HEAD,
            )
        command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _revisions(config: Config) -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def migration_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration of the migrations inside the package.

    Parameters
    ----------
    connection : Connection, optional
        What to migrate; a transaction must be open on it.
    """
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
