"""A ledger on SQLite and on a real PostgreSQL, if one is installed on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.core.encryption import FieldCipher
from workbench.ledger import Ledger, open_ledger

START_S = 60


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Start a PostgreSQL of our own on a unix socket; yields the socket's folder."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not folders:
        pytest.skip("PostgreSQL is not installed (/usr/lib/postgresql/*/bin)")
    pytest.importorskip("psycopg", reason="the postgres extra is not installed")
    programs = folders[-1]
    # initdb refuses to run as root, and the user postgres cannot enter pytest's own folders
    as_user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    folder = Path(
        tempfile.mkdtemp(prefix="wbpg-", dir="/tmp")
    )  # short: a socket's path has 107 bytes at most
    if as_user:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    try:
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_user,
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
                stdout=log,
                stderr=log,
                cwd=folder,
                **as_user,
            )
        try:
            _wait_until_ready(server, folder)
            yield str(folder)
        finally:
            server.send_signal(2)  # SIGINT: "fast" shutdown, which does not wait for clients
            server.wait(timeout=START_S)
    finally:
        shutil.rmtree(folder)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail("PostgreSQL did not start:\n" + (folder / "log").read_text())
            time.sleep(0.05)
        else:
            return


def _create_database(server: str, name: str, *, template: str) -> None:
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def _administer(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(host=server, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> str:
    """Migrate one database that others are copied from, for a migration takes longer than most tests."""
    _create_database(postgresql_server, "migrated", template="template1")
    open_ledger(f"postgresql://postgres@/migrated?host={postgresql_server}").close()
    return "migrated"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrate one file that others are copied from."""
    file = tmp_path_factory.mktemp("migrated") / "ledger.db"
    open_ledger(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def postgresql_url(postgresql_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a database, dropped afterwards: empty, or migrated for tests that take an open ledger."""
    is_open = "ledger" in request.fixturenames
    template = request.getfixturevalue("migrated_database") if is_open else "template1"
    name = f"ledger_{os.getpid()}_{time.monotonic_ns()}"
    _create_database(postgresql_server, name, template=template)
    yield f"postgresql://postgres@/{name}?host={postgresql_server}"
    _administer(postgresql_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a ledger that does not exist yet, or is only migrated, on each of the databases."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    file = tmp_path / "new" / "ledger.db"
    if "ledger" in request.fixturenames:
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("migrated_file"), file)
    return f"sqlite:///{file}"


@pytest.fixture
def cipher() -> FieldCipher:
    """One key, the same in every run."""
    return FieldCipher([bytes(range(32))])


@pytest.fixture
def ledger(ledger_url: str, cipher: FieldCipher) -> Iterator[Ledger]:
    """Open a ledger without rows, with a key."""
    with open_ledger(ledger_url, cipher=cipher) as opened:
        yield opened
