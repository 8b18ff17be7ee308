"""Unit rows analysed over Spark Connect and in pandas: the same figures, and how long each took.

``python -m benchmarks.spark_connect [n_rows]`` writes rows as Parquet, starts a local Spark Connect server
(Sail, from the ``spark`` extra), and lets it and pandas analyse the same file. Times are wall-clock seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.experiments.analyse import UnitResult, analyse

N_ROWS = 10_000_000
ASKED: dict[str, dict[str, Any]] = {
    "rate": {"metric": "converted"},
    "mean": {"metric": "revenue"},
    "mean, covariate": {"metric": "revenue", "covariate": "before"},
    "mean, covariate, strata": {"metric": "revenue", "covariate": "before", "strata": "region"},
    "ratio": {"metric": "revenue", "denominator": "sessions"},
    "mean, clusters": {"metric": "revenue", "cluster": "shop"},
}


def unit_rows(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < 0.5
    before = rng.gamma(2.0, 20.0, n)
    return pd.DataFrame(
        {
            "variant": np.where(treated, "treatment", "control"),
            "before": before,
            "sessions": rng.poisson(3.0, n) + 1,
            "converted": (rng.random(n) < 0.031 + 0.0005 * treated).astype(np.int8),
            "revenue": 1e6 + 0.4 * before + 0.1 * treated + rng.exponential(15.0, n),
            "region": np.array(["east", "north", "south", "west"])[rng.integers(0, 4, n)],
            "shop": rng.integers(0, 500, n) * 2 + treated,
        }
    )


@contextmanager
def spark_session() -> Iterator[Any]:
    """Start a Spark Connect server on loopback and connect to it."""
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer()
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()  # type: ignore[attr-defined]
    try:
        yield session
    finally:
        session.stop()
        server.stop()


def figures(result: UnitResult) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return every figure that a decision rests on."""
    changes = [one.absolute for one in result.uplift] + [
        one.relative for one in result.uplift if one.relative
    ]
    return np.array(
        [end for arm in result.arms for end in (arm.estimate, *arm.interval)]
        + [x for change in changes for x in (change.estimate, change.low, change.high)]
        + [*result.prob_best, *result.expected_loss, result.split_p or 0.0]
    )


def largest_difference(first: UnitResult, second: UnitResult) -> float:
    """Return the largest difference of two results' figures, relative where they are above one."""
    left, right = figures(first), figures(second)
    return float((np.abs(left - right) / np.maximum(1.0, np.abs(left))).max())


def main(n: int = N_ROWS) -> None:
    with tempfile.TemporaryDirectory() as folder, spark_session() as session:
        path = Path(folder) / "units.parquet"
        unit_rows(n).to_parquet(path, index=False)
        rows = pd.read_parquet(path)
        print(f"{n:,} unit rows")
        print(f"{'analysis':26}{'pandas':>9}{'Spark':>9}   largest difference")
        for name, asked in ASKED.items():
            start = time.perf_counter()
            of_pandas = analyse(rows, arm="variant", **asked)
            middle = time.perf_counter()
            of_spark = analyse(session.read.parquet(str(path)), arm="variant", **asked)
            end = time.perf_counter()
            print(
                f"{name:26}{middle - start:8.1f}s{end - middle:8.1f}s   "
                f"{largest_difference(of_pandas, of_spark):.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else N_ROWS)
