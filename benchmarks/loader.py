"""How fast a large daily export is read, reconciled and stored, beside plain ``pandas.read_csv``.

``python benchmarks/loader.py [rows]`` writes a daily ad export of 200,000 rows and measures each way in a
process of its own, so that the peak memory is its own too.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

HEADER = (
    "Campaign name,Campaign ID,Ad set name,Ad set ID,Ad name,Ad ID,Day,Reporting starts,Reporting ends,"
    "Attribution setting,Results,Result indicator,Reach,Impressions,Frequency,Link clicks,Amount spent (EUR)"
)


def generate(path: Path, n_rows: int) -> Decimal:
    """Write a daily export with a totals row; return its exact spend."""
    n_ads = 400
    lines, spend, shown = [], Decimal(0), 0
    for i in range(n_rows):
        ad, day = i % n_ads, date(2025, 1, 1) + timedelta(days=i // n_ads)
        impressions = 500 + (i * 7919) % 9000
        amount = Decimal((i * 104729) % 90000) / 100
        spend, shown = spend + amount, shown + impressions
        lines.append(
            f'"Campaign {ad // 40}, always on",2384{ad // 40:013d},Set {ad // 8},2385{ad // 8:013d},Ad {ad},'
            f"2386{ad:013d},{day},{day},{day},7-day click or 1-day view,{impressions // 400},"
            f"actions:onsite_conversion.lead_grouped,{impressions - 40},{impressions},1.05,"
            f"{impressions // 90},{amount}"
        )
    total = f",,,,,,,{date(2025, 1, 1)},{day},,,,,{shown},,,{spend}"
    path.write_text("\n".join([HEADER, total, *lines]) + "\n")
    return spend


def run_pandas(path: Path) -> str:
    import pandas as pd

    return f"{pd.read_csv(path)['Amount spent (EUR)'][1:].sum():.2f} (floats)"


def run_parse(path: Path) -> str:
    from workbench.core.settings import load_settings
    from workbench.loaders.exports import parse_export

    parsed = parse_export(path, settings=load_settings(path.parent / "home"))
    return f"{Decimal(parsed.spend_micros).scaleb(-6):.2f} {parsed.reconciliation.reconciled}"


def run_load(path: Path) -> str:
    from workbench.core.settings import load_settings
    from workbench.lake import Lake
    from workbench.loaders.exports import load_export

    settings = load_settings(path.parent / "home")
    result = load_export(path, lake=Lake(settings.lake_root), settings=settings)
    return f"{result.spend} {result.reconciled}"


WAYS: dict[str, Callable[[Path], str]] = {"pandas.read_csv": run_pandas, "parse": run_parse, "load": run_load}


def measure(way: str, path: Path, n_rows: int) -> None:
    """Run one way twice, the first time for the imports, and print what the second took."""
    small = path.with_name("small.csv")
    run = WAYS[way]
    run(small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start, start_cpu = time.perf_counter(), time.process_time()
    said = run(path)
    seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = f"{seconds:>8.2f} s{cpu:>8.2f} s CPU{n_rows / seconds:>12,.0f} rows/s"
    print(f"{way:<16}{speed}{peak:>8.0f} MiB peak (+{peak - before:.0f})   {said}")


def main() -> None:
    if len(sys.argv) > 2:
        measure(sys.argv[2], Path(sys.argv[3]), int(sys.argv[1]))
        return
    n_rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        spend = generate(path, n_rows)
        generate(path.with_name("small.csv"), 400)
        print(f"{n_rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB, exact spend {spend}")
        for way in WAYS:
            subprocess.run([sys.executable, __file__, str(n_rows), way, str(path)], check=True)


if __name__ == "__main__":
    main()
