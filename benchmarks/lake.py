"""The lake beside DuckDB's own file and SQLite: check and commit, restate 28 days, campaign × day.

``python -m benchmarks.lake --rows 5000000`` prints one table; nothing here is a test. Making the rows is not
counted. Each store gets the same rows; the lake also checks them at the door, keeps the past and lets others
read meanwhile. Every measurement runs in a process of its own (*spawn*), so that peak memory is its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from workbench.core.dates import Period
from workbench.lake import Lake
from workbench.lake.schema import arrow_schema
from workbench.lake.window import Grain, Window, month_of

N_DAYS = 365
N_CAMPAIGNS = 40
N_ADS_PER_CAMPAIGN = 10
GRAIN = Grain("ad", ("age", "gender", "region"))
START = date(2025, 1, 1)
STOP = START + timedelta(days=N_DAYS - 1)
QUERY = """
    SELECT campaign_id, date_start, sum(spend_micros) AS spend, sum(impressions) AS impressions,
           sum(clicks) AS clicks FROM {table} GROUP BY campaign_id, date_start
"""
_LAST_28 = STOP - timedelta(days=27)


@dataclass(frozen=True)
class Figure:
    """One measurement: wall and processor seconds, peak memory of its process, and the answer."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    answer: object


def make_day(day: date, n_rows: int) -> pa.RecordBatch:
    """Rows of one day: ads × age × gender × as many regions as it takes."""
    at = np.arange(n_rows)
    seed = day.toordinal()
    ad = at % (N_CAMPAIGNS * N_ADS_PER_CAMPAIGN)
    rest = at // (N_CAMPAIGNS * N_ADS_PER_CAMPAIGN)
    impressions = (at * 7919 + seed) % 5000

    def same(value: object, kind: pa.DataType | None = None) -> pa.Array:
        return pa.repeat(pa.scalar(value, type=kind), n_rows)

    def named(pattern: str, numbers: np.ndarray, n_values: int) -> pa.Array:
        return pa.array([pattern.format(i) for i in range(n_values)]).take(pa.array(numbers))

    n_campaigns, n_ads = N_CAMPAIGNS, N_CAMPAIGNS * N_ADS_PER_CAMPAIGN
    columns = {
        "network": same("meta"),
        "account_id": same("1234567890"),
        "month": same(month_of(day)),
        "grain": same(str(GRAIN)),
        "date_start": same(day),
        "date_stop": same(day),
        "level": same("ad"),
        "campaign_id": named("2385000000{:04d}", ad // N_ADS_PER_CAMPAIGN, n_campaigns),
        "campaign_name": named("Campaign {}", ad // N_ADS_PER_CAMPAIGN, n_campaigns),
        "adset_id": named("2386000000{:04d}", ad // 5, n_ads // 5),
        "ad_id": named("2387000000{:04d}", ad, n_ads),
        "age": named("{}5-34", rest % 6, 6),
        "gender": named("gender {}", rest // 6 % 3, 3),
        "region": named("region {}", rest // 18, n_rows // (n_ads * 18) + 1),
        "currency": same("EUR"),
        "impressions": pa.array(impressions),
        "reach": pa.array(impressions // 2),
        "clicks": pa.array(impressions // 50),
        "link_clicks": pa.array(impressions // 80),
        "spend_micros": pa.array((at * 104729 + seed) % 9_000_000),
        "results": pa.array((at % 3).astype(float)),
        "value_micros": pa.array((at * 7 + seed) % 30_000_000),
        "source": same("benchmark"),
    }
    return pa.RecordBatch.from_pydict(columns)


def make_rows(n_rows: int, first: date = START) -> pa.Table:
    """Rows from ``first`` to the last day, evenly over the days of the whole year."""
    per_day, more = divmod(n_rows, N_DAYS)
    days = [START + timedelta(days=n) for n in range(N_DAYS)]
    batches = [make_day(day, per_day + (n < more)) for n, day in enumerate(days) if day >= first]
    return pa.Table.from_batches(batches)


def measured(work: Callable[[], object]) -> Figure:
    """Run ``work`` once and measure it."""
    cpu, wall = time.process_time(), time.perf_counter()
    answer = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Figure(wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, answer)


def window(first: date) -> Window:
    return Window("meta", "1234567890", GRAIN, Period(first, STOP))


def with_load(rows: pa.Table, load_id: str) -> pa.Table:
    return rows.append_column("load_id", pa.repeat(pa.scalar(load_id), rows.num_rows))


def lake_commit(folder: str, n_rows: int) -> Figure:
    rows = make_rows(n_rows)
    lake = Lake(f"{folder}/lake")
    return measured(lambda: lake.replace("ad_insights", [window(START)], rows, load_id="L1").n_rows)


def lake_stream(folder: str, n_rows: int) -> Figure:
    """Commit a one-shot stream over a file, so that the rows are never in memory together."""
    path = f"{folder}/rows.parquet"
    lake = Lake(f"{folder}/lake-stream")

    def batches() -> Iterator[pa.RecordBatch]:
        yield from pq.ParquetFile(path).iter_batches()

    return measured(lambda: lake.replace("ad_insights", [window(START)], batches(), load_id="L1").n_rows)


def lake_check(folder: str, n_rows: int) -> Figure:
    from workbench.lake.checks import check_rows
    from workbench.lake.rows import Rows
    from workbench.lake.schema import TABLES

    rows = Rows(TABLES["ad_insights"], make_rows(n_rows), load_id="L1")
    return measured(lambda: check_rows(rows, [window(START)], load_id="L1"))


def lake_restate(folder: str, n_rows: int) -> Figure:
    rows = make_rows(n_rows, _LAST_28)
    lake = Lake(f"{folder}/lake")
    lake.sql("SELECT 1")
    return measured(lambda: lake.replace("ad_insights", [window(_LAST_28)], rows, load_id="L2").n_rows)


def lake_query(folder: str, n_rows: int) -> Figure:
    """Ask first in a process that has loaded its libraries; opening the lake is counted."""
    Lake(f"{folder}/none").sql("SELECT 1")
    lake = Lake(f"{folder}/lake")
    return measured(lambda: summed(lake.sql(QUERY.format(table="ad_insights"))))


def lake_query_again(folder: str, n_rows: int) -> Figure:
    lake = Lake(f"{folder}/lake")
    lake.sql(QUERY.format(table="ad_insights"))
    return measured(lambda: summed(lake.sql(QUERY.format(table="ad_insights"))))


def lake_version(folder: str, n_rows: int) -> Figure:
    lake = Lake(f"{folder}/lake")
    lake.version()
    return measured(lambda: bool(lake.version()))


def summed(found: pa.Table) -> tuple[int, int]:
    return found.num_rows, int(pc.sum(found["spend"]).as_py())


def duckdb_commit(folder: str, n_rows: int) -> Figure:
    import duckdb

    rows = with_load(make_rows(n_rows), "L1")
    connection = duckdb.connect(f"{folder}/own.duckdb")
    connection.register("rows", rows)
    figure = measured(lambda: connection.execute("CREATE TABLE ad_insights AS FROM rows").fetchall()[0][0])
    connection.close()
    return figure


def duckdb_restate(folder: str, n_rows: int) -> Figure:
    import duckdb

    rows = with_load(make_rows(n_rows, _LAST_28), "L2")
    connection = duckdb.connect(f"{folder}/own.duckdb")
    connection.register("rows", rows)

    def work() -> int:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ad_insights WHERE date_start >= ?", [_LAST_28])
        connection.execute("INSERT INTO ad_insights FROM rows")
        connection.execute("COMMIT")
        return rows.num_rows

    figure = measured(work)
    connection.close()
    return figure


def duckdb_query(folder: str, n_rows: int) -> Figure:
    import duckdb

    def work() -> tuple[int, int]:
        with duckdb.connect(f"{folder}/own.duckdb", read_only=True) as connection:
            return summed(connection.sql(QUERY.format(table="ad_insights")).to_arrow_table())

    return measured(work)


def sqlite_values(rows: pa.Table) -> Iterator[tuple[object, ...]]:
    days = rows.set_column(4, "date_start", rows["date_start"].cast(pa.string()))
    days = days.set_column(5, "date_stop", days["date_stop"].cast(pa.string()))
    for batch in days.to_batches(max_chunksize=50_000):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def sqlite_commit(folder: str, n_rows: int) -> Figure:
    rows = with_load(make_rows(n_rows), "L1")
    connection = sqlite3.connect(f"{folder}/own.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"CREATE TABLE ad_insights ({', '.join(rows.schema.names)})")
    connection.execute("CREATE INDEX by_day ON ad_insights (date_start)")
    figure = measured(lambda: sqlite_insert(connection, rows))
    connection.close()
    return figure


def sqlite_insert(connection: sqlite3.Connection, rows: pa.Table, *, delete: bool = False) -> int:
    marks = ", ".join("?" * rows.num_columns)
    connection.execute("BEGIN IMMEDIATE")
    if delete:
        connection.execute("DELETE FROM ad_insights WHERE date_start >= ?", [_LAST_28.isoformat()])
    connection.executemany(f"INSERT INTO ad_insights VALUES ({marks})", sqlite_values(rows))
    connection.execute("COMMIT")
    return rows.num_rows


def sqlite_restate(folder: str, n_rows: int) -> Figure:
    rows = with_load(make_rows(n_rows, _LAST_28), "L2")
    connection = sqlite3.connect(f"{folder}/own.sqlite", isolation_level=None)
    figure = measured(lambda: sqlite_insert(connection, rows, delete=True))
    connection.close()
    return figure


def sqlite_query(folder: str, n_rows: int) -> Figure:
    def work() -> tuple[int, int]:
        found = sqlite3.connect(f"{folder}/own.sqlite").execute(QUERY.format(table="ad_insights")).fetchall()
        return len(found), sum(row[2] for row in found)

    return measured(work)


def parse_csv(folder: str, n_rows: int) -> Figure:
    schema = arrow_schema("ad_insights")
    options = pa.csv.ConvertOptions(column_types={f.name: f.type for f in schema})

    def work() -> int:
        with pa.csv.open_csv(f"{folder}/rows.csv", convert_options=options) as reader:
            return sum(batch.num_rows for batch in reader)

    return measured(work)


def write_sources(folder: str, n_rows: int) -> Figure:
    rows = make_rows(n_rows)
    pq.write_table(rows, f"{folder}/rows.parquet")
    pa.csv.write_csv(rows, f"{folder}/rows.csv")
    return measured(lambda: rows.num_rows)


def import_seconds() -> float:
    """Return the best of five imports of the package, each in a process of its own."""
    code = "import time; t = time.perf_counter(); import workbench; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", code]
    return min(float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in range(5))


#: What is measured: label, function, bar in seconds (none where none is promised), row to compare with.
STEPS: tuple[tuple[str, Callable[[str, int], Figure], float | None, str], ...] = (
    ("parse the CSV alone", parse_csv, None, ""),
    ("lake: check alone", lake_check, None, ""),
    ("lake: check + commit", lake_commit, 15.0, ""),
    ("lake: check + commit a stream", lake_stream, 15.0, "lake: check + commit"),
    ("DuckDB file: insert", duckdb_commit, None, "lake: check + commit"),
    ("SQLite: insert", sqlite_commit, None, "lake: check + commit"),
    ("lake: campaign × day, first", lake_query, 0.5, ""),
    ("lake: campaign × day, again", lake_query_again, 0.5, "lake: campaign × day, first"),
    ("DuckDB file: campaign × day", duckdb_query, None, "lake: campaign × day, first"),
    ("SQLite: campaign × day", sqlite_query, None, "lake: campaign × day, first"),
    ("lake: restate 28 days", lake_restate, 1.0, ""),
    ("DuckDB file: restate 28 days", duckdb_restate, None, "lake: restate 28 days"),
    ("SQLite: restate 28 days", sqlite_restate, None, "lake: restate 28 days"),
    ("lake: version token", lake_version, 0.005, ""),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="The lake beside DuckDB's own file and SQLite.")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--without-sqlite", action="store_true", help="leave out its minutes of inserting")
    given = parser.parse_args()
    figures: dict[str, Figure] = {}
    print(
        f"{given.rows:,} rows\n{'':32} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9} {'bar s':>7} {'ratio':>7}"
    )
    with tempfile.TemporaryDirectory() as folder:
        run_apart(write_sources, folder, given.rows)
        for label, work, bar, reference in STEPS:
            if given.without_sqlite and label.startswith("SQLite"):
                continue
            figures[label] = figure = run_apart(work, folder, given.rows)
            ratio = f"{figure.wall_s / figures[reference].wall_s:.2f}" if reference else ""
            shown = f"{bar:g}" if bar else ""
            print(
                f"{label:32} {figure.wall_s:8.3f} {figure.cpu_s:8.3f} {figure.peak_mib:9.0f} "
                f"{shown:>7} {ratio:>7}",
                flush=True,
            )
    answers = {f.answer for label, f in figures.items() if "campaign × day" in label}
    print(f"the stores {'agree' if len(answers) == 1 else f'DISAGREE: {answers}'} on campaign × day")
    print(f"import workbench: {import_seconds():.3f} s (bar 0.3)")


def run_apart(work: Callable[[str, int], Figure], folder: str, n_rows: int) -> Figure:
    """Run one step in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (folder, n_rows))


if __name__ == "__main__":
    main()
