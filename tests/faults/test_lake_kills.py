"""A load killed at any moment and run again ends as if it had never been disturbed.

``WORKBENCH_FAULT_KILLS=100`` runs it in full.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from workbench.lake import Lake

WRITER = Path(__file__).with_name("lake_writer.py")
N_KILLS = int(os.environ.get("WORKBENCH_FAULT_KILLS", "8"))
N_LOADS = max(20, 3 * N_KILLS)


def start(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(WRITER), str(root), str(N_LOADS)])


def wait_until_writing(child: subprocess.Popen[bytes], mark: Path) -> None:
    deadline = time.monotonic() + 60
    while not mark.exists() and child.poll() is None:
        assert time.monotonic() < deadline, "the writer does not start"
        time.sleep(0.005)


def content(root: Path) -> list[list[dict[str, object]]]:
    lake = Lake(root)
    return [lake.sql(f"FROM {t} ORDER BY ALL").to_pylist() for t in ("ad_insights", "model_runs")]


def test_kills_at_random_moments_lose_nothing_and_double_nothing(tmp_path):
    chance = random.Random(20260101)  # noqa: S311 - moments to kill at, no secret
    root = tmp_path / "killed" / "lake"
    root.parent.mkdir()
    mark = root.parent / "started"
    n_killed = 0
    # short lives first: some kills then hit loads at work on the quickest machine too
    for life_s in sorted(chance.uniform(0, 0.25) for _ in range(N_KILLS)):
        mark.unlink(missing_ok=True)
        child = start(root)
        wait_until_writing(child, mark)
        time.sleep(life_s)
        if child.poll() is not None:  # all loads are in: only a rerun that changes nothing is left to kill
            assert child.returncode == 0
            break
        child.send_signal(signal.SIGKILL)
        child.wait()
        n_killed += 1
        assert_whole(root)
    assert start(root).wait() == 0
    calm = tmp_path / "calm" / "lake"
    calm.parent.mkdir()
    assert start(calm).wait() == 0
    assert n_killed >= min(N_KILLS, 3)
    assert content(root) == content(calm)
    before = Lake(root).version()
    assert start(root).wait() == 0
    assert Lake(root).version() == before, "a rerun of finished loads wrote something"
    Lake(root).tidy()
    assert content(root) == content(calm)
    sys.stderr.write(f"{n_killed} kills, {N_LOADS} loads\n")


def assert_whole(root: Path) -> None:
    """After a kill a reader sees one whole load or none, and no run twice."""
    loads = Lake(root).sql(
        "SELECT count(DISTINCT load_id) AS loads, count(*) AS n, sum(spend_micros) AS spend FROM ad_insights"
    )
    (row,) = loads.to_pylist()
    assert (row["loads"], row["n"], row["spend"]) in ((0, 0, None), (1, 360, 360_000_000))
    runs = Lake(root).sql("SELECT count(*) AS n, count(DISTINCT run_id) AS d FROM model_runs").to_pylist()[0]
    assert runs["n"] == runs["d"]
