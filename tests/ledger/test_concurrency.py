"""Several processes at once: no update is lost, and a fresh ledger is migrated once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from workbench.ledger import Ledger, open_ledger

ROOT = Path(__file__).resolve().parents[2]
N_PROCESSES = 9
COUNT_S = float(os.environ.get("WORKBENCH_COUNTER_S", "2"))


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    outputs = []
    for process in processes:
        out, error = process.communicate(timeout=120)
        assert process.returncode == 0, error
        outputs.append(out)
    return outputs


def test_nine_processes_lose_no_update(ledger: Ledger, ledger_url: str) -> None:
    with ledger.write() as session:
        session.execute(text("CREATE TABLE counter (value BIGINT NOT NULL)"))
        session.execute(text("INSERT INTO counter VALUES (0)"))
    script = Path(__file__).with_name("counting_writer.py")
    committed = [int(out) for out in finish([start(script, ledger_url, COUNT_S) for _ in range(N_PROCESSES)])]
    with ledger.read() as session:
        value = session.execute(text("SELECT value FROM counter")).scalar_one()
    print(f"{ledger.engine.dialect.name}: {sum(committed)} of {value}, per process {sorted(committed)}")  # noqa: T201
    assert value == sum(committed)


def test_three_processes_open_a_fresh_ledger(ledger_url: str) -> None:
    code = "import sys; from workbench.ledger import open_ledger; open_ledger(sys.argv[1]).close()"
    finish([start("-W", "error", "-c", code, ledger_url) for _ in range(3)])
    with open_ledger(ledger_url) as ledger, ledger.read() as session:
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
