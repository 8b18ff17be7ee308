"""Load the saved sample company into its own lake, where it never meets own figures."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.dates import Period, parse_day
from workbench.core.errors import DataError
from workbench.core.ids import file_sha256
from workbench.lake.schema import TABLES, arrow_schema
from workbench.lake.window import Grain, Window

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.lake import Lake

TRUTH_FILE = "truth.json"
#: What was loaded when, so that a second start has nothing to read.
LOADED_FILE = "loaded.json"
_MAKE_IT = "Make the sample company again with `wb init`."


def ensure_sample(folder: Path, lake: Lake) -> dict[str, int]:
    """Load the sample company unless exactly it is in the lake already; then nothing is read.

    Parameters
    ----------
    folder, lake
        As for :func:`load_sample`.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    DataError
        As :func:`load_sample` does.
    """
    note = folder / LOADED_FILE
    digest = file_sha256(folder / TRUTH_FILE) if (folder / TRUTH_FILE).is_file() else ""
    if note.is_file():
        known: dict[str, Any] = json.loads(note.read_text("utf-8"))
        if (known["truth"], known["lake"]) == (digest, lake.version()):
            rows: dict[str, int] = known["rows"]
            return rows
    loaded = load_sample(folder, lake)
    unfinished = note.with_suffix(".new")
    unfinished.write_text(
        json.dumps({"truth": digest, "lake": lake.version(), "rows": loaded}) + "\n", "utf-8"
    )
    os.replace(unfinished, note)
    return loaded


def load_sample(folder: Path, lake: Lake) -> dict[str, int]:
    """Load every table of the sample company; loading the same one again changes nothing.

    The rows are believed from the morning after their last day, so that a report as of that day finds them.
    Days of an earlier sample company that this one does not have are taken out.

    Parameters
    ----------
    folder : Path
        Folder with ``truth.json`` and one Parquet file per table.
    lake : Lake
        The sample company's lake, never the own one.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    DataError
        If the folder has no complete sample company, a file is not the one that was saved, or its rows say
        that they are not the sample company's.
    """
    truth = _read_truth(folder)
    period = Period(parse_day(truth["first_day"]), parse_day(truth["until"]))
    believed_at = datetime.combine(period.stop + timedelta(days=1), time(6), UTC)
    n_rows = {}
    for file_name, digest in truth["files"].items():
        table = Path(file_name).stem
        rows = _read_table(folder / file_name, digest, table)
        windows = _windows(rows, _with_days_held(lake, table, period))
        lake.replace(table, windows, rows, load_id=truth["load_id"], believed_at=believed_at)
        n_rows[table] = rows.num_rows
    return n_rows


def _read_truth(folder: Path) -> dict[str, Any]:
    path = folder / TRUTH_FILE
    try:
        truth: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        raise DataError(f"{path} does not hold a sample company.", next_step=_MAKE_IT, path=path) from None
    unknown = [name for name in truth.get("files", {}) if Path(name).stem not in TABLES]
    if unknown or not {"load_id", "first_day", "until", "files"} <= truth.keys():
        raise DataError(f"{path} is not complete.", next_step=_MAKE_IT, path=path, unknown=unknown)
    return truth


def _read_table(path: Path, digest: str, table: str) -> pa.Table:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not path.is_file() or file_sha256(path) != digest:
        raise DataError(
            f"{path} is missing or not the file that was saved with its truth.", next_step=_MAKE_IT, path=path
        )
    rows = pq.read_table(path)
    if pc.unique(rows["source"]).to_pylist() != ["sample"]:
        raise DataError(
            f"The rows of {path} are not the sample company's.",
            next_step="Load own figures with `wb load`.",
            path=path,
        )
    schema = arrow_schema(table)
    return rows.select(schema.names).cast(schema)


def _with_days_held(lake: Lake, table: str, period: Period) -> Period:
    """Widen the period by the days that the lake holds of an earlier sample company."""
    held = lake.sql(f"SELECT min(date_start) AS first, max(date_start) AS last FROM {table}").to_pylist()[0]
    if held["first"] is None:
        return period
    return Period(min(period.start, held["first"]), max(period.stop, held["last"]))


def _windows(rows: pa.Table, period: Period) -> list[Window]:
    """Return one window per network, account and grain; tables without a grain have one per account."""
    keys = [name for name in ("network", "account_id", "grain") if name in rows.schema.names]
    owners = rows.select(keys).group_by(keys).aggregate([]).to_pylist()
    return [
        Window(
            owner["network"],
            owner["account_id"],
            Grain.parse(owner["grain"]) if "grain" in owner else Grain("account"),
            period,
        )
        for owner in sorted(owners, key=str)
    ]
