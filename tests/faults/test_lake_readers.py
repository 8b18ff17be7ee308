"""One writer and eight readers at once: no error, and no reader ever sees half a commit.

``WORKBENCH_FAULT_SECONDS=60`` runs it for a whole minute.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path

import pytest

from workbench.lake import Lake

N_SECONDS = float(os.environ.get("WORKBENCH_FAULT_SECONDS", "6"))
LONGEST_S = 120  # a reader on a busy machine waits so much longer for its first change
STARTED_S = 600  # nine interpreters that load their libraries at once
N_READERS = 8
CHECK = """
    SELECT count(*) AS n, sum(spend_micros) AS spend, count(DISTINCT load_id) AS loads,
           count(DISTINCT impressions) AS numbers, max(impressions) AS latest
    FROM ad_insights
"""


def wait_for_all(barrier) -> None:
    """Pool initializer: the clock starts when every process has loaded its libraries."""
    import lake_writer
    import pyarrow.compute

    lake_writer.Lake("nowhere").sql("SELECT 1")
    globals().update(loaded=pyarrow.compute, barrier=barrier)


def keep_writing(root: str, n_seconds: float) -> int:
    from lake_writer import write

    lake = Lake(root)
    lake.sql(CHECK)
    globals()["barrier"].wait(STARTED_S)
    stop_at = time.monotonic() + n_seconds
    n_written = 0
    while n_written == 0 or time.monotonic() < stop_at:
        write(lake, n_written + 2)
        n_written += 1
    return n_written


def keep_reading(root: str, n_seconds: float) -> tuple[int, int, list[str]]:
    """Return reads, different states seen, and what was wrong."""
    lake = Lake(root)
    first = lake.sql(CHECK)["latest"].to_pylist()[0]  # nobody writes before all have read
    globals()["barrier"].wait(STARTED_S)
    stop_at = time.monotonic() + n_seconds
    n_reads, states, wrong, before = 0, {first}, [], first
    while time.monotonic() < stop_at or (len(states) < 2 and time.monotonic() < stop_at + LONGEST_S):
        (row,) = lake.sql(CHECK).to_pylist()
        n_reads += 1
        states.add(row["latest"])
        if (row["n"], row["spend"], row["loads"], row["numbers"]) != (360, 360_000_000, 1, 1):
            wrong.append(f"torn: {row}")
        if row["latest"] < before:
            wrong.append(f"went back from {before}: {row}")
        before = row["latest"]
    return n_reads, len(states), wrong


@pytest.fixture
def spawned(monkeypatch):
    here = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setenv("PYTHONPATH", here)
    return multiprocessing.get_context("spawn")


def test_readers_see_whole_commits_while_one_writes(tmp_path, spawned):
    from lake_writer import write

    root = str(tmp_path / "lake")
    write(Lake(root), 1)
    barrier = spawned.Barrier(N_READERS + 1)
    with spawned.Pool(N_READERS + 1, wait_for_all, (barrier,)) as pool:
        writing = pool.apply_async(keep_writing, (root, N_SECONDS))
        reading = [pool.apply_async(keep_reading, (root, N_SECONDS)) for _ in range(N_READERS)]
        n_written = writing.get(N_SECONDS + STARTED_S + LONGEST_S)
        found = [one.get(N_SECONDS + STARTED_S + LONGEST_S) for one in reading]
    assert [wrong for _, _, wrong in found] == [[]] * N_READERS
    assert n_written >= 1
    assert all(n_reads >= 1 for n_reads, _, _ in found)
    assert max(n_states for _, n_states, _ in found) >= 2, "the readers saw no change, the test shows nothing"
    n_reads = sum(n for n, _, _ in found)
    sys.stderr.write(f"{n_written} loads written, {n_reads} reads by {N_READERS} readers\n")


def append_many(root: str, writer: int, n_loads: int) -> int:
    from datetime import date

    from lake_writer import GRAIN, one_load

    from workbench.core.dates import Period
    from workbench.lake.window import Window

    lake = Lake(root)
    rows = one_load(1)
    for number in range(n_loads):
        day = Window("meta", "123", GRAIN, Period(date(2026, 1, 1), date(2026, 2, 14)))
        lake.replace("ad_insights", [day], rows, load_id=f"W{writer}-{number}")
        lake.append("ad_insights", rows.set_column(1, "account_id", [[f"w{writer}"] * 360]), load_id="own")
    return n_loads


def test_writers_of_the_same_window_take_turns(tmp_path, spawned):
    root = str(tmp_path / "lake")
    with spawned.Pool(3) as pool:
        done = pool.starmap(append_many, [(root, writer, 4) for writer in range(3)], chunksize=1)
    assert done == [4, 4, 4]
    lake = Lake(root)
    (shared,) = lake.sql(CHECK + " WHERE account_id = '123'").to_pylist()
    assert (shared["n"], shared["loads"]) == (360, 1)
    # one load id, three writers: appended once altogether
    assert lake.sql("SELECT count(*) AS n FROM ad_insights WHERE load_id = 'own'")["n"].to_pylist() == [360]
