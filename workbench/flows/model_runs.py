"""Keep a fit: its folder of draws, and its row among the lake's model runs."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.budget.model_run import write_model_run
from workbench.core.errors import StoreError
from workbench.core.settings import SETTINGS_FILE
from workbench.flows.company import own_lake

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.budget.fit import MixFit
    from workbench.core.settings import Settings
    from workbench.lake import Lake

KIND = "budget.media_mix"
_STALE_AFTER_S = 3_600


def keep_fit(
    settings: Settings,
    fit: MixFit,
    *,
    source: str,
    origin: Mapping[str, Any] | None = None,
    lake: Lake | None = None,
) -> str:
    """Write a fit to the folder of runs, and its row into the lake, where there is an installation.

    Parameters
    ----------
    settings : Settings
    fit : MixFit
    source : str
        Where the data came from, in words.
    origin : mapping, optional
        The same in detail; ``data_version`` of it is what was read.
    lake : Lake, optional
        That was read; for a file the own one.

    Returns
    -------
    str
        The run's id.

    Raises
    ------
    StoreError
        If the folder of runs cannot be written.
    """
    folder = settings.runs_folder
    try:
        _clear_partial(folder)
        run_id = write_model_run(fit, folder, source=source, origin=origin)
    except OSError as error:
        raise StoreError(
            f"The fit is made, but cannot be kept in {folder}: {error.strerror or error}.",
            next_step="Free space or give the right to write there, or name another place by --home.",
            folder=str(folder),
        ) from None
    if lake is not None or is_installed(settings):
        record_runs(
            settings.runs_folder,
            lake or own_lake(settings),
            is_simulated=bool((origin or {}).get("is_simulated")),
        )
    return run_id


def _clear_partial(folder: Path) -> None:
    """Remove what killed processes left half written; what is written now is minutes old at most."""
    import shutil

    for place in folder.glob(".mix-*.partial"):
        if time.time() - place.stat().st_mtime > _STALE_AFTER_S:
            shutil.rmtree(place, ignore_errors=True)


def record_runs(folder: Path, lake: Lake, *, is_simulated: bool) -> int:
    """Write the rows that are missing of the kept runs: after a kill, the next fit makes up for it.

    Parameters
    ----------
    folder : Path
        Of all model runs.
    lake : Lake
    is_simulated : bool
        Which runs belong there.

    Returns
    -------
    int
        How many rows were new.
    """
    import pyarrow as pa

    known: set[str] = set()
    if not lake.is_empty("model_runs"):
        known = set(lake.sql("SELECT run_id FROM model_runs")["run_id"].to_pylist())
    n_new = 0
    for place in sorted(folder.glob("mix-*/run.json")):
        try:
            about = json.loads(place.read_text(encoding="utf-8"))
            belongs = bool((about.get("origin") or {}).get("is_simulated")) == is_simulated
            row = _row(about)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # a damaged run has nothing to record, and is refused where it is read
        if belongs and row["run_id"] not in known:
            rows = pa.Table.from_pylist([row])
            n_new += lake.append("model_runs", rows, load_id=row["run_id"]).changed
    return n_new


def read_version(lake: Lake) -> dict[str, Any]:
    """Return which figures a run reads: the version of the table, and since when it is believed."""
    commits = lake.history("ad_insights")
    if not commits:
        return {}
    return {
        "table": "ad_insights",
        "version": commits[-1].version,
        "believed_at": commits[-1].believed_at.isoformat(),
    }


def is_installed(settings: Settings) -> bool:
    """Say whether the home folder was prepared or has figures; a fit of a file needs neither."""
    prepared = (settings.home / SETTINGS_FILE).exists() or (settings.home / "ledger.db").exists()
    return prepared or bool(settings.ledger_url) or not own_lake(settings).is_empty()


def _row(about: Mapping[str, Any]) -> dict[str, Any]:
    made_at, result = datetime.fromisoformat(about["made_at"]), about["result"]
    read = (about.get("origin") or {}).get("data_version") or {"source": about["source"]}
    figures = {
        "source": about["source"],
        "outcome": result["outcome"],
        "dates": result["dates"],
        "diagnostics": result["diagnostics"],
        "contributions": {one["name"]: one["contribution"] for one in result["channels"]},
    }
    return {
        "run_id": about["run_id"],
        "month": f"{made_at:%Y-%m}",
        "kind": KIND,
        "finished_at": made_at,
        "code_version": about["version"],
        "data_version": json.dumps(read, sort_keys=True),
        "seed": result["seed"],
        "figures": json.dumps(figures, ensure_ascii=False, sort_keys=True),
    }
