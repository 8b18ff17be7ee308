"""Kill a writer of the ledger at any moment and start it again: nothing is lost and nothing is there twice.

``WORKBENCH_FAULT_KILLS=100`` runs it in full.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import text

from workbench.ledger import Ledger, open_ledger, verify_audit

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).with_name("ledger_worker.py")
N_KILLS = int(os.environ.get("WORKBENCH_FAULT_KILLS", "6"))
LOADS_PER_KILL = 25
LONGEST_WORK_S = 1.0
LONGEST_START_S = 1.5


def start(url: str, n_loads: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", str(WORKER), url, str(n_loads)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=600)
    return process.returncode


def kill_at_random(url: str, n_loads: int, *, while_opening: bool, rng: random.Random) -> bool:
    """Start a worker and kill it; say whether it was still at work."""
    process = start(url, n_loads)
    assert process.stdout is not None
    if while_opening:
        time.sleep(rng.uniform(0, LONGEST_START_S))
    else:
        assert process.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0, LONGEST_WORK_S))
    process.kill()
    process.communicate()
    return process.returncode != 0


def content(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Return all that does not depend on when it ran, or on how often."""
    queries = {
        "loads": "SELECT load_id, file_name, state, n_rows, spend_micros, error FROM loads ORDER BY load_id",
        "quarantine": "SELECT load_id, row_number, reason FROM quarantine ORDER BY load_id, row_number",
        "audit": "SELECT action, subject FROM audit ORDER BY subject",
    }
    with ledger.read() as session:
        return {name: [tuple(row) for row in session.execute(text(query))] for name, query in queries.items()}


def test_kills_at_random_moments_then_a_rerun(tmp_path: Path) -> None:
    rng = random.Random(20261120)  # noqa: S311
    n_loads = LOADS_PER_KILL * N_KILLS
    killed, calm = f"sqlite:///{tmp_path}/killed/ledger.db", f"sqlite:///{tmp_path}/calm/ledger.db"
    n_at_work, n_done = 0, [0]
    for number in range(N_KILLS):
        n_at_work += kill_at_random(killed, n_loads, while_opening=number % 3 == 0, rng=rng)
        with open_ledger(killed) as ledger, ledger.read() as session:
            check = verify_audit(session)
            assert check.is_whole, check.summary()
            rows = session.execute(text("SELECT state, count(*) FROM loads GROUP BY state")).all()
            states = {row[0]: row[1] for row in rows}
            assert states.get("done", 0) == check.n_rows  # both or neither
            assert states.get("started", 0) <= 1
            n_done.append(check.n_rows)
    for url in (killed, calm):
        assert finish(start(url, n_loads)) == 0
    with open_ledger(killed) as one, open_ledger(calm) as other:
        assert content(one) == content(other)
        with one.read() as session:
            assert verify_audit(session).n_rows == n_loads
            assert session.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
    print(f"{n_at_work} of {N_KILLS} kills hit a worker at work; loads done after each: {n_done[1:]}")  # noqa: T201
    assert n_done == sorted(n_done)
    assert n_at_work > 0
