"""Opening, migrating, reading and writing, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text

from workbench.core.errors import ConfigError, Conflict, DataError, StoreError
from workbench.core.settings import Settings
from workbench.ledger import Ledger, Patience, last_loads, open_ledger, record_load_started
from workbench.ledger.models import Base, Load
from workbench.ledger.store import HEAD, migration_config


def start_load(ledger: Ledger, load_id: str = "load_1", **changes: object) -> Load:
    facts: dict[str, object] = {
        "file_name": "a.csv",
        "sha256": "00",
        "source": "export",
        "network": "meta",
        "account_id": "1",
        "actor": "ada",
    }
    with ledger.write() as session:
        return record_load_started(session, load_id, **(facts | changes))


def test_open_makes_the_folder_and_is_idempotent(ledger_url: str) -> None:
    with open_ledger(ledger_url) as first:
        start_load(first)
    with open_ledger(ledger_url) as second, second.read() as session:
        assert [load.load_id for load in last_loads(session)] == ["load_1"]
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [HEAD]


def test_head_is_the_newest_migration() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory.from_config(migration_config()).get_current_head() == HEAD


def test_models_equal_the_migrated_tables(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_checks_of_models_stand_in_the_database(ledger: Ledger) -> None:
    start_load(ledger)
    with pytest.raises(Conflict, match="ck_loads_state"), ledger.write() as session:
        session.execute(text("UPDATE loads SET state = 'asleep'"))


def test_opening_a_current_ledger_does_not_import_alembic(ledger_url: str) -> None:
    import subprocess
    import sys

    open_ledger(ledger_url).close()
    code = (
        "import sys; from workbench.ledger import open_ledger; open_ledger(sys.argv[1]).close();"
        "sys.exit('alembic' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code, ledger_url], cwd=root, check=False).returncode == 0


def test_a_newer_ledger_is_refused(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger, ledger.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"revision 9999.*Update the workbench") as caught:
        open_ledger(ledger_url)
    assert caught.value.found == "9999"


def test_a_failed_migration_leaves_nothing(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("stop")

    with monkeypatch.context() as patch:
        patch.setattr(op, "execute", fail)
        with pytest.raises(RuntimeError, match="stop"):
            open_ledger(ledger_url)
    with open_ledger(ledger_url) as ledger, ledger.read() as session:
        assert not last_loads(session)


@pytest.mark.parametrize(
    "location", ["", "nonsense", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_is_no_ledger(location: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of a ledger") as caught:
        open_ledger(location)
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        open_ledger(f"sqlite:///{tmp_path}/file/sub/ledger.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("this is a letter, not a database, and long enough " * 20)
    with pytest.raises(StoreError, match="not a database"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.db")


def test_an_odd_path(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/50% off ü/ledger.db") as ledger:
        start_load(ledger)
    assert (tmp_path / "50% off ü" / "ledger.db").is_file()


def test_settings_say_where(settings: Settings) -> None:
    with open_ledger(settings) as ledger:
        start_load(ledger)
    assert (settings.home / "ledger.db").is_file()
    assert not (settings.home / "data.key").exists()  # no key is made before something personal is kept


def test_no_password_in_repr() -> None:
    from workbench.ledger.engine import make_engine, parse_location

    engine = make_engine(parse_location("postgresql://u:hunter2@h/d"), Patience())
    assert "hunter2" not in repr(Ledger(engine, Patience()))


def test_a_failing_block_writes_nothing(ledger: Ledger) -> None:
    def half() -> None:
        with ledger.write() as session:
            record_load_started(
                session,
                "x",
                file_name="a",
                sha256="0",
                source="s",
                network="n",
                account_id="1",
                actor="ada",
            )
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    with ledger.read() as session:
        assert not last_loads(session)


def test_readers_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match=r"read-?only|query_only"), ledger.read() as session:
        session.execute(text("DELETE FROM loads"))
    start_load(ledger)  # and the connection is none the worse for it


def test_a_reader_sees_one_state(ledger: Ledger) -> None:
    with ledger.read() as session:
        assert not last_loads(session)
        start_load(ledger)
        session.expire_all()
        assert not last_loads(session)
    with ledger.read() as session:
        assert len(last_loads(session)) == 1


def test_rows_stay_readable_after_the_session(ledger: Ledger) -> None:
    assert start_load(ledger).file_name == "a.csv"


def test_a_second_writer_waits_and_then_gives_up(ledger: Ledger, ledger_url: str) -> None:
    entered = threading.Event()
    with open_ledger(ledger_url, patience=Patience(busy_timeout_s=0.1, n_tries=2)) as hasty:
        with ledger.write():
            entered.set()
            with pytest.raises(Conflict, match="Another writer held the ledger") as caught:
                start_load(hasty)
            with hasty.read() as session:  # readers do not wait
                assert not last_loads(session)
        start_load(hasty)
    assert caught.value.waited_s == pytest.approx(0.2)


def test_moments_come_back_in_utc(ledger: Ledger) -> None:
    local = datetime(2026, 11, 20, 23, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    start_load(ledger, started_at=local)
    with ledger.read() as session:
        found = last_loads(session)[0].started_at
    assert found == local
    assert found.utcoffset() == timedelta(0)
    assert found == datetime(2026, 11, 21, 4, 30, 0, 123456, tzinfo=UTC)


def test_a_moment_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(DataError, match="no time zone"):
        start_load(ledger, started_at=datetime(2026, 11, 20))


def test_foreign_keys_are_kept(ledger: Ledger) -> None:
    with pytest.raises(Conflict), ledger.write() as session:
        session.execute(
            text(
                "INSERT INTO quarantine (load_id, file_name, reason, at)"
                " VALUES ('nowhere', 'f', 'r', '2026-11-20 00:00:00')"
            )
        )


def test_sqlite_pragmas(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger, ledger.read() as session:
        values = {
            name: session.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout", "secure_delete")
        }
    assert values == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }


def test_a_full_disk_is_a_store_error(tmp_path: Path) -> None:
    with open_ledger(f"sqlite:///{tmp_path}/l.db") as ledger:
        with ledger.read() as session:
            raw = session.connection().connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            pages = raw.execute("PRAGMA page_count").fetchone()[0]
            raw.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="has space left"):
            start_load(ledger, file_name="x" * 100_000)
        with ledger.read() as session:
            assert not last_loads(session)
