"""A whole load, file to lake to ledger, killed anywhere and run again, equals one that nobody disturbed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
from exports import daily_export

from workbench.core.settings import load_settings
from workbench.flows.company import own_lake
from workbench.ledger import last_loads, open_ledger

N_KILLS = int(os.environ.get("WORKBENCH_FAULT_KILLS", "6"))
_LOADER = """
import sys
from pathlib import Path
from workbench.core.settings import load_settings
from workbench.flows.load import load_exports
import workbench.ledger, workbench.loaders.exports, deltalake, duckdb, pandas
print("go", flush=True)
load_exports([Path(p) for p in sys.argv[2:]], settings=load_settings(sys.argv[1]))
"""


def start(home: Path, files: list[Path]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _LOADER, str(home), *map(str, files)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def run(home: Path, files: list[Path]) -> int:
    with start(home, files) as process:
        return process.wait(600)


def loaded(home: Path) -> tuple[list[dict[str, object]], list[tuple[object, ...]]]:
    settings = load_settings(home)
    rows = own_lake(settings).sql("SELECT * FROM ad_insights ORDER BY ALL").to_pylist()
    with open_ledger(settings) as ledger, ledger.read() as session:
        loads = [
            (load.load_id, load.file_name, load.state, load.n_rows, load.spend_micros, load.reconciled)
            for load in last_loads(session, 100)
        ]
    return rows, sorted(loads)


def test_a_load_killed_anywhere_and_run_again_equals_an_undisturbed_one(tmp_path):
    files = []
    for number in range(4):  # the last one overlaps the first and replaces its days
        file = tmp_path / f"export-{number}.csv"
        first = date(2026, 9, 1 if number == 3 else 1 + 7 * number)
        daily_export(file, first=first, n_days=7, spend=f"{10 + number}.01")
        files.append(file)
    with start(tmp_path / "calm", files) as calm:
        assert calm.stdout.readline() == "go\n"
        started = time.monotonic()
        assert calm.wait(600) == 0
        whole_s = time.monotonic() - started  # lives are shares of it, on quick machines and slow ones
    rng = np.random.default_rng(7)
    n_hit = 0
    for share in (0.1, *rng.uniform(0, 0.7, N_KILLS - 1)):
        process = start(tmp_path / "killed", files)
        assert process.stdout.readline() == "go\n"
        time.sleep(share * whole_s)
        n_hit += process.poll() is None
        process.kill()
        process.wait()
        process.stdout.close()
    assert run(tmp_path / "killed", files) == 0
    assert loaded(tmp_path / "killed") == loaded(tmp_path / "calm")
    assert n_hit
    sys.stderr.write(f"{n_hit} of {N_KILLS} kills hit a load at work\n")
